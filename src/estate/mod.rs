//! The facts about an AWS organization, in AWS's own field names.
//!
//! An [`Estate`] is plain data with lookups. Every piece of evidence is a [`Fact`]: what was read, or why it was not.

mod account_id;
mod bucket;
mod edit;
mod fact;
mod gap;
mod grants;
mod hierarchy;
mod identity;
mod list;
mod network;
mod organization;
mod patch;
mod perimeter;
mod policy;
mod principal;
mod scope;
mod tag;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

pub use account_id::AccountId;
pub use bucket::{
    Abac, Acl, Bucket, DefaultRetention, Encryption, EncryptionByDefault, EncryptionRule, Expiration, Grant,
    Grantee, Lifecycle, LifecycleRule, Logging, LoggingEnabled, NoncurrentVersionExpiration, ObjectLock,
    ObjectLockConfiguration, ObjectLockRule, Owner, OwnershipControls, OwnershipRule, PolicyStatus,
    PublicAccessBlock, Switch, Versioning, VersioningStatus,
};
pub use edit::{Content, Edit, Target};
pub(crate) use fact::trusting;
pub use fact::{Fact, Unread};
pub use gap::{CollectionError, Gap};
pub use grants::{
    AccessGrants, AccessGrantsInstance, FeatureGroup, LakeFormation, RegisteredLocation, Sagemaker,
};
pub use hierarchy::{AncestryError, Hierarchy, Level};
pub use identity::{
    AttachedPolicy, AuthorizationDetails, Group, InlinePolicy, ManagedPolicy, PermissionsBoundary,
    PolicyVersion, Role, User,
};
pub use list::{List, UnreadItem};
pub use network::{
    AccessPoint, AdvancedEventSelector, DataResource, EventSelector, FieldSelector, KmsGrant, KmsKey,
    MultiRegionAccessPoint, MultiRegionBucket, Trail, VpcEndpoint,
};
pub use organization::{
    AccountEntry, Attachment, DelegatedAdministrator, Organization, OrganizationDetails, OrganizationPolicy,
    OrganizationalUnit, PolicyType, Root,
};
pub use patch::EditError;
pub use perimeter::Perimeter;
pub use policy::PolicyDocument;
pub use principal::{Principal, PrincipalKind};
pub use scope::Scope;
pub use tag::{Tag, tag_value};

/// The state of an AWS organization, or of a single account, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    /// When it was collected, in RFC 3339.
    pub collected_at: Box<str>,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: Box<str>,
    /// The organization; `Known(None)` for an account that belongs to none.
    pub organization: Fact<Option<Organization>>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What of the organization was to be collected at all.
    pub scope: Scope,
    /// Whether the collection was interrupted.
    pub incomplete: bool,
    /// Shared with every copy in which they are the same.
    accounts: BTreeMap<AccountId, Arc<Account>>,
    /// Every bucket by name, with its account and its place there. Looked up, never walked.
    buckets: Arc<FxHashMap<Box<str>, (AccountId, usize)>>,
}

/// An account and everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    /// Its number.
    pub account_id: AccountId,
    /// IAM. Copies of an estate in which other things change share it.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub authorization_details: Fact<Arc<AuthorizationDetails>>,
    /// Block Public Access for the whole account.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub public_access_block: Fact<Option<PublicAccessBlock>>,
    /// The buckets.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub buckets: Fact<List<Bucket>>,
    /// The access points.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub access_points: Fact<List<AccessPoint>>,
    /// The KMS keys that encrypt those buckets.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub kms_keys: Fact<List<KmsKey>>,
    /// The VPC endpoints for S3.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub vpc_endpoints: Fact<List<VpcEndpoint>>,
    /// The CloudTrail trails with their event selectors; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub trails: Fact<List<Trail>>,
    /// The Multi-Region Access Points; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub multi_region_access_points: Fact<List<MultiRegionAccessPoint>>,
    /// S3 Access Grants; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub access_grants: Fact<AccessGrants>,
    /// Lake Formation; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub lake_formation: Fact<LakeFormation>,
    /// SageMaker; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub sagemaker: Fact<Sagemaker>,
    /// What the collector could not read.
    #[serde(default)]
    pub errors: Vec<CollectionError>,
}

impl Estate {
    /// An estate of that moment, of which nothing is known.
    #[must_use]
    pub fn unread(collected_at: Box<str>, partition: Box<str>, scope: Scope) -> Self {
        Self { collected_at, partition, scope, ..Self::default() }
    }

    /// The same estate without its accounts, and without what could not be read.
    #[must_use]
    pub fn without_accounts(&self) -> Self {
        let Self { collected_at, partition, organization, scope, incomplete, .. } = self;
        Self {
            organization: organization.clone(),
            incomplete: *incomplete,
            ..Self::unread(collected_at.clone(), partition.clone(), scope.clone())
        }
    }

    /// Adds an account; false if one with its number is there already, which is then kept.
    pub fn add_account(&mut self, account: Account) -> bool {
        let id = account.account_id;
        if self.accounts.contains_key(&id) {
            return false;
        }
        let buckets = account.buckets.known().map_or(&[][..], |buckets| buckets);
        let by_name = Arc::make_mut(&mut self.buckets);
        for (place, bucket) in buckets.iter().enumerate() {
            by_name.entry(bucket.name.clone()).or_insert((id, place));
        }
        self.accounts.insert(id, Arc::new(account));
        true
    }

    /// The accounts whose evidence is here, by number.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = &Account> {
        self.accounts.values().map(|account| &**account)
    }

    /// The account with this number.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id).map(|account| &**account)
    }

    /// Every bucket with its account, by account number, in the order of the evidence.
    pub fn buckets(&self) -> impl Iterator<Item = (&Account, &Bucket)> {
        self.accounts().flat_map(|account| account.buckets().iter().map(move |bucket| (account, bucket)))
    }

    /// The bucket of this name and its account.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<(&Account, &Bucket)> {
        let (id, place) = self.buckets.get(name)?;
        let account = self.account(*id)?;
        Some((account, account.buckets().get(*place)?))
    }

    /// Every user and role, by account number, users first, in the order of the evidence.
    pub fn principals(&self) -> impl Iterator<Item = Principal<'_>> {
        self.accounts().flat_map(Account::principals)
    }

    /// The organization, if there is one and it could be read.
    #[must_use]
    pub fn organization(&self) -> Option<&Organization> {
        self.organization.known().and_then(Option::as_ref)
    }

    /// The organization, indexed; `Known(None)` for an account that belongs to none.
    #[must_use]
    pub fn hierarchy(&self) -> Fact<Option<Hierarchy<'_>>> {
        match &self.organization {
            Fact::Known(organization) => Fact::Known(organization.as_ref().map(Hierarchy::new)),
            Fact::Unread(why) => Fact::Unread(why.clone()),
        }
    }

    /// The key that an ARN names, with its account.
    #[must_use]
    pub fn key(&self, arn: &str) -> Option<(&Account, &KmsKey)> {
        let account = AccountId::parse(crate::iam::Arn::parse(arn)?.account)?;
        let account = self.account(account)?;
        Some((account, account.key(arn)?))
    }
}

impl Estate {
    /// The key that an account calls by a name: an ARN, which may be of another account, an id or an alias.
    #[must_use]
    pub fn key_called<'e>(&'e self, account: &'e Account, name: &str) -> Option<&'e KmsKey> {
        match KmsKey::owner(name) {
            Some(owner) => self.account(owner)?.key(name),
            None => account.key(name),
        }
    }
}

impl Account {
    /// An account of which nothing was read.
    #[must_use]
    pub fn unread(account_id: AccountId) -> Self {
        Self {
            account_id,
            authorization_details: Fact::default(),
            public_access_block: Fact::default(),
            buckets: Fact::default(),
            access_points: Fact::default(),
            kms_keys: Fact::default(),
            vpc_endpoints: Fact::default(),
            trails: Fact::default(),
            multi_region_access_points: Fact::default(),
            access_grants: Fact::default(),
            lake_formation: Fact::default(),
            sagemaker: Fact::default(),
            errors: vec![],
        }
    }

    /// The buckets that were read.
    #[must_use]
    pub fn buckets(&self) -> &[Bucket] {
        self.buckets.known().map_or(&[], |buckets| buckets)
    }

    /// The users that were read.
    #[must_use]
    pub fn users(&self) -> &[User] {
        self.details(|details| &details.user_detail_list)
    }

    /// The groups that were read.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        self.details(|details| &details.group_detail_list)
    }

    /// The roles that were read.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        self.details(|details| &details.role_detail_list)
    }

    /// The managed policies that were read.
    #[must_use]
    pub fn managed_policies(&self) -> &[ManagedPolicy] {
        self.details(|details| &details.policies)
    }

    /// The managed policy with this ARN.
    #[must_use]
    pub fn managed_policy(&self, arn: &str) -> Option<&ManagedPolicy> {
        self.managed_policies().iter().find(|policy| *policy.arn == *arn)
    }

    /// The users and roles.
    pub fn principals(&self) -> impl Iterator<Item = Principal<'_>> {
        let users = self.users().iter().map(|user| Principal::user(self, user));
        users.chain(self.roles().iter().map(|role| Principal::role(self, role)))
    }

    /// The key of this account that an ARN, an id or an alias names.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&KmsKey> {
        let keys = self.kms_keys.known().map_or(&[][..], |keys| keys);
        let last = name.rsplit_once(':').map_or(name, |(_, last)| last);
        keys.iter().find(|key| {
            let id = key.arn.rsplit_once('/').map_or("", |(_, id)| id);
            *key.arn == *name || id == last || key.aliases().iter().any(|alias| **alias == *last)
        })
    }

    fn details<T>(&self, list: impl Fn(&AuthorizationDetails) -> &Fact<List<T>>) -> &[T] {
        self.authorization_details
            .known()
            .and_then(|details| list(details).known())
            .map_or(&[], |items| items)
    }
}
