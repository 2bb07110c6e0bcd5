//! A bucket's lifecycle as AWS takes it: whole, so that whatever is left out is removed.

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::s3::rules::lifecycle_rule as rule_evidence;
use super::compare::canonical;
use super::error::Problem;
use super::place::{Found, Whole};
use super::setting::evidence;
use crate::estate::{Content, Lifecycle, LifecycleRule, Switch, Tag, Target};

/// What the transitions of small objects are by default, which is sent beside the rules.
type Minimum = Option<types::TransitionDefaultMinimumObjectSize>;

/// The lifecycle that is wanted, with the transitions of the rules that are there. The snapshot does not have them: they bear on no
/// access. They go with a rule of the same name that is about the same objects.
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
    let mut moving: Vec<&types::LifecycleRule> =
        there.into_iter().flat_map(|it| it.rules()).filter(moves).collect();
    let mut builder = types::BucketLifecycleConfiguration::builder();
    for rule in &wanted {
        let place = moving.iter().position(|there| is_about_the_same(there, rule));
        let there = place.map(|place| moving.swap_remove(place));
        builder = builder.rules(written(rule, there)?);
    }
    if let Some(lost) = moving.first() {
        let name = lost.id().unwrap_or("without a name");
        return Err(Problem::impossible(format!(
            "the rule {name} moves objects to other storage classes, of which the audit knows nothing: change it by hand"
        )));
    }
    if wanted.is_empty() {
        return removed(there);
    }
    let minimum = there.and_then(|there| there.transition_default_minimum_object_size.clone());
    Ok(Some((builder.build().map_err(Problem::impossible)?, minimum)))
}

fn moves(rule: &&types::LifecycleRule) -> bool {
    !rule.transitions().is_empty() || !rule.noncurrent_version_transitions().is_empty()
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

/// Whether a rule that is there is the one that is wanted, in the same state and for the same objects.
fn is_about_the_same(there: &types::LifecycleRule, wanted: &LifecycleRule) -> bool {
    let Ok(there) = rule_evidence(there.clone()) else { return false };
    let objects = |rule: &LifecycleRule| {
        let filter = rule.filter.clone().filter(|filter| *filter != serde_json::json!({ "Prefix": "" }));
        (rule.prefix.clone(), filter.filter(|filter| *filter != serde_json::json!({})), rule.status)
    };
    (wanted.id.is_none() || there.id == wanted.id) && objects(&there) == objects(wanted)
}

fn written(
    rule: &LifecycleRule,
    there: Option<&types::LifecycleRule>,
) -> Result<types::LifecycleRule, Problem> {
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
        .set_transitions(there.and_then(|there| there.transitions.clone()))
        .set_noncurrent_version_transitions(
            there.and_then(|there| there.noncurrent_version_transitions.clone()),
        );
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
    let date = expiration.date.as_deref().map(|date| DateTime::from_str(date, Format::DateTime));
    Ok(types::LifecycleExpiration::builder()
        .set_days(number(expiration.days)?)
        .set_date(date.transpose().map_err(Problem::impossible)?)
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

    /// A bucket with one rule that moves objects.
    fn found(size: &str) -> Found {
        let transition =
            types::Transition::builder().days(30).storage_class(types::TransitionStorageClass::Glacier);
        let rule = types::LifecycleRule::builder()
            .id("archive")
            .status(types::ExpirationStatus::Enabled)
            .filter(types::LifecycleRuleFilter::builder().prefix("").build())
            .transitions(transition.build());
        let whole = GetBucketLifecycleConfigurationOutput::builder()
            .rules(rule.build().expect("a rule"))
            .transition_default_minimum_object_size(size.into());
        Found { content: None, whole: Whole::Lifecycle(whole.build()) }
    }

    fn with(rules: &str) -> Content {
        Content::new(&format!(r#"{{"Rules": [{rules}]}}"#))
    }

    const UPLOADS: &str = r#"{"ID": "uploads", "Status": "Enabled", "Filter": {"Prefix": "x/"},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}"#;

    #[test]
    fn transitions_that_the_snapshot_does_not_have_are_kept() {
        let kept = r#"{"ID": "archive", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 90}}"#;
        let wanted = with(&format!("{UPLOADS}, {kept}"));
        let (sent, size) = lifecycle(&target(), &found("varies_by_storage_class"), Some(&wanted))
            .expect("a request")
            .expect("rules");
        assert_eq!(size, Some(types::TransitionDefaultMinimumObjectSize::VariesByStorageClass));
        let transitions: Vec<usize> = sent.rules().iter().map(|rule| rule.transitions().len()).collect();
        assert_eq!(transitions, [0, 1]);
        assert_eq!(sent.rules()[1].expiration().and_then(|it| it.days()), Some(90));
    }

    #[test]
    fn transitions_that_would_be_lost_are_a_refusal() {
        let all = "all_storage_classes_128K";
        for (rules, why) in [
            (UPLOADS, "the rule is gone"),
            (r#"{"ID": "archive", "Status": "Disabled", "Filter": {}}"#, "its state is another"),
            (
                r#"{"ID": "archive", "Status": "Enabled", "Filter": {"Prefix": "x/"}}"#,
                "its objects are others",
            ),
        ] {
            let refused = lifecycle(&target(), &found(all), Some(&with(rules))).expect_err(why);
            assert!(refused.to_string().contains("the rule archive moves objects"), "{refused}");
        }
        assert!(lifecycle(&target(), &found(all), None).is_err(), "there is no rule at all");
    }

    #[test]
    fn what_palisade_does_not_know_is_not_left_out() {
        for member in [r#""Transitions": []"#, r#""Filter": {"Colour": "red"}"#] {
            let rules = format!(r#"{{"ID": "x", "Status": "Enabled", {member}}}"#);
            assert!(lifecycle(&target(), &Found::default(), Some(&with(&rules))).is_err(), "{member}");
        }
        let lost = GetBucketLifecycleConfigurationOutput::builder()
            .transition_default_minimum_object_size("varies_by_storage_class".into());
        let found = Found { content: None, whole: Whole::Lifecycle(lost.build()) };
        assert!(lifecycle(&target(), &found, None).is_err());
    }
}
