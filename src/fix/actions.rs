//! Sets of actions as a policy writes them: names, or patterns that match no other action of S3.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::iam::{Action, ActionPattern, Catalogue};

/// Every action of S3, by its name.
static ALL: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let entries = Catalogue::get().actions_of("s3").into_iter();
    entries.filter_map(|entry| Action::parse(&entry.name)).collect()
});

/// Actions of S3, by name in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Actions(BTreeSet<Box<str>>);

impl Actions {
    /// Actions by their names.
    pub(super) fn named<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase().into()).collect())
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    pub(super) fn contains(&self, action: &Action) -> bool {
        self.0.contains(action.lower())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// The shortest list found of names and of patterns with one star at the end that match these and no others.
    pub(super) fn patterns(&self) -> Vec<String> {
        let mut left: BTreeSet<&str> = self.iter().collect();
        let mut patterns = vec![];
        while let Some(first) = left.iter().next().copied() {
            let (pattern, covered) = self.widest(first);
            left.retain(|name| !covered.contains(name));
            left.remove(first);
            patterns.push(pattern);
        }
        patterns
    }

    /// The widest pattern that matches an action and none but these.
    fn widest<'a>(&'a self, first: &'a str) -> (String, BTreeSet<&'a str>) {
        let name = ALL.iter().find(|action| action.lower() == first).map_or(first, Action::as_str);
        let prefixes = name.char_indices().map(|(at, _)| at).skip("s3:".len());
        for end in prefixes.chain([name.len()]) {
            let Some(prefix) = name.get(..end) else { continue };
            let lower = prefix.to_ascii_lowercase();
            let covered: Vec<&Action> =
                ALL.iter().filter(|action| action.lower().starts_with(&lower)).collect();
            let whole_words = end > "s3:".len() && name.get(end..).is_none_or(starts_word);
            if whole_words && covered.len() > 1 && covered.iter().all(|action| self.contains(action)) {
                let names =
                    covered.iter().filter_map(|action| self.0.get(action.lower()).map(|name| &**name));
                return (format!("{prefix}*"), names.collect());
            }
        }
        (name.to_owned(), [first].into())
    }
}

/// A pattern ends where a word of the name does, so that it reads as one was meant: `s3:GetObject*`.
fn starts_word(rest: &str) -> bool {
    rest.chars().next().is_none_or(|first| first.is_ascii_uppercase())
}

/// What an entry of `Action` matches of S3, but for some; none if it matches actions of other services too.
pub(super) fn left_of(pattern: &ActionPattern, without: &Actions) -> Option<Actions> {
    let service = pattern.as_str().split(':').next().unwrap_or_default();
    if !service.eq_ignore_ascii_case("s3") {
        return None;
    }
    let left = ALL.iter().filter(|action| pattern.matches(action) && !without.contains(action));
    Some(Actions::named(left.map(Action::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_these_actions_and_no_others() {
        let all = |start: &str| -> Vec<&str> {
            ALL.iter().map(Action::as_str).filter(|name| name.starts_with(start)).collect()
        };
        for names in [
            all("s3:GetObject"),
            all("s3:Put"),
            vec!["s3:PutObject"],
            [all("s3:Delete"), all("s3:ListB")].concat(),
        ] {
            let wanted = Actions::named(names.iter().copied());
            let patterns = wanted.patterns();
            let parsed: Vec<ActionPattern> =
                patterns.iter().filter_map(|text| ActionPattern::parse(text)).collect();
            for action in ALL.iter() {
                let matched = parsed.iter().any(|pattern| pattern.matches(action));
                assert_eq!(matched, wanted.contains(action), "{} {patterns:?}", action.as_str());
            }
        }
        assert_eq!(Actions::named(all("s3:GetObject")).patterns(), ["s3:GetObject*"]);
        assert_eq!(Actions::named(["s3:PutObject"]).patterns(), ["s3:PutObject"]);
    }
}
