//! Whether policies protect a bucket from everyone: plain HTTP, and the deletion of versions.

use std::sync::LazyLock;

use super::sweep::{Sweep, Target};
use crate::estate::{Fact, PolicyDocument, Unread};
use crate::iam::{Action, Catalogue, Context};

/// Sets of policies any of which may deny: the bucket's own, and those of the organization. Each may be unread.
pub type PolicySets<'a> = [Fact<Vec<&'a PolicyDocument>>];

/// Every action of S3 on buckets and on objects.
struct Actions {
    on_buckets: Vec<Action>,
    on_objects: Vec<Action>,
}

static ACTIONS: LazyLock<Actions> = LazyLock::new(|| {
    let on = |kind: &str| {
        let entries = Catalogue::get().actions_of("s3").into_iter().filter(|entry| entry.acts_on(kind));
        entries.filter_map(|entry| Action::parse(&entry.name)).collect()
    };
    Actions { on_buckets: on("bucket"), on_objects: on("object") }
});

/// Whether every request without TLS is denied, for the bucket and for its objects under the prefix.
///
/// "Use the aws:SecureTransport condition on Amazon S3 bucket policies to allow only encrypted connections over HTTPS."
/// (S3 User Guide, security-best-practices)
#[must_use]
pub fn enforces_tls(bucket_arn: &str, prefix: &str, policies: &PolicySets<'_>) -> Fact<bool> {
    let mut known = Context::new();
    known.set_one("aws:SecureTransport", "false");
    let objects = format!("{bucket_arn}/{prefix}");
    let on_buckets = ACTIONS.on_buckets.iter().map(|action| (action, Target::One(bucket_arn)));
    let on_objects = ACTIONS.on_objects.iter().map(|action| (action, Target::AllAfter(&objects)));
    let sweeps = on_buckets.chain(on_objects).map(|(action, target)| Sweep { action, target, known: &known });
    denies_all(sweeps, policies)
}

/// Whether everyone is denied to delete versions of the objects under the prefix.
#[must_use]
pub fn guards_versions(bucket_arn: &str, prefix: &str, policies: &PolicySets<'_>) -> Fact<bool> {
    let known = Context::new();
    let objects = format!("{bucket_arn}/{prefix}");
    let delete = ACTIONS.on_objects.iter().filter(|action| action.lower() == "s3:deleteobjectversion");
    denies_all(
        delete.map(|action| Sweep { action, target: Target::AllAfter(&objects), known: &known }),
        policies,
    )
}

/// Whether identity policies may read, change or list the content of some bucket.
#[must_use]
pub fn may_reach_buckets(policy: &PolicyDocument) -> bool {
    super::trust::may_reach_buckets(policy.document(), &ACTIONS.on_objects)
        || super::trust::may_reach_buckets(policy.document(), &ACTIONS.on_buckets)
}

/// Whether the policies deny all requests of every sweep. One policy that denies is enough for a sweep; only without one does
/// a set that was not read, or a policy with statements that could not be read, leave it open.
fn denies_all<'s>(mut sweeps: impl Iterator<Item = Sweep<'s>>, policies: &PolicySets<'_>) -> Fact<bool> {
    let known: Vec<&PolicyDocument> = policies.iter().filter_map(Fact::known).flatten().copied().collect();
    if sweeps.all(|sweep| known.iter().any(|policy| sweep.is_denied_by(policy.document()))) {
        return Fact::Known(true);
    }
    if let Some(why) = policies.iter().find_map(Fact::unread) {
        return Fact::Unread(why.clone());
    }
    match known.iter().flat_map(|policy| &policy.document().faults).next() {
        Some(fault) => Fact::Unread(Unread::Malformed(fault.to_string().into())),
        None => Fact::Known(false),
    }
}
