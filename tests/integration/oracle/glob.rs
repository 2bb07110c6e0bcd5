//! Wildcards and policy variables. A pattern is a list of tokens, so that a literal star and a wildcard star never mix.

use super::context::Context;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Literal(char),
    /// `?`: one character.
    One,
    /// `*`: any run of characters, the empty one included.
    Many,
}

/// Does the pattern match the whole text? A table remembers what was answered before, nothing else is clever.
pub(super) fn matches(pattern: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut seen = vec![vec![None; text.len() + 1]; pattern.len() + 1];
    matches_from(pattern, &text, 0, 0, &mut seen)
}

fn matches_from(
    pattern: &[Token],
    text: &[char],
    at: usize,
    pos: usize,
    seen: &mut Vec<Vec<Option<bool>>>,
) -> bool {
    if let Some(known) = seen[at][pos] {
        return known;
    }
    let answer = match pattern.get(at) {
        None => pos == text.len(),
        Some(Token::Literal(expected)) => {
            pos < text.len() && text[pos] == *expected && matches_from(pattern, text, at + 1, pos + 1, seen)
        }
        Some(Token::One) => pos < text.len() && matches_from(pattern, text, at + 1, pos + 1, seen),
        Some(Token::Many) => {
            matches_from(pattern, text, at + 1, pos, seen)
                || (pos < text.len() && matches_from(pattern, text, at, pos + 1, seen))
        }
    };
    seen[at][pos] = Some(answer);
    answer
}

/// A pattern without variables: `*` and `?` are wildcards, everything else is itself.
pub(super) fn plain(text: &str) -> Vec<Token> {
    text.chars().map(wildcard).collect()
}

/// Text without wildcards: every character is itself.
pub(super) fn literal(text: &str) -> Vec<Token> {
    text.chars().map(Token::Literal).collect()
}

fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Many,
        '?' => Token::One,
        other => Token::Literal(other),
    }
}

/// Rule 11: "Action names case-insensitive, with `*` and `?`".
pub(super) fn action_matches(pattern: &str, action: &str) -> bool {
    matches(&plain(&pattern.to_lowercase()), &action.to_lowercase())
}

/// How a text of a policy is read.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// Rule 15: "Variables exist only under Version 2012-10-17".
    pub(super) variables: bool,
    /// Are `*` and `?` wildcards here (like operators, Resource) or themselves (StringEquals)?
    pub(super) wildcards: bool,
}

/// The tokens of a text with its variables filled in; None if a variable has no value.
pub(super) fn expand(text: &str, reading: Reading, context: &Context) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        if reading.variables
            && let Some((name, after)) = variable_at(rest)
        {
            tokens.extend(variable_value(name, context)?);
            rest = after;
            continue;
        }
        let Some(first) = rest.chars().next() else { break };
        tokens.push(if reading.wildcards { wildcard(first) } else { Token::Literal(first) });
        rest = &rest[first.len_utf8()..];
    }
    Some(tokens)
}

/// If the text starts with `${...}`: what is inside, and what follows.
fn variable_at(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("${")?;
    let end = inside.find('}')?;
    Some((&inside[..end], &inside[end + 1..]))
}

fn variable_value(name: &str, context: &Context) -> Option<Vec<Token>> {
    // Rule 14: "`${*}` `${?}` `${$}` are literal characters wherever variables are allowed, StringEquals included."
    if let "*" | "?" | "$" = name {
        return Some(literal(name));
    }
    // Rule 15: "`${key, 'default'}` has a default."
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), quoted(default.trim())),
        None => (name.trim(), None),
    };
    // A multivalued key cannot be used as a variable: it has no single value (IG policy variables).
    match context.single(key) {
        Some(value) => Some(literal(value)),
        None => default.map(literal),
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, text: &str) -> bool {
        matches(&plain(pattern), text)
    }

    #[test]
    fn stars_cross_slashes_and_colons() {
        assert!(like("arn:aws:s3:::b*", "arn:aws:s3:::bucket/a/b:c"));
        assert!(like("*", ""));
        assert!(!like("a*b", "a/c"));
        assert!(like("a*b*c", "axxbyybzzc"));
    }

    #[test]
    fn question_mark_is_one_character() {
        assert!(like("a?c", "aéc"));
        assert!(!like("a?c", "ac"));
        assert!(like("??", "ab"));
    }

    #[test]
    fn regex_characters_are_themselves() {
        assert!(like("a.b+(c)[d]", "a.b+(c)[d]"));
        assert!(!like("a.b", "axb"));
    }

    #[test]
    fn actions_ignore_case() {
        assert!(action_matches("S3:get*", "s3:GetObject"));
        assert!(!action_matches("s3:GetObject", "s3:GetObjectVersion"));
        assert!(action_matches("*", "s3:GetObject"));
    }

    #[test]
    fn variables_are_filled_in() {
        let mut context = Context::default();
        context.set("aws:username", "al*ce");
        let reading = Reading { variables: true, wildcards: true };
        let tokens = expand("home/${aws:UserName}/*", reading, &context).expect("has a value");
        assert!(matches(&tokens, "home/al*ce/x"));
        assert!(!matches(&tokens, "home/alice/x"));
        assert_eq!(expand("${aws:PrincipalTag/team}", reading, &context), None);
        let with_default =
            expand("${aws:PrincipalTag/team, 'none'}", reading, &context).expect("has a default");
        assert!(matches(&with_default, "none"));
        assert_eq!(expand("a${*}", reading, &context), Some(literal("a*")));
    }

    #[test]
    fn without_variables_the_text_stays() {
        let context = Context::default();
        let reading = Reading { variables: false, wildcards: true };
        let tokens = expand("${aws:username}", reading, &context).expect("plain text");
        assert!(matches(&tokens, "${aws:username}"));
    }
}
