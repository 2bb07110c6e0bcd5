//! Settings of buckets: what a posture rule reads is set as its page demands.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Candidate, Table};
use crate::estate::{Account, Bucket, Content, Target};
use crate::finding::Remedy;
use crate::fix::extent::region;

/// How long old versions are kept where a rule asks for longer: a quarter of a year.
const NONCURRENT_DAYS: u64 = 90;

impl Table<'_, '_> {
    /// What may be set so that a rule about a bucket holds. Rules are known by what they read, so that an owner's own rules are served
    /// too.
    pub(super) fn setting(&self, bucket: &str, rule: &str) -> Vec<Candidate> {
        let reads = |attribute: &str| self.bench.scene.intent.reads(rule, attribute);
        let Some((account, found)) = self.now.bucket(bucket) else { return vec![] };
        let mut candidates = vec![];
        if reads("versioning") {
            candidates.extend(self.versioning(account, found));
        }
        if reads("versionGuard") {
            candidates.extend(self.guard_versions(account, found));
        }
        if reads("lifecycle") {
            candidates.extend(self.lifecycle(account, found));
        }
        if reads("encryption") {
            candidates.extend(self.encryption(account, found));
        }
        if reads("keyPolicyOpen") {
            candidates.extend(self.key_policy(account, found));
        }
        if reads("publicAccessBlock") {
            candidates.extend(self.public_access_block(account, found));
        }
        if reads("aclsDisabled") {
            candidates.extend(self.ownership(account, found));
        }
        if reads("accessLogged") {
            candidates.extend(self.logging(account, found));
        }
        if reads("missingLineage") {
            candidates.extend(self.lineage(account, found));
        }
        candidates
    }

    fn set(
        &self,
        (account, bucket): (&Account, &Bucket),
        target: Target,
        after: Option<&Value>,
        title: String,
    ) -> Option<Candidate> {
        let after = after.map(Content::of);
        let edit = self.edit(account.account_id, region(self.now, &bucket.name), target, after)?;
        Some(Candidate::new(Remedy::Setting, title, vec![edit]))
    }

    fn versioning(&self, account: &Account, bucket: &Bucket) -> Option<Candidate> {
        let target = Target::BucketVersioning { bucket: bucket.name.clone() };
        let title = format!("enable versioning of {}", bucket.name);
        let candidate = self.set((account, bucket), target, Some(&json!({ "Status": "Enabled" })), title)?;
        // "Only the bucket owner (root account) can enable MFA delete." (S3 User Guide, MultiFactorAuthenticationDelete)
        Some(candidate.with_note(
            "versions can still be deleted by whoever may: MFA delete, which only the root user can switch on, or Object Lock keeps them",
        ))
    }

    /// Rules that end the life of current versions lose that; those that remove old versions soon wait longer.
    fn lifecycle(&self, account: &Account, bucket: &Bucket) -> Vec<Candidate> {
        let target = Target::BucketLifecycle { bucket: bucket.name.clone() };
        let Some(now) = self.text(account.account_id, &target).map(|content| content.value()) else {
            return vec![];
        };
        let name = &bucket.name;
        let ways = [
            (true, false, format!("let no lifecycle rule of {name} expire current versions")),
            (false, true, format!("keep old versions in {name} for {NONCURRENT_DAYS} days")),
            (true, true, format!("let no lifecycle rule of {name} expire what the rules keep")),
        ];
        let candidate = |(current, old, title): (bool, bool, String)| {
            let after = relaxed(&now, current, old);
            self.set((account, bucket), target.clone(), after.as_ref(), title)
        };
        ways.into_iter().filter_map(candidate).collect()
    }

    fn public_access_block(&self, account: &Account, bucket: &Bucket) -> Option<Candidate> {
        let after = json!({
            "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
        });
        let target = Target::BucketPublicAccessBlock { bucket: bucket.name.clone() };
        let title = format!("turn on all four flags of Block Public Access for {}", bucket.name);
        self.set((account, bucket), target, Some(&after), title)
    }

    fn ownership(&self, account: &Account, bucket: &Bucket) -> Option<Candidate> {
        let after = json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] });
        let target = Target::BucketOwnership { bucket: bucket.name.clone() };
        let title = format!("disable the ACLs of {} (BucketOwnerEnforced)", bucket.name);
        let candidate = self.set((account, bucket), target, Some(&after), title)?;
        // "If your bucket ACL grants access to others, you must [...] migrate this access to bucket policies and reset your bucket ACL to
        // the default private ACL." (S3 User Guide, object-ownership-migrating-acls-prerequisites)
        Some(candidate.with_note(
            "AWS refuses this while the bucket's ACL grants something to others: write what is meant into the bucket policy and reset the ACL to private first; uploads that ask for an ACL other than bucket-owner-full-control fail afterwards",
        ))
    }

    /// "Both the source and destination buckets must be in the same AWS Region and owned by the same account."
    /// (S3 User Guide, ServerLogs)
    fn logging(&self, account: &Account, bucket: &Bucket) -> Vec<Candidate> {
        let here = |other: &&Bucket| other.region == bucket.region && other.name != bucket.name;
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        for other in account.buckets().iter().filter(here) {
            let logging = other.logging.known().and_then(Option::as_ref);
            if let Some(to) = logging.and_then(|logging| logging.logging_enabled.as_ref()) {
                *used.entry(&to.target_bucket).or_default() += 1;
            }
        }
        for other in account.buckets().iter().filter(here).filter(|other| takes_logs(other)) {
            used.entry(&other.name).or_default();
        }
        let mut targets: Vec<(&str, usize)> = used.into_iter().collect();
        targets.sort_by_key(|(name, times)| (std::cmp::Reverse(*times), *name));
        let candidate = |(to, _): (&str, usize)| {
            let prefix = format!("{}/", bucket.name);
            let after = json!({ "LoggingEnabled": { "TargetBucket": to, "TargetPrefix": prefix } });
            let target = Target::BucketLogging { bucket: bucket.name.clone() };
            let title = format!("log the requests for {} to {to}", bucket.name);
            self.set((account, bucket), target, Some(&after), title)
        };
        targets.into_iter().filter_map(candidate).collect()
    }
}

/// Whether the policy of a bucket lets S3 deliver access logs to it.
fn takes_logs(bucket: &Bucket) -> bool {
    let policy = bucket.policy.known().and_then(Option::as_ref);
    policy.is_some_and(|policy| policy.text().contains("\"logging.s3.amazonaws.com\""))
}

/// A lifecycle without what ends the life of current versions, or with more time for old ones; none if no rule is left.
fn relaxed(lifecycle: &Value, current: bool, old: bool) -> Option<Value> {
    let mut lifecycle = lifecycle.clone();
    let rules = lifecycle.get_mut("Rules")?.as_array_mut()?;
    for rule in rules.iter_mut().filter_map(Value::as_object_mut) {
        if current && let Some(expiration) = rule.get_mut("Expiration").and_then(Value::as_object_mut) {
            expiration.retain(|name, _| !matches!(name.as_str(), "Days" | "Date"));
            if expiration.is_empty() {
                rule.shift_remove("Expiration");
            }
        }
        if old
            && let Some(days) =
                rule.get_mut("NoncurrentVersionExpiration").and_then(|old| old.get_mut("NoncurrentDays"))
            && days.as_u64().is_some_and(|days| days < NONCURRENT_DAYS)
        {
            *days = NONCURRENT_DAYS.into();
        }
    }
    // "A lifecycle rule must have at least one action." (S3 API Reference, LifecycleRule)
    let acts = |rule: &Value| {
        [
            "Expiration",
            "NoncurrentVersionExpiration",
            "AbortIncompleteMultipartUpload",
            "Transitions",
            "NoncurrentVersionTransitions",
        ]
        .iter()
        .any(|action| rule.get(action).is_some())
    };
    rules.retain(acts);
    (!rules.is_empty()).then_some(lifecycle)
}
