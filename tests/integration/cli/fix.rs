//! `palisade fix` as its users type it.

use std::fs;

use serde_json::Value;

use super::{code, run, stderr, stdout};

#[test]
fn a_fix_is_shown_with_what_it_cures_and_takes_away() {
    let output = run(&["fix", "demo", "--rule", "tls-not-enforced"]);
    assert_eq!((code(&output), stderr(&output)), (3, ""), "of one bucket the policy was not read");
    insta::assert_snapshot!("fix of a rule", stdout(&output));
}

#[test]
fn what_breaks_something_says_so_and_is_left_out() {
    let output = run(&["fix", "demo", "--rule", "datasets-written-by-others"]);
    assert_eq!(code(&output), 1, "one of the ways to write is a way to read as well");
    assert!(stdout(&output).contains("] breaks:") && stdout(&output).contains("= loses:"));
    let diff = |more: &[&str]| {
        let output =
            run(&[&["fix", "demo", "--rule", "datasets-written-by-others", "--format", "diff"], more]
                .concat());
        stdout(&output).matches("\n+++ ").count()
    };
    assert!(diff(&["--safe-only"]) < diff(&["--include-breaking"]));
}

#[test]
fn files_go_to_a_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("fixes").display().to_string();
    for (format, ending) in [
        ("cli", ".sh"),
        ("terraform", ".tf"),
        ("cloudformation", ".json"),
        ("diff", ".diff"),
        ("json", ".json"),
    ] {
        let output = run(&["fix", "demo", "--format", format, "--out", &out, "--quiet"]);
        assert_eq!((code(&output), stderr(&output)), (1, ""), "two fixes of the demo break something");
        let mut names =
            fs::read_dir(&out).expect("a directory").map(|entry| entry.expect("an entry").file_name());
        assert!(names.any(|name| name.to_string_lossy().ends_with(ending)), "{format}");
    }
    let output = run(&["fix", "demo", "--format", "cli"]);
    assert!(code(&output) == 4 && stderr(&output).contains("--out DIR"), "{}", stderr(&output));
}

#[test]
fn a_patched_snapshot_can_be_audited_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let patched = folder.path().join("patched").display().to_string();
    let output = run(&["fix", "demo", "--patched", &patched, "--quiet"]);
    assert_eq!((code(&output), stderr(&output)), (1, ""));
    let certain = |source: &str| {
        let output = run(&["audit", source, "--format", "json", "--quiet"]);
        let report: Value = serde_json::from_str(stdout(&output)).expect("a report");
        let findings = report["findings"].as_array().expect("findings").iter();
        findings.filter(|finding| finding["verdict"] == "violated").count()
    };
    let (before, after) = (certain("demo"), certain(&patched));
    assert!(after * 10 < before, "{after} of {before} are left");
}

#[test]
fn what_makes_no_sense_is_said() {
    for (arguments, exit, said) in [
        (&["fix", "demo", "--rule", "tls-not-enforcd"][..], 2, "tls-not-enforced"),
        (&["fix", "demo", "--finding", "0000000000000000"], 4, "there is no finding 0000000000000000"),
        (&["fix"], 2, "SOURCE"),
        (&["fix", "demo", "--format", "yaml"], 2, "terraform"),
        (&["fix", "demo", "--safe-only", "--include-breaking"], 2, "cannot be used with"),
        (&["fix", "nowhere"], 4, "nowhere"),
    ] {
        let output = run(arguments);
        assert!(
            code(&output) == exit && stderr(&output).contains(said),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}
