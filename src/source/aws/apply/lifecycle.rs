//! A bucket's lifecycle as AWS takes it: whole, so that whatever is left out is removed.

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compare::canonical;
use super::error::Problem;
use super::place::{Found, Whole};
use super::setting::evidence;
use crate::estate::{Content, Lifecycle, LifecycleRule, Switch, Tag, Target};

/// What the transitions of small objects are by default, which is sent beside the rules.
type Minimum = Option<types::TransitionDefaultMinimumObjectSize>;

/// The lifecycle that is wanted. How large objects must be that are moved is no part of it, and stays.
pub(super) fn lifecycle(
    target: &Target,
    found: &Found,
    to: Option<&Content>,
) -> Result<Option<(types::BucketLifecycleConfiguration, Minimum)>, Problem> {
    let there = match &found.whole {
        Whole::Lifecycle(whole) => Some(whole),
        _ => None,
    };
    let wanted: Vec<LifecycleRule> = match to.filter(|content| !canonical(target, Some(content)).is_null()) {
        Some(content) => evidence::<Lifecycle>(target, content)?.rules,
        None => vec![],
    };
    if wanted.is_empty() {
        return removed(there);
    }
    let mut builder = types::BucketLifecycleConfiguration::builder();
    for rule in &wanted {
        builder = builder.rules(written(rule)?);
    }
    let minimum = there.and_then(|there| there.transition_default_minimum_object_size.clone());
    Ok(Some((builder.build().map_err(Problem::impossible)?, minimum)))
}

/// "TransitionDefaultMinimumObjectSize [...] Default: all_storage_classes_128K": any other is lost with the rules. (S3 API Reference,
/// PutBucketLifecycleConfiguration)
fn removed<T>(there: Option<&GetBucketLifecycleConfigurationOutput>) -> Result<Option<T>, Problem> {
    match there.and_then(|there| there.transition_default_minimum_object_size.as_ref()) {
        Some(size) if *size != types::TransitionDefaultMinimumObjectSize::AllStorageClasses128K => Err(
            Problem::impossible(format!("the setting that small objects are moved as {size} would be lost")),
        ),
        _ => Ok(None),
    }
}

fn written(rule: &LifecycleRule) -> Result<types::LifecycleRule, Problem> {
    let status = match rule.status {
        Switch::Enabled => types::ExpirationStatus::Enabled,
        Switch::Disabled => types::ExpirationStatus::Disabled,
    };
    let builder =
        types::LifecycleRule::builder().status(status).set_id(rule.id.as_deref().map(str::to_owned));
    let builder = with_old_prefix(builder, rule.prefix.as_deref())
        .set_filter(rule.filter.as_ref().map(filter).transpose()?)
        .set_expiration(rule.expiration.as_ref().map(expiration).transpose()?)
        .set_noncurrent_version_expiration(
            rule.noncurrent_version_expiration.as_ref().map(old_versions).transpose()?,
        )
        .set_abort_incomplete_multipart_upload(
            rule.abort_incomplete_multipart_upload.as_ref().map(uploads).transpose()?,
        )
        .set_transitions(some(&rule.transitions, transition)?)
        .set_noncurrent_version_transitions(some(&rule.noncurrent_version_transitions, transition_of_old)?);
    builder.build().map_err(Problem::impossible)
}

#[expect(deprecated, reason = "rules of the old form are still in force, and have their prefix here")]
fn with_old_prefix(
    builder: types::builders::LifecycleRuleBuilder,
    prefix: Option<&str>,
) -> types::builders::LifecycleRuleBuilder {
    builder.set_prefix(prefix.map(str::to_owned))
}

fn expiration(expiration: &crate::estate::Expiration) -> Result<types::LifecycleExpiration, Problem> {
    Ok(types::LifecycleExpiration::builder()
        .set_days(number(expiration.days)?)
        .set_date(date(expiration.date.as_deref())?)
        .set_expired_object_delete_marker(expiration.expired_object_delete_marker)
        .build())
}

fn old_versions(
    expiration: &crate::estate::NoncurrentVersionExpiration,
) -> Result<types::NoncurrentVersionExpiration, Problem> {
    Ok(types::NoncurrentVersionExpiration::builder()
        .set_noncurrent_days(number(expiration.noncurrent_days)?)
        .set_newer_noncurrent_versions(number(expiration.newer_noncurrent_versions)?)
        .build())
}

/// Each of a list; none of an empty one.
fn some<T>(list: &[Value], of: impl Fn(&Value) -> Result<T, Problem>) -> Result<Option<Vec<T>>, Problem> {
    if list.is_empty() { Ok(None) } else { list.iter().map(of).collect::<Result<_, _>>().map(Some) }
}

fn transition(transition: &Value) -> Result<types::Transition, Problem> {
    let transition: Transition = serde_json::from_value(transition.clone()).map_err(Problem::impossible)?;
    Ok(types::Transition::builder()
        .set_date(date(transition.date.as_deref())?)
        .set_days(number(transition.days)?)
        .set_storage_class(transition.storage_class.as_deref().map(Into::into))
        .build())
}

fn transition_of_old(transition: &Value) -> Result<types::NoncurrentVersionTransition, Problem> {
    let transition: OldTransition =
        serde_json::from_value(transition.clone()).map_err(Problem::impossible)?;
    Ok(types::NoncurrentVersionTransition::builder()
        .set_noncurrent_days(number(transition.noncurrent_days)?)
        .set_newer_noncurrent_versions(number(transition.newer_noncurrent_versions)?)
        .set_storage_class(transition.storage_class.as_deref().map(Into::into))
        .build())
}

fn date(date: Option<&str>) -> Result<Option<DateTime>, Problem> {
    let date = date.map(|date| DateTime::from_str(date, Format::DateTime));
    date.transpose().map_err(Problem::impossible)
}

fn number(number: Option<i64>) -> Result<Option<i32>, Problem> {
    number.map(i32::try_from).transpose().map_err(Problem::impossible)
}

/// What AWS prints of a filter. A member that is not here makes the rule one that cannot be written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    prefix: Option<String>,
    tag: Option<Tag>,
    object_size_greater_than: Option<i64>,
    object_size_less_than: Option<i64>,
    and: Option<And>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct And {
    prefix: Option<String>,
    tags: Option<Vec<Tag>>,
    object_size_greater_than: Option<i64>,
    object_size_less_than: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Abort {
    days_after_initiation: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Transition {
    date: Option<String>,
    days: Option<i64>,
    storage_class: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OldTransition {
    noncurrent_days: Option<i64>,
    storage_class: Option<String>,
    newer_noncurrent_versions: Option<i64>,
}

fn filter(filter: &Value) -> Result<types::LifecycleRuleFilter, Problem> {
    let filter: Filter = serde_json::from_value(filter.clone()).map_err(Problem::impossible)?;
    Ok(types::LifecycleRuleFilter::builder()
        .set_prefix(filter.prefix)
        .set_tag(filter.tag.as_ref().map(tag).transpose()?)
        .set_object_size_greater_than(filter.object_size_greater_than)
        .set_object_size_less_than(filter.object_size_less_than)
        .set_and(filter.and.map(and).transpose()?)
        .build())
}

fn and(and: And) -> Result<types::LifecycleRuleAndOperator, Problem> {
    let tags = and.tags.map(|tags| tags.iter().map(tag).collect::<Result<Vec<_>, _>>()).transpose()?;
    Ok(types::LifecycleRuleAndOperator::builder()
        .set_prefix(and.prefix)
        .set_tags(tags)
        .set_object_size_greater_than(and.object_size_greater_than)
        .set_object_size_less_than(and.object_size_less_than)
        .build())
}

fn tag(tag: &Tag) -> Result<types::Tag, Problem> {
    types::Tag::builder().key(&*tag.key).value(&*tag.value).build().map_err(Problem::impossible)
}

fn uploads(abort: &Value) -> Result<types::AbortIncompleteMultipartUpload, Problem> {
    let abort: Abort = serde_json::from_value(abort.clone()).map_err(Problem::impossible)?;
    let days = number(abort.days_after_initiation)?;
    Ok(types::AbortIncompleteMultipartUpload::builder().set_days_after_initiation(days).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::BucketLifecycle { bucket: "b".into() }
    }

    /// A bucket with one rule.
    fn found(size: &str) -> Found {
        let rule = types::LifecycleRule::builder()
            .id("archive")
            .status(types::ExpirationStatus::Enabled)
            .filter(types::LifecycleRuleFilter::builder().prefix("").build());
        let whole = GetBucketLifecycleConfigurationOutput::builder()
            .rules(rule.build().expect("a rule"))
            .transition_default_minimum_object_size(size.into());
        Found { content: None, whole: Whole::Lifecycle(whole.build()) }
    }

    fn with(rules: &str) -> Content {
        Content::new(&format!(r#"{{"Rules": [{rules}]}}"#))
    }

    #[test]
    fn what_moves_objects_is_written_back() {
        let wanted = with(
            r#"{"ID": "archive", "Status": "Enabled", "Filter": {}, "Transitions": [
                {"Days": 30, "StorageClass": "GLACIER"}, {"Date": "2027-01-01T00:00:00Z", "StorageClass": "DEEP_ARCHIVE"}],
                "NoncurrentVersionTransitions": [{"NoncurrentDays": 7, "StorageClass": "GLACIER", "NewerNoncurrentVersions": 2}]}"#,
        );
        let (sent, size) = lifecycle(&target(), &found("varies_by_storage_class"), Some(&wanted))
            .expect("a request")
            .expect("rules");
        assert_eq!(size, Some(types::TransitionDefaultMinimumObjectSize::VariesByStorageClass));
        let rule = sent.rules()[0].clone();
        let back = crate::source::aws::s3::rules::lifecycle_rule(rule).expect("evidence");
        let back = Content::of(&serde_json::json!({ "Rules": [back] }));
        assert_eq!(canonical(&target(), Some(&back)), canonical(&target(), Some(&wanted)));
    }

    #[test]
    fn what_palisade_does_not_know_is_not_left_out() {
        let members = [r#""Transitions": [{"Days": 1, "Colour": "red"}]"#, r#""Filter": {"Colour": "red"}"#];
        for member in members {
            let rules = format!(r#"{{"ID": "x", "Status": "Enabled", {member}}}"#);
            assert!(lifecycle(&target(), &Found::default(), Some(&with(&rules))).is_err(), "{member}");
        }
        let all = "all_storage_classes_128K";
        assert!(lifecycle(&target(), &found(all), None).expect("a request").is_none());
        assert!(lifecycle(&target(), &found("varies_by_storage_class"), None).is_err(), "it would be lost");
    }
}
