//! `palisade simulate`: one answer a request, and an exit code for all.

use std::fs;

use serde_json::{Value, json};

use super::{code, palisade, stderr, stdout, text};

fn request(expected: Option<&str>) -> Value {
    let mut request = json!({
        "name": "the owner's role reads",
        "request": {
            "principal": "arn:aws:iam::111111111111:role/ml/ds/alice",
            "action": "s3:GetObject",
            "resource": {"resource": "arn:aws:s3:::acme-models-prod/a.bin", "accountId": "111111111111"},
        },
        "identityPolicies": [{"name": "inline", "policy": {"Version": "2012-10-17", "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        ]}}],
    });
    if let Some(expected) = expected {
        request["expected"] = expected.into();
    }
    request
}

fn simulate(input: &str) -> (i32, Vec<Value>) {
    let output = palisade(&["simulate", "-"]).write_stdin(input).output().expect("palisade starts");
    assert_eq!(stderr(&output), "");
    let lines = stdout(&output).lines().map(|line| serde_json::from_str(line).expect("JSON"));
    (code(&output), lines.collect())
}

#[test]
fn one_request_from_a_file_or_from_standard_input() {
    let input = serde_json::to_string_pretty(&request(None)).expect("JSON");
    let (code_of_stdin, answers) = simulate(&input);
    assert_eq!(code_of_stdin, 0);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["decision"], "Allowed");
    assert_eq!(answers[0]["deciding"][0]["statement"], "Read");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("request.json");
    fs::write(&file, &input).expect("written");
    let output = palisade(&["simulate", text(&file)]).output().expect("palisade starts");
    assert_eq!(serde_json::from_str::<Value>(stdout(&output)).expect("JSON"), answers[0]);
}

#[test]
fn the_exit_code_tells_the_worst() {
    let (good, wrong) = (request(Some("Allowed")), request(Some("ExplicitlyDenied")));
    assert_eq!(simulate(&format!("{good}\n{good}\n")).0, 0);
    assert_eq!(simulate(&format!("{good}\n{wrong}\n")).0, 1);
    assert_eq!(simulate(&format!("{good}\n{{}}\n")).0, 3);
    assert_eq!(simulate(&format!("{wrong}\n{{}}\n")).0, 1);
}

#[test]
fn a_line_that_is_no_text_does_not_stop_the_others() {
    let good = request(None).to_string().into_bytes();
    let input = [good.as_slice(), b"\n{\"name\": \"\xff\"}\n", good.as_slice()].concat();
    let output = palisade(&["simulate", "-"]).write_stdin(input).output().expect("palisade starts");
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!((code(&output), lines.len()), (3, 3));
    assert!(lines[1].contains("not UTF-8"), "{}", lines[1]);
}

#[test]
fn a_line_that_cannot_be_read_does_not_stop_the_others() {
    let good = request(None);
    for bad in ["{", "{}", "[]", "no JSON"] {
        for input in [format!("{bad}\n{good}\n"), format!("{good}\n\n{bad}\n")] {
            let (code, answers) = simulate(&input);
            assert_eq!((code, answers.len()), (3, 2), "{input}");
            assert_eq!(answers.iter().filter(|answer| answer["error"].is_string()).count(), 1, "{input}");
        }
    }
}

#[test]
fn no_request_is_nothing_to_do() {
    assert_eq!(simulate(""), (0, vec![]));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let output = palisade(&["simulate", "/no/such/file"]).output().expect("palisade starts");
    assert_eq!((code(&output), stdout(&output)), (4, ""));
    assert!(stderr(&output).contains("cannot read /no/such/file"));
    let bytes =
        palisade(&["simulate", "-"]).write_stdin([0xff, 0xfe, b'\n']).output().expect("palisade starts");
    assert_eq!(code(&bytes), 3);
    assert!(stdout(&bytes).contains("not UTF-8"));
}
