//! Rules: what is demanded, by whom it is said, and how much it matters.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// One rule of the intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The id, in kebab case, named after the fault.
    pub id: Box<str>,
    /// How bad a violation is.
    pub severity: Severity,
    /// What is wrong when it is broken, in a few words.
    pub title: Box<str>,
    /// Why it matters.
    pub why: Box<str>,
    /// What to do.
    pub remedy: Box<str>,
    /// What it judges.
    pub kind: RuleKind,
    /// The data class whose page it stands on; none for a rule of every class.
    pub class: Option<Box<str>>,
    /// What standards say of it.
    #[serde(skip_serializing_if = "Controls::is_empty")]
    pub controls: Controls,
}

/// What a rule judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// Who can do what.
    Access,
    /// How a bucket or a principal is configured.
    Posture,
    /// Whether everything could be read and classified.
    Coverage,
    /// Whether a policy says what its author can mean.
    Lint,
}

/// How bad a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// To be mended in time.
    Medium,
    /// To be mended now.
    High,
    /// An open door.
    Critical,
}

/// The items of standards that a rule speaks to: the standard's short name, then its items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Controls(pub BTreeMap<Box<str>, Vec<Box<str>>>);

impl Controls {
    /// Whether no standard speaks of the rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|severity| severity.as_str() == text);
        found.ok_or_else(|| UnknownSeverityError(text.to_owned()))
    }
}

/// A word that is no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no severity; expected critical, high, medium or low")]
pub struct UnknownSeverityError(String);
