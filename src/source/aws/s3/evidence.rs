//! What AWS answers about a bucket, as evidence. An answer without what AWS always sends is none: it is never taken for "not
//! encrypted" or "no grants".

use std::collections::BTreeMap;

use aws_sdk_s3::operation::get_bucket_abac::GetBucketAbacOutput;
use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::operation::get_bucket_logging::GetBucketLoggingOutput;
use aws_sdk_s3::operation::get_bucket_ownership_controls::GetBucketOwnershipControlsOutput;
use aws_sdk_s3::operation::get_bucket_policy::GetBucketPolicyOutput;
use aws_sdk_s3::operation::get_bucket_policy_status::GetBucketPolicyStatusOutput;
use aws_sdk_s3::operation::get_bucket_tagging::GetBucketTaggingOutput;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
use aws_sdk_s3::operation::get_object_lock_configuration::GetObjectLockConfigurationOutput;
use aws_sdk_s3::operation::get_public_access_block::GetPublicAccessBlockOutput;
use aws_sdk_s3::types;
use serde::de::IgnoredAny;
use serde_json::json;

use super::super::answer::{self, document, text};
use super::super::refusal::Refusal;
use crate::estate::{
    Abac, Acl, DefaultRetention, Encryption, EncryptionByDefault, EncryptionRule, Grant, Grantee, Logging,
    LoggingEnabled, ObjectLock, ObjectLockConfiguration, ObjectLockRule, Owner, OwnershipControls,
    OwnershipRule, PolicyDocument, PolicyStatus, PublicAccessBlock, Switch, Tag, Versioning,
    VersioningStatus,
};

type Read<T> = Result<T, Refusal>;

/// The body is the policy itself: one that says nothing is no answer.
pub(crate) fn policy(answer: GetBucketPolicyOutput) -> Read<PolicyDocument> {
    let policy = document(&text(answer.policy, "the policy")?)?;
    let members: BTreeMap<&str, IgnoredAny> = serde_json::from_str(policy.text()).unwrap_or_default();
    if members.contains_key("Statement") { Ok(policy) } else { Err(Refusal::lacks("Statement")) }
}

pub(super) fn policy_status(answer: GetBucketPolicyStatusOutput) -> Read<PolicyStatus> {
    let status = answer.policy_status.and_then(|status| status.is_public);
    let is_public = status.ok_or_else(|| Refusal::lacks("PolicyStatus.IsPublic"))?;
    Ok(PolicyStatus { is_public })
}

/// "If the versioning state has never been set on a bucket, it has no versioning state; a GetBucketVersioning request does not
/// return a versioning state value." (S3 API Reference, GetBucketVersioning)
pub(crate) fn versioning(answer: GetBucketVersioningOutput) -> Read<Versioning> {
    let status = match answer.status {
        None => None,
        Some(types::BucketVersioningStatus::Enabled) => Some(VersioningStatus::Enabled),
        Some(types::BucketVersioningStatus::Suspended) => Some(VersioningStatus::Suspended),
        Some(other) => return Err(unknown("Status", other.as_str())),
    };
    let mfa_delete = answer.mfa_delete.map(|delete| switch("MfaDelete", delete.as_str())).transpose()?;
    Ok(Versioning { status, mfa_delete })
}

pub(crate) fn encryption(answer: GetBucketEncryptionOutput) -> Read<Encryption> {
    let configuration = answer.server_side_encryption_configuration;
    let rules = configuration.map(|configuration| configuration.rules).unwrap_or_default();
    let rules = some(rules, "ServerSideEncryptionConfiguration.Rule")?;
    Ok(Encryption { rules: rules.into_iter().map(encryption_rule).collect::<Read<_>>()? })
}

fn encryption_rule(rule: types::ServerSideEncryptionRule) -> Read<EncryptionRule> {
    let default = rule.apply_server_side_encryption_by_default;
    let default = default.ok_or_else(|| Refusal::lacks("ApplyServerSideEncryptionByDefault"))?;
    Ok(EncryptionRule {
        apply_server_side_encryption_by_default: EncryptionByDefault {
            sse_algorithm: text(Some(default.sse_algorithm.as_str()), "SSEAlgorithm")?,
            kms_master_key_id: default.kms_master_key_id.map(Into::into),
        },
        bucket_key_enabled: rule.bucket_key_enabled.unwrap_or_default(),
        blocked_encryption_types: rule.blocked_encryption_types.and_then(|blocked| blocked.encryption_type).map(
            |types| json!({ "EncryptionType": types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>() }),
        ),
    })
}

pub(crate) fn public_access_block(answer: GetPublicAccessBlockOutput) -> Read<PublicAccessBlock> {
    answer::public_access_block(answer.public_access_block_configuration.map(|block| {
        [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ]
    }))
}

pub(crate) fn ownership_controls(answer: GetBucketOwnershipControlsOutput) -> Read<OwnershipControls> {
    let rules = answer.ownership_controls.map(|controls| controls.rules).unwrap_or_default();
    let rule = |rule: types::OwnershipControlsRule| {
        text(Some(rule.object_ownership.as_str()), "ObjectOwnership")
            .map(|object_ownership| OwnershipRule { object_ownership })
    };
    let rules = some(rules, "OwnershipControls.Rule")?;
    Ok(OwnershipControls { rules: rules.into_iter().map(rule).collect::<Read<_>>()? })
}

pub(super) fn acl(answer: GetBucketAclOutput) -> Read<Option<Acl>> {
    let owner = answer.owner.ok_or_else(|| Refusal::lacks("Owner"))?;
    let grants = answer.grants.ok_or_else(|| Refusal::lacks("AccessControlList"))?;
    Ok(Some(Acl {
        owner: Some(Owner { id: text(owner.id, "Owner.ID")? }),
        grants: grants.into_iter().map(grant).collect::<Read<_>>()?,
    }))
}

fn grant(grant: types::Grant) -> Read<Grant> {
    let grantee = grant.grantee.ok_or_else(|| Refusal::lacks("Grantee"))?;
    if grantee.id.is_none() && grantee.uri.is_none() && grantee.email_address.is_none() {
        return Err(Refusal::lacks("the grantee's ID and URI"));
    }
    Ok(Grant {
        grantee: Grantee {
            kind: text(Some(grantee.r#type.as_str()), "Grantee.Type")?,
            id: grantee.id.map(Into::into),
            uri: grantee.uri.map(Into::into),
            email_address: grantee.email_address.map(Into::into),
        },
        permission: text(grant.permission.as_ref().map(types::Permission::as_str), "Permission")?,
    })
}

/// "If logging is not enabled [...] an empty BucketLoggingStatus element". (S3 API Reference, PutBucketLogging)
pub(crate) fn logging(answer: GetBucketLoggingOutput) -> Read<Option<Logging>> {
    let Some(enabled) = answer.logging_enabled else { return Ok(None) };
    let target_bucket = text(Some(enabled.target_bucket), "TargetBucket")?;
    let target_prefix = enabled.target_prefix.into();
    Ok(Some(Logging { logging_enabled: Some(LoggingEnabled { target_bucket, target_prefix }) }))
}

pub(super) fn object_lock(answer: GetObjectLockConfigurationOutput) -> Read<ObjectLock> {
    let configuration = answer.object_lock_configuration;
    let configuration = configuration.ok_or_else(|| Refusal::lacks("ObjectLockConfiguration"))?;
    let enabled = configuration.object_lock_enabled.as_ref().map(types::ObjectLockEnabled::as_str);
    let enabled = text(enabled, "ObjectLockEnabled")?;
    Ok(ObjectLock {
        object_lock_configuration: Some(ObjectLockConfiguration {
            object_lock_enabled: Some(enabled),
            rule: configuration.rule.map(|rule| ObjectLockRule {
                default_retention: rule.default_retention.map(|retention| DefaultRetention {
                    mode: retention.mode.map(|mode| mode.as_str().into()),
                    days: retention.days.map(i64::from),
                    years: retention.years.map(i64::from),
                }),
            }),
        }),
    })
}

/// A bucket without tags has no tag set, so that an empty one is no answer.
pub(crate) fn tags(answer: GetBucketTaggingOutput) -> Read<Vec<Tag>> {
    some(answer.tag_set, "TagSet")?.into_iter().map(tag).collect()
}

pub(super) fn tag(tag: types::Tag) -> Read<Tag> {
    Ok(Tag { key: text(Some(tag.key), "Key")?, value: tag.value.into() })
}

/// "Status [...] Required: No" (S3 API Reference, AbacStatus); "ABAC is disabled by default for all general purpose buckets". (S3
/// User Guide, buckets-tagging-enable-abac)
pub(crate) fn abac(answer: GetBucketAbacOutput) -> Read<Abac> {
    let status = answer.abac_status.ok_or_else(|| Refusal::lacks("AbacStatus"))?.status;
    let status = status.map_or(Ok(Switch::Disabled), |status| switch("Status", status.as_str()))?;
    Ok(Abac { status })
}

pub(super) fn switch(member: &str, text: &str) -> Read<Switch> {
    match text {
        "Enabled" => Ok(Switch::Enabled),
        "Disabled" => Ok(Switch::Disabled),
        other => Err(unknown(member, other)),
    }
}

/// A list that has at least one item wherever there is one.
pub(super) fn some<T>(items: Vec<T>, member: &str) -> Read<Vec<T>> {
    if items.is_empty() { Err(Refusal::lacks(member)) } else { Ok(items) }
}

fn unknown(member: &str, value: &str) -> Refusal {
    Refusal::malformed(format!("{member} is {value:?}"))
}
