//! What is configured on buckets and access points.

use std::path::Path;

use palisade::estate::{Edit, Target};
use serde_json::{Value, json};

use super::*;

const OPEN: &str = "acme-features-open";
const SHARED: &str = "acme-features-shared";
const PUBLIC: &str = "acme-features-public";
const LABELS: &str = "acme-datasets-labels";

/// All buckets of [`edits`].
const BUCKETS: [&str; 8] = [
    OPEN,
    SHARED,
    PUBLIC,
    LABELS,
    "acme-features-replica",
    "acme-team-vision-exports",
    "acme-unclassified",
    "acme.team.vision.v1",
];

fn all_blocked() -> Value {
    json!({ "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true })
}

fn encrypted(algorithm: &str) -> Value {
    json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": algorithm }, "BucketKeyEnabled": true }] })
}

fn owned(by: &str) -> Value {
    json!({ "Rules": [{ "ObjectOwnership": by }] })
}

fn logged(prefix: &str) -> Value {
    json!({ "LoggingEnabled": { "TargetBucket": "acme-features-logs", "TargetPrefix": prefix } })
}

fn uploads() -> Value {
    json!({ "ID": "unfinished", "Status": "Enabled", "Filter": { "Prefix": "" },
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 } })
}

/// Settings that are new, that change, and that go.
fn edits(snapshot: &Path) -> Vec<Edit> {
    let of = |account: &str, target: Target, after: Value| edit(snapshot, account, target, after);
    let mut kept =
        shown(snapshot, &of(PLATFORM, Target::BucketLifecycle { bucket: LABELS.into() }, Value::Null));
    kept["Rules"].as_array_mut().expect("rules").push(uploads());
    let tags =
        |team: &str| json!([{ "Key": "data-class", "Value": "features" }, { "Key": "team", "Value": team }]);
    vec![
        of(FEATURES, Target::BucketVersioning { bucket: OPEN.into() }, json!({ "Status": "Enabled" })),
        of(FEATURES, Target::BucketEncryption { bucket: OPEN.into() }, encrypted("aws:kms")),
        of(FEATURES, Target::BucketEncryption { bucket: PUBLIC.into() }, encrypted("aws:kms")),
        of(FEATURES, Target::BucketPublicAccessBlock { bucket: OPEN.into() }, all_blocked()),
        of(FEATURES, Target::BucketPublicAccessBlock { bucket: PUBLIC.into() }, all_blocked()),
        of(FEATURES, Target::BucketOwnership { bucket: OPEN.into() }, owned("BucketOwnerEnforced")),
        of(
            TEAM,
            Target::BucketOwnership { bucket: "acme-team-vision-exports".into() },
            owned("BucketOwnerPreferred"),
        ),
        of(FEATURES, Target::BucketLogging { bucket: OPEN.into() }, logged("open/")),
        of(FEATURES, Target::BucketLogging { bucket: SHARED.into() }, logged("elsewhere/")),
        of(FEATURES, Target::BucketLifecycle { bucket: OPEN.into() }, json!({ "Rules": [uploads()] })),
        of(FEATURES, Target::BucketLifecycle { bucket: SHARED.into() }, Value::Null),
        of(PLATFORM, Target::BucketLifecycle { bucket: LABELS.into() }, kept),
        of(FEATURES, Target::BucketTags { bucket: OPEN.into() }, tags("vision")),
        of(FEATURES, Target::BucketTags { bucket: SHARED.into() }, tags("audio")),
        of(TEAM, Target::BucketTags { bucket: "acme-unclassified".into() }, tags("vision")),
        of(TEAM, Target::BucketTags { bucket: "acme.team.vision.v1".into() }, Value::Null),
        of(FEATURES, of_bucket(OPEN), bucket_policy(OPEN, "Tls")),
        of(FEATURES, of_bucket("acme-features-replica"), bucket_policy("acme-features-replica", "Tls")),
        of(FEATURES, of_bucket(PUBLIC), Value::Null),
    ]
}

#[test]
fn settings_of_buckets_are_made_and_come_back() {
    let bench = Workbench::new(&BUCKETS);
    let first = bench.collect("first");
    let bundle = bench.there_and_back(&first, &edits(&first));
    assert_eq!(bundle["format"], "rollback/1");
    assert_eq!(bundle.get("limits"), None, "everything comes back: {bundle}");
    // Attribute-based access control is on there, and tags are put one by one.
    assert!(bench.writes().contains(&"TagResource".to_owned()), "{:?}", bench.writes());
    assert!(bench.writes().contains(&"UntagResource".to_owned()), "{:?}", bench.writes());
}

#[test]
fn policies_of_access_points_are_made_and_come_back() {
    let bench = Workbench::new(&["acme-models-prod", "acme-datasets-images"]);
    let first = bench.collect("first");
    let of = |name: &str, bucket: &str, after: &Value| {
        let target = Target::AccessPointPolicy { name: name.into(), bucket: bucket.into() };
        edit(&first, PLATFORM, target, after.clone())
    };
    let only = |name: &str| {
        let arn = format!("arn:aws:s3:eu-west-1:{PLATFORM}:accesspoint/{name}");
        policy(
            json!({ "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{PLATFORM}:role/serving") },
            "Action": "s3:GetObject", "Resource": format!("{arn}/object/*") }),
        )
    };
    bench.there_and_back(
        &first,
        &[
            of("models-serving", "acme-models-prod", &only("models-serving")),
            of("models-internet", "acme-models-prod", &Value::Null),
            of("datasets", "acme-datasets-images", &only("datasets")),
        ],
    );
}

#[test]
fn what_a_lifecycle_moves_elsewhere_is_not_lost() {
    let bench = Workbench::new(&[LABELS]);
    let first = bench.collect("first");
    let target = || Target::BucketLifecycle { bucket: LABELS.into() };
    let mut kept = shown(&first, &edit(&first, PLATFORM, target(), Value::Null));
    kept["Rules"].as_array_mut().expect("rules").push(uploads());
    bench.apply(&[edit(&first, PLATFORM, target(), kept)], "kept").unwrap_or_else(|error| panic!("{error}"));
    let second = bench.collect("second");
    let moving = |snapshot: &Path| {
        let lifecycle = shown(snapshot, &edit(snapshot, PLATFORM, target(), Value::Null));
        let rules = lifecycle["Rules"].as_array().expect("rules").clone();
        rules.into_iter().find(|rule| rule["ID"] == "move").expect("the rule that moves objects")
    };
    assert_eq!(moving(&second), moving(&first));
    assert!(moving(&first)["NoncurrentVersionTransitions"].is_array(), "{}", moving(&first));
    bench.roll_back("kept").unwrap_or_else(|error| panic!("{error}"));
    assert_same(&first, &bench.collect("third"));
}

/// "Once you version-enable a bucket, it can never return to an unversioned state."
#[test]
fn versioning_that_was_never_enabled_can_only_be_suspended_again() {
    let bench = Workbench::new(&["acme-models-staging"]);
    let target = Target::BucketVersioning { bucket: "acme-models-staging".into() };
    let enabled = edit(&bench.collect("first"), PLATFORM, target, json!({ "Status": "Enabled" }));
    let made =
        bench.apply(std::slice::from_ref(&enabled), "bundle").unwrap_or_else(|error| panic!("{error}"));
    let said =
        "versioning of bucket acme-models-staging: it was never enabled, and can only be suspended again";
    assert!(made.notes[0].starts_with(said), "{:?}", made.notes);
    let bundle = fs::read_to_string(bench.path("bundle/bundle.json")).expect("a bundle");
    assert!(bundle.contains(said), "{bundle}");
    assert_eq!(shown(&bench.collect("after"), &enabled), json!({ "Status": "Enabled" }));
    let undone = bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((undone.edits.len(), undone.notes), (1, made.notes));
    assert_eq!(shown(&bench.collect("restored"), &enabled), json!({ "Status": "Suspended" }));
    assert_eq!(bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}")).edits, []);
}

#[test]
fn only_the_root_user_changes_what_a_second_factor_protects() {
    let bench = Workbench::new(&["acme-models-kept"]);
    let target = Target::BucketVersioning { bucket: "acme-models-kept".into() };
    let suspended = edit(
        &bench.collect("first"),
        PLATFORM,
        target,
        json!({ "Status": "Suspended", "MFADelete": "Enabled" }),
    );
    let refused = bench.apply(&[suspended], "bundle").expect_err("a refusal");
    assert!(refused.to_string().contains("only the account's root user"), "{refused}");
    assert_eq!(bench.writes(), Vec::<String>::new());
}
