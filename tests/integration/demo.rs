//! The example organization: the audit finds exactly what its README says was planted, and AWS's logic decides its witnesses as it
//! says.

use std::collections::BTreeSet;

use palisade::assess::{Options, audit};
use palisade::authorize::simulation::{Simulator, Status};
use palisade::classify::Rules;
use palisade::finding::{Assessment, Finding, Verdict};
use palisade::intent::Intent;
use palisade::source::demo;

const README: &str = include_str!("../../examples/demo/README.md");
const WITNESSES: &str = include_str!("../../examples/demo/witnesses.jsonl");

const BROKEN: &str = "expected-access-broken";

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

fn assessment() -> Assessment {
    let estate = demo::estate().expect("the demo");
    let intent = Intent::bundled().expect("the bundled rules");
    let options = Options { simulations: true, ..Options::default() };
    audit(&estate, &Rules::bundled(), &intent, &options).expect("an assessment")
}

#[test]
fn the_audit_finds_what_was_planted_and_nothing_else() {
    let assessment = assessment();
    let undecided =
        |finding: &&Finding| finding.detail.as_deref().is_some_and(|detail| detail.contains("is not known"));
    let of_configuration =
        assessment.findings.iter().filter(|finding| finding.actions.is_empty() && !is_lint(finding));
    let found: BTreeSet<_> = of_configuration.filter(|finding| !undecided(finding)).map(named).collect();
    let planted: BTreeSet<_> = rows("1.1").union(&rows("1.2")).cloned().collect();
    assert_eq!(found, planted);
    assert_eq!(planted.len(), 22);
}

const LINTS: [&str; 4] =
    ["wildcard-crosses-buckets", "condition-never-met", "allow-without-effect", "guard-on-callers-word"];

fn is_lint(finding: &Finding) -> bool {
    LINTS.contains(&&*finding.rule)
}

#[test]
fn the_audit_finds_the_odd_statements_and_no_others() {
    let assessment = assessment();
    let odd = assessment.findings.iter().filter(|finding| is_lint(finding));
    let found: BTreeSet<_> =
        odd.map(|finding| (finding.rule.to_string(), finding.evidence[0].document.to_string())).collect();
    assert_eq!(found, rows("1.5"));
}

/// The data set of a row, which may name a prefix after the bucket.
fn dataset(cell: &str) -> String {
    cell.replace(", prefix ", "/")
}

#[test]
fn the_audit_finds_every_access_that_was_planted_and_no_other() {
    let assessment = assessment();
    let of_access = || assessment.findings.iter().filter(|finding| !finding.actions.is_empty());
    let certain = of_access().filter(|finding| finding.verdict == Verdict::Violated);
    let found: BTreeSet<_> = certain.map(named).collect();
    let planted: BTreeSet<_> = rows("1.3").into_iter().map(|(rule, set)| (rule, dataset(&set))).collect();
    assert_eq!(found, planted);
    assert_eq!(planted.len(), 21);

    let open: BTreeSet<_> =
        of_access().filter(|finding| finding.verdict == Verdict::Undecided).map(named).collect();
    let rules =
        ["bucket-configured-by-others", "plaintext-access", "team-data-outside-team", "unsanctioned-access"];
    let expected = rules.map(|rule| (rule.to_owned(), "acme-team-labs-sandbox".to_owned()));
    assert_eq!(open, expected.into());
}

/// Every witness with all its policies, decided by the evaluator from its JSON and by the oracle.
#[test]
fn every_witness_of_the_audit_is_allowed() {
    let assessment = assessment();
    let mut simulator = Simulator::default();
    let mut checked = 0;
    for finding in assessment.findings.iter().filter(|finding| !finding.actions.is_empty()) {
        let witness = finding.witness.as_ref().expect("an example");
        let answer = simulator.run(&witness.to_string());
        let text = serde_json::to_value(&answer).expect("JSON");
        // What is expected and broken is refused.
        let expected = if *finding.rule == *BROKEN { "ExplicitlyDenied" } else { "Allowed" };
        assert_eq!(text["decision"], expected, "{} {text}", finding.rule);
        assert_eq!(text.get("ignoredContextKeys"), None, "{text}");
        assert_eq!(crate::oracle::decide(witness), Ok(expected), "{witness:#}");
        checked += 1;
    }
    assert!(checked >= 20, "{checked}");
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
