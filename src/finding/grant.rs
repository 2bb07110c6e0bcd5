//! Effective access as plain data: who can do what, on which keys, and when.

use serde::Serialize;

use super::{Evidence, FORMAT_VERSION};
use crate::estate::Gap;

/// The answer to who can do something, or to what somebody can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grants {
    /// The version of the format.
    pub version: u32,
    /// The question, in words.
    pub question: Box<str>,
    /// Every grant, by bucket, then by principal.
    pub grants: Vec<Grant>,
    /// What could not be decided, in words.
    pub undecided: Vec<Box<str>>,
    /// How many pairs of caller and bucket were decided over all their requests.
    pub pairs: usize,
    /// What could not be read and may bear on the answer.
    pub gaps: Vec<Gap>,
}

/// Access that some callers have alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grant {
    /// The bucket.
    pub bucket: Box<str>,
    /// The part of the bucket that is meant: what its keys begin with; empty for all of it.
    pub prefix: Box<str>,
    /// What the data is classified as, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Box<str>>,
    /// Who has it, sorted: ARNs, an account for any role of it, services of AWS, or `*` for everyone.
    pub principals: Vec<Box<str>>,
    /// The actions, sorted.
    pub actions: Vec<Box<str>>,
    /// The actions in the groups of the rules (`read`, `write`, ...), where all of a group are granted, and one by one where not.
    pub summary: Vec<Box<str>>,
    /// The keys of the objects, as globs; empty for actions on the bucket.
    pub keys: Vec<Box<str>>,
    /// Under which circumstances, in words; empty where nothing unusual is needed.
    pub conditions: Vec<Box<str>>,
    /// Under which circumstances it is refused all the same, in words, for example; none if it never is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unless: Option<Vec<Box<str>>>,
    /// Why it is not certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Box<str>>,
    /// The rules that some of these requests break, sorted; only where the question asks about a principal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Box<str>>,
    /// The statements that grant it.
    pub evidence: Vec<Evidence>,
    /// A request that AWS allows, in the simulation format.
    pub witness: serde_json::Value,
}

impl Grants {
    /// An answer without grants yet.
    #[must_use]
    pub fn to(question: String) -> Self {
        Self {
            version: FORMAT_VERSION,
            question: question.into(),
            grants: vec![],
            undecided: vec![],
            pairs: 0,
            gaps: vec![],
        }
    }
}
