//! `palisade audit`: what is shown, and how it ends.

use std::fs;

use serde_json::Value;

use super::{code, palisade, run, stderr, stdout, text};

fn report(arguments: &[&str]) -> Value {
    let output = run(&[&["audit", "demo", "--format", "json"], arguments].concat());
    assert_eq!(stderr(&output), "");
    serde_json::from_str(stdout(&output)).expect("JSON")
}

fn findings(report: &Value) -> &[Value] {
    report["findings"].as_array().expect("a list")
}

#[test]
fn the_demo_has_violations_to_show() {
    let output = run(&["audit", "demo"]);
    assert_eq!((code(&output), stderr(&output)), (1, ""));
    assert!(stdout(&output).contains("violations: "), "{}", stdout(&output));
    assert!(!stdout(&output).contains('\u{1b}'));
}

#[test]
fn the_report_obeys_its_schema() {
    let schema =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/report-1.schema.json"));
    let schema = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
    jsonschema::draft202012::validate(&schema, &report(&[])).expect("a valid report");
}

#[test]
fn the_report_is_the_same_every_time() {
    let json = ["audit", "demo", "--format", "json"];
    assert_eq!(stdout(&run(&json)), stdout(&run(&json)));
}

/// The rule and the severity of the worst violation of the demo.
fn worst(report: &Value) -> (&str, &str) {
    let worst =
        findings(report).iter().find(|finding| finding["verdict"] == "violated").expect("a violation");
    (worst["rule"].as_str().expect("a rule"), worst["severity"].as_str().expect("a severity"))
}

#[test]
fn filters_bear_on_the_report_and_on_the_exit_code() {
    let all = report(&[]);
    let (rule, severity) = worst(&all);
    for (arguments, pointer, value) in [
        (["--rule", rule], "/rule", rule),
        (["--class", "models"], "/dataset/class", "models"),
        (["--min-severity", severity], "/severity", severity),
    ] {
        let kept = report(&arguments);
        assert!(!findings(&kept).is_empty(), "{arguments:?} leaves nothing");
        let is_wanted = |finding: &Value| finding.pointer(pointer) == Some(&value.into());
        assert!(findings(&kept).iter().all(is_wanted), "{arguments:?}");
        let hidden = findings(&all).len() - findings(&kept).len();
        assert_eq!(kept["summary"]["hidden"], hidden, "{arguments:?}");
    }
    let nothing = run(&["audit", "demo", "--bucket", "no-such-bucket"]);
    assert_ne!(code(&nothing), 1);
    assert!(stdout(&nothing).contains("left out by filters"));
}

#[test]
fn the_threshold_decides_whether_violations_fail() {
    let report = report(&[]);
    let (rule, severity) = worst(&report);
    let code = |threshold| code(&run(&["audit", "demo", "--rule", rule, "--fail-on", threshold]));
    assert_eq!(code(severity), 1);
    assert_ne!(code("never"), 1);
}

#[test]
fn what_is_no_snapshot_is_an_error_with_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["audit", text(folder.path())]);
    assert_eq!((code(&output), stdout(&output)), (4, ""));
    assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    assert!(stderr(&output).contains("  help: "), "{}", stderr(&output));
    let missing = run(&["audit", text(&folder.path().join("nowhere"))]);
    assert_eq!(code(&missing), 4);
}

#[test]
fn rules_that_cannot_be_read_are_an_error() {
    let missing = run(&["audit", "demo", "--policies", "/no/such/folder"]);
    assert_eq!(code(&missing), 4);
    assert!(stderr(&missing).contains("/no/such/folder"));
    assert!(stderr(&missing).contains("  because: "));
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(code(&run(&["audit", "demo", "--policies", text(folder.path())])), 4);
    assert_eq!(code(&run(&["audit", "demo", "--classification", "/no/such/file"])), 4);
    let file = folder.path().join("classification.toml");
    fs::write(&file, "[[[").expect("written");
    assert_eq!(code(&run(&["audit", "demo", "--classification", text(&file)])), 4);
}

#[test]
fn colour_follows_the_option_then_the_environment() {
    // An error is coloured by the same rule as a report, and costs no audit.
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["simulate", "/no/such/file"], arguments].concat();
        let output =
            palisade(&arguments).envs(environment.iter().copied()).output().expect("palisade starts");
        stderr(&output).contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("FORCE_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
    assert!(stdout(&run(&["audit", "demo", "--color", "always"])).contains('\u{1b}'));
}

#[test]
fn the_width_is_that_of_columns() {
    let widest = |columns: &str| {
        let output = palisade(&["rules", "list"]).env("COLUMNS", columns).output().expect("palisade starts");
        stdout(&output).lines().map(str::len).max().expect("rules")
    };
    assert!(widest("60") < widest("120"));
    assert_eq!(widest("no number"), widest("100"));
}

#[test]
fn findings_tell_what_cures_them() {
    let with_fix = |report: &Value| {
        let findings = findings(report).iter();
        findings.filter(|finding| finding["verdict"] == "violated").all(|finding| finding["fix"].is_object())
    };
    let told = report(&[]);
    assert!(with_fix(&told));
    let of_each = |verdict: &str| {
        let has = |finding: &&Value| finding["fix"]["verdict"] == verdict;
        findings(&told).iter().filter(has).count()
    };
    let counted = &told["summary"]["fixes"];
    assert_eq!((counted["safe"].as_u64(), counted["none"].as_u64()), (Some(of_each("safe") as u64), Some(0)));
    // The same fix is what `palisade fix` shows of the finding.
    let finding = findings(&told).iter().find(|finding| finding["fix"]["verdict"] == "safe").expect("one");
    let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint");
    let plan = run(&["fix", "demo", "--finding", fingerprint, "--format", "json"]);
    let plan: Value = serde_json::from_str(stdout(&plan)).expect("a plan");
    assert_eq!(plan["fixes"][0]["proof"]["verdict"], "safe");
    let untold = report(&["--fixes", "never"]);
    assert!(!with_fix(&untold) && untold["summary"].get("fixes").is_none());
}
