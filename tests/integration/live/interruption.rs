//! Runs that end too early, and what can be made of them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::server::{View, undisturbed};
use super::{assert_same, files};

/// Starts palisade in a view that is slow enough to be interrupted.
fn start(view: &View, snapshot: &Path) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin!("palisade"))
        .env_clear()
        .envs(view.environment())
        .args(["collect", "--concurrency", "8", "--out"])
        .arg(snapshot)
        .stderr(Stdio::piped())
        .spawn()
        .expect("palisade starts")
}

fn slow() -> View {
    View::new(&json!({ "delay_ms": 100 }))
}

/// Waits until so many calls were made.
fn wait_for(view: &View, calls: usize) {
    let start = Instant::now();
    while view.calls().len() < calls {
        assert!(start.elapsed() < Duration::from_secs(60), "{} calls after a minute", view.calls().len());
        std::thread::yield_now();
    }
}

#[cfg(unix)]
fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn resume(view: &View, snapshot: &Path) -> (i32, String) {
    let output = view.palisade(&["collect", "--resume", snapshot.to_str().expect("UTF-8")]).output();
    let output = output.expect("palisade starts");
    (output.status.code().expect("an end"), String::from_utf8(output.stderr).expect("text"))
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_writes_what_there_is_and_is_resumed() {
    for stop in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = folder.path().join("snapshot");
        let view = slow();
        let run = start(&view, &snapshot);
        wait_for(&view, 150);
        signal(&run, stop);
        let output = run.wait_with_output().expect("an end");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.starts_with("interrupted; wrote "), "{said}");
        let header: Value =
            serde_json::from_str(&fs::read_to_string(snapshot.join("estate.json")).expect("a header"))
                .expect("JSON");
        assert_eq!(header["incomplete"], true);

        let plain = View::plain();
        let (code, said) = resume(&plain, &snapshot);
        assert_eq!(code, 0, "{said}");
        assert_same(undisturbed(), &snapshot);
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_is_resumed_from_its_draft() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = slow();
    let mut run = start(&view, &snapshot);
    // Until something of the buckets has been written.
    let partial = folder.path().join("snapshot.partial");
    let started = Instant::now();
    let some = || {
        let accounts = fs::read_dir(partial.join("accounts")).map(Iterator::count).unwrap_or_default();
        accounts > 0 && view.calls().len() > 250
    };
    while !some() {
        assert!(started.elapsed() < Duration::from_secs(60), "no draft after a minute");
        std::thread::yield_now();
    }
    run.kill().expect("killed");
    run.wait().expect("an end");
    assert!(!snapshot.try_exists().expect("a look"), "a run that was killed has no snapshot");

    let nobody = View::new(&json!({ "faults": [
        { "service": "sts", "operation": "GetCallerIdentity", "kind": "AccessDenied" },
    ] }));
    assert_eq!(resume(&nobody, &snapshot).0, 4);
    assert!(
        partial.join("estate.json").try_exists().expect("a look"),
        "a run that cannot begin loses nothing"
    );

    let plain = View::plain();
    let (code, said) = resume(&plain, &snapshot);
    assert_eq!(code, 0, "{said}");
    assert_same(undisturbed(), &snapshot);
    assert!(!partial.try_exists().expect("a look"), "the draft became the snapshot");
}

#[test]
fn only_what_is_missing_is_asked_for_again() {
    let who = ["GetCallerIdentity", "AssumeRole"];
    for (service, denied, asked_again) in [
        ("s3", "GetBucketPolicy", &["GetBucketPolicy", "GetBucketPolicyStatus"][..]),
        ("s3control", "GetAccessPoint", &["ListAccessPoints", "GetAccessPoint", "GetAccessPointPolicy"]),
        ("kms", "GetKeyPolicy", &["GetKeyPolicy"]),
        ("kms", "DescribeKey", &["DescribeKey", "GetKeyPolicy", "ListAliases", "ListGrants"]),
        ("iam", "GetPolicyVersion", &["GetPolicy", "GetPolicyVersion"]),
        ("organizations", "ListTagsForResource", &["List*", "DescribeOrganization", "DescribePolicy"]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = folder.path().join("snapshot");
        let view = View::new(&json!({ "faults": [
            { "service": service, "operation": denied, "kind": "AccessDenied" },
        ] }));
        assert_eq!(view.collect(&snapshot, &[]).0, 3, "{denied}");
        let plain = View::plain();
        let (code, said) = resume(&plain, &snapshot);
        assert_eq!(code, 0, "{denied}: {said}");
        assert_same(undisturbed(), &snapshot);
        let is_expected = |asked: &str| {
            let pattern =
                |name: &&str| name.strip_suffix('*').map_or(asked == *name, |start| asked.starts_with(start));
            who.iter().chain(asked_again).any(pattern)
        };
        let others: Vec<String> = plain
            .calls()
            .into_iter()
            .map(|call| call.operation)
            .filter(|asked| !is_expected(asked))
            .collect();
        assert!(others.is_empty(), "{denied}: {others:?}");
    }
}

#[test]
fn what_stood_there_stays_until_the_new_one_is_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = folder.path().join("snapshot");
    let view = View::plain();
    assert_eq!(view.collect(&snapshot, &[]).0, 0);
    let before = files(&snapshot);
    let slow = slow();
    let mut run = start(&slow, &snapshot);
    wait_for(&slow, 50);
    run.kill().expect("killed");
    run.wait().expect("an end");
    assert!(files(&snapshot) == before);
    // A new run drops what the killed one left.
    assert_eq!(view.collect(&snapshot, &[]).0, 0);
    assert_same(undisturbed(), &snapshot);
}
