//! What the rules are told about data sets, principals and requests: the attributes of the schema, as plain data.
//!
//! What identifies a thing is always known. What is evidence about it is a [`Fact`]: a rule that comes to read one that
//! is not known stays undecided.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::estate::{AccountId, Fact, PublicAccessBlock};

/// An account and its place in the organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountFacts {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: Box<str>,
    /// The ids of the root and the units above it, root first.
    pub units: Vec<Box<str>>,
    /// The id of its organization, if it belongs to one.
    pub organization: Option<Box<str>>,
}

/// A bucket, or the part of it below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetFacts {
    /// The bucket's name.
    pub bucket: Box<str>,
    /// What its keys begin with; empty for the whole bucket.
    pub prefix: Box<str>,
    /// The class; empty for data that nobody has classified.
    pub class: Box<str>,
    /// The environment; empty where it is not known.
    pub env: Box<str>,
    /// The bucket's account.
    pub account: Arc<AccountFacts>,
    /// The team that owns it.
    pub team: Option<Box<str>>,
    /// `Enabled`, `Suspended` or `Never`.
    pub versioning: Fact<Box<str>>,
    /// Whether the deletion of a version needs a second factor.
    pub mfa_delete: Fact<bool>,
    /// Whether Object Lock protects new versions.
    pub object_lock: Fact<bool>,
    /// Whether a policy denies everybody the deletion of versions.
    pub version_guard: Fact<bool>,
    /// What ends the life of versions.
    pub lifecycle: Fact<LifecycleFacts>,
    /// How new objects are encrypted.
    pub encryption: Fact<EncryptionFacts>,
    /// Whether the key's policy admits everybody or somebody outside the organization.
    pub key_policy_open: Fact<bool>,
    /// Block Public Access as it is in force.
    pub public_access_block: Fact<PublicAccessBlock>,
    /// Whether ACLs do not count.
    pub acls_disabled: Fact<bool>,
    /// Whether a policy denies every request without TLS.
    pub tls_enforced: Fact<bool>,
    /// Whether requests are logged.
    pub access_logged: Fact<bool>,
    /// The lineage tags that it should have and has not.
    pub missing_lineage: Fact<BTreeSet<Box<str>>>,
    /// The bucket's tags.
    pub tags: Fact<BTreeMap<Box<str>, Box<str>>>,
}

/// What ends the life of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LifecycleFacts {
    /// Whether a rule expires current versions.
    pub expires_current: bool,
    /// After how many days a rule removes old versions; the fewest where several do.
    pub noncurrent_days: Option<i64>,
}

/// How new objects are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EncryptionFacts {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: Box<str>,
    /// Whether the key is the customer's, not one of AWS's.
    pub customer_key: bool,
    /// Whether the key belongs to an account of the organization.
    pub key_in_organization: bool,
}

/// A user or a role of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalFacts {
    /// What it is.
    pub kind: PrincipalType,
    /// The ARN.
    pub arn: Box<str>,
    /// The name, without the path.
    pub name: Box<str>,
    /// The path, `/` included at both ends.
    pub path: Box<str>,
    /// Its account.
    pub account: Arc<AccountFacts>,
    /// The team that it belongs to.
    pub team: Option<Box<str>>,
    /// `data-scientist`, `pipeline`, ...; empty for anyone else.
    pub access_role: Box<str>,
    /// Whether a person signs in as it.
    pub human: bool,
    /// Whether only services or machines can be it.
    pub workload: bool,
    /// Whether AWS made it for one of its services.
    pub service_linked: bool,
    /// Whether it has a permissions boundary.
    pub boundary: Fact<bool>,
    /// Whether some classified data can be read or changed with it.
    pub may_reach_data: Fact<bool>,
    /// Whether its trust policy admits somebody outside the organization.
    pub assumable_from_outside: Fact<bool>,
    /// Whether its trust policy admits an OpenID Connect provider without pinning the subject.
    pub assumable_by_unbound_oidc: Fact<bool>,
    /// Its tags.
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

/// What a principal of the organization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalType {
    /// An IAM role.
    Role,
    /// An IAM user.
    User,
}

/// The circumstances of a request, in the schema's terms; `None` where the request does not carry the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessContext {
    /// The object's key; empty where the action is about the bucket.
    pub key: Box<str>,
    /// `aws:SecureTransport`.
    pub secure_transport: bool,
    /// `aws:CurrentTime`.
    pub time: jiff::Timestamp,
    /// `aws:SourceIp`.
    pub source_ip: Option<IpAddr>,
    /// `aws:SourceVpce`.
    pub source_vpce: Option<Box<str>>,
    /// `aws:SourceVpc`.
    pub source_vpc: Option<Box<str>>,
    /// `aws:MultiFactorAuthPresent`.
    pub mfa: Option<bool>,
    /// `s3:x-amz-server-side-encryption`.
    pub sse: Option<Box<str>>,
    /// `s3:x-amz-server-side-encryption-aws-kms-key-id`.
    pub kms_key_id: Option<Box<str>>,
    /// `s3:prefix`.
    pub prefix: Option<Box<str>>,
    /// `aws:SourceAccount`.
    pub source_account: Option<Box<str>>,
    /// `aws:SourceArn`.
    pub source_arn: Option<Box<str>>,
    /// `aws:SourceOrgID`.
    pub source_org_id: Option<Box<str>>,
    /// `aws:ViaAWSService`.
    pub via_aws_service: Option<bool>,
}

impl DatasetFacts {
    /// `bucket`, or `bucket/prefix`.
    #[must_use]
    pub fn id(&self) -> Box<str> {
        if self.prefix.is_empty() {
            self.bucket.clone()
        } else {
            format!("{}/{}", self.bucket, self.prefix).into()
        }
    }
}

impl AccessContext {
    /// A request over TLS at the given moment, with nothing else known of it.
    #[must_use]
    pub fn at(time: jiff::Timestamp) -> Self {
        Self {
            key: "".into(),
            secure_transport: true,
            time,
            source_ip: None,
            source_vpce: None,
            source_vpc: None,
            mfa: None,
            sse: None,
            kms_key_id: None,
            prefix: None,
            source_account: None,
            source_arn: None,
            source_org_id: None,
            via_aws_service: None,
        }
    }

    /// The circumstances of a request for an object, or with an empty key for a bucket, by AWS's condition keys.
    #[must_use]
    pub fn of<'k>(object: &str, keys: impl IntoIterator<Item = (&'k str, &'k str)>) -> Self {
        let mut context = Self::at(jiff::Timestamp::UNIX_EPOCH);
        context.key = object.into();
        for (key, value) in keys {
            context.set_by_key(key, value);
        }
        context
    }

    /// Sets the attribute that one of AWS's condition keys is; most keys are none.
    pub(super) fn set_by_key(&mut self, key: &str, value: &str) {
        if let Some((attribute, _)) =
            super::access::KEYS.iter().find(|(_, known)| known.eq_ignore_ascii_case(key))
        {
            self.set(attribute, value);
        }
    }

    /// Sets an attribute of the schema from the value of its key; what is no such value leaves it as it is.
    pub(super) fn set(&mut self, attribute: &str, value: &str) {
        let text = || Some(value.into());
        match attribute {
            "key" => self.key = value.into(),
            "secureTransport" => self.secure_transport = value == "true",
            "time" => self.time = value.parse().unwrap_or(self.time),
            "sourceIp" => self.source_ip = value.parse().ok(),
            "sourceVpce" => self.source_vpce = text(),
            "sourceVpc" => self.source_vpc = text(),
            "mfa" => self.mfa = Some(value == "true"),
            "sse" => self.sse = text(),
            "kmsKeyId" => self.kms_key_id = text(),
            "prefix" => self.prefix = text(),
            "sourceAccount" => self.source_account = text(),
            "sourceArn" => self.source_arn = text(),
            "sourceOrgId" => self.source_org_id = text(),
            "viaAwsService" => self.via_aws_service = Some(value == "true"),
            _ => {}
        }
    }
}
