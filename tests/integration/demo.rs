//! The example organization: the audit finds exactly what its README says was planted, and AWS's logic decides its witnesses as it
//! says.

use std::collections::BTreeSet;

use palisade::assess::{Options, audit};
use palisade::authorize::simulation::{Simulator, Status};
use palisade::classify::Rules;
use palisade::finding::Finding;
use palisade::intent::Intent;
use palisade::source::demo;

const README: &str = include_str!("../../examples/demo/README.md");
const WITNESSES: &str = include_str!("../../examples/demo/witnesses.jsonl");

/// The rows of the tables of a section, as the rule and what it is about.
fn rows(heading: &str) -> BTreeSet<(String, String)> {
    let section = README.split("\n### ").find(|section| section.starts_with(heading)).expect("the section");
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].to_owned(), cells[1].to_owned())
    })
    .collect()
}

/// A finding as the tables name it: by its bucket, or by the account and name of its only subject.
fn named(finding: &Finding) -> (String, String) {
    let what = match (&finding.dataset, finding.subjects.as_slice()) {
        (Some(dataset), _) => dataset.name(),
        (None, [subject]) if subject.contains(":role/") => {
            let account = match subject.split(':').nth(4) {
                Some("210000000000") => "acme-ml-dev",
                other => other.expect("an account"),
            };
            format!("{account} {}", subject.split(":role/").nth(1).expect("a role"))
        }
        (None, subjects) => subjects.iter().map(|subject| subject.replace("arn:aws:s3:::", "")).collect(),
    };
    (finding.rule.to_string(), what)
}

#[test]
fn the_audit_finds_what_was_planted_and_nothing_else() {
    let estate = demo::estate().expect("the demo");
    let intent = Intent::bundled().expect("the bundled rules");
    let assessment = audit(&estate, &Rules::bundled(), &intent, &Options::default()).expect("an assessment");
    let undecided =
        |finding: &&Finding| finding.detail.as_deref().is_some_and(|detail| detail.contains("is not known"));
    let found: BTreeSet<_> =
        assessment.findings.iter().filter(|finding| !undecided(finding)).map(named).collect();
    let planted: BTreeSet<_> = rows("1.1").union(&rows("1.2")).cloned().collect();
    assert_eq!(found, planted);
    assert_eq!(planted.len(), 22);
}

#[test]
fn its_witnesses_are_decided_as_it_says() {
    let mut simulator = Simulator::default();
    for line in WITNESSES.lines() {
        let answer = simulator.run(line);
        assert_eq!(answer.status(), Status::Decided, "{}", serde_json::to_string(&answer).unwrap());
    }
    assert!(WITNESSES.lines().count() > 50);
}
