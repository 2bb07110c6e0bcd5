//! Allows that add nothing: another statement of the document denies, or allows, all of it.

use super::{Oddity, oddity};
use crate::iam::{Document, Effect, Element, Glob, Pattern, Statement};

const RULE: &str = "allow-without-effect";

pub(super) fn odd(statement: &Statement, document: &Document) -> Option<Oddity> {
    if statement.effect != Effect::Allow {
        return None;
    }
    let shadows = |other: &&Statement| {
        other.index != statement.index
            && covers(other, statement)
            // Of two that say the same the second is too much.
            && (other.effect == Effect::Deny || !covers(statement, other) || other.index < statement.index)
    };
    let other = document.statements.iter().find(shadows)?;
    let does = match other.effect {
        Effect::Deny => "denies",
        Effect::Allow => "allows",
    };
    Some(oddity(RULE, statement, format!("statement {} {does} all of it", other.name())))
}

/// Whether a statement speaks of everything that another speaks of, whatever the circumstances. Sound, not complete.
fn covers(wide: &Statement, narrow: &Statement) -> bool {
    let same_conditions = wide.conditions == narrow.conditions;
    (wide.conditions.is_empty() || same_conditions)
        && principals_cover(wide, narrow)
        && all_cover(&texts_of_actions(wide), &texts_of_actions(narrow))
        && match (&wide.resource, &narrow.resource) {
            (None, None) => true,
            (Some(Element::Is(wide)), Some(Element::Is(narrow))) => {
                let texts = |patterns: &[Pattern]| -> Option<Vec<String>> {
                    let plain = |pattern: &Pattern| pattern.as_glob().map(|_| pattern.as_str().to_owned());
                    patterns.iter().map(plain).collect()
                };
                all_cover(&texts(wide), &texts(narrow))
            }
            _ => false,
        }
}

fn principals_cover(wide: &Statement, narrow: &Statement) -> bool {
    match (&wide.principal, &narrow.principal) {
        (None, None) => true,
        (Some(Element::Is(wide)), Some(_)) if wide.include_anyone() => true,
        (wide, narrow) => wide == narrow,
    }
}

fn texts_of_actions(statement: &Statement) -> Option<Vec<String>> {
    match &statement.action {
        Element::Is(patterns) => {
            Some(patterns.iter().map(|pattern| pattern.as_str().to_ascii_lowercase()).collect())
        }
        Element::IsNot(_) => None,
    }
}

fn all_cover(wide: &Option<Vec<String>>, narrow: &Option<Vec<String>>) -> bool {
    let (Some(wide), Some(narrow)) = (wide, narrow) else { return false };
    narrow.iter().all(|narrow| wide.iter().any(|wide| text_covers(wide, narrow)))
}

/// Whether a pattern matches whatever another does: it matches the other's own text with its wildcards taken as characters, which only
/// its `*` can.
fn text_covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || !wide.contains('?') && Glob::new(wide).matches(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_it_matches_and_narrower_patterns() {
        for (wide, narrow, expected) in [
            ("s3:*", "s3:get*", true),
            ("s3:get*", "s3:*", false),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/*", true),
            ("arn:aws:s3:::b/a?", "arn:aws:s3:::b/a*", false),
            ("*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b*c", "arn:aws:s3:::b*d*c", true),
        ] {
            assert_eq!(text_covers(wide, narrow), expected, "{wide} {narrow}");
        }
    }
}
