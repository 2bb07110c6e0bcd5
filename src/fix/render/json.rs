//! The whole plan, for programs.

use super::File;
use crate::finding::Plan;

/// Indented by two spaces, members in the order of the types, a newline at the end.
pub(super) fn file(plan: &Plan) -> File {
    let text = serde_json::to_string_pretty(plan).unwrap_or_default();
    File { name: "plan.json".into(), text: text + "\n" }
}
