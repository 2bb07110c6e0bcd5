//! The facts that posture rules ask about a data set, drawn from the evidence about its bucket.

use std::sync::Arc;

use super::ground::Ground;
use crate::authorize::{enforces_tls, guards_versions, opened_to_outside};
use crate::classify::{DataSet, Rules};
use crate::estate::{
    Account, Bucket, EncryptionByDefault, Fact, KmsKey, Lifecycle, LifecycleRule, ObjectLock,
    OwnershipControls, PolicyDocument, Switch, Unread, VersioningStatus, tag_value,
};
use crate::intent::{AccountFacts, DatasetFacts, EncryptionFacts, LifecycleFacts};

pub(crate) fn facts(ground: &Ground<'_>, rules: &Rules, set: &DataSet<'_>) -> DatasetFacts {
    let bucket = set.bucket;
    DatasetFacts {
        bucket: bucket.name.clone(),
        prefix: set.prefix.clone(),
        class: set.class.clone(),
        env: set.env.clone().unwrap_or_default(),
        account: account_facts(ground, set.account),
        team: set.team.clone(),
        versioning: bucket.versioning.map(|versioning| match versioning.status {
            Some(VersioningStatus::Enabled) => "Enabled".into(),
            Some(VersioningStatus::Suspended) => "Suspended".into(),
            None => "Never".into(),
        }),
        mfa_delete: bucket.versioning.map(|versioning| versioning.mfa_delete == Some(Switch::Enabled)),
        object_lock: bucket.object_lock.map(|lock| lock.as_ref().is_some_and(locks_new_versions)),
        version_guard: version_guard(ground, set),
        lifecycle: bucket.lifecycle.map(|lifecycle| lifecycle_facts(lifecycle.as_ref(), &set.prefix)),
        encryption: encryption(ground, set),
        key_policy_open: key_policy_open(ground, set),
        public_access_block: ground.public_access_block(set.account, bucket),
        acls_disabled: bucket.ownership_controls.map(|controls| {
            // Without ownership controls the objects belong to who writes them, and ACLs count.
            controls.as_ref().is_some_and(OwnershipControls::disable_acls)
        }),
        tls_enforced: tls_enforced(ground, set),
        access_logged: access_logged(ground, set.account, bucket, &bucket_arn(set)),
        missing_lineage: bucket.tags.map(|tags| {
            rules.lineage_tags().iter().filter(|key| tag_value(tags, key).is_none()).cloned().collect()
        }),
        tags: bucket.tags.map(|tags| tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()),
    }
}

/// Why a rule about a data set is undecided, in words.
pub(crate) fn why_unread(facts: &DatasetFacts, attributes: &[&str]) -> Box<str> {
    let reason = |name: &&str| {
        let (what, why) = unread(facts, name);
        why.map_or_else(|| format!("{what} is not known"), |why| format!("{what} is not known: {why}"))
    };
    attributes.iter().map(reason).collect::<Vec<_>>().join("; ").into()
}

/// What an attribute of the schema tells, in words, and why it is not known.
fn unread<'f>(facts: &'f DatasetFacts, attribute: &'f str) -> (&'f str, Option<&'f Unread>) {
    match attribute {
        "versioning" => ("the bucket's versioning", facts.versioning.unread()),
        "mfaDelete" => ("whether deleting versions needs a second factor", facts.mfa_delete.unread()),
        "objectLock" => ("whether Object Lock protects new versions", facts.object_lock.unread()),
        "versionGuard" => ("whether a policy guards the versions", facts.version_guard.unread()),
        "lifecycle" => ("the bucket's lifecycle", facts.lifecycle.unread()),
        "encryption" => ("the bucket's encryption, or its key,", facts.encryption.unread()),
        "keyPolicyOpen" => ("the policy of the bucket's key", facts.key_policy_open.unread()),
        "publicAccessBlock" => ("Block Public Access", facts.public_access_block.unread()),
        "aclsDisabled" => ("who owns the objects", facts.acls_disabled.unread()),
        "tlsEnforced" => ("whether a policy refuses plain HTTP", facts.tls_enforced.unread()),
        "accessLogged" => ("whether access is logged", facts.access_logged.unread()),
        "missingLineage" | "tags" => ("the bucket's tags", facts.tags.unread()),
        other => (other, None),
    }
}

fn account_facts(ground: &Ground<'_>, account: &Account) -> Arc<AccountFacts> {
    let alone =
        || AccountFacts { id: account.account_id, name: "".into(), units: vec![], organization: None };
    ground.around(account.account_id).map_or_else(|| Arc::new(alone()), |around| around.facts.clone())
}

pub(crate) fn bucket_arn(set: &DataSet<'_>) -> String {
    format!("arn:{}:s3:::{}", set.partition, set.bucket.name)
}

/// "If you don't place a default retention configuration on the bucket, objects [...] are not protected by default."
/// (S3 User Guide, object-lock)
fn locks_new_versions(lock: &ObjectLock) -> bool {
    lock.object_lock_configuration.as_ref().is_some_and(|configuration| {
        let retention = configuration.rule.as_ref().and_then(|rule| rule.default_retention.as_ref());
        configuration.object_lock_enabled.as_deref() == Some("Enabled")
            && retention.is_some_and(|retention| retention.days.is_some() || retention.years.is_some())
    })
}

/// The bucket's own policy and those that bind its account's resources.
fn resource_policies<'a>(ground: &Ground<'a>, set: &DataSet<'a>) -> Vec<Fact<Vec<&'a PolicyDocument>>> {
    let own = match &set.bucket.policy {
        Fact::Known(policy) => Fact::Known(policy.iter().collect()),
        Fact::Unread(why) => Fact::Unread(why.clone()),
    };
    let around = ground.around(set.account.account_id);
    std::iter::once(own).chain(around.map(|around| around.resource_control.clone())).collect()
}

fn tls_enforced(ground: &Ground<'_>, set: &DataSet<'_>) -> Fact<bool> {
    enforces_tls(&bucket_arn(set), &set.prefix, &resource_policies(ground, set))
}

/// A guard may stand in the bucket policy, in a resource control policy, or, for the account's own principals, in a service
/// control policy; principals of other accounts need a grant by the bucket policy, which the rules about access judge.
fn version_guard(ground: &Ground<'_>, set: &DataSet<'_>) -> Fact<bool> {
    let mut policies = resource_policies(ground, set);
    policies.extend(ground.around(set.account.account_id).map(|around| around.service_control.clone()));
    guards_versions(&bucket_arn(set), &set.prefix, &policies)
}

fn lifecycle_facts(lifecycle: Option<&Lifecycle>, prefix: &str) -> LifecycleFacts {
    let rules = lifecycle.map_or(&[][..], |lifecycle| &lifecycle.rules);
    let in_force = rules.iter().filter(|rule| rule.status == Switch::Enabled && bears_on(rule, prefix));
    let expires = |rule: &LifecycleRule| {
        rule.expiration
            .as_ref()
            .is_some_and(|expiration| expiration.days.is_some() || expiration.date.is_some())
    };
    // "NewerNoncurrentVersions: how many noncurrent versions S3 will retain": with it, not all of them go.
    let removes_all = |rule: &LifecycleRule| {
        let expiration = rule.noncurrent_version_expiration.as_ref()?;
        (expiration.newer_noncurrent_versions.unwrap_or(0) == 0).then_some(expiration.noncurrent_days?)
    };
    LifecycleFacts {
        expires_current: in_force.clone().any(expires),
        noncurrent_days: in_force.filter_map(removes_all).min(),
    }
}

/// Whether a rule can bear on keys under the prefix. What else a filter asks (tags, sizes) some object may meet.
fn bears_on(rule: &LifecycleRule, prefix: &str) -> bool {
    let pointers = ["/Prefix", "/And/Prefix"];
    let filter = rule.filter.as_ref();
    let filtered = pointers.iter().find_map(|pointer| filter?.pointer(pointer)?.as_str());
    let of_rule = filtered.or(rule.prefix.as_deref()).unwrap_or("");
    of_rule.starts_with(prefix) || prefix.starts_with(of_rule)
}

/// The default encryption. "All Amazon S3 buckets have encryption configured by default [...] with Amazon S3 managed keys
/// (SSE-S3)": a bucket without a configuration has that. (S3 User Guide, default-bucket-encryption)
fn encryption(ground: &Ground<'_>, set: &DataSet<'_>) -> Fact<EncryptionFacts> {
    set.bucket.encryption.and_then(|encryption| {
        let rules = encryption.as_ref().map_or(&[][..], |encryption| &encryption.rules);
        let Some(default) = rules.first().map(|rule| &rule.apply_server_side_encryption_by_default) else {
            return Fact::Known(without_key("AES256"));
        };
        match default.customer_key() {
            None => Fact::Known(without_key(&default.sse_algorithm)),
            Some(name) => key_facts(ground, set.account, &default.sse_algorithm, name),
        }
    })
}

fn without_key(algorithm: &str) -> EncryptionFacts {
    EncryptionFacts { algorithm: algorithm.into(), customer_key: false, key_in_organization: false }
}

fn key_facts(ground: &Ground<'_>, account: &Account, algorithm: &str, name: &str) -> Fact<EncryptionFacts> {
    let owner = KmsKey::owner(name).unwrap_or(account.account_id);
    let facts = |customer_key| EncryptionFacts {
        algorithm: algorithm.into(),
        customer_key,
        key_in_organization: ground.perimeter.contains(owner),
    };
    match ground.estate.key_called(account, name) {
        Some(key) => Fact::Known(facts(key.key_manager.as_deref() != Some("AWS"))),
        // "AWS managed keys can't be used [...] by other accounts": a key of another account is a customer's.
        None if owner != account.account_id => Fact::Known(facts(true)),
        None => Fact::Unread(Unread::Missing),
    }
}

/// The actions that make data readable or keys unusable.
pub(crate) const KEY_ACTIONS: [&str; 5] =
    ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:CreateGrant", "kms:PutKeyPolicy"];

fn key_policy_open(ground: &Ground<'_>, set: &DataSet<'_>) -> Fact<bool> {
    set.bucket.encryption.and_then(|encryption| {
        let rules = encryption.as_ref().map_or(&[][..], |encryption| &encryption.rules);
        let default = rules.first().map(|rule| &rule.apply_server_side_encryption_by_default);
        let Some(name) = default.and_then(EncryptionByDefault::customer_key) else {
            return Fact::Known(false);
        };
        match ground.estate.key_called(set.account, name) {
            None => Fact::Unread(Unread::Missing),
            Some(key) => key.policy.and_then(|policy| {
                let opened = opened_to_outside(&ground.perimeter, policy.document(), &KEY_ACTIONS);
                match policy.document().faults.first() {
                    Some(fault) if opened.is_empty() => {
                        Fact::Unread(Unread::Malformed(fault.to_string().into()))
                    }
                    _ => Fact::Known(!opened.is_empty()),
                }
            }),
        }
    })
}

/// The statements, by their place, that open the key of a bucket, with the key.
pub(crate) fn opening_statements<'a>(
    ground: &Ground<'a>,
    set: &DataSet<'a>,
) -> Option<(&'a KmsKey, Vec<usize>)> {
    let key = ground.estate.key_called(set.account, set.bucket.customer_key()?)?;
    let policy = key.policy.known()?;
    Some((key, opened_to_outside(&ground.perimeter, policy.document(), &KEY_ACTIONS)))
}

/// Server access logging, or a trail that records the objects.
fn access_logged(ground: &Ground<'_>, account: &Account, bucket: &Bucket, bucket_arn: &str) -> Fact<bool> {
    let by_server = bucket
        .logging
        .map(|logging| logging.as_ref().is_some_and(|logging| logging.logging_enabled.is_some()));
    if by_server == Fact::Known(true) {
        return by_server;
    }
    match (ground.is_trailed(account, bucket, bucket_arn), by_server) {
        (Fact::Known(true), _) => Fact::Known(true),
        (Fact::Known(false), by_server) => by_server,
        (unread, _) => unread,
    }
}
