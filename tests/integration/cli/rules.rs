//! `palisade rules`.

use serde_json::Value;

use super::{code, run, stdout};

fn rules(arguments: &[&str]) -> Vec<Value> {
    let output = run(&[&["rules", "list", "--format", "json"], arguments].concat());
    assert_eq!(code(&output), 0);
    serde_json::from_str(stdout(&output)).expect("a list")
}

#[test]
fn every_rule_has_a_line() {
    let output = run(&["rules", "list"]);
    assert_eq!(code(&output), 0);
    for rule in rules(&[]) {
        let (id, severity) =
            (rule["id"].as_str().expect("an id"), rule["severity"].as_str().expect("a severity"));
        let is_about = |line: &str| line.split_whitespace().take(2).eq([severity, id]);
        assert_eq!(stdout(&output).lines().filter(|line| is_about(line)).count(), 1, "{id}");
    }
}

#[test]
fn the_rules_of_a_class() {
    let of_models = rules(&["--class", "models"]);
    assert!(!of_models.is_empty());
    assert!(of_models.iter().all(|rule| rule["class"] == "models"));
    assert!(of_models.len() < rules(&[]).len());
}

#[test]
fn a_rule_is_explained_by_its_page() {
    for id in ["models-not-versioned", "public-access", "unread-evidence"] {
        let output = run(&["rules", "explain", id]);
        assert_eq!(code(&output), 0, "{id}");
        assert!(stdout(&output).contains(&format!("[{id}]: ")), "{id}");
        for label in ["Why", "Remedy"] {
            assert!(stdout(&output).contains(&format!("**{label}.** ")), "{id}: no {label}");
        }
    }
}
