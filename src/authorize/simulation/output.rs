//! The answer to a simulation.

use serde::Serialize;

use crate::authorize::{Applied, Decision, Ignored, Layer, Outcome};

/// One line of output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The simulation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The decision; none if there is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Outcome>,
    /// The layers that stand in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<Vec<Layer>>,
    /// The statements that made the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deciding: Option<Vec<Deciding>>,
    /// The stated condition keys that are no part of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// Why AWS's guides leave the answer open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may: Vec<&'static str>,
    /// What the simulation expected, if it was something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Outcome>,
    /// Why there is no decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A statement that made a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deciding {
    /// Its layer.
    pub layer: Layer,
    /// Its policy's name.
    pub policy: Box<str>,
    /// Its Sid, or its place in the policy, from 0, where there is none.
    pub statement: StatementName,
}

/// The Sid of a statement, or its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum StatementName {
    /// The Sid.
    Sid(Box<str>),
    /// The place in the document, from 0.
    Index(usize),
}

/// How a simulation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It was decided, as expected where something was expected.
    Decided,
    /// It was decided, but not as expected.
    Unexpected,
    /// It could not be evaluated.
    Failed,
}

impl Answer {
    /// How the simulation ended.
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.error, self.expected) {
            (Some(_), _) => Status::Failed,
            (None, Some(_)) => Status::Unexpected,
            (None, None) => Status::Decided,
        }
    }

    pub(super) fn decided(decision: Decision, ignored: Vec<Ignored>) -> Self {
        Self {
            name: None,
            decision: Some(decision.outcome),
            blocked_by: Some(decision.blocked_by),
            deciding: Some(decision.deciding.into_iter().map(Deciding::from).collect()),
            ignored,
            may: decision.may,
            expected: None,
            error: None,
        }
    }

    pub(super) fn error(name: Option<String>, error: String) -> Self {
        Self {
            name,
            decision: None,
            blocked_by: None,
            deciding: None,
            ignored: vec![],
            may: vec![],
            expected: None,
            error: Some(error),
        }
    }

    pub(super) fn named(self, name: Option<String>) -> Self {
        Self { name, ..self }
    }

    /// Notes what was expected, if it is not what was decided.
    pub(super) fn against(self, expected: Option<Outcome>) -> Self {
        let differs = expected.is_some() && expected != self.decision;
        Self { expected: if differs { expected } else { None }, ..self }
    }
}

impl From<Applied> for Deciding {
    fn from(applied: Applied) -> Self {
        let statement = applied.sid.map_or(StatementName::Index(applied.index), StatementName::Sid);
        Self { layer: applied.layer, policy: applied.policy, statement }
    }
}
