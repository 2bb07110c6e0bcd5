//! Buckets and everything that AWS configures on them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Account;
use super::fact::Fact;
use super::policy::PolicyDocument;
use super::tag::Tag;

/// A bucket; each member holds what the API call of that name returns, `None` where nothing is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bucket {
    /// The name, unique in the partition.
    pub name: Box<str>,
    /// The region.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub region: Fact<Box<str>>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Box<str>>,
    /// `GetBucketPolicy`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy: Fact<Option<PolicyDocument>>,
    /// `GetBucketPolicyStatus`: what AWS itself thinks of the policy; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub policy_status: Fact<Option<PolicyStatus>>,
    /// `GetBucketVersioning`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub versioning: Fact<Versioning>,
    /// `GetBucketEncryption`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub encryption: Fact<Option<Encryption>>,
    /// `GetPublicAccessBlock`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub public_access_block: Fact<Option<PublicAccessBlock>>,
    /// `GetBucketOwnershipControls`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub ownership_controls: Fact<Option<OwnershipControls>>,
    /// `GetBucketAcl`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub acl: Fact<Option<Acl>>,
    /// `GetBucketLogging`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub logging: Fact<Option<Logging>>,
    /// `GetObjectLockConfiguration`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub object_lock: Fact<Option<ObjectLock>>,
    /// `GetBucketLifecycleConfiguration`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub lifecycle: Fact<Option<Lifecycle>>,
    /// `GetBucketReplication`, as AWS prints it.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub replication: Fact<Option<Value>>,
    /// `GetBucketNotificationConfiguration`, as AWS prints it; optional evidence.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub notification: Fact<Value>,
    /// `GetBucketTagging`.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub tags: Fact<Vec<Tag>>,
    /// `GetBucketAbac`; optional evidence: off where it is not mentioned, as it is by default.
    #[serde(default, skip_serializing_if = "Fact::is_unread")]
    pub abac: Fact<Abac>,
}

/// Whether AWS calls a bucket's policy public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyStatus {
    /// It does.
    pub is_public: bool,
}

/// Whether a bucket keeps old versions of its objects. Neither member: versioning was never enabled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Versioning {
    /// `Enabled` or `Suspended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<VersioningStatus>,
    /// Whether deleting a version needs a second factor.
    #[serde(default, rename = "MFADelete", skip_serializing_if = "Option::is_none")]
    pub mfa_delete: Option<Switch>,
}

/// The state of a bucket's versioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersioningStatus {
    /// New versions are kept.
    Enabled,
    /// Versions from before are kept; a new object replaces the null version.
    Suspended,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Switch {
    /// On.
    Enabled,
    /// Off.
    Disabled,
}

/// The default encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Encryption {
    /// The rules; AWS has one.
    pub rules: Vec<EncryptionRule>,
}

/// One rule of a bucket's default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionRule {
    /// What new objects are encrypted with.
    pub apply_server_side_encryption_by_default: EncryptionByDefault,
    /// Whether one data key serves many objects.
    #[serde(default)]
    pub bucket_key_enabled: bool,
    /// Which encryption requests may not ask for, as AWS prints it: who writes the rule back must not lose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_encryption_types: Option<Value>,
}

/// The algorithm and key of a bucket's default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionByDefault {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(rename = "SSEAlgorithm")]
    pub sse_algorithm: Box<str>,
    /// The key's ARN, id or alias; AWS's own key for S3 where there is none.
    #[serde(default, rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    pub kms_master_key_id: Option<Box<str>>,
}

/// The four flags of Block Public Access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PublicAccessBlock {
    /// Refuses new public ACLs.
    pub block_public_acls: bool,
    /// Ignores the public ACLs that there are.
    pub ignore_public_acls: bool,
    /// Refuses new public bucket policies.
    pub block_public_policy: bool,
    /// Leaves a bucket with a public policy to the owner's account and AWS services.
    pub restrict_public_buckets: bool,
}

/// Who owns the objects that others write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipControls {
    /// The rules; AWS has one.
    pub rules: Vec<OwnershipRule>,
}

/// One rule of ownership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipRule {
    /// `BucketOwnerEnforced` (ACLs do not count), `BucketOwnerPreferred` or `ObjectWriter`.
    pub object_ownership: Box<str>,
}

/// An access control list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Acl {
    /// The owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The grants.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// The owner of a bucket or object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The canonical id.
    #[serde(rename = "ID")]
    pub id: Box<str>,
}

/// One grant of an access control list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    /// To whom.
    pub grantee: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: Box<str>,
}

/// To whom a grant is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grantee {
    /// `CanonicalUser`, `Group` or `AmazonCustomerByEmail`.
    #[serde(rename = "Type", default)]
    pub kind: Box<str>,
    /// The canonical id.
    #[serde(default, rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// The group.
    #[serde(default, rename = "URI", skip_serializing_if = "Option::is_none")]
    pub uri: Option<Box<str>>,
    /// The address of an account's root user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<Box<str>>,
}

/// Server access logging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Logging {
    /// Where the logs go; none where logging is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging_enabled: Option<LoggingEnabled>,
}

/// Where server access logs go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingEnabled {
    /// The bucket.
    pub target_bucket: Box<str>,
    /// What the keys begin with.
    #[serde(default)]
    pub target_prefix: Box<str>,
}

/// Object Lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectLock {
    /// The configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_lock_configuration: Option<ObjectLockConfiguration>,
}

/// The configuration of Object Lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectLockConfiguration {
    /// `Enabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_lock_enabled: Option<Box<str>>,
    /// What is locked by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ObjectLockRule>,
}

/// What Object Lock does to new objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectLockRule {
    /// The retention of new objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_retention: Option<DefaultRetention>,
}

/// The retention of new objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DefaultRetention {
    /// `GOVERNANCE` or `COMPLIANCE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Box<str>>,
    /// The period in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// The period in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<i64>,
}

/// The lifecycle of a bucket's objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lifecycle {
    /// The rules.
    pub rules: Vec<LifecycleRule>,
}

/// One rule of a lifecycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleRule {
    /// The rule's name.
    #[serde(default, rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// Whether it is in force.
    pub status: Switch,
    /// The keys that it bears on, in the old form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Box<str>>,
    /// The objects that it bears on, as AWS prints it; empty for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// When current versions expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// When old versions are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    /// When unfinished uploads are removed, as AWS prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_multipart_upload: Option<Value>,
    /// When current versions are moved to other storage classes, as AWS prints it: who writes the rule back must not lose it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Value>,
    /// When old versions are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_version_transitions: Vec<Value>,
}

/// When current versions expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Expiration {
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// On this date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Box<str>>,
    /// Only delete markers without versions are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_object_delete_marker: Option<bool>,
}

/// When old versions are removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoncurrentVersionExpiration {
    /// So many days after they became old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i64>,
    /// How many old versions are kept all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i64>,
}

impl Bucket {
    /// A bucket of which only the name was read.
    #[must_use]
    pub fn unread(name: Box<str>) -> Self {
        Self {
            name,
            region: Fact::default(),
            creation_date: None,
            policy: Fact::default(),
            policy_status: Fact::default(),
            versioning: Fact::default(),
            encryption: Fact::default(),
            public_access_block: Fact::default(),
            ownership_controls: Fact::default(),
            acl: Fact::default(),
            logging: Fact::default(),
            object_lock: Fact::default(),
            lifecycle: Fact::default(),
            replication: Fact::default(),
            notification: Fact::default(),
            tags: Fact::default(),
            abac: Fact::default(),
        }
    }
}

/// Whether conditions on a bucket's tags count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Abac {
    /// On or off.
    pub status: Switch,
}

impl PublicAccessBlock {
    /// All four flags on.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };

    /// "S3 applies the most restrictive combination" of the settings of organization, account, bucket and access point.
    /// (S3 User Guide, access-control-block-public-access)
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            block_public_acls: self.block_public_acls || other.block_public_acls,
            ignore_public_acls: self.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: self.block_public_policy || other.block_public_policy,
            restrict_public_buckets: self.restrict_public_buckets || other.restrict_public_buckets,
        }
    }
}

impl EncryptionByDefault {
    /// The key that is named; none for S3's own keys and for AWS's managed key.
    #[must_use]
    pub fn customer_key(&self) -> Option<&str> {
        let name = self.kms_master_key_id.as_deref()?;
        let managed_by_aws = name.ends_with("alias/aws/s3");
        (self.sse_algorithm.starts_with("aws:kms") && !managed_by_aws).then_some(name)
    }
}

impl Bucket {
    /// The name of the key that encrypts it by default; none for S3's own keys, for AWS's managed key, and where it was not read.
    #[must_use]
    pub fn customer_key(&self) -> Option<&str> {
        let encryption = self.encryption.known()?.as_ref()?;
        encryption.rules.first()?.apply_server_side_encryption_by_default.customer_key()
    }

    /// Block Public Access as it is in force: "S3 applies the most restrictive combination" of organization, account and bucket.
    /// (S3 User Guide, access-control-block-public-access)
    #[must_use]
    pub fn public_access_block_in_force(
        &self,
        account: &Account,
        by_organization: Option<&Fact<bool>>,
    ) -> Fact<PublicAccessBlock> {
        if by_organization == Some(&Fact::Known(true)) {
            return Fact::Known(PublicAccessBlock::ALL);
        }
        let settings = [&account.public_access_block, &self.public_access_block];
        let known = settings.iter().filter_map(|setting| setting.known().copied().flatten());
        let union = known.fold(PublicAccessBlock::default(), PublicAccessBlock::union);
        if union == PublicAccessBlock::ALL {
            return Fact::Known(union);
        }
        // A setting that was not read may be the one that blocks.
        let unread = settings.iter().find_map(|setting| setting.unread());
        match unread.or(by_organization.and_then(Fact::unread)) {
            None => Fact::Known(union),
            Some(why) => Fact::Unread(why.clone()),
        }
    }
}

impl OwnershipControls {
    /// "Bucket owner enforced (default): ACLs are disabled." (S3 User Guide, about-object-ownership)
    #[must_use]
    pub fn disable_acls(&self) -> bool {
        self.rules.iter().any(|rule| &*rule.object_ownership == "BucketOwnerEnforced")
    }
}
