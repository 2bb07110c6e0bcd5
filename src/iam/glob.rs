//! Patterns with `*` and `?`, matched against a whole text.

use std::fmt;

/// A pattern in which `*` stands for any run of characters, `/` and `:` included, and `?` for exactly one.
///
/// "You can use wildcard characters (* and ?) within any ARN segment [...]. An asterisk (*) represents any
/// combination of characters and a question mark (?) represents any single character."
/// (IAM User Guide, reference_policies_elements_resource)
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Glob {
    pieces: Box<[Piece]>,
}

/// One piece of a [`Glob`]; literals are never empty and never adjacent, stars never adjacent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Piece {
    Literal(Box<str>),
    AnyOne,
    AnyMany,
}

impl Glob {
    /// Reads `*` and `?` as wildcards and everything else as itself.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let mut builder = Builder::default();
        let mut rest = pattern;
        while let Some((literal, wildcard, after)) = split_at_wildcard(rest) {
            builder.text(literal);
            match wildcard {
                '*' => builder.any_many(),
                _ => builder.any_one(),
            }
            rest = after;
        }
        builder.text(rest);
        builder.finish()
    }

    /// A pattern that matches `text` and nothing else.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let mut builder = Builder::default();
        builder.text(text);
        builder.finish()
    }

    /// Whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &*self.pieces {
            [] => text.is_empty(),
            [Piece::AnyMany] => true,
            [Piece::Literal(literal)] => **literal == *text,
            [Piece::Literal(prefix), Piece::AnyMany] => text.starts_with(&**prefix),
            pieces => search(pieces, text),
        }
    }

    /// Whether every text matches that begins with `prefix` and goes on.
    #[must_use]
    pub fn covers_all_after(&self, prefix: &str) -> bool {
        // A character that no pattern names: only wildcards can match it, and whatever they match in its place. Once there are
        // more of them than question marks, some star has taken one, and can take any number.
        const NOBODYS: char = '\u{F8FF}';
        let questions = self.pieces.iter().filter(|piece| **piece == Piece::AnyOne).count();
        let mut text = prefix.to_owned();
        (0..questions + 2).all(|_| {
            text.push(NOBODYS);
            self.matches(&text)
        })
    }

    /// The text that is the only match, if the pattern has no wildcard.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.pieces {
            [] => Some(""),
            [Piece::Literal(literal)] => Some(literal),
            _ => None,
        }
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// What stands before the first wildcard, the wildcard, and what follows it.
fn split_at_wildcard(pattern: &str) -> Option<(&str, char, &str)> {
    let at = pattern.find(['*', '?'])?;
    let (literal, rest) = pattern.split_at_checked(at)?;
    let mut after = rest.chars();
    Some((literal, after.next()?, after.as_str()))
}

/// Matches with one point of return: the last star, which a mismatch makes one character longer.
///
/// Earlier stars need no second try: what follows them has matched at the leftmost place already.
fn search(pieces: &[Piece], text: &str) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let step = match pieces.get(piece) {
            Some(Piece::AnyMany) => {
                star = Some((piece + 1, at));
                piece += 1;
                continue;
            }
            Some(Piece::Literal(literal)) => rest.starts_with(&**literal).then_some(literal.len()),
            Some(Piece::AnyOne) => rest.chars().next().map(char::len_utf8),
            None => {
                if rest.is_empty() || matches!(pieces.last(), Some(Piece::AnyMany)) {
                    return true;
                }
                None
            }
        };
        if let Some(length) = step {
            piece += 1;
            at += length;
            continue;
        }
        let Some((after, from)) = star else { return false };
        let Some(skipped) = text.get(from..).and_then(|rest| rest.chars().next()) else { return false };
        star = Some((after, from + skipped.len_utf8()));
        piece = after;
        at = from + skipped.len_utf8();
    }
}

impl fmt::Display for Glob {
    /// Prints wildcards as `*` and `?`, and those characters standing for themselves as `${*}` and `${?}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::AnyMany => f.write_str("*")?,
                Piece::AnyOne => f.write_str("?")?,
                Piece::Literal(text) => write_escaped(f, text)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({self})")
    }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' | '?' => write!(f, "${{{c}}}")?,
            '$' if rest.peek() == Some(&'{') => f.write_str("${$}")?,
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}

/// Builds a [`Glob`] piece by piece, in its normal form.
#[derive(Default)]
pub(crate) struct Builder {
    pieces: Vec<Piece>,
    literal: String,
}

impl Builder {
    pub(crate) fn literal(&mut self, c: char) {
        self.literal.push(c);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    pub(crate) fn any_one(&mut self) {
        self.end_literal();
        self.pieces.push(Piece::AnyOne);
    }

    pub(crate) fn any_many(&mut self) {
        self.end_literal();
        if self.pieces.last() != Some(&Piece::AnyMany) {
            self.pieces.push(Piece::AnyMany);
        }
    }

    pub(crate) fn finish(mut self) -> Glob {
        self.end_literal();
        Glob { pieces: self.pieces.into() }
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.literal).into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_cross_slashes_and_colons() {
        assert!(Glob::new("arn:aws:s3:::acme-*").matches("arn:aws:s3:::acme-a/b/c:d"));
        assert!(Glob::new("*-features-*/published/*").matches("x-features-y/published/z"));
        assert!(!Glob::new("acme-*/x").matches("acme-a/y"));
    }

    #[test]
    fn a_question_mark_is_one_character_of_any_width() {
        assert!(Glob::new("a?c").matches("a\u{e9}c"));
        assert!(Glob::new("*?x").matches("\u{e9}\u{e9}x"));
        assert!(!Glob::new("*?x").matches("x"));
        assert!(!Glob::new("a?").matches("a"));
    }

    #[test]
    fn regex_characters_stand_for_themselves() {
        assert!(Glob::new("a.b(c)+[d]*").matches("a.b(c)+[d]^$"));
        assert!(!Glob::new("a.b").matches("axb"));
    }

    #[test]
    fn covering_all_that_follows_takes_a_star() {
        for (pattern, covers) in [
            ("*", true),
            ("b/*", true),
            ("b*", true),
            ("b/?*", true),
            ("b/??*", false),
            ("b/*x", false),
            ("b/", false),
            ("b/?", false),
        ] {
            assert_eq!(Glob::new(pattern).covers_all_after("b/"), covers, "{pattern}");
        }
    }

    #[test]
    fn a_wildcard_that_is_meant_literally_prints_escaped() {
        assert_eq!(Glob::literal("a*b${x}").to_string(), "a${*}b${$}{x}");
        assert_eq!(Glob::literal("a*b").as_literal(), Some("a*b"));
    }
}
