//! The corpus of decisions: every case rests on a page of AWS's documentation, which it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use palisade::authorize::simulation::{Simulator, Status};
use serde_json::Value;

#[test]
fn every_case_is_decided_as_aws_documents() {
    let mut simulator = Simulator::default();
    let mut wrong = vec![];
    for (file, line) in cases() {
        let answer = simulator.run(&line);
        if answer.status() != Status::Decided {
            wrong.push(format!("{}: {}", file.display(), serde_json::to_string(&answer).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_cases_and_every_case_its_page() {
    let mut by_rule: BTreeMap<u64, usize> = BTreeMap::new();
    let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (file, line) in cases() {
        let case: Value = serde_json::from_str(&line).unwrap();
        let page = case["page"].as_str().unwrap_or_default();
        assert!(page.starts_with("https://docs.aws.amazon.com/"), "{}: {line}", file.display());
        assert!(case["expected"].is_string(), "{}: {line}", file.display());
        let name = case["name"].as_str().expect("a name").to_owned();
        if let Some(other) = names.insert(name.clone(), file.clone()) {
            panic!("{} and {} both have a case {name:?}", file.display(), other.display());
        }
        *by_rule.entry(case["rule"].as_u64().expect("a rule")).or_default() += 1;
    }
    let without: Vec<u64> = (1..=33).filter(|rule| by_rule.get(rule).copied().unwrap_or(0) < 5).collect();
    assert!(without.is_empty(), "rules with fewer than five cases: {without:?}");
    assert!(names.len() >= 300, "{} cases", names.len());
}

#[test]
fn what_is_missing_is_named_and_nothing_else() {
    let request = |owner: &str, more: &str| {
        format!(
            r#"{{"request": {{"principal": "arn:aws:iam::111111111111:role/ml/ds/alice", "action": "s3:GetObject",
            "resource": {{"resource": "arn:aws:s3:::acme-models/a.bin", "accountId": "{owner}"}}}},
            "identityPolicies": [{{"name": "read", "policy": {{"Version": "2012-10-17", "Statement":
            [{{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}]}}}}]{more}}}"#
        )
    };
    let none_allowed = r#", "serviceControlPolicies": [{"orgIdentifier": "r-acme", "policies": []}]"#;
    for (text, blocked_by) in [
        (request("111111111111", ""), ""),
        (request("222222222222", ""), "resourcePolicy"),
        (request("111111111111", none_allowed), "serviceControlPolicies"),
        (request("111111111111", r#", "permissionBoundaryPolicies": []"#), "permissionBoundaryPolicies"),
    ] {
        let answer = Simulator::default().run(&text);
        let layers: Vec<&str> =
            answer.blocked_by.expect("a decision").iter().map(|layer| layer.as_str()).collect();
        assert_eq!(layers.join(" "), blocked_by, "{text}");
    }
}

/// Every line of `tests/simulations/<facet>/*.jsonl`, with its file, in order.
pub(crate) fn cases() -> Vec<(PathBuf, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulations"));
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .flat_map(|facet| fs::read_dir(facet.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .flat_map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            text.lines().map(|line| (file.clone(), line.to_owned())).collect::<Vec<_>>()
        })
        .collect()
}
