//! Keys and their policies.

use palisade::estate::Target;
use serde_json::{Value, json};

use super::*;

const BUCKET: &str = "acme-features-open";

fn administered(account: &str) -> Value {
    policy(json!({ "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": "kms:*", "Resource": "*" }))
}

fn encrypted_with(alias: &str) -> Value {
    json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": alias },
        "BucketKeyEnabled": true }] })
}

/// A key, and a bucket that is encrypted with it.
fn edits(snapshot: &Path, alias: &str) -> Vec<Edit> {
    let mut key = edit(snapshot, FEATURES, Target::Key { alias: alias.into() }, administered(FEATURES));
    key.region = Some("eu-west-1".into());
    let encryption = Target::BucketEncryption { bucket: BUCKET.into() };
    vec![key, edit(snapshot, FEATURES, encryption, encrypted_with(alias))]
}

#[test]
fn a_new_key_is_made_and_ends() {
    let bench = Workbench::new(&[BUCKET]);
    let first = bench.collect("first");
    let bundle = bench.there_and_back(&first, &edits(&first, "alias/new"));
    let limit = bundle["limits"][0].as_str().expect("a limit");
    assert!(limit.starts_with("new key alias/new: it is deleted 7 days after a rollback"), "{limit}");
    let ends = |name: &str| bench.writes().iter().filter(|write| *write == name).count();
    assert_eq!((ends("DeleteAlias"), ends("ScheduleKeyDeletion")), (1, 1), "{:?}", bench.writes());
}

#[test]
fn the_policy_of_a_key_is_made_and_comes_back() {
    let bench = Workbench::new(&["acme-team-vision-scratch"]);
    let first = bench.collect("first");
    let account = &files(&first)[&format!("accounts/{TEAM}.json")];
    let key = account["KmsKeys"][0]["Arn"].as_str().expect("a key");
    bench.there_and_back(
        &first,
        &[edit(&first, TEAM, Target::KeyPolicy { key: key.into() }, administered(TEAM))],
    );
}

/// The answer that tells the key's ARN is lost; the key is there all the same, and is found by what it is called.
#[test]
fn a_key_whose_answer_was_lost_is_found() {
    let bench = Workbench::with_faults(
        &[BUCKET],
        &json!([{ "service": "kms", "operation": "CreateKey", "kind": "truncate" }]),
    );
    let first = bench.collect("first");
    let stopped = bench.apply(&edits(&first, "alias/lost"), "bundle").expect_err("a fault");
    assert!(stopped.to_string().contains("stopped after 0 of 2 edits: new key alias/lost"), "{stopped}");
    let made = bench.writes().iter().filter(|write| *write == "CreateKey").count();
    assert_eq!(made, 1, "it is not tried again");
    let undone = bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(undone.edits.len(), 1);
    assert!(bench.writes().contains(&"ScheduleKeyDeletion".to_owned()), "{:?}", bench.writes());
    assert_eq!(bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}")).edits, []);
    assert_same(&first, &bench.collect("restored"));
    bench.assert_calls_are_listed();
}

/// What is encrypted with it could never be read again.
#[test]
fn a_key_that_is_still_named_stays() {
    let bench = Workbench::new(&[BUCKET]);
    let edits = edits(&bench.collect("first"), "alias/kept");
    bench.apply(&edits, "bundle").unwrap_or_else(|error| panic!("{error}"));
    let mut other = encrypted_with("alias/kept");
    other["Rules"][0]["BucketKeyEnabled"] = false.into();
    let target = Target::BucketEncryption { bucket: BUCKET.into() };
    bench.apply_elsewhere(&[edit(&bench.collect("second"), FEATURES, target, other)], "elsewhere");
    let left = bench.roll_back("bundle").expect_err("a change");
    let said = left.to_string();
    assert!(said.contains("2 of 2 edits could not be undone"), "{said}");
    assert!(said.contains("the default encryption of bucket acme-features-open still names it"), "{said}");
    assert!(!bench.writes().contains(&"ScheduleKeyDeletion".to_owned()));
    // Once that is cleared up, the same bundle does the rest.
    bench.roll_back("elsewhere").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}")).edits.len(), 2);
}
