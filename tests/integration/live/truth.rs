//! What is collected is what is there: held against an independent collector, and against the findings of its snapshot.

use std::collections::BTreeSet;
use std::path::Path;

use palisade::source::aws::APIS;
use palisade::source::snapshot::{self, Compression};
use serde_json::{Value, json};

use super::server::{View, undisturbed};
use super::{assert_same, files};

/// The findings of an audit, and its exit code.
fn audit(view: &View, source: &str) -> (Value, Option<i32>) {
    let output = view.palisade(&["audit", source, "--format", "json"]).output().expect("palisade starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut report: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&output.stderr)));
    report["estate"]["collected_at"].take();
    (report, output.status.code())
}

#[test]
fn a_live_audit_finds_what_the_audit_of_a_snapshot_finds() {
    let view = View::plain();
    let (live, live_code) = audit(&view, "aws");
    let (of_snapshot, code) = audit(&view, undisturbed().to_str().expect("a path in UTF-8"));
    assert_eq!(live["findings"], of_snapshot["findings"]);
    assert_eq!((live, live_code), (of_snapshot, code));
}

#[test]
fn the_seed_has_violations_of_every_class() {
    let (report, code) = audit(&View::plain(), undisturbed().to_str().expect("a path in UTF-8"));
    let findings = report["findings"].as_array().expect("findings");
    let violated = findings.iter().filter(|finding| finding["verdict"] == "violated");
    let classes: BTreeSet<&str> =
        violated.filter_map(|finding| finding.pointer("/dataset/class")?.as_str()).collect();
    for class in ["datasets", "features", "models", "pipeline", "team"] {
        assert!(classes.contains(class), "nothing is wrong with {class}: {classes:?}");
    }
    assert_eq!(code, Some(1));
}

/// A snapshot as palisade itself writes it: what palisade does not know is gone, and formatting is the same.
fn rewritten(from: &Path, to: &Path) {
    let estate = snapshot::read(from, &|_, _| ()).expect("a snapshot");
    let gaps: Vec<String> = estate.gaps.iter().map(|gap| format!("{} {}", gap.api, gap.detail)).collect();
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
    snapshot::write(&estate, to, Compression::None).expect("a snapshot");
}

#[test]
fn an_independent_collector_collects_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let [dump, ours, theirs] = ["dump", "ours", "theirs"].map(|name| folder.path().join(name));
    View::plain().dump(&dump);
    rewritten(undisturbed(), &ours);
    rewritten(&dump, &theirs);
    assert_same(&ours, &theirs);
}

#[test]
fn every_kind_of_evidence_is_there() {
    let accounts: Vec<Value> = files(undisturbed())
        .into_iter()
        .filter(|(name, _)| name.starts_with("accounts/"))
        .map(|(_, json)| json)
        .collect();
    let holds = |pointer: &str| {
        accounts.iter().any(|account| match account.pointer(pointer) {
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(members)) => !members.is_empty(),
            Some(value) => !value.is_null(),
            None => false,
        })
    };
    for pointer in [
        "/AuthorizationDetails/UserDetailList",
        "/AuthorizationDetails/GroupDetailList",
        "/AuthorizationDetails/RoleDetailList",
        "/AuthorizationDetails/Policies",
        "/PublicAccessBlock",
        "/AccessPoints",
        "/MultiRegionAccessPoints",
        "/AccessGrants/Instances",
        "/AccessGrants/Locations",
        "/AccessGrants/Grants",
        "/KmsKeys",
        "/VpcEndpoints",
        "/Trails",
        "/LakeFormation/Resources",
        "/Sagemaker/FeatureGroups",
    ] {
        assert!(holds(pointer), "no account has {pointer}");
    }
    let buckets: Vec<&Value> =
        accounts.iter().filter_map(|account| account.pointer("/Buckets")?.as_array()).flatten().collect();
    for member in [
        "Policy",
        "PolicyStatus",
        "Versioning",
        "Encryption",
        "PublicAccessBlock",
        "OwnershipControls",
        "Acl",
        "Logging",
        "ObjectLock",
        "Lifecycle",
        "Replication",
        "Notification",
        "Tags",
        "Abac",
    ] {
        let is_there = |bucket: &&&Value| bucket.get(member).is_some_and(|value| !value.is_null());
        assert!(buckets.iter().any(|bucket| is_there(&bucket)), "no bucket has {member}");
    }
}

#[test]
fn the_calls_are_those_that_permissions_lists() {
    // Where the list of buckets does not tell their regions, each is asked for.
    let view = View::new(&json!({ "faults": [
        { "service": "s3", "operation": "ListBuckets", "kind": "without", "member": "BucketRegion" },
    ] }));
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let (code, said) = view.collect(&snapshot, &[]);
    assert_eq!(code, 0, "{said}");
    assert_same(undisturbed(), &snapshot);
    let made: BTreeSet<(String, String)> =
        view.calls().into_iter().map(|call| (call.service, call.operation)).collect();
    let listed: BTreeSet<(String, String)> =
        APIS.iter().map(|api| (api.service.to_owned(), api.operation.to_owned())).collect();
    let unlisted: Vec<_> = made.difference(&listed).collect();
    let unused: Vec<_> = listed.difference(&made).collect();
    assert!(unlisted.is_empty() && unused.is_empty(), "unlisted {unlisted:?}, never made {unused:?}");
}

#[test]
fn no_call_is_made_twice() {
    let view = View::plain();
    let folder = tempfile::tempdir().expect("a folder");
    view.collect(&folder.path().join("snapshot"), &[]);
    let mut seen = BTreeSet::new();
    for call in view.calls() {
        // Calls that page, or ask in every region, are about more than the server tells.
        let once = call.service == "s3" && call.operation != "ListBuckets";
        if once {
            let key = (call.operation.clone(), call.account.clone(), call.resource.clone());
            assert!(seen.insert(key), "{call:?} is made twice");
        }
    }
    assert!(seen.len() > 300, "{} calls about buckets", seen.len());
}
