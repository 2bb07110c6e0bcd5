//! What could not be read, and why.

use serde::{Deserialize, Serialize};

use super::account_id::AccountId;

/// Evidence that is not there. Gaps flow to the end of the river: what rests on them is undecided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gap {
    /// The account, where the gap belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The API call whose answer is missing, `s3:GetBucketPolicy`; `*` where it is every call of the account.
    pub api: Box<str>,
    /// The ARN, or another name, of what it is about.
    pub resource: Box<str>,
    /// AWS's error code, or `Missing`, `Malformed`, `Duplicate`, `Inconsistent`.
    pub code: Box<str>,
    /// What exactly is wrong, and where: file, JSON path, line and column.
    pub detail: Box<str>,
}

/// A refusal that the collector recorded in an account's `Errors`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CollectionError {
    /// The API call.
    #[serde(default = "unknown")]
    pub api: Box<str>,
    /// What it was about.
    #[serde(default)]
    pub resource: Box<str>,
    /// AWS's error code.
    #[serde(default = "unknown")]
    pub code: Box<str>,
    /// What AWS says about it: which policy denies the call, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<str>>,
}

/// What stands for an entry's missing member: the entry is a gap all the same.
fn unknown() -> Box<str> {
    "Unknown".into()
}
