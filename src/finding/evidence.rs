//! What a conclusion rests on.

use serde::Serialize;

/// A statement of a policy, or a setting, that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The layer of AWS's evaluation (`resourcePolicy`, `identityPolicies`, ...) or the setting (`versioning`).
    pub layer: Box<str>,
    /// What holds it: the ARN of a policy, a role or a bucket.
    pub document: Box<str>,
    /// The statement's Sid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Box<str>>,
    /// The statement's place in the document, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The statement or setting itself, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<serde_json::Value>,
}

impl Evidence {
    /// A setting, with its value as AWS prints it.
    #[must_use]
    pub fn setting(layer: &str, document: &str, value: serde_json::Value) -> Self {
        Self { layer: layer.into(), document: document.into(), sid: None, index: None, quote: Some(value) }
    }
}
