//! A bucket's settings as AWS takes them. What AWS keeps with a setting and the snapshot leaves out is sent back as it was found;
//! where that is not possible, the change is refused rather than that it is lost.

use aws_sdk_s3::types;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compare::canonical;
use super::error::Problem;
use super::place::{Found, Whole};
use crate::estate::{
    Content, Encryption, Logging, OwnershipControls, PublicAccessBlock, Switch, Tag, Target, Versioning,
    VersioningStatus,
};

pub(super) use super::lifecycle::lifecycle;

/// Whether the setting can be put in the place of what is found.
pub(super) fn check(target: &Target, found: &Found, to: Option<&Content>) -> Result<(), Problem> {
    match target {
        Target::BucketVersioning { .. } => versioning(target, found, to).map(drop),
        Target::BucketEncryption { .. } => encryption(target, to).map(drop),
        Target::BucketPublicAccessBlock { .. } => public_access_block(target, to).map(drop),
        Target::BucketOwnership { .. } => ownership(target, to).map(drop),
        Target::BucketLogging { .. } => logging(target, found, to).map(drop),
        Target::BucketLifecycle { .. } => lifecycle(target, found, to).map(drop),
        Target::BucketTags { .. } => tags(target, to).map(drop),
        _ => Ok(()),
    }
}

/// The content as evidence, if all of it is: a member that palisade does not know would not be sent.
pub(super) fn evidence<T: DeserializeOwned + Serialize>(
    target: &Target,
    content: &Content,
) -> Result<T, Problem> {
    let evidence: T = serde_json::from_str(content.text()).map_err(Problem::impossible)?;
    let understood = serde_json::to_value(&evidence).map_err(Problem::impossible)?;
    if canonical(target, Some(&Content::of(&understood))) == canonical(target, Some(content)) {
        return Ok(evidence);
    }
    Err(Problem::impossible(format!("palisade does not know every member of {}", content.text())))
}

/// What is there, if there is anything.
fn wanted<T: DeserializeOwned + Serialize>(
    target: &Target,
    to: Option<&Content>,
) -> Result<Option<T>, Problem> {
    let there = to.filter(|content| !canonical(target, Some(content)).is_null());
    there.map(|content| evidence(target, content)).transpose()
}

/// "Once you version-enable a bucket, it can never return to an unversioned state": suspended is the nearest to nothing. (S3 User
/// Guide, Versioning)
pub(super) fn versioning(
    target: &Target,
    found: &Found,
    to: Option<&Content>,
) -> Result<types::VersioningConfiguration, Problem> {
    let state = |content| wanted::<Versioning>(target, content).map(Option::unwrap_or_default);
    let (before, after) = (state(found.content.as_ref())?, state(to)?);
    let asks = |versioning: &Versioning| versioning.mfa_delete == Some(Switch::Enabled);
    if asks(&before) || asks(&after) {
        // "When you enable MFA Delete, the bucket owner must include the x-amz-mfa request header in requests to [...] change the
        // versioning state": "only the bucket owner that is logged in as root user" can. (S3 User Guide, MultiFactorAuthenticationDelete)
        return Err(Problem::impossible(
            "where MFA delete is or shall be enabled, only the account's root user can change it, with its second factor",
        ));
    }
    let status = match after.status {
        Some(VersioningStatus::Enabled) => types::BucketVersioningStatus::Enabled,
        Some(VersioningStatus::Suspended) | None => types::BucketVersioningStatus::Suspended,
    };
    Ok(types::VersioningConfiguration::builder().status(status).build())
}

pub(super) fn encryption(
    target: &Target,
    to: Option<&Content>,
) -> Result<Option<types::ServerSideEncryptionConfiguration>, Problem> {
    let Some(encryption) = wanted::<Encryption>(target, to)? else { return Ok(None) };
    let mut builder = types::ServerSideEncryptionConfiguration::builder();
    for rule in &encryption.rules {
        let default = &rule.apply_server_side_encryption_by_default;
        let default = types::ServerSideEncryptionByDefault::builder()
            .sse_algorithm(types::ServerSideEncryption::from(&*default.sse_algorithm))
            .set_kms_master_key_id(default.kms_master_key_id.as_deref().map(str::to_owned))
            .build()
            .map_err(Problem::impossible)?;
        let rule = types::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(rule.bucket_key_enabled)
            .set_blocked_encryption_types(rule.blocked_encryption_types.as_ref().map(blocked).transpose()?);
        builder = builder.rules(rule.build());
    }
    builder.build().map(Some).map_err(Problem::impossible)
}

/// What AWS prints of encryption that is blocked. A member that is not here makes it one that cannot be written.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Blocked {
    encryption_type: Vec<String>,
}

fn blocked(blocked: &Value) -> Result<types::BlockedEncryptionTypes, Problem> {
    let blocked: Blocked = serde_json::from_value(blocked.clone()).map_err(Problem::impossible)?;
    let kinds = blocked.encryption_type.iter().map(|kind| types::EncryptionType::from(kind.as_str()));
    Ok(types::BlockedEncryptionTypes::builder().set_encryption_type(Some(kinds.collect())).build())
}

pub(super) fn public_access_block(
    target: &Target,
    to: Option<&Content>,
) -> Result<Option<types::PublicAccessBlockConfiguration>, Problem> {
    Ok(wanted::<PublicAccessBlock>(target, to)?.map(|block| {
        types::PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_public_acls)
            .ignore_public_acls(block.ignore_public_acls)
            .block_public_policy(block.block_public_policy)
            .restrict_public_buckets(block.restrict_public_buckets)
            .build()
    }))
}

pub(super) fn ownership(
    target: &Target,
    to: Option<&Content>,
) -> Result<Option<types::OwnershipControls>, Problem> {
    let Some(controls) = wanted::<OwnershipControls>(target, to)? else { return Ok(None) };
    let mut builder = types::OwnershipControls::builder();
    for rule in &controls.rules {
        let ownership = types::ObjectOwnership::from(&*rule.object_ownership);
        let rule = types::OwnershipControlsRule::builder().object_ownership(ownership).build();
        builder = builder.rules(rule.map_err(Problem::impossible)?);
    }
    builder.build().map(Some).map_err(Problem::impossible)
}

/// "To disable logging, you use an empty BucketLoggingStatus request element". (S3 API Reference, PutBucketLogging)
pub(super) fn logging(
    target: &Target,
    found: &Found,
    to: Option<&Content>,
) -> Result<types::BucketLoggingStatus, Problem> {
    let (grants, format) = match &found.whole {
        Whole::Logging(whole) => (whole.target_grants.clone(), whole.target_object_key_format.clone()),
        _ => (None, None),
    };
    let builder = types::BucketLoggingStatus::builder();
    let Some(enabled) = wanted::<Logging>(target, to)?.and_then(|logging| logging.logging_enabled) else {
        return match (grants, format) {
            (None, None) => Ok(builder.build()),
            _ => {
                Err(Problem::impossible("the grants on the logs and the format of their names would be lost"))
            }
        };
    };
    let enabled = types::LoggingEnabled::builder()
        .target_bucket(&*enabled.target_bucket)
        .target_prefix(&*enabled.target_prefix)
        .set_target_grants(grants)
        .set_target_object_key_format(format)
        .build()
        .map_err(Problem::impossible)?;
    Ok(builder.logging_enabled(enabled).build())
}

pub(super) fn tags(target: &Target, to: Option<&Content>) -> Result<Vec<Tag>, Problem> {
    // Sorted, and without the name of the list.
    match canonical(target, to) {
        serde_json::Value::Null => Ok(vec![]),
        list => evidence(target, &Content::of(&list)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_encryption_that_are_blocked_stay_so() {
        let target = Target::BucketEncryption { bucket: "b".into() };
        let wanted = Content::new(
            r#"{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": true,
                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}"#,
        );
        let sent = encryption(&target, Some(&wanted)).expect("a request").expect("a configuration");
        let kinds =
            sent.rules()[0].blocked_encryption_types().map(|blocked| blocked.encryption_type().to_vec());
        assert_eq!(kinds, Some(vec![types::EncryptionType::SseC]));
        assert_eq!(sent.rules()[0].bucket_key_enabled(), Some(true));
        assert!(encryption(&target, None).expect("a request").is_none());
    }

    #[test]
    fn the_format_of_logs_stays() {
        let target = Target::BucketLogging { bucket: "b".into() };
        let format = types::TargetObjectKeyFormat::builder()
            .simple_prefix(types::SimplePrefix::builder().build())
            .build();
        let whole = types::LoggingEnabled::builder().target_bucket("logs").target_prefix("");
        let whole = whole.target_object_key_format(format.clone()).build().expect("logging");
        let found = Found { content: None, whole: Whole::Logging(whole) };
        let wanted = Content::new(r#"{"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "b/"}}"#);
        let sent = logging(&target, &found, Some(&wanted)).expect("a request");
        let sent = sent.logging_enabled().expect("logging");
        assert_eq!((sent.target_prefix(), sent.target_object_key_format()), ("b/", Some(&format)));
        assert!(logging(&target, &found, None).is_err(), "it would be lost");
    }

    #[test]
    fn what_palisade_does_not_know_is_not_left_out() {
        let target = Target::BucketPublicAccessBlock { bucket: "b".into() };
        let unknown = Content::new(r#"{"BlockPublicAcls": true, "BlockEverything": true}"#);
        assert!(public_access_block(&target, Some(&unknown)).is_err());
        assert!(public_access_block(&target, Some(&Content::new("{"))).is_err());
    }
}
