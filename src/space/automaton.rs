//! Patterns as automata: what a text has come to after each of its characters.

use rustc_hash::FxHashMap;

use super::TooMany;
use crate::iam::{Glob, Piece};

/// How a text is held against a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matching {
    /// Character by character.
    Text,
    /// Without regard to case.
    IgnoringCase,
    /// Part by part, as ARNs are: up to the fifth colon no wildcard stands for a colon.
    Arn,
}

/// What a pattern asks of the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Is(char),
    /// Either of two: a letter in lower and in upper case.
    Either(char, char),
    AnyOne,
    AnyMany,
    /// Any but a colon.
    OneInPart,
    /// Any number of them.
    ManyInPart,
}

impl Token {
    fn takes(self, next: Option<char>) -> bool {
        match self {
            Self::Is(c) => next == Some(c),
            Self::Either(lower, upper) => next == Some(lower) || next == Some(upper),
            Self::AnyOne | Self::AnyMany => true,
            Self::OneInPart | Self::ManyInPart => next != Some(':'),
        }
    }

    fn repeats(self) -> bool {
        matches!(self, Self::AnyMany | Self::ManyInPart)
    }

    /// The characters that it takes and others of its kind may not.
    fn characters(self) -> impl Iterator<Item = char> {
        let (first, second) = match self {
            Self::Is(c) => (Some(c), None),
            Self::Either(lower, upper) => (Some(lower), Some(upper)),
            Self::OneInPart | Self::ManyInPart => (Some(':'), None),
            Self::AnyOne | Self::AnyMany => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// The tokens of a pattern, one a character.
pub(super) fn tokens(glob: &Glob) -> Vec<Token> {
    let of_piece = |piece: &Piece| match piece {
        Piece::Literal(text) => text.chars().map(Token::Is).collect(),
        Piece::AnyOne => vec![Token::AnyOne],
        Piece::AnyMany => vec![Token::AnyMany],
    };
    glob.pieces().iter().flat_map(of_piece).collect()
}

/// The tokens of a pattern that is matched in this way; none if a letter has no single counterpart in the other case.
fn tokens_of(glob: &Glob, matching: Matching) -> Option<Vec<Token>> {
    let tokens = tokens(glob);
    match matching {
        Matching::Text => Some(tokens),
        Matching::IgnoringCase => tokens.into_iter().map(in_either_case).collect(),
        Matching::Arn => Some(part_by_part(tokens)),
    }
}

fn in_either_case(token: Token) -> Option<Token> {
    let Token::Is(c) = token else { return Some(token) };
    // Beyond ASCII a letter may have several counterparts, of several characters each.
    if !c.is_ascii() {
        return None;
    }
    let (lower, upper) = (c.to_ascii_lowercase(), c.to_ascii_uppercase());
    Some(if lower == upper { token } else { Token::Either(lower, upper) })
}

/// A pattern of fewer than six parts can only mean the whole.
fn part_by_part(mut tokens: Vec<Token>) -> Vec<Token> {
    let is_colon = |token: &Token| *token == Token::Is(':');
    let Some((last, _)) = tokens.iter().enumerate().filter(|(_, token)| is_colon(token)).nth(4) else {
        return tokens;
    };
    for token in tokens.iter_mut().take(last) {
        *token = match *token {
            Token::AnyOne => Token::OneInPart,
            Token::AnyMany => Token::ManyInPart,
            other => other,
        };
    }
    tokens
}

/// The places in a pattern that a text may have come to, in order. Every place before the last star that is live is left out: a
/// text that is accepted from there is accepted from the star as well, for it has to pass it.
pub(super) type Places = Vec<usize>;

/// The places before the first character.
pub(super) fn beginning(tokens: &[Token]) -> Places {
    closed(tokens, vec![0])
}

/// The places behind one more character; `None` stands for a character that the pattern nowhere asks for.
pub(super) fn step(tokens: &[Token], places: &[usize], next: Option<char>) -> Places {
    let mut after = Vec::with_capacity(places.len() + 1);
    for &place in places {
        if let Some(token) = tokens.get(place).filter(|token| token.takes(next)) {
            after.push(if token.repeats() { place } else { place + 1 });
        }
    }
    closed(tokens, after)
}

/// A star may stand for nothing, so that the place behind it is reached with it. A star that stops at colons is as good as any
/// other for leaving out what stands before it: all places that a text has come to lie between the same two colons.
fn closed(tokens: &[Token], mut places: Places) -> Places {
    let mut at = 0;
    while let Some(&place) = places.get(at) {
        if tokens.get(place).is_some_and(|token| token.repeats()) {
            places.push(place + 1);
        }
        at += 1;
    }
    places.sort_unstable();
    places.dedup();
    if let Some(last) = places.iter().rposition(|place| tokens.get(*place).is_some_and(|t| t.repeats())) {
        places.drain(..last);
    }
    places
}

/// Whether a text that has come to these places matches.
pub(super) fn accepts(tokens: &[Token], places: &[usize]) -> bool {
    places.last() == Some(&tokens.len())
}

/// Whether it matches whatever follows.
fn accepts_for_ever(tokens: &[Token], places: &[usize]) -> bool {
    tokens.last() == Some(&Token::AnyMany) && places.contains(&(tokens.len() - 1))
}

/// A deterministic automaton that accepts what any of some patterns matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automaton {
    states: Vec<State>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    accepts: bool,
    /// Where a character leads that has no edge.
    other: usize,
    edges: Vec<(char, usize)>,
}

/// What a state stands for: the places in each pattern, or that everything is accepted from here.
type Meaning = Option<Vec<Places>>;

impl Automaton {
    /// The automaton of the union of patterns.
    ///
    /// # Errors
    /// It would have more than `most` states.
    pub fn new(globs: &[Glob], most: usize) -> Result<Self, TooMany> {
        Self::of(&globs.iter().map(tokens).collect::<Vec<_>>(), most)
    }

    /// The automaton of the union of patterns, each matched in its own way.
    ///
    /// # Errors
    /// It would have more than `most` states, or a letter has no single counterpart in the other case.
    pub fn matching(patterns: &[(&Glob, Matching)], most: usize) -> Result<Self, TooMany> {
        let tokens: Option<Vec<_>> =
            patterns.iter().map(|(glob, matching)| tokens_of(glob, *matching)).collect();
        Self::of(&tokens.ok_or(TooMany)?, most)
    }

    fn of(patterns: &[Vec<Token>], most: usize) -> Result<Self, TooMany> {
        let mut building = Building { patterns, meanings: vec![], known: FxHashMap::default(), most };
        building.state(patterns.iter().map(|tokens| beginning(tokens)).collect())?;
        let mut states = vec![];
        while let Some(meaning) = building.meanings.get(states.len()).cloned() {
            let state = building.edges(states.len(), meaning.as_deref())?;
            states.push(state);
        }
        Ok(Self { states })
    }

    /// The number of its states; the first is 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether it has no state; it always has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// Whether a text that has come to a state is accepted.
    #[must_use]
    pub fn accepts(&self, state: usize) -> bool {
        self.states.get(state).is_some_and(|state| state.accepts)
    }

    /// The characters that lead elsewhere than all others.
    pub fn characters(&self, state: usize) -> impl Iterator<Item = char> + '_ {
        self.states.get(state).into_iter().flat_map(|state| state.edges.iter().map(|(c, _)| *c))
    }

    /// Where a character leads; `None` stands for one without an edge of its own.
    #[must_use]
    pub fn next(&self, state: usize, next: Option<char>) -> usize {
        let Some(state) = self.states.get(state) else { return 0 };
        let edge = next.and_then(|next| state.edges.iter().find(|(c, _)| *c == next));
        edge.map_or(state.other, |(_, to)| *to)
    }
}

struct Building<'a> {
    patterns: &'a [Vec<Token>],
    meanings: Vec<Meaning>,
    known: FxHashMap<Meaning, usize>,
    most: usize,
}

impl Building<'_> {
    /// The number of the state that means this.
    fn state(&mut self, places: Vec<Places>) -> Result<usize, TooMany> {
        let for_ever =
            self.patterns.iter().zip(&places).any(|(tokens, places)| accepts_for_ever(tokens, places));
        let meaning = if for_ever { None } else { Some(places) };
        if let Some(state) = self.known.get(&meaning) {
            return Ok(*state);
        }
        if self.meanings.len() >= self.most {
            return Err(TooMany);
        }
        self.known.insert(meaning.clone(), self.meanings.len());
        self.meanings.push(meaning);
        Ok(self.meanings.len() - 1)
    }

    fn edges(&mut self, number: usize, meaning: Option<&[Places]>) -> Result<State, TooMany> {
        let Some(places) = meaning else {
            return Ok(State { accepts: true, other: number, edges: vec![] });
        };
        let with_places = || self.patterns.iter().zip(places);
        let accepts = with_places().any(|(tokens, places)| accepts(tokens, places));
        let mut characters: Vec<char> = with_places()
            .flat_map(|(tokens, places)| places.iter().filter_map(|place| tokens.get(*place)))
            .flat_map(|token| token.characters())
            .collect();
        characters.sort_unstable();
        characters.dedup();
        let after = |next: Option<char>| -> Vec<Places> {
            self.patterns.iter().zip(places).map(|(tokens, places)| step(tokens, places, next)).collect()
        };
        let (other, ways): (Vec<Places>, Vec<(char, Vec<Places>)>) =
            (after(None), characters.iter().map(|c| (*c, after(Some(*c)))).collect());
        let other = self.state(other)?;
        let mut edges = vec![];
        for (c, way) in ways {
            let to = self.state(way)?;
            if to != other {
                edges.push((c, to));
            }
        }
        Ok(State { accepts, other, edges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts_text(automaton: &Automaton, text: &str) -> bool {
        automaton.accepts(text.chars().fold(0, |state, c| automaton.next(state, Some(c))))
    }

    #[test]
    fn an_automaton_accepts_what_one_of_its_patterns_matches() {
        let globs = ["a*b", "?b/*", "**", "abc", "", "a?*?c"].map(Glob::new);
        for chosen in [&globs[..1], &globs[1..2], &globs[3..5], &globs[..2], &globs[5..], &globs[..0]] {
            let automaton = Automaton::new(chosen, 1_000).expect("few states");
            for text in ["", "a", "b", "ab", "abc", "b/", "bb/x", "aXYb", "axyc", "ac", "abb", "ab/abc"] {
                let expected = chosen.iter().any(|glob| glob.matches(text));
                assert_eq!(accepts_text(&automaton, text), expected, "{chosen:?} {text:?}");
            }
        }
    }

    #[test]
    fn what_accepts_everything_is_one_state() {
        let automaton = Automaton::new(&[Glob::new("*"), Glob::new("*a*b*")], 10).expect("one state");
        assert_eq!(automaton.len(), 1);
    }

    #[test]
    fn many_words_behind_stars_are_few_states() {
        let globs = ["*alpha*", "*beta*", "*gamma*"].map(Glob::new);
        assert!(Automaton::new(&globs, 30).expect("as many as there are letters").len() <= 16);
        assert_eq!(Automaton::new(&[Glob::new("*a??????????x*")], 100), Err(TooMany));
    }
}
