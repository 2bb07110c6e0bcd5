//! Faults on the way: what AWS did not tell is a gap, and nothing is made up in its place.

use std::path::Path;

use palisade::source::snapshot;
use serde_json::{Value, json};

use super::server::{View, accounts, management, undisturbed};
use super::{assert_same, differences, files};

fn faulty(faults: &Value) -> View {
    View::new(&json!({ "seed": 7, "faults": faults }))
}

/// The gaps of a snapshot: call, code, and number.
fn gaps(snapshot: &Path) -> Vec<(String, String, usize)> {
    let estate = snapshot::read(snapshot, &|_, _| ()).expect("a snapshot");
    let mut counted = std::collections::BTreeMap::new();
    for gap in &estate.gaps {
        *counted.entry((gap.api.to_string(), gap.code.to_string())).or_insert(0) += 1;
    }
    counted.into_iter().map(|((api, code), number)| (api, code, number)).collect()
}

fn is_faulted(view: &View) -> bool {
    view.calls().iter().any(|call| call.fault.is_some())
}

#[test]
fn slow_down_on_every_third_call_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = faulty(&json!([{ "service": "s3", "operation": "*", "kind": "SlowDown", "rate": 0.3 }]));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(is_faulted(&view));
    assert!(!said.contains(" 0 throttled"), "{said}");
    assert_same(undisturbed(), &snapshot);
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let kinds = [
        "Throttling",
        "InternalError",
        "ServiceUnavailable",
        "reset",
        "short",
        "truncate",
        "malformed",
        "html",
    ];
    let faults: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({ "service": "*", "operation": "*", "kind": kind, "rate": 0.02 }))
        .collect();
    let view = faulty(&Value::from(faults));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(is_faulted(&view));
    assert_same(undisturbed(), &snapshot);
}

#[test]
fn denied_calls_are_exactly_the_gaps() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = faulty(&json!([
        { "service": "s3", "operation": "GetBucketPolicy", "kind": "AccessDenied" },
        { "service": "kms", "operation": "GetKeyPolicy", "kind": "AccessDenied" },
        { "service": "ec2", "operation": "DescribeVpcEndpoints", "kind": "AccessDenied" },
    ]));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 3, "{said}");
    let whole = snapshot::read(undisturbed(), &|_, _| ()).expect("a snapshot");
    let keys: usize =
        whole.accounts().filter_map(|account| account.kms_keys.known()).map(|keys| keys.len()).sum();
    let regions = 2;
    let active = whole.accounts().len();
    let denied = |api: &str, code: &str, number| (api.to_owned(), code.to_owned(), number);
    assert_eq!(
        gaps(&snapshot),
        [
            denied("ec2:DescribeVpcEndpoints", "UnauthorizedOperation", active * regions),
            denied("kms:GetKeyPolicy", "AccessDeniedException", keys),
            denied("s3:GetBucketPolicy", "AccessDenied", whole.buckets().count()),
        ]
    );
    // Whatever was not denied is as it is.
    let expected = files(undisturbed());
    for (name, read) in files(&snapshot) {
        let mut found = vec![];
        differences(&expected[&name], &read, "", &mut found);
        let may_differ = |difference: &String| {
            [".Policy: ", ".PolicyStatus: ", ".VpcEndpoints: ", ".Errors: "]
                .iter()
                .any(|part| difference.contains(part))
        };
        let wrong: Vec<_> = found.iter().filter(|difference| !may_differ(difference)).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn an_audit_of_what_could_not_be_read_does_not_pass() {
    let view = faulty(&json!([{ "service": "s3", "operation": "GetBucketTagging", "kind": "AccessDenied" }]));
    let audit = |arguments: &[&str]| {
        let arguments = [&["audit", "aws", "--format", "json"], arguments].concat();
        view.palisade(&arguments).output().expect("palisade starts")
    };
    assert_eq!(audit(&["--fail-on", "never"]).status.code(), Some(3));
    let report: Value = serde_json::from_slice(&audit(&[]).stdout).expect("a report");
    let gaps = report["gaps"].as_array().expect("gaps");
    assert!(gaps.iter().all(|gap| gap["api"] == "s3:GetBucketTagging" && gap["code"] == "AccessDenied"));
    assert!(!gaps.is_empty());
}

#[test]
fn no_value_is_made_up_from_a_damaged_answer() {
    let expected = files(undisturbed());
    std::thread::scope(|scope| {
        for kind in ["truncate", "malformed", "short", "reset", "empty", "html"] {
            let expected = &expected;
            scope.spawn(move || {
                let folder = tempfile::tempdir().expect("a folder");
                let snapshot = folder.path().join("snapshot");
                // Some calls only, so that what hangs on them is asked for at all.
                let view = faulty(&json!([
                    { "service": "s3", "operation": "Get*", "account": management(), "kind": kind },
                    { "service": "kms", "operation": "*", "kind": kind },
                    { "service": "iam", "operation": "*", "account": management(), "kind": kind },
                    { "service": "s3control", "operation": "*", "kind": kind },
                    { "service": "ec2", "operation": "*", "kind": kind },
                    { "service": "cloudtrail", "operation": "*", "kind": kind },
                    { "service": "lakeformation", "operation": "*", "kind": kind },
                    { "service": "sagemaker", "operation": "*", "kind": kind },
                ]));
                let (code, said) = view.collect(&snapshot, &["--request-timeout", "20"]);
                assert_eq!(code, 3, "{kind}: {said}");
                for (name, read) in files(&snapshot) {
                    made_up(kind, &expected[&name], &read, &name);
                }
            });
        }
    });
}

/// Fails if `read` has a value that is not in `expected`. A member may be missing; an empty answer is AWS's own for versioning that
/// was never enabled, and for logging, notifications and ABAC that are off.
fn made_up(kind: &str, expected: &Value, read: &Value, at: &str) {
    match (expected, read) {
        (Value::Object(expected), Value::Object(read)) => {
            for (name, value) in read.iter().filter(|(name, _)| *name != "Errors") {
                let at = format!("{at}.{name}");
                let says_off = ["Versioning", "Logging", "Notification", "Abac"].contains(&name.as_str());
                let off = [json!(null), json!({}), json!({ "Status": "Disabled" })];
                if kind == "empty" && says_off && off.contains(value) {
                    continue;
                }
                match expected.get(name) {
                    Some(expected) if name == "KmsKeys" => made_up_keys(kind, expected, value, &at),
                    Some(expected) => made_up(kind, expected, value, &at),
                    None => panic!("{kind}: {at} is made up: {value}"),
                }
            }
        }
        (Value::Array(expected), Value::Array(read)) => {
            assert_eq!(expected.len(), read.len(), "{kind}: {at} is not whole");
            expected.iter().zip(read).for_each(|(expected, read)| made_up(kind, expected, read, at));
        }
        (expected, read) => assert_eq!(expected, read, "{kind}: {at}"),
    }
}

/// Of a key that was not described, no more is known than the alias by which a bucket names it.
fn made_up_keys(kind: &str, expected: &Value, read: &Value, at: &str) {
    let (expected, read) = (expected.as_array().expect("keys"), read.as_array().expect("keys"));
    assert_eq!(expected.len(), read.len(), "{kind}: {at} is not whole");
    for key in read {
        let arn = key["Arn"].as_str().expect("an ARN");
        match expected.iter().find(|known| known["Arn"] == arn) {
            Some(known) => made_up(kind, known, key, at),
            None => assert_eq!(*key, json!({ "Arn": arn }), "{kind}: {at}"),
        }
        assert!(arn.contains(":alias/") || arn.contains(":key/"), "{kind}: {at}: {arn}");
    }
}

#[test]
fn throttling_that_outlasts_the_retries_is_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = faulty(&json!([
        { "service": "iam", "operation": "GetAccountAuthorizationDetails", "account": management(), "kind": "Throttling" },
    ]));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 3, "{said}");
    let denied = "iam:GetAccountAuthorizationDetails".to_owned();
    assert_eq!(gaps(&snapshot), [(denied, "Throttling".to_owned(), 1)]);
    let tries = view.calls().iter().filter(|call| call.fault.is_some()).count();
    assert!(tries >= 10, "{tries} tries");
}

#[test]
fn a_call_that_is_never_answered_is_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = faulty(&json!([
        { "service": "lakeformation", "operation": "*", "account": management(), "kind": "hang" },
    ]));
    let (code, said) = view.collect(&snapshot, &["--request-timeout", "5", "--accounts", management()]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("gap[Timeout]: lakeformation:ListResources"), "{said}");
}

#[test]
fn a_denied_account_does_not_stop_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let denied = accounts().iter().find(|account| *account != management()).expect("a member");
    let view = faulty(&json!([
        { "service": "sts", "operation": "AssumeRole", "resource": format!("*{denied}*"), "kind": "AccessDenied" },
    ]));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(gaps(&snapshot), [("sts:AssumeRole".to_owned(), "AccessDenied".to_owned(), 1)]);
    assert_eq!(files(&snapshot).len(), files(undisturbed()).len());
}

#[test]
fn an_organization_that_is_not_told_is_unread_and_the_account_at_hand_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view =
        faulty(&json!([{ "service": "organizations", "operation": "ListRoots", "kind": "AccessDenied" }]));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 3, "{said}");
    let estate = snapshot::read(&snapshot, &|_, _| ()).expect("a snapshot");
    assert!(estate.organization.is_unread());
    assert_eq!(
        estate.accounts().map(|account| account.account_id.to_string()).collect::<Vec<_>>(),
        [management()]
    );
}

#[test]
fn an_account_without_an_organization_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = faulty(&json!([{
        "service": "organizations", "operation": "DescribeOrganization",
        "kind": "error", "status": 400, "code": "AWSOrganizationsNotInUseException",
    }]));
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(!snapshot.join("organization.json").try_exists().expect("a look"));
}

#[test]
fn credentials_that_expire_are_renewed() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = View::new(&json!({ "credentials_seconds": 13, "delay_ms": 300 }));
    let (code, said) = view.collect(&snapshot, &["--concurrency", "8"]);
    assert_eq!(code, 0, "{said}");
    assert_same(undisturbed(), &snapshot);
    let assumed = view.calls().iter().filter(|call| call.operation == "AssumeRole").count();
    assert!(assumed > accounts().len() - 1, "assumed {assumed} times");
}
