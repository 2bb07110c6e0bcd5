//! `palisade who-can`, `can` and `explain`.

use serde_json::Value;

use super::{code, run, stderr, stdout};

const OPTIMIZER: &str = "arn:aws:iam::210000000000:role/ml/serving/model-optimizer";
const SCIENTIST: &str = "arn:aws:iam::310000000000:role/ml/ds/ds-vision";

fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--in", "demo", "--json"]].concat());
    serde_json::from_str(stdout(&output)).expect("JSON")
}

#[test]
fn who_can_names_everybody() {
    let output = run(&["who-can", "s3:PutObject", "acme-datasets-raw-dev", "--in", "demo"]);
    // The demo has a gap, which may hide more.
    assert_eq!((code(&output), stderr(&output)), (3, ""));
    insta::assert_snapshot!("who-can", stdout(&output));
}

#[test]
fn nobody_is_an_answer() {
    let output = run(&["who-can", "s3:PutBucketAcl", "acme-models-registry-dev/", "--in", "demo"]);
    assert!(stdout(&output).contains("decided over all requests of"), "{}", stdout(&output));
    let output = run(&["can", SCIENTIST, "acme-models-registry-dev", "--in", "demo"]);
    assert!(stdout(&output).contains("\nnothing at all\n"), "{}", stdout(&output));
}

#[test]
fn can_tells_the_rules_that_are_broken() {
    let answer = json(&["can", OPTIMIZER, "acme-models-registry-dev"]);
    let broken = |grant: &&Value| grant["breaks"].as_array().is_some_and(|rules| !rules.is_empty());
    let grants = answer["grants"].as_array().expect("grants");
    let breaking: Vec<_> = grants.iter().filter(broken).collect();
    assert_eq!(breaking.len(), 1, "{answer:#}");
    assert_eq!(breaking[0]["actions"], serde_json::json!(["s3:PutObject"]));
    assert_eq!(breaking[0]["breaks"], serde_json::json!(["models-written-by-others"]));
}

#[test]
fn the_keys_and_circumstances_of_a_grant_are_told() {
    let answer = json(&["who-can", "s3:PutObject", "acme-datasets-raw-dev"]);
    let grants = answer["grants"].as_array().expect("grants");
    let vendor = grants.iter().find(|grant| grant["principals"][0] == "909090909090").expect("the vendor");
    assert_eq!(vendor["keys"], serde_json::json!(["incoming/*"]));
    // Outside of what is asked about there is nothing to tell.
    let elsewhere = json(&["who-can", "s3:PutObject", "acme-datasets-raw-dev/published/*"]);
    let names = elsewhere["grants"].to_string();
    assert!(!names.contains("909090909090"), "{names}");
}

#[test]
fn a_denied_request_is_explained_with_what_would_have_to_change() {
    let request = [
        "explain",
        "--principal",
        SCIENTIST,
        "--action",
        "s3:PutObject",
        "--resource",
        "acme-models-registry-dev/a",
    ];
    let output = run(&[&request[..], &["--in", "demo"]].concat());
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    insta::assert_snapshot!("explain a denied request", stdout(&output));
}

#[test]
fn the_circumstances_decide() {
    let request = [
        "explain",
        "--principal",
        "arn:aws:iam::320000000000:role/ml/audit/auditor",
        "--action",
        "s3:GetObject",
        "--resource",
        "s3://acme-datasets-clickstream-prod/a",
    ];
    assert_eq!(json(&request)["decision"], "Allowed");
    let plaintext = json(&[&request[..], &["--context", "aws:SecureTransport=false"]].concat());
    assert_eq!(plaintext["decision"], "ExplicitlyDenied");
    assert!(plaintext["changes"][0].as_str().expect("a change").contains("TlsOnly"), "{plaintext:#}");
    // A key that AWS does not send with such a request changes nothing, and that is said.
    let odd = json(
        &[&request[..], &["--context", "aws:SourceArn=arn:aws:s3:::x", "--context", "s3:prefix=a"]].concat(),
    );
    assert_eq!(odd["decision"], "Allowed");
    assert!(odd["ignored"].to_string().contains("s3:prefix"), "{odd:#}");
}

#[test]
fn a_finding_is_explained_by_its_fingerprint() {
    let audit = run(&["audit", "demo", "--rule", "models-written-by-others", "--format", "json"]);
    let report: Value = serde_json::from_str(stdout(&audit)).expect("a report");
    let fingerprint = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint");
    let output = run(&["explain", &fingerprint[..6], "--in", "demo"]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    insta::assert_snapshot!("explain a finding", stdout(&output));
    let explained = json(&["explain", fingerprint]);
    assert_eq!(explained["finding"]["fingerprint"], fingerprint);
    assert_eq!(explained["explanation"]["decision"], "Allowed");
}

#[test]
fn every_witness_of_the_demo_can_be_explained() {
    let report = run(&["audit", "demo", "--format", "json"]);
    let report: Value = serde_json::from_str(stdout(&report)).expect("a report");
    let findings = report["findings"].as_array().expect("findings");
    let with_witness = findings.iter().filter(|finding| finding.get("witness").is_some());
    let mut explained = 0;
    // Each is an audit by itself.
    for finding in with_witness.step_by(4) {
        let answer = json(&["explain", finding["fingerprint"].as_str().expect("a fingerprint")]);
        let broken = finding["rule"] == "expected-access-broken";
        let expected = if broken { "ExplicitlyDenied" } else { "Allowed" };
        assert_eq!(answer["explanation"]["decision"], expected, "{finding:#}");
        explained += 1;
    }
    assert!(explained > 5, "{explained}");
}

#[test]
fn what_cannot_be_asked_is_told() {
    for (arguments, expected, words) in [
        (
            &["who-can", "s3:GetObject", "nowhere", "--in", "demo"][..],
            4,
            "no bucket of the estate is called nowhere",
        ),
        (&["who-can", "s3:Nothing", "acme-models-registry-dev", "--in", "demo"], 4, "s3:Nothing"),
        (&["who-can", "s3:ListBucket", "acme-models-registry-dev/a", "--in", "demo"], 4, "leave the key out"),
        (&["who-can", "s3:GetObject", "no bucket", "--in", "demo"], 2, "no bucket"),
        (&["who-can", "s3:GetObject", "acme-models-registry-dev"], 2, "--in <SOURCE>"),
        (&["can", "nobody", "--in", "demo"], 4, "names nobody"),
        (&["explain", "--in", "demo"], 2, "<FINGERPRINT>"),
        (&["explain", "0000", "--in", "demo"], 4, "no finding has the fingerprint"),
        (&["explain", "--principal", "*", "--action", "s3:GetObject", "--in", "demo"], 2, "--resource"),
        (
            &[
                "explain",
                "--principal",
                "*",
                "--action",
                "s3:GetObject",
                "--resource",
                "acme-models-registry-dev",
                "--in",
                "demo",
            ],
            4,
            "resource names none",
        ),
        (
            &[
                "explain",
                "--principal",
                "*",
                "--action",
                "s3:GetObject",
                "--resource",
                "acme-models-registry-dev/*",
                "--in",
                "demo",
            ],
            4,
            "many keys",
        ),
        (
            &[
                "explain",
                "--principal",
                "*",
                "--action",
                "s3:GetObject",
                "--resource",
                "b/k",
                "--context",
                "x",
                "--in",
                "demo",
            ],
            2,
            "KEY=VALUE",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
    }
}
