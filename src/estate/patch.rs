//! An estate as it would be: a copy with some edits, which shares everything else.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::edit::{Content, Edit, Target};
use super::fact::Fact;
use super::identity::PolicyVersion;
use super::identity::{
    AttachedPolicy, AuthorizationDetails, InlinePolicy, ManagedPolicy, PermissionsBoundary,
};
use super::list::List;
use super::network::{AccessPoint, KmsKey};
use super::policy::PolicyDocument;
use super::tag::Tag;
use super::{Account, AccountId, Bucket, Estate, Versioning};
use crate::iam::Arn;

/// Why an edit cannot be made on an estate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct EditError {
    /// What was to change.
    pub what: String,
    /// What stands against it.
    pub why: &'static str,
}

const NOT_THERE: &str = "the evidence has none";
const UNREAD: &str = "what is there now was not read";
const MALFORMED: &str = "the new content is not of the kind that AWS has there";

/// What stands against an edit.
type Made<T> = Result<T, &'static str>;

impl Estate {
    /// The same estate after some edits.
    ///
    /// # Errors
    /// What an edit changes is not in the estate or was not read, or its content makes no sense there.
    pub fn patched(&self, edits: &[Edit]) -> Result<Self, EditError> {
        let mut patched = self.clone();
        for edit in edits {
            let error = |why| EditError { what: edit.target.describe(), why };
            let account = patched.accounts.get_mut(&edit.account).ok_or_else(|| error(NOT_THERE))?;
            Arc::make_mut(account).put(edit).map_err(error)?;
        }
        Ok(patched)
    }

    /// The accounts that a copy does not share with this estate, by number.
    pub fn unshared<'c>(&'c self, copy: &'c Self) -> impl Iterator<Item = &'c Account> {
        let shared = |id: &AccountId, account: &Arc<Account>| {
            self.accounts.get(id).is_some_and(|known| Arc::ptr_eq(known, account))
        };
        copy.accounts.iter().filter(move |(id, account)| !shared(id, account)).map(|(_, account)| &**account)
    }

    /// What is there now; none if there is nothing.
    ///
    /// # Errors
    /// It is not in the estate, or was not read.
    pub fn content(&self, account: AccountId, target: &Target) -> Result<Option<Content>, EditError> {
        let error = |why| EditError { what: target.describe(), why };
        self.account(account).ok_or(NOT_THERE).and_then(|account| account.content(target)).map_err(error)
    }
}

impl Account {
    fn content(&self, target: &Target) -> Made<Option<Content>> {
        match target {
            Target::BucketVersioning { bucket } => {
                let versioning = read(&self.bucket(bucket)?.versioning)?;
                Ok(Some(versioning).filter(|now| *now != Versioning::default()).map(|now| json(&now)))
            }
            Target::BucketEncryption { bucket } => setting(&self.bucket(bucket)?.encryption),
            Target::BucketPublicAccessBlock { bucket } => setting(&self.bucket(bucket)?.public_access_block),
            Target::BucketOwnership { bucket } => setting(&self.bucket(bucket)?.ownership_controls),
            Target::BucketLogging { bucket } => {
                let logging = read(&self.bucket(bucket)?.logging)?;
                Ok(logging.filter(|now| now.logging_enabled.is_some()).map(|now| json(&now)))
            }
            Target::BucketLifecycle { bucket } => setting(&self.bucket(bucket)?.lifecycle),
            Target::BucketTags { bucket } => {
                let tags = read(&self.bucket(bucket)?.tags)?;
                Ok(Some(tags).filter(|tags| !tags.is_empty()).map(|tags| json(&tags)))
            }
            Target::BucketPolicy { bucket } => policy(&self.bucket(bucket)?.policy),
            Target::AccessPointPolicy { name, .. } => policy(&self.access_point(name)?.policy),
            Target::Key { .. } => Ok(None),
            Target::KeyPolicy { key } => {
                let key = self.key(key).ok_or(NOT_THERE)?;
                Ok(Some(text(&read(&key.policy)?)))
            }
            Target::TrustPolicy { role } => {
                let role = self.roles().iter().find(|known| known.arn == *role).ok_or(NOT_THERE)?;
                Ok(Some(text(&read(&role.assume_role_policy_document)?)))
            }
            Target::InlinePolicy { principal, name } => {
                let inline = self.inline(principal)?.iter().find(|policy| policy.policy_name == *name);
                Ok(inline.map(|policy| text(&policy.policy_document)))
            }
            Target::ManagedPolicy { policy } => {
                let Some(known) = self.managed_policy(policy) else { return Ok(None) };
                known.document().map(|document| Some(text(document))).ok_or(UNREAD)
            }
            Target::AttachedPolicy { principal, policy } => {
                let attached = self.attached(principal)?.iter().any(|known| known.policy_arn == *policy);
                Ok(attached.then(|| json(policy)))
            }
            Target::PermissionsBoundary { principal } => {
                let principal =
                    self.principals().find(|known| *known.arn() == **principal).ok_or(NOT_THERE)?;
                Ok(principal.boundary_arn().map(|arn| json(&arn)))
            }
        }
    }

    fn put(&mut self, edit: &Edit) -> Made<()> {
        let after = edit.after.as_ref();
        match &edit.target {
            Target::BucketVersioning { bucket } => {
                self.bucket_mut(bucket)?.versioning = Fact::Known(parsed(after)?.unwrap_or_default());
            }
            Target::BucketEncryption { bucket } => set(&mut self.bucket_mut(bucket)?.encryption, after)?,
            Target::BucketPublicAccessBlock { bucket } => {
                set(&mut self.bucket_mut(bucket)?.public_access_block, after)?;
            }
            Target::BucketOwnership { bucket } => {
                set(&mut self.bucket_mut(bucket)?.ownership_controls, after)?;
            }
            Target::BucketLogging { bucket } => set(&mut self.bucket_mut(bucket)?.logging, after)?,
            Target::BucketLifecycle { bucket } => set(&mut self.bucket_mut(bucket)?.lifecycle, after)?,
            Target::BucketTags { bucket } => {
                let tags: Option<Vec<Tag>> = parsed(after)?;
                self.bucket_mut(bucket)?.tags = Fact::Known(tags.unwrap_or_default());
            }
            Target::BucketPolicy { bucket } => {
                let bucket = self.bucket_mut(bucket)?;
                bucket.policy = Fact::Known(after.map(document).transpose()?);
                // What AWS thought of the policy that was.
                bucket.policy_status = Fact::default();
            }
            Target::AccessPointPolicy { name, .. } => {
                let points = self.access_points.known_mut().ok_or(UNREAD)?;
                let point = points.iter_mut().find(|point| point.name == *name).ok_or(NOT_THERE)?;
                point.policy = Fact::Known(after.map(document).transpose()?);
            }
            Target::Key { alias } => self.add_key(edit, alias)?,
            Target::KeyPolicy { key } => {
                let arn = self.key(key).ok_or(NOT_THERE)?.arn.clone();
                let keys = self.kms_keys.known_mut().ok_or(UNREAD)?;
                let key = keys.iter_mut().find(|key| key.arn == arn).ok_or(NOT_THERE)?;
                key.policy = Fact::Known(document(after.ok_or(MALFORMED)?)?);
            }
            Target::TrustPolicy { role } => {
                let details = self.details_mut()?;
                let roles = details.role_detail_list.known_mut().ok_or(UNREAD)?;
                let role = roles.iter_mut().find(|known| known.arn == *role).ok_or(NOT_THERE)?;
                role.assume_role_policy_document = Fact::Known(document(after.ok_or(MALFORMED)?)?);
            }
            Target::InlinePolicy { principal, name } => {
                let list = self.details_mut()?.inline_mut(principal)?;
                let new = after.map(document).transpose()?;
                place(
                    list,
                    |policy| policy.policy_name == *name,
                    new.map(|document| InlinePolicy { policy_name: name.clone(), policy_document: document }),
                );
            }
            Target::ManagedPolicy { policy } => self.details_mut()?.put_managed(policy, after)?,
            Target::AttachedPolicy { principal, policy } => {
                let list = self.details_mut()?.attached_mut(principal)?;
                let name = policy.rsplit('/').next().unwrap_or_default().into();
                let new = after.map(|_| AttachedPolicy { policy_name: name, policy_arn: policy.clone() });
                place(list, |known| known.policy_arn == *policy, new);
            }
            Target::PermissionsBoundary { principal } => {
                let boundary = parsed::<Box<str>>(after)?.map(|arn| PermissionsBoundary {
                    permissions_boundary_type: "Policy".into(),
                    permissions_boundary_arn: arn,
                });
                *self.details_mut()?.boundary_mut(principal)? = boundary;
            }
        }
        Ok(())
    }

    /// The texts of the inline policies of a user, role or group, by its ARN.
    #[must_use]
    pub fn inline_texts(&self, arn: &str) -> Vec<&str> {
        let inline = self.inline(arn).unwrap_or_default();
        inline.iter().map(|policy| policy.policy_document.text()).collect()
    }

    fn bucket(&self, name: &str) -> Made<&Bucket> {
        self.buckets().iter().find(|bucket| *bucket.name == *name).ok_or(NOT_THERE)
    }

    fn bucket_mut(&mut self, name: &str) -> Made<&mut Bucket> {
        let buckets = self.buckets.known_mut().ok_or(UNREAD)?;
        buckets.iter_mut().find(|bucket| *bucket.name == *name).ok_or(NOT_THERE)
    }

    fn access_point(&self, name: &str) -> Made<&AccessPoint> {
        let points = self.access_points.known().ok_or(UNREAD)?;
        points.iter().find(|point| *point.name == *name).ok_or(NOT_THERE)
    }

    /// A key that does not exist yet has no number; its ARN is that of its alias.
    fn add_key(&mut self, edit: &Edit, alias: &str) -> Made<()> {
        let (Some(region), Some(after)) = (&edit.region, &edit.after) else { return Err(MALFORMED) };
        let partition = self.roles().first().and_then(|role| Arn::parse(&role.arn)).map(|arn| arn.partition);
        let partition = partition.unwrap_or("aws");
        let arn = format!("arn:{partition}:kms:{region}:{}:{alias}", edit.account);
        let mut key = KmsKey::unread(arn.into());
        key.policy = Fact::Known(document(after)?);
        key.key_manager = Some("CUSTOMER".into());
        key.aliases = Fact::Known(vec![alias.into()]);
        key.grants = Fact::Known(vec![]);
        match &mut self.kms_keys {
            Fact::Known(keys) => keys.push(key),
            Fact::Unread(_) => self.kms_keys = Fact::Known(vec![key].into()),
        }
        Ok(())
    }

    fn details_mut(&mut self) -> Made<&mut AuthorizationDetails> {
        self.authorization_details.known_mut().map(Arc::make_mut).ok_or(UNREAD)
    }

    /// The inline policies of a user, role or group, by its ARN.
    fn inline(&self, arn: &str) -> Made<&[InlinePolicy]> {
        if let Some(user) = self.users().iter().find(|user| *user.arn == *arn) {
            return Ok(&user.user_policy_list);
        }
        let role = self.roles().iter().find(|role| *role.arn == *arn).map(|role| &role.role_policy_list);
        let group =
            self.groups().iter().find(|group| *group.arn == *arn).map(|group| &group.group_policy_list);
        role.or(group).ok_or(NOT_THERE)?.known().map(Vec::as_slice).ok_or(UNREAD)
    }

    /// The managed policies that are attached to a user, role or group.
    fn attached(&self, arn: &str) -> Made<&[AttachedPolicy]> {
        let user =
            self.users().iter().find(|user| *user.arn == *arn).map(|user| &user.attached_managed_policies);
        let role =
            self.roles().iter().find(|role| *role.arn == *arn).map(|role| &role.attached_managed_policies);
        let group = self
            .groups()
            .iter()
            .find(|group| *group.arn == *arn)
            .map(|group| &group.attached_managed_policies);
        user.or(role).or(group).ok_or(NOT_THERE)?.known().map(Vec::as_slice).ok_or(UNREAD)
    }
}

impl Account {
    /// Whether its users, groups, roles and managed policies are those of another estate, of which it is a copy.
    pub(crate) fn shares_principals(&self, of: &Estate) -> bool {
        let known = of.account(self.account_id).and_then(|known| known.authorization_details.known());
        known.zip(self.authorization_details.known()).is_some_and(|(known, own)| Arc::ptr_eq(known, own))
    }
}

impl AuthorizationDetails {
    fn inline_mut(&mut self, arn: &str) -> Made<&mut Vec<InlinePolicy>> {
        if let Some(user) = found(&mut self.user_detail_list, |user| *user.arn == *arn) {
            return Ok(&mut user.user_policy_list);
        }
        if let Some(role) = found(&mut self.role_detail_list, |role| *role.arn == *arn) {
            return role.role_policy_list.known_mut().ok_or(UNREAD);
        }
        let group = found(&mut self.group_detail_list, |group| *group.arn == *arn).ok_or(NOT_THERE)?;
        group.group_policy_list.known_mut().ok_or(UNREAD)
    }

    fn attached_mut(&mut self, arn: &str) -> Made<&mut Vec<AttachedPolicy>> {
        let list = if let Some(user) = found(&mut self.user_detail_list, |user| *user.arn == *arn) {
            &mut user.attached_managed_policies
        } else if let Some(role) = found(&mut self.role_detail_list, |role| *role.arn == *arn) {
            &mut role.attached_managed_policies
        } else {
            let group = found(&mut self.group_detail_list, |group| *group.arn == *arn);
            &mut group.ok_or(NOT_THERE)?.attached_managed_policies
        };
        list.known_mut().ok_or(UNREAD)
    }

    fn boundary_mut(&mut self, arn: &str) -> Made<&mut Option<PermissionsBoundary>> {
        if let Some(user) = found(&mut self.user_detail_list, |user| *user.arn == *arn) {
            return Ok(&mut user.permissions_boundary);
        }
        let role = found(&mut self.role_detail_list, |role| *role.arn == *arn).ok_or(NOT_THERE)?;
        Ok(&mut role.permissions_boundary)
    }

    /// A policy gets a new version, which is then in force; the others stay.
    fn put_managed(&mut self, arn: &str, after: Option<&Content>) -> Made<()> {
        let policies = self.policies.known_mut().ok_or(UNREAD)?;
        let document = document(after.ok_or("a managed policy is detached, not removed")?)?;
        let new = |number: usize| PolicyVersion {
            document: document.clone(),
            version_id: format!("v{number}").into(),
            is_default_version: true,
        };
        let Some(policy) = policies.iter_mut().find(|policy| *policy.arn == *arn) else {
            let (path, name) = path_and_name(arn);
            policies.push(ManagedPolicy {
                policy_name: name,
                arn: arn.into(),
                path,
                default_version_id: Some("v1".into()),
                policy_version_list: vec![new(1)],
            });
            return Ok(());
        };
        let numbers =
            policy.policy_version_list.iter().filter_map(|version| version.version_id.get(1..)?.parse().ok());
        let next = new(numbers.max().unwrap_or(0) + 1);
        policy.policy_version_list.iter_mut().for_each(|version| version.is_default_version = false);
        policy.default_version_id = Some(next.version_id.clone());
        policy.policy_version_list.push(next);
        Ok(())
    }
}

/// `arn:aws:iam::111122223333:policy/ml/name` has the path `/ml/`.
fn path_and_name(arn: &str) -> (Box<str>, Box<str>) {
    let resource = arn.split_once(":policy/").map_or(arn, |(_, resource)| resource);
    match resource.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/").into(), name.into()),
        None => ("/".into(), resource.into()),
    }
}

fn found<T>(list: &mut Fact<List<T>>, is: impl Fn(&T) -> bool) -> Option<&mut T> {
    list.known_mut()?.iter_mut().find(|item| is(item))
}

/// Puts an item in the place of the one that there is; at the end where there is none; or takes it away.
fn place<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, new: Option<T>) {
    match (list.iter().position(is), new) {
        (Some(at), new) => _ = list.splice(at..=at, new),
        (None, new) => list.extend(new),
    }
}

fn read<T: Clone>(fact: &Fact<T>) -> Made<T> {
    fact.known().cloned().ok_or(UNREAD)
}

fn setting<T: Clone + Serialize>(fact: &Fact<Option<T>>) -> Made<Option<Content>> {
    Ok(read(fact)?.map(|now| json(&now)))
}

fn policy(fact: &Fact<Option<PolicyDocument>>) -> Made<Option<Content>> {
    Ok(read(fact)?.map(|document| text(&document)))
}

fn text(document: &PolicyDocument) -> Content {
    Content::new(document.text())
}

fn json(now: &impl Serialize) -> Content {
    Content::of(&serde_json::to_value(now).unwrap_or(Value::Null))
}

fn set<T: DeserializeOwned>(fact: &mut Fact<Option<T>>, after: Option<&Content>) -> Made<()> {
    *fact = Fact::Known(parsed(after)?);
    Ok(())
}

fn parsed<T: DeserializeOwned>(content: Option<&Content>) -> Made<Option<T>> {
    content.map(|content| serde_json::from_str(content.text()).map_err(|_| MALFORMED)).transpose()
}

fn document(content: &Content) -> Made<PolicyDocument> {
    RawValue::from_string(content.text().to_owned()).map(PolicyDocument::new).map_err(|_| MALFORMED)
}
