//! What changes, for reading: a unified diff of the documents, each pretty-printed in a file of its own.

use similar::TextDiff;

use super::holder::Holder;
use super::{File, present};
use crate::estate::{Content, Edit, Target};
use crate::iam::Arn;

/// One file for all: `git apply` and `patch` understand it.
pub(super) fn file(edits: &[Edit]) -> File {
    File { name: "fixes.diff".into(), text: edits.iter().map(one).collect() }
}

fn one(edit: &Edit) -> String {
    let (before, after) = (present(edit.before.as_ref()), present(edit.after.as_ref()));
    let path = path(edit);
    let header = |side: &str, content: Option<&Content>| match content {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (before.map(pretty).unwrap_or_default(), after.map(pretty).unwrap_or_default());
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(3)
        .header(&header("a", before), &header("b", after))
        .to_string()
}

/// Two spaces, the members in the order in which AWS has them; text that is no JSON stays as it is.
fn pretty(content: &Content) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(content.text()).ok();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| content.text().to_owned()) + "\n"
}

/// Where a document stands: `210000000000/role/ml/ds/alice/inline/read.json`.
fn path(edit: &Edit) -> String {
    let mut parts = vec![edit.account.to_string()];
    let region = edit.region.as_deref();
    let mut place = |kind: &str, names: &[&str], file: &str| {
        parts.push(kind.to_owned());
        parts.extend(
            names.iter().flat_map(|name| name.split('/')).filter(|part| !part.is_empty()).map(segment),
        );
        parts.push(format!("{}.json", segment(file)));
    };
    match &edit.target {
        Target::BucketVersioning { bucket } => place("bucket", &[bucket], "versioning"),
        Target::BucketEncryption { bucket } => place("bucket", &[bucket], "encryption"),
        Target::BucketPublicAccessBlock { bucket } => place("bucket", &[bucket], "public-access-block"),
        Target::BucketOwnership { bucket } => place("bucket", &[bucket], "ownership"),
        Target::BucketLogging { bucket } => place("bucket", &[bucket], "logging"),
        Target::BucketLifecycle { bucket } => place("bucket", &[bucket], "lifecycle"),
        Target::BucketTags { bucket } => place("bucket", &[bucket], "tags"),
        Target::BucketPolicy { bucket } => place("bucket", &[bucket], "policy"),
        Target::AccessPointPolicy { name, .. } => {
            place("access-point", &[region.unwrap_or_default(), name], "policy");
        }
        Target::Key { alias } => place("key", &[region.unwrap_or_default(), alias], "policy"),
        Target::KeyPolicy { key } => {
            let arn = Arn::parse(key);
            let (region, id) =
                arn.map_or((region.unwrap_or_default(), &**key), |arn| (arn.region, arn.resource));
            place("key", &[region, id.strip_prefix("key/").unwrap_or(id)], "policy");
        }
        Target::TrustPolicy { role } => of_holder(&mut place, role, &[], "trust"),
        Target::InlinePolicy { principal, name } => of_holder(&mut place, principal, &["inline"], name),
        Target::ManagedPolicy { policy } => {
            let Holder { kind, path, name } = Holder::of(policy);
            place(kind, &[path], name);
        }
        Target::AttachedPolicy { principal, policy } => {
            let owner = Arn::parse(policy).map_or("", |arn| arn.account);
            let Holder { path, name, .. } = Holder::of(policy);
            of_holder(&mut place, principal, &["attached", owner, path], name);
        }
        Target::PermissionsBoundary { principal } => of_holder(&mut place, principal, &[], "boundary"),
    }
    parts.join("/")
}

fn of_holder(place: &mut impl FnMut(&str, &[&str], &str), principal: &str, below: &[&str], file: &str) {
    let Holder { kind, path, name } = Holder::of(principal);
    let names: Vec<&str> = [path, name].into_iter().chain(below.iter().copied()).collect();
    place(kind, &names, file);
}

/// A name as a part of a path that `git apply` takes without quotes: all but the characters of AWS's own names is written as
/// in a URL, and so is a dot at the beginning (`..`, `.git`).
fn segment(name: &str) -> String {
    let mut text = String::new();
    for (place, byte) in name.bytes().enumerate() {
        match byte {
            b'.' if place == 0 => text.push_str("%2E"),
            b'-' | b'_' | b'.' | b'+' | b'=' | b',' | b'@' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
