//! What AWS answers about a bucket in lists of rules: lifecycle, replication, notification.

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::operation::get_bucket_replication::GetBucketReplicationOutput;
use aws_sdk_s3::types;
use serde_json::{Value, json};

use super::super::answer::{moment, object, text_value};
use super::super::refusal::Refusal;
use super::evidence::{some, switch};
use crate::estate::{Expiration, Lifecycle, LifecycleRule, NoncurrentVersionExpiration};

type Read<T> = Result<T, Refusal>;

pub(crate) fn lifecycle(answer: GetBucketLifecycleConfigurationOutput) -> Read<Lifecycle> {
    let rules = some(answer.rules.unwrap_or_default(), "Rule")?;
    Ok(Lifecycle { rules: rules.into_iter().map(lifecycle_rule).collect::<Read<_>>()? })
}

pub(crate) fn lifecycle_rule(rule: types::LifecycleRule) -> Read<LifecycleRule> {
    Ok(LifecycleRule {
        status: switch("Status", rule.status.as_str())?,
        prefix: old_prefix(&rule).map(Into::into),
        id: rule.id.map(Into::into),
        filter: rule.filter.map(lifecycle_filter),
        expiration: rule.expiration.map(|expiration| Expiration {
            days: expiration.days.map(i64::from),
            date: expiration.date.as_ref().and_then(moment),
            expired_object_delete_marker: expiration.expired_object_delete_marker,
        }),
        noncurrent_version_expiration: rule.noncurrent_version_expiration.map(|expiration| {
            NoncurrentVersionExpiration {
                noncurrent_days: expiration.noncurrent_days.map(i64::from),
                newer_noncurrent_versions: expiration.newer_noncurrent_versions.map(i64::from),
            }
        }),
        abort_incomplete_multipart_upload: rule
            .abort_incomplete_multipart_upload
            .map(|abort| object([("DaysAfterInitiation", abort.days_after_initiation.map(Value::from))])),
        transitions: rule.transitions.unwrap_or_default().iter().map(transition).collect(),
        noncurrent_version_transitions: rule
            .noncurrent_version_transitions
            .unwrap_or_default()
            .iter()
            .map(transition_of_old)
            .collect(),
    })
}

fn transition(transition: &types::Transition) -> Value {
    object([
        ("Date", transition.date.as_ref().and_then(moment).map(|date| (*date).into())),
        ("Days", transition.days.map(Value::from)),
        ("StorageClass", transition.storage_class.as_ref().map(|class| class.as_str().into())),
    ])
}

fn transition_of_old(transition: &types::NoncurrentVersionTransition) -> Value {
    object([
        ("NoncurrentDays", transition.noncurrent_days.map(Value::from)),
        ("StorageClass", transition.storage_class.as_ref().map(|class| class.as_str().into())),
        ("NewerNoncurrentVersions", transition.newer_noncurrent_versions.map(Value::from)),
    ])
}

#[expect(deprecated, reason = "rules of the old form are still in force, and have their prefix here")]
fn old_prefix(rule: &types::LifecycleRule) -> Option<String> {
    rule.prefix.clone()
}

fn lifecycle_filter(filter: types::LifecycleRuleFilter) -> Value {
    object([
        ("Prefix", filter.prefix.map(Value::from)),
        ("Tag", filter.tag.as_ref().map(tag)),
        ("ObjectSizeGreaterThan", filter.object_size_greater_than.map(Value::from)),
        ("ObjectSizeLessThan", filter.object_size_less_than.map(Value::from)),
        (
            "And",
            filter.and.map(|and| {
                object([
                    ("Prefix", and.prefix.map(Value::from)),
                    ("Tags", and.tags.map(|tags| tags.iter().map(tag).collect())),
                    ("ObjectSizeGreaterThan", and.object_size_greater_than.map(Value::from)),
                    ("ObjectSizeLessThan", and.object_size_less_than.map(Value::from)),
                ])
            }),
        ),
    ])
}

pub(super) fn replication(answer: GetBucketReplicationOutput) -> Read<Value> {
    let configuration = answer.replication_configuration;
    let configuration = configuration.ok_or_else(|| Refusal::lacks("ReplicationConfiguration"))?;
    let rules = some(configuration.rules, "Rule")?;
    let rules = rules.into_iter().map(replication_rule).collect::<Read<Vec<Value>>>()?;
    Ok(json!({ "Role": text_value(Some(configuration.role), "Role")?, "Rules": rules }))
}

fn replication_rule(rule: types::ReplicationRule) -> Read<Value> {
    let prefix = old_replication_prefix(&rule);
    let destination = rule.destination.ok_or_else(|| Refusal::lacks("Destination"))?;
    let markers = rule.delete_marker_replication.and_then(|markers| markers.status);
    Ok(object([
        ("ID", rule.id.map(Value::from)),
        ("Priority", rule.priority.map(Value::from)),
        ("Prefix", prefix.map(Value::from)),
        ("Filter", rule.filter.map(replication_filter)),
        ("Status", Some(text_value(Some(rule.status.as_str()), "Status")?)),
        ("SourceSelectionCriteria", rule.source_selection_criteria.map(source_selection)),
        (
            "ExistingObjectReplication",
            rule.existing_object_replication.map(|existing| status(existing.status.as_str())),
        ),
        ("Destination", Some(self::destination(destination)?)),
        ("DeleteMarkerReplication", markers.map(|markers| status(markers.as_str()))),
    ]))
}

#[expect(deprecated, reason = "rules of the old form are still in force, and have their prefix here")]
fn old_replication_prefix(rule: &types::ReplicationRule) -> Option<String> {
    rule.prefix.clone()
}

fn replication_filter(filter: types::ReplicationRuleFilter) -> Value {
    object([
        ("Prefix", filter.prefix.map(Value::from)),
        ("Tag", filter.tag.as_ref().map(tag)),
        (
            "And",
            filter.and.map(|and| {
                object([
                    ("Prefix", and.prefix.map(Value::from)),
                    ("Tags", and.tags.map(|tags| tags.iter().map(tag).collect())),
                ])
            }),
        ),
    ])
}

fn source_selection(criteria: types::SourceSelectionCriteria) -> Value {
    let encrypted = criteria.sse_kms_encrypted_objects;
    let replicas = criteria.replica_modifications;
    object([
        ("SseKmsEncryptedObjects", encrypted.map(|encrypted| status(encrypted.status.as_str()))),
        ("ReplicaModifications", replicas.map(|replicas| status(replicas.status.as_str()))),
    ])
}

fn destination(destination: types::Destination) -> Read<Value> {
    let minutes = |time: types::ReplicationTimeValue| object([("Minutes", time.minutes.map(Value::from))]);
    let translation = destination.access_control_translation;
    Ok(object([
        ("Bucket", Some(text_value(Some(destination.bucket), "Destination.Bucket")?)),
        ("Account", destination.account.map(Value::from)),
        ("StorageClass", destination.storage_class.map(|class| class.as_str().into())),
        ("AccessControlTranslation", translation.map(|to| json!({ "Owner": to.owner.as_str() }))),
        (
            "EncryptionConfiguration",
            destination.encryption_configuration.map(|encryption| {
                object([("ReplicaKmsKeyID", encryption.replica_kms_key_id.map(Value::from))])
            }),
        ),
        (
            "ReplicationTime",
            destination.replication_time.map(|time| {
                object([("Status", Some(time.status.as_str().into())), ("Time", time.time.map(minutes))])
            }),
        ),
        (
            "Metrics",
            destination.metrics.map(|metrics| {
                object([
                    ("Status", Some(metrics.status.as_str().into())),
                    ("EventThreshold", metrics.event_threshold.map(minutes)),
                ])
            }),
        ),
    ]))
}

/// "If notifications are not enabled on the bucket, the action returns an empty NotificationConfiguration element." (S3 API
/// Reference, GetBucketNotificationConfiguration)
pub(super) fn notification(answer: GetBucketNotificationConfigurationOutput) -> Read<Value> {
    let topics = answer.topic_configurations.into_iter().flatten();
    let queues = answer.queue_configurations.into_iter().flatten();
    let functions = answer.lambda_function_configurations.into_iter().flatten();
    let topics = topics.map(|to| events(to.id, ("TopicArn", to.topic_arn), &to.events, to.filter));
    let queues = queues.map(|to| events(to.id, ("QueueArn", to.queue_arn), &to.events, to.filter));
    let functions = functions
        .map(|to| events(to.id, ("LambdaFunctionArn", to.lambda_function_arn), &to.events, to.filter));
    let some = |list: Vec<Value>| (!list.is_empty()).then(|| Value::from(list));
    Ok(object([
        ("TopicConfigurations", some(topics.collect::<Read<_>>()?)),
        ("QueueConfigurations", some(queues.collect::<Read<_>>()?)),
        ("LambdaFunctionConfigurations", some(functions.collect::<Read<_>>()?)),
        ("EventBridgeConfiguration", answer.event_bridge_configuration.map(|_| json!({}))),
    ]))
}

/// What tells whom about which events.
fn events(
    id: Option<String>,
    (member, to): (&str, String),
    events: &[types::Event],
    filter: Option<types::NotificationConfigurationFilter>,
) -> Read<Value> {
    let names: Vec<&str> = events.iter().map(types::Event::as_str).collect();
    let rules = filter.and_then(|filter| filter.key).and_then(|key| key.filter_rules);
    let rule = |rule: types::FilterRule| {
        object([("Name", rule.name.map(|name| name.as_str().into())), ("Value", rule.value.map(Value::from))])
    };
    let filter = rules.map(|rules| {
        let rules: Vec<Value> = rules.into_iter().map(rule).collect();
        json!({ "Key": { "FilterRules": rules } })
    });
    Ok(object([
        ("Id", id.map(Value::from)),
        (member, Some(text_value(Some(to), member)?)),
        ("Events", Some(names.into())),
        ("Filter", filter),
    ]))
}

fn status(status: &str) -> Value {
    json!({ "Status": status })
}

fn tag(tag: &types::Tag) -> Value {
    json!({ "Key": tag.key(), "Value": tag.value() })
}
