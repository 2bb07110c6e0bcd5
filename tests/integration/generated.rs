//! What the README shows is what the program prints.

use std::process::Command;

const README: &str = include_str!("../../README.md");

fn palisade(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(arguments)
        .env_clear()
        .envs([("COLUMNS", "100"), ("NO_COLOR", "1")])
        .output()
        .expect("palisade starts");
    String::from_utf8(output.stdout).expect("text")
}

/// Every console block whose command reads the demo.
#[test]
fn the_transcripts_are_what_the_program_prints() {
    let blocks =
        README.split("```console\n$ palisade ").skip(1).filter_map(|rest| rest.split("\n```").next());
    let mut shown = 0;
    for block in blocks.filter(|block| block.lines().next().is_some_and(|line| line.contains("demo"))) {
        let (arguments, transcript) = block.split_once('\n').expect("arguments and output");
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        assert_eq!(palisade(&arguments).trim_end(), transcript, "{arguments:?}");
        shown += 1;
    }
    assert_eq!(shown, 2);
}

#[test]
fn the_index_of_rules_is_that_of_the_program() {
    let rules: serde_json::Value =
        serde_json::from_str(&palisade(&["rules", "list", "--format", "json"])).expect("JSON");
    let text = |rule: &serde_json::Value, member: &str| rule[member].as_str().expect("a text").to_owned();
    let rows = rules.as_array().expect("rules").iter().map(|rule| {
        let [id, severity, kind, title] =
            ["id", "severity", "kind", "title"].map(|member| text(rule, member));
        format!("| {id} | {severity} | {kind} | {title} |")
    });
    let index: Vec<&str> = README
        .split("| rule | severity | judges | title |\n|---|---|---|---|\n")
        .nth(1)
        .expect("an index")
        .lines()
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(rows.collect::<Vec<_>>(), index);
}

#[test]
fn the_number_of_cases_is_that_of_the_corpus() {
    let cases = crate::simulation::cases().len();
    let shown = format!("{},{:03} hand-reasoned decisions", cases / 1000, cases % 1000);
    assert!(README.contains(&shown), "the README does not say {shown}");
}
