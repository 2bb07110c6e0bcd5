//! What is configured on a bucket: read as the collector reads it, and written.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types;

use super::super::api;
use super::super::s3::{evidence, rules};
use super::error::Problem;
use super::place::{Found, Place, Whole};
use super::setting;
use crate::estate::{Content, Switch, Tag, Target};

/// One request about a bucket, which must belong to the account: names of buckets are everybody's.
macro_rules! about {
    ($place:ident, $bucket:ident, $call:ident) => {
        $place
            .session
            .s3(&$place.region)
            .$call()
            .bucket($bucket)
            .expected_bucket_owner($place.edit.account.to_string())
    };
}

pub(super) async fn read(place: &Place<'_>, bucket: &str) -> Result<Found, Problem> {
    macro_rules! ask {
        ($call:ident, $api:ident $(, none if $($code:literal)|+)?) => {
            place.ask(api::$api, &[$($($code),+)?], about!(place, bucket, $call).send()).await?
        };
    }
    match &place.edit.target {
        Target::BucketVersioning { .. } => {
            let answer = ask!(get_bucket_versioning, GET_BUCKET_VERSIONING);
            Found::setting(api::GET_BUCKET_VERSIONING, answer.map(evidence::versioning), Whole::Nothing)
        }
        Target::BucketEncryption { .. } => {
            let answer = ask!(get_bucket_encryption, GET_BUCKET_ENCRYPTION, none if "ServerSideEncryptionConfigurationNotFoundError");
            Found::setting(api::GET_BUCKET_ENCRYPTION, answer.map(evidence::encryption), Whole::Nothing)
        }
        Target::BucketPublicAccessBlock { .. } => {
            let answer = ask!(get_public_access_block, GET_PUBLIC_ACCESS_BLOCK, none if "NoSuchPublicAccessBlockConfiguration");
            Found::setting(
                api::GET_PUBLIC_ACCESS_BLOCK,
                answer.map(evidence::public_access_block),
                Whole::Nothing,
            )
        }
        Target::BucketOwnership { .. } => {
            let answer = ask!(get_bucket_ownership_controls, GET_OWNERSHIP_CONTROLS, none if "OwnershipControlsNotFoundError");
            Found::setting(
                api::GET_OWNERSHIP_CONTROLS,
                answer.map(evidence::ownership_controls),
                Whole::Nothing,
            )
        }
        Target::BucketLogging { .. } => {
            let answer = ask!(get_bucket_logging, GET_BUCKET_LOGGING);
            let whole = answer.as_ref().and_then(|answer| answer.logging_enabled.clone());
            let whole = whole.map_or(Whole::Nothing, Whole::Logging);
            Found::setting(api::GET_BUCKET_LOGGING, answer.map(evidence::logging), whole)
        }
        Target::BucketLifecycle { .. } => {
            let answer = ask!(get_bucket_lifecycle_configuration, GET_BUCKET_LIFECYCLE, none if "NoSuchLifecycleConfiguration");
            let whole = answer.clone().map_or(Whole::Nothing, Whole::Lifecycle);
            Found::setting(api::GET_BUCKET_LIFECYCLE, answer.map(rules::lifecycle), whole)
        }
        Target::BucketTags { .. } => {
            let answer =
                ask!(get_bucket_tagging, GET_BUCKET_TAGGING, none if "NoSuchTagSet" | "NoSuchTagSetError");
            Found::setting(api::GET_BUCKET_TAGGING, answer.map(evidence::tags), Whole::Nothing)
        }
        _ => {
            let answer = ask!(get_bucket_policy, GET_BUCKET_POLICY, none if "NoSuchBucketPolicy");
            Found::document(api::GET_BUCKET_POLICY, answer.map(evidence::policy))
        }
    }
}

pub(super) async fn write(
    place: &Place<'_>,
    bucket: &str,
    found: &Found,
    to: Option<&Content>,
) -> Result<(), Problem> {
    macro_rules! send {
        ($call:ident, $api:ident $(, $member:ident($value:expr))*) => {
            place.call(api::$api, about!(place, bucket, $call)$(.$member($value))*.send()).await.map(drop)
        };
    }
    let target = &place.edit.target;
    match target {
        Target::BucketVersioning { .. } => {
            let versioning = setting::versioning(target, found, to)?;
            send!(put_bucket_versioning, PUT_BUCKET_VERSIONING, versioning_configuration(versioning))
        }
        Target::BucketEncryption { .. } => match setting::encryption(target, to)? {
            Some(encryption) => {
                send!(
                    put_bucket_encryption,
                    PUT_BUCKET_ENCRYPTION,
                    server_side_encryption_configuration(encryption)
                )
            }
            None => send!(delete_bucket_encryption, DELETE_BUCKET_ENCRYPTION),
        },
        Target::BucketPublicAccessBlock { .. } => match setting::public_access_block(target, to)? {
            Some(block) => {
                send!(
                    put_public_access_block,
                    PUT_PUBLIC_ACCESS_BLOCK,
                    public_access_block_configuration(block)
                )
            }
            None => send!(delete_public_access_block, DELETE_PUBLIC_ACCESS_BLOCK),
        },
        Target::BucketOwnership { .. } => match setting::ownership(target, to)? {
            Some(controls) => {
                send!(put_bucket_ownership_controls, PUT_OWNERSHIP_CONTROLS, ownership_controls(controls))
            }
            None => send!(delete_bucket_ownership_controls, DELETE_OWNERSHIP_CONTROLS),
        },
        Target::BucketLogging { .. } => {
            let logging = setting::logging(target, found, to)?;
            send!(put_bucket_logging, PUT_BUCKET_LOGGING, bucket_logging_status(logging))
        }
        Target::BucketLifecycle { .. } => match setting::lifecycle(target, found, to)? {
            Some((lifecycle, minimum)) => send!(
                put_bucket_lifecycle_configuration,
                PUT_BUCKET_LIFECYCLE,
                lifecycle_configuration(lifecycle),
                set_transition_default_minimum_object_size(minimum)
            ),
            None => send!(delete_bucket_lifecycle, DELETE_BUCKET_LIFECYCLE),
        },
        Target::BucketTags { .. } => write_tags(place, bucket, found, to).await,
        _ => match to {
            Some(policy) => send!(put_bucket_policy, PUT_BUCKET_POLICY, policy(policy.text())),
            None => send!(delete_bucket_policy, DELETE_BUCKET_POLICY),
        },
    }
}

/// "When you enable ABAC for a general purpose bucket, you can no longer use this operation for that bucket and must use the
/// TagResource or UntagResource operations instead." (S3 API Reference, PutBucketTagging)
async fn write_tags(
    place: &Place<'_>,
    bucket: &str,
    found: &Found,
    to: Option<&Content>,
) -> Result<(), Problem> {
    let tags = setting::tags(&place.edit.target, to)?;
    let abac = place.call(api::GET_BUCKET_ABAC, about!(place, bucket, get_bucket_abac).send()).await?;
    let abac = evidence::abac(abac).map_err(|refusal| Problem::refused(api::GET_BUCKET_ABAC, refusal))?;
    if abac.status == Switch::Enabled {
        let before = setting::tags(&place.edit.target, found.content.as_ref())?;
        return write_tags_one_by_one(place, bucket, &before, &tags).await;
    }
    if tags.is_empty() {
        let request = about!(place, bucket, delete_bucket_tagging);
        return place.call(api::DELETE_BUCKET_TAGGING, request.send()).await.map(drop);
    }
    let tag = |tag: &Tag| types::Tag::builder().key(&*tag.key).value(&*tag.value).build();
    let tags: Result<Vec<_>, _> = tags.iter().map(tag).collect();
    let tagging = types::Tagging::builder().set_tag_set(Some(tags.map_err(Problem::impossible)?)).build();
    let request = about!(place, bucket, put_bucket_tagging).tagging(tagging.map_err(Problem::impossible)?);
    place.call(api::PUT_BUCKET_TAGGING, request.send()).await.map(drop)
}

async fn write_tags_one_by_one(
    place: &Place<'_>,
    bucket: &str,
    before: &[Tag],
    after: &[Tag],
) -> Result<(), Problem> {
    let client = place.session.s3control(&place.region);
    let (account, arn) =
        (place.edit.account.to_string(), format!("arn:{}:s3:::{bucket}", place.session.partition));
    let known: BTreeMap<&str, &str> = before.iter().map(|tag| (&*tag.key, &*tag.value)).collect();
    let new = after.iter().filter(|tag| known.get(&*tag.key) != Some(&&*tag.value));
    let tag = |tag: &Tag| aws_sdk_s3control::types::Tag::builder().key(&*tag.key).value(&*tag.value).build();
    let new = new.map(tag).collect::<Result<Vec<_>, _>>().map_err(Problem::impossible)?;
    if !new.is_empty() {
        let request = client.tag_resource().account_id(&account).resource_arn(&arn).set_tags(Some(new));
        place.call(api::TAG_RESOURCE, request.send()).await?;
    }
    let kept: BTreeSet<&str> = after.iter().map(|tag| &*tag.key).collect();
    let gone: Vec<String> =
        known.keys().filter(|key| !kept.contains(*key)).map(|key| (*key).to_owned()).collect();
    if !gone.is_empty() {
        let request =
            client.untag_resource().account_id(&account).resource_arn(&arn).set_tag_keys(Some(gone));
        place.call(api::UNTAG_RESOURCE, request.send()).await?;
    }
    Ok(())
}
