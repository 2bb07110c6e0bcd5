//! Who acts as a role that is not his own: every way in, and every way that looks like one and is none.

use std::borrow::Cow;
use std::collections::BTreeSet;

use palisade::assess::{Options, audit};
use palisade::classify::Rules;
use palisade::finding::Verdict;
use palisade::intent::Intent;
use palisade::source::snapshot;
use serde_json::{Value, json};

use crate::policies::notation::{Example, expand};

const SCIENTIST: &str = "arn:aws:iam::111111111111:role/ds-vision";
const ELSEWHERE: &str = "arn:aws:iam::222222222222:role/ds-speech";
const TRAINING: &str = "arn:aws:iam::111111111111:role/training";
const BATCH: &str = "arn:aws:iam::111111111111:role/batch";

/// A scientist, another of a second account, and two pipeline roles of which only `training` writes the models.
const PLATFORM: &str = "
account 111111111111 ml-prod
account 222222222222 ml-dev
bucket acme-models class=models
role ds-vision access-role=data-scientist team=vision boundary=on
role ds-speech account=222222222222 access-role=data-scientist team=speech boundary=on
role training access-role=pipeline trust=service:sagemaker.amazonaws.com allow=s3:PutObject on=acme-models/*
role batch access-role=pipeline trust=service:batch.amazonaws.com
";

/// What differs from the platform: trust policies and further inline policies, by the name of the role.
#[derive(Default)]
struct Change<'c> {
    trusts: &'c [(&'c str, Value)],
    grants: &'c [(&'c str, Value)],
}

/// Who writes models as somebody else, as the audit says: the subjects with the roles on their way, and whether it is certain.
fn writers(change: &Change<'_>) -> BTreeSet<(String, Vec<String>, bool)> {
    let files = expand(&Example::parse(PLATFORM)).into_iter().map(|(path, text)| {
        let mut file: Value = serde_json::from_slice(&text).expect("JSON");
        let roles = file.pointer_mut("/AuthorizationDetails/RoleDetailList").and_then(Value::as_array_mut);
        for role in roles.into_iter().flatten() {
            let name = role["RoleName"].as_str().expect("a name").to_owned();
            for (_, trust) in change.trusts.iter().filter(|(of, _)| *of == name) {
                role["AssumeRolePolicyDocument"] = document(trust);
            }
            for (number, (_, grant)) in change.grants.iter().enumerate().filter(|(_, (of, _))| *of == name) {
                let policy =
                    json!({"PolicyName": format!("more{number}"), "PolicyDocument": document(grant)});
                role["RolePolicyList"].as_array_mut().expect("a list").push(policy);
            }
        }
        (path, Cow::Owned(file.to_string().into_bytes()))
    });
    let estate = snapshot::from_files(files).expect("a snapshot");
    assert!(estate.gaps.is_empty(), "{:?}", estate.gaps);
    let intent = Intent::bundled().expect("the bundled rules");
    let options = Options { simulations: true, ..Options::default() };
    let assessment = audit(&estate, &Rules::bundled(), &intent, &options).expect("an assessment");
    let of_models = assessment.findings.iter().filter(|finding| *finding.rule == *"models-written-by-others");
    let mut found = BTreeSet::new();
    for finding in of_models {
        let witness = finding.witness.as_ref().expect("a witness");
        assert_eq!(crate::oracle::decide(witness), Ok("Allowed"));
        let via: Vec<String> = finding.via.iter().map(ToString::to_string).collect();
        let certain = finding.verdict == Verdict::Violated;
        found.extend(finding.subjects.iter().map(|subject| (subject.to_string(), via.clone(), certain)));
    }
    found
}

fn document(statement: &Value) -> Value {
    let statements = if statement.is_array() { statement.clone() } else { json!([statement]) };
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trust(principal: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
}

fn trust_if(principal: &Value, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition})
}

fn allow(actions: &Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

fn deny(actions: &Value, resource: &str) -> Value {
    json!({"Effect": "Deny", "Action": actions, "Resource": resource})
}

fn one(who: &str, via: &[&str]) -> BTreeSet<(String, Vec<String>, bool)> {
    BTreeSet::from([(who.to_owned(), via.iter().map(ToString::to_string).collect(), true)])
}

#[test]
fn without_a_way_in_nobody_writes() {
    assert_eq!(writers(&Change::default()), BTreeSet::new());
}

/// A name, the trust policy, what callers' policies grant besides, and who then acts as the role.
type Case<'c> = (&'c str, Value, Vec<(&'c str, Value)>, Option<&'c str>);

#[test]
fn whom_the_trust_policy_lets_in_acts_as_the_role() {
    let scientist = json!({"AWS": SCIENTIST});
    let elsewhere = json!({"AWS": ELSEWHERE});
    let account = json!({"AWS": "arn:aws:iam::111111111111:root"});
    let assume = allow(&json!("sts:AssumeRole"), TRAINING);
    let every = allow(&json!("sts:*"), "*");
    let no = deny(&json!("sts:AssumeRole"), "arn:aws:iam::*:role/train*");
    let cases: Vec<Case<'_>> = vec![
        // "In the same account, a trust policy that names the user or role is enough." (IAM User Guide, id_roles_create_for-user)
        ("named in the same account", trust(&scientist), vec![], Some(SCIENTIST)),
        ("the account, which grants nothing", trust(&account), vec![], None),
        (
            "the account, which grants it",
            trust(&account),
            vec![("ds-vision", assume.clone())],
            Some(SCIENTIST),
        ),
        (
            "the account, which grants all of STS",
            trust(&account),
            vec![("ds-vision", every)],
            Some(SCIENTIST),
        ),
        ("named, and denied by its own policy", trust(&scientist), vec![("ds-vision", no)], None),
        ("named in another account that grants nothing", trust(&elsewhere), vec![], None),
        (
            "named in another account that grants it",
            trust(&elsewhere),
            vec![("ds-speech", assume.clone())],
            Some(ELSEWHERE),
        ),
        (
            "with an external id, which the caller chooses",
            trust_if(&scientist, &json!({"StringEquals": {"sts:ExternalId": "x"}})),
            vec![],
            Some(SCIENTIST),
        ),
        (
            "with a second factor, which the caller may have",
            trust_if(&scientist, &json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            vec![],
            Some(SCIENTIST),
        ),
        (
            "with a tag that the caller does not have",
            trust_if(&scientist, &json!({"StringEquals": {"aws:PrincipalTag/team": "speech"}})),
            vec![],
            None,
        ),
        (
            "with a tag that the caller has",
            trust_if(&scientist, &json!({"StringEquals": {"aws:PrincipalTag/team": "vision"}})),
            vec![],
            Some(SCIENTIST),
        ),
        (
            "everybody of the organization whose own policies grant it",
            trust_if(&json!("*"), &json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc123def4"}})),
            vec![("ds-speech", assume.clone())],
            Some(ELSEWHERE),
        ),
        (
            "everybody of another organization",
            trust_if(&json!("*"), &json!({"StringEquals": {"aws:PrincipalOrgID": "o-other"}})),
            vec![("ds-vision", assume)],
            None,
        ),
        (
            "by a token only",
            json!({"Effect": "Allow", "Principal": {"AWS": SCIENTIST}, "Action": "sts:TagSession"}),
            vec![],
            None,
        ),
    ];
    for (name, trusted, grants, expected) in cases {
        let trusts = [("training", trusted)];
        let found = writers(&Change { trusts: &trusts, grants: &grants });
        let expected = expected.map(|who| one(who, &[TRAINING])).unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn whoever_runs_code_under_a_role_acts_as_it() {
    let pass = allow(&json!("iam:PassRole"), TRAINING);
    let pass_to = |service: &str| {
        json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": service}}})
    };
    let run = allow(&json!("sagemaker:CreateTrainingJob"), "*");
    let via = format!("{TRAINING}, passed to sagemaker.amazonaws.com");
    let certain = one(SCIENTIST, &[&via]);
    let likely = BTreeSet::from([(SCIENTIST.to_owned(), vec![via], false)]);
    for (name, grants, expected) in [
        ("both", vec![pass.clone(), run.clone()], &certain),
        ("passing alone", vec![pass.clone()], &BTreeSet::new()),
        ("running alone", vec![run.clone()], &BTreeSet::new()),
        ("passing to this service", vec![pass_to("sagemaker.amazonaws.com"), run.clone()], &certain),
        ("passing to another service", vec![pass_to("lambda.amazonaws.com"), run.clone()], &BTreeSet::new()),
        ("denied", vec![pass.clone(), run, deny(&json!("iam:*"), "*")], &BTreeSet::new()),
        (
            "some jobs only",
            vec![
                pass,
                allow(&json!("sagemaker:CreateTrainingJob"), "arn:aws:sagemaker:*:*:training-job/x-*"),
            ],
            &likely,
        ),
    ] {
        let grants: Vec<(&str, Value)> = grants.into_iter().map(|grant| ("ds-vision", grant)).collect();
        assert_eq!(writers(&Change { trusts: &[], grants: &grants }), *expected, "{name}");
    }
}

#[test]
fn ways_lead_through_other_workloads() {
    let trusts = [("batch", trust(&json!({"AWS": SCIENTIST}))), ("training", trust(&json!({"AWS": BATCH})))];
    assert_eq!(writers(&Change { trusts: &trusts, grants: &[] }), one(SCIENTIST, &[BATCH, TRAINING]));
}

#[test]
fn what_is_done_as_oneself_is_not_told_twice() {
    let trusts = [("training", trust(&json!({"AWS": SCIENTIST})))];
    let keys = allow(&json!(["kms:Decrypt", "kms:GenerateDataKey"]), "*");
    let grants =
        [("ds-vision", allow(&json!("s3:PutObject"), "arn:aws:s3:::acme-models/*")), ("ds-vision", keys)];
    assert_eq!(writers(&Change { trusts: &trusts, grants: &grants }), one(SCIENTIST, &[]));
}
