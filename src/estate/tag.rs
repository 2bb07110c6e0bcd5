//! Tags.

use serde::{Deserialize, Serialize};

/// A tag of a resource, principal or account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// The tag's key. IAM compares it without regard to case.
    pub key: Box<str>,
    /// The tag's value.
    #[serde(default)]
    pub value: Box<str>,
}

/// The value of the tag with this key, without regard to case.
#[must_use]
pub fn tag_value<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key.eq_ignore_ascii_case(key)).map(|tag| &*tag.value)
}
