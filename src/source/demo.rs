//! STAND-IN, TO BE DROPPED AT MERGE: a demonstration of two buckets, until the real organization is there.

use std::borrow::Cow;

use super::snapshot::{SnapshotError, from_files};
use crate::estate::Estate;

const ACCOUNT: &str = r#"{
  "AccountId": "333333333333",
  "AuthorizationDetails": {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
  "Buckets": [
    {"Name": "acme-models-prod", "Region": "eu-west-1", "Policy": null, "Versioning": {"Status": "Suspended"},
     "PublicAccessBlock": null, "OwnershipControls": null,
     "Tags": [{"Key": "data-class", "Value": "models"}, {"Key": "team", "Value": "vision"}, {"Key": "env", "Value": "prod"}]},
    {"Name": "acme-scratch", "Region": "eu-west-1", "Policy": null, "Versioning": {}}]
}"#;

/// The organization that comes with palisade.
///
/// # Errors
/// Never.
pub fn estate() -> Result<Estate, SnapshotError> {
    let estate = r#"{"format": "estate/1", "collected_at": "2026-11-22T10:00:00Z", "partition": "aws"}"#;
    let files = [("estate.json", estate), ("accounts/333333333333.json", ACCOUNT)];
    from_files(files.map(|(name, text)| (name.to_owned(), Cow::Borrowed(text.as_bytes()))))
}
