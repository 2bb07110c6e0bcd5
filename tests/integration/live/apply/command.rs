//! `palisade fix aws --apply` and `--rollback` as their users type them.

use serde_json::Value;

use super::{FEATURES, PLATFORM, TEAM, Workbench};
use crate::cli::{code, stderr, stdout};
use crate::live::assert_same;

impl Workbench {
    /// Runs palisade on the organization as it is now; its exit code, what it prints, and what it says.
    fn palisade(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.view.palisade(arguments).output().expect("palisade starts");
        (code(&output), stdout(&output).to_owned(), stderr(&output).to_owned())
    }

    /// The findings of these rules in an audit of the accounts, by fingerprint.
    fn findings(&self, rules: &[&str]) -> Vec<String> {
        let accounts = [FEATURES, TEAM, PLATFORM].join(",");
        let mut arguments = vec!["audit", "aws", "--accounts", &accounts, "--format", "json", "--quiet"];
        arguments.extend(rules.iter().flat_map(|rule| ["--rule", rule]));
        let (_, report, said) = self.palisade(&arguments);
        let report: Value = serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {said}"));
        let certain = report["findings"].as_array().expect("findings").iter();
        let certain = certain.filter(|finding| finding["verdict"] == "violated");
        certain.map(|finding| finding["fingerprint"].as_str().expect("a name").to_owned()).collect()
    }

    fn fix(&self, rules: &[&str], more: &[&str]) -> (i32, String, String) {
        let accounts = [FEATURES, TEAM, PLATFORM].join(",");
        let mut arguments = vec!["fix", "aws", "--accounts", &accounts];
        arguments.extend(rules.iter().flat_map(|rule| ["--rule", rule]));
        arguments.extend(more);
        self.palisade(&arguments)
    }
}

/// Rules whose fixes change policies and settings, and can be undone exactly.
const RULES: [&str; 4] =
    ["tls-not-enforced", "bucket-configured-by-others", "public-access-not-blocked", "no-access-log"];

#[test]
fn what_is_applied_is_gone_and_what_is_undone_is_back() {
    let bench = Workbench::new(&[]);
    let before = bench.collect("before");
    let found = bench.findings(&RULES);
    assert!(!found.is_empty(), "the organization breaks some of {RULES:?}");
    let bundle = bench.path("bundle").display().to_string();
    let (exit, page, said) = bench.fix(&RULES, &["--apply", "--yes", "--bundle", &bundle]);
    assert_eq!(exit, 0, "{page}{said}");
    let cured: Vec<String> =
        found.iter().filter(|name| !bench.findings(&RULES).contains(name)).cloned().collect();
    assert!(page.contains("safe:") && !cured.is_empty(), "{page}{said}");
    let (exit, _, said) = bench.palisade(&["fix", "--rollback", &bundle]);
    assert_eq!(exit, 0, "{said}");
    assert_same(&before, &bench.collect("restored"));
}

#[test]
fn nobody_is_asked_where_there_is_no_terminal() {
    let bench = Workbench::new(&[]);
    let before = bench.collect("before");
    let (exit, _, said) = bench.fix(&RULES, &["--apply"]);
    assert!(exit == 4 && said.contains("--yes"), "{exit} {said}");
    assert_same(&before, &bench.collect("after"));
    assert_eq!(bench.writes(), Vec::<String>::new());
}

#[test]
fn what_only_the_owner_knows_is_not_assumed() {
    let bench = Workbench::new(&[]);
    let (exit, page, said) =
        bench.fix(&["unclassified-dataset"], &["--include-breaking", "--apply", "--yes"]);
    assert_eq!(exit, 0, "{page}{said}");
    assert!(page.contains("= assumes: acme-unclassified holds data of the class"), "{page}");
    let told = ["left out: tag acme-unclassified", "--accept-assumptions applies it too", "nothing to apply"];
    assert!(told.iter().all(|words| said.contains(words)), "{said}");
    assert_eq!(bench.writes(), Vec::<String>::new());
}

#[test]
fn what_was_not_just_read_is_not_changed() {
    let output = crate::cli::run(&["fix", "demo", "--apply", "--yes"]);
    assert!(
        code(&output) == 4 && stderr(&output).contains("palisade fix aws --apply"),
        "{}",
        stderr(&output)
    );
}
