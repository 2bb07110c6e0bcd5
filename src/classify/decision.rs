//! One question, many rules: whose answer stands.

use std::fmt;

/// Why a property of a data set or a principal is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// The property.
    pub property: Property,
    /// Why it is open.
    pub cause: Cause,
}

/// What a rule can give, under its name in the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// The data class of a data set.
    Class,
    /// The team that a data set or a principal belongs to.
    Team,
    /// The environment of a data set.
    Env,
    /// What a principal is for.
    AccessRole,
    /// Whether people or machines use a principal.
    Kind,
}

/// Why a property is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// No rule gives a class. Other properties may be absent without doubt.
    Unclassified,
    /// Rules of equal standing give different answers.
    Ambiguous(Vec<Claim>),
    /// The class is none of those that the rules list.
    UnknownClass(Claim),
    /// The answer rests on evidence that could not be read.
    Unread {
        /// The line of the rule that asks for it.
        line: usize,
        /// What was not read, and why.
        why: Box<str>,
    },
}

/// The answer of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// What the rule gives.
    pub answer: Box<str>,
    /// The line of the rules at which it begins.
    pub line: usize,
}

/// What one rule says of one property of one subject.
pub(super) enum Answer<V> {
    /// Nothing: the rule does not apply, or the tag that it names is absent.
    Silent,
    Says(V),
    /// Nobody knows what it says.
    Unread(Box<str>),
}

impl<V> Answer<V> {
    pub(super) fn map<W>(self, conclude: impl FnOnce(V) -> W) -> Answer<W> {
        match self {
            Self::Silent => Answer::Silent,
            Self::Says(value) => Answer::Says(conclude(value)),
            Self::Unread(why) => Answer::Unread(why),
        }
    }
}

/// Whether a condition holds; the error tells which evidence was not read.
pub(super) type Test = Result<bool, Box<str>>;

/// Whether all conditions hold. One that surely fails decides, whatever the unread ones would say.
pub(super) fn all(tests: impl IntoIterator<Item = Test>) -> Test {
    let mut unread = None;
    for test in tests {
        match test {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => unread = unread.or(Some(why)),
        }
    }
    unread.map_or(Ok(true), Err)
}

/// The answers of the highest standing so far.
///
/// Almost always a single rule answers, or all agree; only then is nothing allocated.
pub(super) struct Contest<S, V> {
    standing: Option<S>,
    first: Option<(usize, Answer<V>)>,
    /// The answers that differ from the first.
    rivals: Vec<(usize, Answer<V>)>,
}

impl<S: Ord, V: Copy + PartialEq + fmt::Display> Contest<S, V> {
    pub(super) fn new() -> Self {
        Self { standing: None, first: None, rivals: vec![] }
    }

    /// Whether an answer of this standing could still change the outcome.
    pub(super) fn admits(&self, standing: &S) -> bool {
        self.standing.as_ref().is_none_or(|highest| standing >= highest)
    }

    /// Counts the answer of the rule at `line`.
    pub(super) fn enter(&mut self, standing: S, line: usize, answer: Answer<V>) {
        if matches!(answer, Answer::Silent) || !self.admits(&standing) {
            return;
        }
        if self.standing.as_ref() != Some(&standing) {
            *self = Self { standing: Some(standing), first: Some((line, answer)), rivals: vec![] };
        } else if !self.is_first(&answer) {
            self.rivals.push((line, answer));
        }
    }

    /// The answer that stands, with the line of its rule; none if no rule gave one.
    pub(super) fn decide(self) -> Result<Option<(usize, V)>, Cause> {
        let Some((line, first)) = self.first else { return Ok(None) };
        if self.rivals.is_empty()
            && let Answer::Says(value) = first
        {
            return Ok(Some((line, value)));
        }
        let mut claims = vec![];
        for (line, answer) in std::iter::once((line, first)).chain(self.rivals) {
            match answer {
                Answer::Silent => {}
                Answer::Says(value) => claims.push(Claim { answer: value.to_string().into(), line }),
                Answer::Unread(why) => return Err(Cause::Unread { line, why }),
            }
        }
        Err(Cause::Ambiguous(claims))
    }

    fn is_first(&self, answer: &Answer<V>) -> bool {
        matches!((&self.first, answer), (Some((_, Answer::Says(first))), Answer::Says(value)) if first == value)
    }
}

impl Property {
    /// The name in the rules.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Team => "team",
            Self::Env => "env",
            Self::AccessRole => "access-role",
            Self::Kind => "kind",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let property = self.property;
        match &self.cause {
            Cause::Unclassified => write!(f, "no rule gives a {property}"),
            Cause::Ambiguous(claims) => {
                write!(f, "the {property} is ambiguous:")?;
                for (index, claim) in claims.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "," };
                    write!(f, "{separator} {:?} by the rule at line {}", claim.answer, claim.line)?;
                }
                Ok(())
            }
            Cause::UnknownClass(claim) => {
                write!(
                    f,
                    "{:?}, by the rule at line {}, is none of the {property}es",
                    claim.answer, claim.line
                )
            }
            Cause::Unread { line, why } => {
                write!(
                    f,
                    "the {property} is undecided: the rule at line {line} needs evidence that was not read: {why}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(answers: &[(u8, Option<&'static str>)]) -> Result<Option<(usize, &'static str)>, Cause> {
        let mut contest = Contest::new();
        for (line, (standing, answer)) in answers.iter().enumerate() {
            let answer = answer.map_or(Answer::Unread("tags".into()), Answer::Says);
            contest.enter(*standing, line, answer);
        }
        contest.decide()
    }

    #[test]
    fn the_highest_standing_decides_in_any_order() {
        assert_eq!(decide(&[(1, Some("low")), (2, Some("high"))]), Ok(Some((1, "high"))));
        assert_eq!(decide(&[(2, Some("high")), (1, Some("low")), (1, None)]), Ok(Some((0, "high"))));
        assert_eq!(decide(&[]), Ok(None));
    }

    #[test]
    fn equals_that_agree_decide_and_equals_that_disagree_do_not() {
        assert_eq!(decide(&[(1, Some("a")), (1, Some("a"))]), Ok(Some((0, "a"))));
        let claims = vec![Claim { answer: "a".into(), line: 0 }, Claim { answer: "b".into(), line: 2 }];
        assert_eq!(decide(&[(1, Some("a")), (1, Some("a")), (1, Some("b"))]), Err(Cause::Ambiguous(claims)));
    }

    #[test]
    fn unread_evidence_of_the_highest_standing_leaves_the_question_open() {
        assert_eq!(decide(&[(1, Some("a")), (2, None)]), Err(Cause::Unread { line: 1, why: "tags".into() }));
        assert_eq!(decide(&[(2, Some("a")), (2, None)]), Err(Cause::Unread { line: 1, why: "tags".into() }));
    }

    #[test]
    fn a_condition_that_fails_outweighs_one_that_was_not_read() {
        assert_eq!(all([Ok(true), Err("tags".into()), Ok(false)]), Ok(false));
        assert_eq!(all([Ok(true), Err("tags".into())]), Err("tags".into()));
        assert_eq!(all([]), Ok(true));
    }

    #[test]
    fn a_doubt_says_what_is_open_and_why() {
        let claims =
            vec![Claim { answer: "team".into(), line: 3 }, Claim { answer: "models".into(), line: 7 }];
        let doubt = Doubt { property: Property::Class, cause: Cause::Ambiguous(claims) };
        let text = r#"the class is ambiguous: "team" by the rule at line 3, "models" by the rule at line 7"#;
        assert_eq!(doubt.to_string(), text);
    }
}
