//! The file of rules: reading it, and saying where it is wrong.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::dataset_rule::DatasetRule;
use super::datasets::Datasets;
use super::principals::{Classified, PrincipalRule};
use crate::estate::{Estate, Principal};
use crate::iam::{Position, position_at};

/// The rules that palisade has compiled in.
const BUNDLED: &str = include_str!("../../rules/classification.toml");

/// The rules by which data sets and principals are classified.
#[derive(Debug, Clone)]
pub struct Rules {
    classes: Vec<Box<str>>,
    lineage: Lineage,
    datasets: Vec<Placed<DatasetRule>>,
    /// Those of higher standing first, so that the costly conditions of the lowest are rarely looked at.
    principals: Vec<Placed<PrincipalRule>>,
}

/// A rule and the line at which it begins.
#[derive(Debug, Clone)]
pub(super) struct Placed<R> {
    pub(super) line: usize,
    pub(super) rule: R,
}

/// Why a file of rules was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[diagnostic(help("rules/classification.toml, the bundled file, explains every key"))]
pub enum ClassifyError {
    /// The text is not TOML, or not of the form of a file of rules.
    #[error("{name}:{}:{}: {problem}", position.line, position.column)]
    Form {
        /// The name of the file.
        name: Box<str>,
        /// Where.
        position: Position,
        /// What is wrong, and what was expected.
        problem: Box<str>,
    },
    /// A rule that is well written says something that cannot be meant.
    #[error("{name}:{}:{}: {problem}; expected {expected}", position.line, position.column)]
    Meaning {
        /// The name of the file.
        name: Box<str>,
        /// Where.
        position: Position,
        /// What is wrong.
        problem: Box<str>,
        /// What was expected.
        expected: Box<str>,
    },
}

/// A fault of a rule, at a place in the text.
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) problem: String,
    pub(super) expected: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    classes: Spanned<Vec<Spanned<Box<str>>>>,
    #[serde(default)]
    lineage: Lineage,
    #[serde(default, rename = "dataset")]
    datasets: Vec<Spanned<DatasetRule>>,
    #[serde(default, rename = "principal")]
    principals: Vec<Spanned<PrincipalRule>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lineage {
    tags: Vec<Box<str>>,
}

impl Rules {
    /// The rules that palisade has compiled in: `rules/classification.toml`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the text is a constant, and a test parses it")]
    pub fn bundled() -> Self {
        Self::parse(BUNDLED, "rules/classification.toml").expect("the compiled-in rules are well formed")
    }

    /// Reads rules from TOML; `name` is the file's, for errors.
    ///
    /// # Errors
    /// The text is not TOML, has a key that no rule has, names a class that is not listed, or has a rule that gives
    /// nothing.
    pub fn parse(text: &str, name: &str) -> Result<Self, ClassifyError> {
        let at = |span: Range<usize>| position_at(text, span.start);
        let file: File = toml::from_str(text).map_err(|error| ClassifyError::Form {
            name: name.into(),
            position: at(error.span().unwrap_or_default()),
            problem: error.message().trim_end().replace('\n', ", ").into(),
        })?;
        let rules = file.check().map_err(|Fault { span, problem, expected }| ClassifyError::Meaning {
            name: name.into(),
            position: at(span),
            problem: problem.into(),
            expected: expected.into(),
        });
        rules.map(|file| file.place(|span| at(span).line))
    }

    /// Cuts every bucket of the estate that could be read into data sets.
    #[must_use]
    pub fn datasets<'a>(&self, estate: &'a Estate) -> Datasets<'a> {
        super::datasets::classify(&self.datasets, &self.classes, estate, |_| true)
    }

    /// Cuts one bucket into data sets; nothing comes of a name that no bucket has.
    #[must_use]
    pub fn datasets_in<'a>(&self, estate: &'a Estate, bucket: &str) -> Datasets<'a> {
        super::datasets::classify(&self.datasets, &self.classes, estate, |known| *known.name == *bucket)
    }

    /// What a user or role is for, and whether people use it.
    #[must_use]
    pub fn principal<'a>(&'a self, principal: &Principal<'a>) -> Classified<'a> {
        super::principals::classify(&self.principals, principal)
    }

    /// The data classes, in the order of the rules.
    #[must_use]
    pub fn classes(&self) -> &[Box<str>] {
        &self.classes
    }

    /// The keys of the tags by which a model version is traced to what made it.
    #[must_use]
    pub fn lineage_tags(&self) -> &[Box<str>] {
        &self.lineage.tags
    }
}

impl File {
    fn check(self) -> Result<Self, Fault> {
        let classes = self.classes.get_ref();
        if classes.is_empty() {
            let problem = "no data class is listed".to_owned();
            return Err(Fault { span: self.classes.span(), problem, expected: "at least one".to_owned() });
        }
        for (index, class) in classes.iter().enumerate() {
            if classes.iter().take(index).any(|other| other.get_ref() == class.get_ref()) {
                let problem = format!("the class {:?} is listed twice", class.get_ref());
                return Err(Fault { span: class.span(), problem, expected: "each class once".to_owned() });
            }
        }
        for rule in &self.datasets {
            rule.get_ref().check(rule.span(), classes)?;
        }
        for rule in &self.principals {
            rule.get_ref().check(rule.span())?;
        }
        Ok(self)
    }

    fn place(self, line: impl Fn(Range<usize>) -> usize + Copy) -> Rules {
        let mut principals = place(self.principals, line);
        principals.sort_by_key(|placed| std::cmp::Reverse(placed.rule.standing()));
        Rules {
            classes: self.classes.into_inner().into_iter().map(Spanned::into_inner).collect(),
            lineage: self.lineage,
            datasets: place(self.datasets, line),
            principals,
        }
    }
}

fn place<R>(rules: Vec<Spanned<R>>, line: impl Fn(Range<usize>) -> usize) -> Vec<Placed<R>> {
    rules.into_iter().map(|rule| Placed { line: line(rule.span()), rule: rule.into_inner() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_rules_are_well_formed() {
        let rules = Rules::bundled();
        assert_eq!(rules.classes().join(" "), "team features datasets pipeline models");
        assert_eq!(rules.lineage_tags().join(" "), "pipeline-run git-commit training-dataset");
    }

    #[test]
    fn an_error_names_the_place_and_what_is_expected() {
        let cases = [
            (
                "classes = [\"a\"]\n[[dataset]]\nbuckt = \"x\"",
                "r.toml:3:1: unknown field `buckt`, expected one of",
            ),
            (
                "classes = [\"a\"]\n[[dataset]]\nclass = \"b\"",
                "r.toml:3:9: the class \"b\" is not listed; expected `a`",
            ),
            (
                "classes = [\"a\"]\n[[dataset]]\nclass = {tga = \"x\"}",
                "r.toml:3:10: unknown variant `tga`, expected",
            ),
            (
                "classes = [\"a\"]\n[[dataset]]\nclass = 1",
                "r.toml:3:9: invalid type: integer `1`, expected text",
            ),
            (
                "classes = [\"a\"]\n\n[[dataset]]\nbucket = \"x\"",
                "r.toml:3:1: the rule gives nothing; expected",
            ),
            (
                "classes = [\"a\"]\n[[dataset]]\nclass = \"a\"\nignore = true",
                "r.toml:3:9: a rule that ignores gives a class",
            ),
            ("classes = [\"a\", \"a\"]", "r.toml:1:17: the class \"a\" is listed twice; expected"),
            ("classes = []", "r.toml:1:11: no data class is listed"),
            ("", "r.toml:1:1: missing field `classes`"),
            ("classes = [\"a\"", "r.toml:1:15: "),
            (
                "classes = [\"a\"]\n[[principal]]\nname = \"x\"",
                "r.toml:2:1: the rule gives nothing; expected",
            ),
            (
                "classes = [\"a\"]\n[[principal]]\nkind = \"robot\"",
                "r.toml:3:8: unknown variant `robot`, expected",
            ),
            (
                "classes = [\"a\"]\n[[principal]]\nteam = {account-tag = \"team\"}",
                "r.toml:3:9: unknown variant `account-tag`, expected `tag`",
            ),
        ];
        for (text, start) in cases {
            let error = Rules::parse(text, "r.toml").expect_err(text).to_string();
            assert!(error.starts_with(start), "{error}\n{start}");
        }
    }
}
