//! What AWS does not let be undone exactly.

use serde_json::json;

use super::compare::canonical;
use crate::estate::{Content, Edit, Target};

/// What a rollback leaves there: what was there before, as far as AWS lets it come back.
pub(super) fn restored(edit: &Edit) -> Option<Content> {
    if was_never_versioned(edit) {
        return Some(Content::of(&json!({ "Status": "Suspended" })));
    }
    edit.before.clone()
}

/// What cannot be undone exactly, in words.
pub(super) fn limit(edit: &Edit) -> Option<String> {
    let what = edit.target.describe();
    if was_never_versioned(edit) {
        return Some(format!(
            "{what}: it was never enabled, and can only be suspended again; versions that were kept stay"
        ));
    }
    match &edit.target {
        Target::Key { .. } => Some(format!(
            "{what}: it is deleted 7 days after a rollback; what was encrypted with it must be encrypted anew until then, or \
             the deletion be cancelled"
        )),
        Target::ManagedPolicy { .. } if edit.before.is_some() => Some(format!(
            "{what}: where it has 5 versions, the oldest that is not in force is removed; the journal keeps its text"
        )),
        _ => None,
    }
}

/// "After you version-enable a bucket, it can never return to an unversioned state. But you can suspend versioning on that bucket."
/// (S3 User Guide, Versioning)
fn was_never_versioned(edit: &Edit) -> bool {
    let is_versioning = matches!(edit.target, Target::BucketVersioning { .. });
    is_versioning && canonical(&edit.target, edit.before.as_ref()).get("Status").is_none()
}
