//! Users, groups, roles and managed policies.

use palisade::estate::Target;
use serde_json::{Value, json};

use super::*;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

fn iam(account: &str, resource: &str) -> Box<str> {
    format!("arn:aws:iam::{account}:{resource}").into()
}

fn reads(prefix: &str) -> Value {
    policy(
        json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::acme-{prefix}/*") }),
    )
}

#[test]
fn policies_of_principals_are_made_and_come_back() {
    let bench = Workbench::new(&["acme-unclassified"]);
    let first = bench.collect("first");
    let inline = |principal: &str, name: &str, after: Value| {
        let target = Target::InlinePolicy { principal: iam(TEAM, principal), name: name.into() };
        edit(&first, TEAM, target, after)
    };
    let trusted = policy(
        json!({ "Effect": "Allow", "Principal": { "AWS": iam(PLATFORM, "root") }, "Action": "sts:AssumeRole" }),
    );
    bench.there_and_back(
        &first,
        &[
            edit(&first, FEATURES, Target::TrustPolicy { role: iam(FEATURES, "role/vendor") }, trusted),
            inline("role/jobs/job-00", "read", reads("a")),
            inline("role/jobs/job-01", "read", Value::Null),
            inline("role/jobs/job-02", "another", reads("b")),
            inline("user/bob", "old habits", reads("c")),
            inline("user/odd+=,.@-_name", "odd+=,.@-_name", reads("d")),
            inline("group/ml/scientists", "scratch", Value::Null),
            inline("group/nobody", "new", reads("e")),
            edit(
                &first,
                PLATFORM,
                Target::InlinePolicy { principal: iam(PLATFORM, "role/odd"), name: "odd".into() },
                reads("100%25/ü"),
            ),
        ],
    );
}

#[test]
fn attachments_and_boundaries_are_made_and_come_back() {
    let bench = Workbench::new(&["acme-unclassified"]);
    let first = bench.collect("first");
    let attached = |principal: &str, policy: &str, after: bool| {
        let target = Target::AttachedPolicy { principal: iam(TEAM, principal), policy: policy.into() };
        edit(&first, TEAM, target, if after { policy.into() } else { Value::Null })
    };
    let bound = |principal: &str, after: Value| {
        edit(&first, TEAM, Target::PermissionsBoundary { principal: iam(TEAM, principal) }, after)
    };
    let shared = &*iam(TEAM, "policy/shared-data");
    let boundary = Value::from(&*iam(TEAM, "policy/boundaries/data-scientist-boundary"));
    bench.there_and_back(
        &first,
        &[
            attached("user/bob", READ_ONLY, false),
            attached("user/ml/alice", READ_ONLY, true),
            attached("group/ml/scientists", shared, false),
            attached("group/nobody", shared, true),
            attached("role/auditor", "arn:aws:iam::aws:policy/SecurityAudit", false),
            attached("role/ml/intern", shared, true),
            bound("user/ml/alice", Value::Null),
            bound("user/bob", boundary.clone()),
            bound("role/ml/data-scientist", shared.into()),
            bound("role/ml/intern", boundary),
            bound("role/notebook", Value::Null),
        ],
    );
}

#[test]
fn managed_policies_are_made_and_come_back() {
    let bench = Workbench::new(&["acme-unclassified"]);
    let first = bench.collect("first");
    let managed = |name: &str, after: Value| {
        edit(&first, TEAM, Target::ManagedPolicy { policy: iam(TEAM, name) }, after)
    };
    let new = iam(TEAM, "policy/narrow/data-read");
    let intern = iam(TEAM, "role/ml/intern");
    bench.there_and_back(
        &first,
        &[
            managed("policy/shared-data", reads("shared")),
            managed("policy/narrow/data-read", reads("new")),
            edit(
                &first,
                TEAM,
                Target::AttachedPolicy { principal: intern, policy: new.clone() },
                Value::from(&*new),
            ),
        ],
    );
    let removed = managed("policy/shared-data", Value::Null);
    let refused = bench.apply(&[removed], "removed").expect_err("a refusal");
    assert!(refused.to_string().contains("removes none"), "{refused}");
}

/// "A managed policy can have up to five versions."
#[test]
fn the_oldest_version_makes_room() {
    let bench = Workbench::new(&["acme-unclassified"]);
    let target = || Target::ManagedPolicy { policy: iam(FEATURES, "policy/features-read") };
    for number in 3..=5 {
        let next =
            edit(&bench.collect(&format!("{number}")), FEATURES, target(), reads(&format!("{number}")));
        bench.apply(&[next], &format!("bundle-{number}")).unwrap_or_else(|error| panic!("{error}"));
    }
    let full = bench.collect("full");
    let sixth = edit(&full, FEATURES, target(), reads("6"));
    let made =
        bench.apply(std::slice::from_ref(&sixth), "bundle-6").unwrap_or_else(|error| panic!("{error}"));
    assert!(made.notes[0].contains("the oldest that is not in force is removed"), "{:?}", made.notes);
    let journal = fs::read_to_string(bench.path("bundle-6/journal.jsonl")).expect("a journal");
    assert!(journal.contains(r#"{"removed":{"edit":0,"version":"v1","document":""#), "{journal}");
    assert_eq!(shown(&bench.collect("after"), &sixth), reads("6"));
    for (number, before) in [(6, reads("5")), (5, reads("4")), (4, reads("3"))] {
        bench.roll_back(&format!("bundle-{number}")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shown(&bench.collect(&format!("undone-{number}")), &sixth), before);
    }
}

/// The first try did it, and its answer was lost: to the second one nothing is there any more.
#[test]
fn what_is_gone_at_the_second_try_is_gone() {
    let lost = json!([
        { "operation": "DeleteRolePolicy", "kind": "truncate", "first": 1 },
        { "operation": "DetachUserPolicy", "kind": "truncate", "first": 1 },
    ]);
    let bench = Workbench::with_faults(&["acme-unclassified"], &lost);
    let first = bench.collect("first");
    let inline = Target::InlinePolicy { principal: iam(TEAM, "role/jobs/job-03"), name: "read".into() };
    let attached = Target::AttachedPolicy { principal: iam(TEAM, "user/bob"), policy: READ_ONLY.into() };
    bench.there_and_back(
        &first,
        &[edit(&first, TEAM, inline, Value::Null), edit(&first, TEAM, attached, Value::Null)],
    );
}

/// The new version is there, and nobody was told its name.
#[test]
fn a_version_whose_answer_was_lost_goes_again() {
    let lost = json!([{ "operation": "CreatePolicyVersion", "kind": "truncate" }]);
    let bench = Workbench::with_faults(&["acme-unclassified"], &lost);
    let first = bench.collect("first");
    let target = Target::ManagedPolicy { policy: iam(TEAM, "policy/shared-data") };
    let stopped = bench.apply(&[edit(&first, TEAM, target, reads("lost"))], "bundle").expect_err("a fault");
    assert!(stopped.to_string().contains("AWS refuses iam:CreatePolicyVersion: Malformed"), "{stopped}");
    assert_eq!(bench.writes(), ["CreatePolicyVersion"], "it is not tried again");
    assert_eq!(bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}")).edits.len(), 1);
    assert_same(&first, &bench.collect("restored"));
}

/// A rollback that broke off when the old version was in force again, and the new one still there.
#[test]
fn a_rollback_that_broke_off_is_finished() {
    let once = json!([{ "operation": "DeletePolicyVersion", "kind": "AccessDenied", "first": 1 }]);
    let bench = Workbench::with_faults(&["acme-unclassified"], &once);
    let first = bench.collect("first");
    let target = Target::ManagedPolicy { policy: iam(TEAM, "policy/shared-data") };
    let edit = edit(&first, TEAM, target, reads("twice"));
    bench.apply(&[edit], "bundle").unwrap_or_else(|error| panic!("{error}"));
    let left = bench.roll_back("bundle").expect_err("a fault");
    assert!(left.to_string().contains("AWS refuses iam:DeletePolicyVersion: AccessDenied"), "{left}");
    bench.roll_back("bundle").unwrap_or_else(|error| panic!("{error}"));
    assert_same(&first, &bench.collect("restored"));
}
