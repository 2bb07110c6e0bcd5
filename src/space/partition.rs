//! What patterns can tell apart: every combination of answers that some text gives.

use rustc_hash::FxHashMap;

use super::automaton::Automaton;
use super::bits::Bits;
use super::{Limits, TooMany};

/// Characters that patterns seldom ask for, the ones that read best first.
const FILLERS: &str = "xyzabcdefghijklmnopqrstuvw0123456789XYZ-_.~^";

/// What a witness may be lengthened by.
const NAME: &str = "data.csv";

/// "The sequence of Unicode characters with UTF-8 encoding of at most 1,024 bytes". (S3 User Guide, object-keys)
const LONGEST: usize = 1_024;

/// The minterms of some sets of texts: for each combination of sets that some text lies in, one such text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minterms {
    /// A shortest text of each minterm.
    pub witnesses: Vec<String>,
    /// For each minterm, the sets that its texts lie in, by their place.
    pub within: Vec<Bits>,
}

/// Cuts all texts of at least `shortest` characters into minterms. Shorter witnesses come first.
///
/// # Errors
/// There are more than the limits allow.
pub fn partition(sets: &[&Automaton], shortest: usize, limits: Limits) -> Result<Minterms, TooMany> {
    let mut walk = Walk { sets, limits, reached: vec![], known: FxHashMap::default() };
    walk.reach(vec![0; sets.len()].into(), None, shortest)?;
    let mut minterms = Minterms { witnesses: vec![], within: vec![] };
    let mut seen: FxHashMap<Bits, ()> = FxHashMap::default();
    let mut at = 0;
    while let Some(reached) = walk.reached.get(at) {
        let (states, length) = (reached.states.clone(), reached.length);
        if length >= shortest {
            let within: Bits = (0..sets.len()).filter(|set| accepts(sets, &states, *set)).collect();
            if seen.insert(within.clone(), ()).is_none() {
                if minterms.witnesses.len() >= limits.minterms {
                    return Err(TooMany);
                }
                minterms.witnesses.push(walk.text(at));
                minterms.within.push(within);
            }
        }
        walk.onward(at, &states, length, shortest)?;
        at += 1;
    }
    Ok(minterms)
}

impl Minterms {
    /// Makes the witnesses read like keys of objects, where a longer one lies in the same sets. `sets` are those that were cut.
    pub fn lengthen(&mut self, sets: &[&Automaton]) {
        for (witness, within) in self.witnesses.iter_mut().zip(&self.within) {
            // What is all fillers may as well be a name.
            let stem = if witness.len() == 1 { "" } else { witness.as_str() };
            let longer = format!("{stem}{NAME}");
            let lies_in = |set: &usize| {
                sets.get(*set).is_some_and(|set| {
                    set.accepts(longer.chars().fold(0, |state, c| set.next(state, Some(c))))
                })
            };
            let same = (0..sets.len()).filter(lies_in).collect::<Bits>() == *within;
            if same && (stem.is_empty() || stem.ends_with('/')) {
                *witness = longer;
            }
        }
    }
}

fn accepts(sets: &[&Automaton], states: &[usize], set: usize) -> bool {
    match (sets.get(set), states.get(set)) {
        (Some(automaton), Some(state)) => automaton.accepts(*state),
        _ => false,
    }
}

/// A walk through the product of the automata, breadth first.
struct Walk<'a> {
    sets: &'a [&'a Automaton],
    limits: Limits,
    reached: Vec<Reached>,
    /// By the states, and by the length as far as it is below the shortest that counts.
    known: FxHashMap<(Box<[usize]>, usize), ()>,
}

struct Reached {
    states: Box<[usize]>,
    length: usize,
    /// From where, and by which character.
    from: Option<(usize, char)>,
}

impl Walk<'_> {
    fn reach(
        &mut self,
        states: Box<[usize]>,
        from: Option<(usize, char)>,
        shortest: usize,
    ) -> Result<(), TooMany> {
        let length = match from {
            None => 0,
            Some((from, _)) => self.reached.get(from).map_or(0, |reached| reached.length) + 1,
        };
        if self.known.insert((states.clone(), length.min(shortest)), ()).is_some() {
            return Ok(());
        }
        if self.reached.len() >= self.limits.states {
            return Err(TooMany);
        }
        self.reached.push(Reached { states, length, from });
        Ok(())
    }

    /// One character further: by each that some automaton asks for, and by one that none does.
    fn onward(&mut self, at: usize, states: &[usize], length: usize, shortest: usize) -> Result<(), TooMany> {
        if length >= LONGEST {
            return Ok(());
        }
        let of_each = self.sets.iter().zip(states);
        let mut characters: Vec<char> =
            of_each.flat_map(|(automaton, state)| automaton.characters(*state)).collect();
        characters.sort_unstable();
        characters.dedup();
        let filler = filler(&characters);
        let ways = characters.iter().map(|c| Some(*c)).chain([None]);
        for way in ways {
            let after = self.sets.iter().zip(states).map(|(automaton, state)| automaton.next(*state, way));
            self.reach(after.collect(), Some((at, way.unwrap_or(filler))), shortest)?;
        }
        Ok(())
    }

    fn text(&self, at: usize) -> String {
        let steps = std::iter::successors(self.reached.get(at), |reached| {
            reached.from.and_then(|(from, _)| self.reached.get(from))
        });
        let mut text: Vec<char> = steps.filter_map(|reached| reached.from.map(|(_, c)| c)).collect();
        text.reverse();
        text.into_iter().collect()
    }
}

/// A character that is none of these.
fn filler(characters: &[char]) -> char {
    let is_free = |c: &char| !characters.contains(c);
    let beyond = || ('\u{E000}'..='\u{F8FF}').find(is_free);
    FILLERS.chars().find(is_free).or_else(beyond).unwrap_or('x')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::iam::Glob;

    const LIMITS: Limits = Limits { states: 20_000, minterms: 1_000 };

    fn cut(sets: &[Vec<Glob>], shortest: usize) -> Result<Minterms, TooMany> {
        let automata: Result<Vec<_>, _> =
            sets.iter().map(|globs| Automaton::new(globs, LIMITS.states)).collect();
        let automata = automata?;
        partition(&automata.iter().collect::<Vec<_>>(), shortest, LIMITS)
    }

    fn within(sets: &[Vec<Glob>], text: &str) -> Bits {
        (0..sets.len()).filter(|set| sets[*set].iter().any(|glob| glob.matches(text))).collect()
    }

    /// Every text over an alphabet, up to a length.
    fn texts(alphabet: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|text| alphabet.chars().map(move |c| format!("{text}{c}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn two_prefixes_make_three_minterms() {
        let sets = [vec![Glob::new("a/*")], vec![Glob::new("b/*")]];
        let minterms = cut(&sets, 1).expect("few");
        assert_eq!(minterms.witnesses, ["a", "a/", "b/"]);
    }

    #[test]
    fn independent_words_explode_and_are_refused() {
        let sets: Vec<Vec<Glob>> = (0..12).map(|n| vec![Glob::new(&format!("*w{n:02}w*"))]).collect();
        assert_eq!(cut(&sets, 1), Err(TooMany));
        let together = [sets.concat()];
        assert_eq!(cut(&together, 1).expect("two").witnesses.len(), 2);
    }

    fn globs() -> impl Strategy<Value = Vec<Vec<Glob>>> {
        let glob = proptest::string::string_regex("[ab/*?]{0,6}").expect("an expression");
        let set = proptest::collection::vec(glob.prop_map(|text| Glob::new(&text)), 0..3);
        proptest::collection::vec(set, 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// No text gives a combination of answers that is not among the minterms, and every witness gives its own.
        #[test]
        fn minterms_are_all_combinations(sets in globs(), shortest in 0usize..2) {
            let minterms = cut(&sets, shortest).expect("few");
            let known: BTreeSet<&Bits> = minterms.within.iter().collect();
            prop_assert_eq!(known.len(), minterms.within.len());
            for (witness, expected) in minterms.witnesses.iter().zip(&minterms.within) {
                prop_assert!(witness.chars().count() >= shortest);
                prop_assert_eq!(&within(&sets, witness), expected, "{}", witness);
            }
            for text in texts("ab/x", 5).iter().filter(|text| text.len() >= shortest) {
                prop_assert!(known.contains(&within(&sets, text)), "{}", text);
            }
        }

        /// What is left of a pattern matches a text if and only if the pattern matches both together.
        #[test]
        fn what_is_left_is_what_matches_behind(
            glob in "[ab/*?]{0,8}", prefix in "[ab/]{0,4}"
        ) {
            let glob = Glob::new(&glob);
            let left = super::super::behind(&glob, &prefix);
            for text in texts("ab/x", 4) {
                let whole = glob.matches(&format!("{prefix}{text}"));
                let rest = left.iter().any(|glob| glob.matches(&text));
                prop_assert_eq!(whole, rest, "{} {} {}", glob, prefix, text);
            }
        }
    }
}
