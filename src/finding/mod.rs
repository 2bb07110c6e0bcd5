//! Conclusions as plain data: what a rule demands, what was found against it, and the whole of an audit.
//!
//! The members serialize to the report's JSON; their names and order are part of its stable format.

mod assessment;
mod evidence;
mod explanation;
mod filter;
mod fix;
mod grant;
mod rule;

pub use assessment::{Assessment, ClassSummary, EstateSummary, FORMAT_VERSION, Fixable, Summary, Tool};
pub use evidence::Evidence;
pub use explanation::{Call, Explanation, LayerAnswer, Near, RulesAnswer, Says};
pub use filter::{BucketPattern, Filter};
pub use fix::{
    Cure, Fix, FixRef, Loss, Open, PLAN_VERSION, Plan, Proof, Remedy, Removal, Safety, Size, Worse,
};
pub use grant::{Grant, Grants};
pub use rule::{Controls, Rule, RuleKind, Severity};

use serde::Serialize;

use crate::estate::AccountId;

/// AWS's answer to a request: what an explanation explains.
pub use crate::authorize::Outcome;
/// What a fix changes, and what could not be read: a finding's neighbour in every report.
pub use crate::estate::{Content, Edit, Gap};

/// One conclusion: a rule that is broken, or that could not be decided, and everything needed to see why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The id of the rule.
    pub rule: Box<str>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: Box<str>,
    /// Whether it is certain.
    pub verdict: Verdict,
    /// What is known only of this case: which setting, or why it is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Box<str>>,
    /// The data that is at stake; none for a finding about principals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetRef>,
    /// Who is concerned, sorted: ARNs, `*` for everyone, or names of AWS services; of odd statements, who holds the policy.
    pub subjects: Vec<Box<str>>,
    /// How many subjects there are; more than are listed where the list was cut.
    pub subjects_total: usize,
    /// The actions, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Box<str>>,
    /// The keys of the objects, as globs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Box<str>>,
    /// Under which circumstances, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Box<str>>,
    /// The roles assumed on the way, first to last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Box<str>>,
    /// Every role that they can act as to this end, where it is not their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Box<str>>,
    /// A request that AWS allows and the rule forbids, in the simulation format; of expected access that does not work, one that AWS
    /// refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<serde_json::Value>,
    /// What the conclusion rests on.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub remedy: Box<str>,
    /// What cures it best, where that was looked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<FixRef>,
    /// What standards say of it.
    #[serde(skip_serializing_if = "Controls::is_empty")]
    pub controls: Controls,
    /// Names this finding in every run, as long as rule and subject stay the same: 16 hexadecimal digits.
    pub fingerprint: Fingerprint,
}

/// Whether a finding is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The rule is broken.
    Violated,
    /// The rule may be broken: evidence is missing, or it cannot be decided.
    Undecided,
}

/// The data that a finding is about: a bucket, or a prefix in it, and what it is classified as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DatasetRef {
    /// The bucket's name.
    pub bucket: Box<str>,
    /// What the keys begin with; empty for the whole bucket.
    pub prefix: Box<str>,
    /// The bucket's account.
    pub account: AccountId,
    /// The class, if it has one.
    pub class: Option<Box<str>>,
    /// The team, if it belongs to one.
    pub team: Option<Box<str>>,
    /// The environment, if known.
    pub env: Option<Box<str>>,
}

/// The stable name of a finding: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The name of what these parts describe. It depends on nothing but them.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        for part in parts {
            // A length before each part: ["ab", "c"] is not ["a", "bc"].
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(part);
        }
        Self(xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl DatasetRef {
    /// `bucket`, or `bucket/prefix`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.prefix.is_empty() {
            self.bucket.to_string()
        } else {
            format!("{}/{}", self.bucket, self.prefix)
        }
    }
}
