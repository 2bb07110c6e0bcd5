//! What edits can bear on.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::check::trial::Extent;
use crate::estate::{Account, AccountId, Edit, Estate, Fact, Switch, Target};

/// Who and what is tied to the documents of an estate.
pub(super) struct Ties<'e> {
    estate: &'e Estate,
    /// The buckets that a key encrypts, by the key's ARN.
    by_key: FxHashMap<&'e str, Vec<&'e str>>,
}

impl<'e> Ties<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        let mut by_key: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for (account, bucket) in estate.buckets() {
            let key = bucket.customer_key().and_then(|name| estate.key_called(account, name));
            if let Some(key) = key {
                by_key.entry(&key.arn).or_default().push(&bucket.name);
            }
        }
        Self { estate, by_key }
    }

    /// The buckets that a key encrypts.
    pub(super) fn encrypted_by(&self, key: &str) -> &[&'e str] {
        self.by_key.get(key).map_or(&[], |buckets| buckets)
    }

    /// What some edits can bear on.
    pub(super) fn extent(&self, edits: &[Edit]) -> Extent {
        let mut extent = Extent::default();
        for edit in edits {
            self.add(edit, &mut extent);
        }
        extent
    }

    fn add(&self, edit: &Edit, extent: &mut Extent) {
        extent.principals.extend(self.bound_by(edit.account, &edit.target));
        match &edit.target {
            Target::BucketTags { bucket } => {
                extent.buckets.insert(bucket.clone());
                extent.reclassifies = true;
                // "When ABAC is enabled [...] you can use tags on the bucket" in conditions: somebody may be let in by a tag.
                // (S3 User Guide, buckets-tagging-enable-abac)
                let abac = self.estate.bucket(bucket).map(|(_, found)| &found.abac);
                extent.widens |= matches!(abac, Some(Fact::Known(abac)) if abac.status == Switch::Enabled);
            }
            Target::BucketEncryption { bucket } => {
                extent.buckets.insert(bucket.clone());
                // The new key may let in whom the old one kept out.
                extent.widens = true;
            }
            Target::BucketPublicAccessBlock { bucket } => {
                extent.buckets.insert(bucket.clone());
                extent.blocks_public_lists = true;
            }
            Target::BucketVersioning { bucket }
            | Target::BucketOwnership { bucket }
            | Target::BucketLogging { bucket }
            | Target::BucketLifecycle { bucket }
            | Target::BucketPolicy { bucket }
            | Target::AccessPointPolicy { bucket, .. } => _ = extent.buckets.insert(bucket.clone()),
            Target::Key { .. } => {}
            Target::KeyPolicy { key } => {
                extent.buckets.extend(self.encrypted_by(key).iter().map(|bucket| Box::from(*bucket)));
            }
            Target::TrustPolicy { role } => _ = extent.acted_as.insert(role.clone()),
            Target::InlinePolicy { .. }
            | Target::AttachedPolicy { .. }
            | Target::PermissionsBoundary { .. }
            | Target::ManagedPolicy { .. } => {}
        }
    }

    /// The users and roles whose own side a document is.
    pub(super) fn bound_by(&self, account: AccountId, target: &Target) -> BTreeSet<Box<str>> {
        let Some(account) = self.estate.account(account) else { return BTreeSet::new() };
        match target {
            Target::TrustPolicy { role } => [role.clone()].into(),
            Target::InlinePolicy { principal, .. }
            | Target::AttachedPolicy { principal, .. }
            | Target::PermissionsBoundary { principal } => members(account, principal),
            Target::ManagedPolicy { policy } => holders(account, policy),
            _ => BTreeSet::new(),
        }
    }
}

/// A user or role; of a group its users.
fn members(account: &Account, arn: &str) -> BTreeSet<Box<str>> {
    let Some(group) = account.groups().iter().find(|group| *group.arn == *arn) else {
        return [arn.into()].into();
    };
    let is_member = |user: &&crate::estate::User| {
        user.group_list.known().is_none_or(|groups| groups.contains(&group.group_name))
    };
    account.users().iter().filter(is_member).map(|user| user.arn.clone()).collect()
}

/// Everybody to whom a managed policy is attached, by himself or by a group, or whose boundary it is.
pub(super) fn holders(account: &Account, policy: &str) -> BTreeSet<Box<str>> {
    let holds = |principal: &crate::estate::Principal<'_>| {
        let attached =
            principal.identity_policies().known().into_iter().flatten().any(|(name, _)| *name == policy);
        attached || principal.boundary_arn() == Some(policy)
    };
    account.principals().filter(holds).map(|principal| principal.arn().into()).collect()
}

/// The region of a bucket, where it was read.
pub(super) fn region(estate: &Estate, bucket: &str) -> Option<Box<str>> {
    estate.bucket(bucket)?.1.region.known().cloned()
}

/// The account of an ARN.
pub(super) fn account_of(arn: &str) -> Option<AccountId> {
    AccountId::parse(crate::iam::Arn::parse(arn)?.account)
}
