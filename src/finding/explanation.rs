//! One request explained: what each layer of AWS's evaluation says, and what would have to change.

use serde::Serialize;

use super::Evidence;
use crate::authorize::Outcome;

/// Why AWS answers one request as it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The version of the format.
    pub version: u32,
    /// The request in the simulation format.
    pub request: serde_json::Value,
    /// The way to the bucket, if it is not the direct one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Box<str>>,
    /// AWS's answer.
    pub decision: Outcome,
    /// Why the answer is not certain; it is then the one that grants more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may: Vec<Box<str>>,
    /// The keys that were stated and that AWS would not send, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Box<str>>,
    /// The request to S3, then the one that S3 makes to KMS where the object's key is used.
    pub calls: Vec<Call>,
    /// What the rules say of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesAnswer>,
    /// What would have to change for AWS to allow it; empty if it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Box<str>>,
}

/// One call and the layers that it passes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// The action.
    pub action: Box<str>,
    /// The ARN of what it is called on.
    pub resource: Box<str>,
    /// AWS's answer.
    pub decision: Outcome,
    /// The layers that bear on it.
    pub layers: Vec<LayerAnswer>,
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerAnswer {
    /// The layer, by its name in the simulation format.
    pub layer: Box<str>,
    /// Its answer.
    pub answer: Says,
    /// Whether it stands in the way.
    pub blocks: bool,
    /// The statements that apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Evidence>,
    /// Allows that nearly apply, where the layer lacks one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
}

/// The answer of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// A Deny applies.
    Denies,
    /// An Allow applies.
    Allows,
    /// It sets no limit.
    NoLimit,
    /// Nothing in it allows the request.
    Silent,
}

/// An Allow that nearly applies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Near {
    /// The statement.
    pub statement: Evidence,
    /// What it lacks, in words.
    pub lacks: Vec<Box<str>>,
}

/// What the rules say of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesAnswer {
    /// The class of the data, with its place.
    pub dataset: Box<str>,
    /// Whether the rules sanction the request.
    pub permitted: bool,
    /// The permits that sanction it.
    pub permits: Vec<Box<str>>,
    /// The rules that it breaks.
    pub violated: Vec<Box<str>>,
    /// What the rules read and what is not known; unless it is empty, there may be more of both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Box<str>>,
}

impl Says {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denies => "denies",
            Self::Allows => "allows",
            Self::NoLimit => "sets no limit",
            Self::Silent => "allows nothing of it",
        }
    }
}
