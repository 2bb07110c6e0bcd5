//! What goes wrong: others who change the same things, calls that are refused, a process that is killed.

use std::sync::atomic::{AtomicBool, Ordering};

use palisade::source::aws::apply::Step;
use serde_json::json;

use super::*;

/// In three accounts, one after the other.
const BUCKETS: [(&str, &str); 3] =
    [(FEATURES, "acme-features-open"), (TEAM, "acme-team-vision-scratch"), (PLATFORM, "acme-models-staging")];

fn names() -> [&'static str; 3] {
    BUCKETS.map(|(_, bucket)| bucket)
}

fn edits(snapshot: &Path) -> Vec<Edit> {
    let of = |(account, bucket): (&str, &str)| {
        edit(snapshot, account, of_bucket(bucket), bucket_policy(bucket, "Tls"))
    };
    BUCKETS.map(of).to_vec()
}

/// What somebody else makes of the second bucket's policy.
fn by_others(snapshot: &Path) -> [Edit; 1] {
    let (account, bucket) = BUCKETS[1];
    [edit(snapshot, account, of_bucket(bucket), bucket_policy(bucket, "SomebodyElse"))]
}

fn done(result: Result<Applied, ApplyError>) -> Applied {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn nothing_is_written_where_something_was_changed_since() {
    let bench = Workbench::new(&names());
    let first = bench.collect("first");
    bench.apply_elsewhere(&by_others(&first), "elsewhere");
    let refused = bench.apply(&edits(&first), "bundle").expect_err("a change");
    let said = refused.to_string();
    for words in [
        "nothing was changed: 1 of 3 edits",
        "policy of bucket acme-team-vision-scratch in account 673810167301",
        "it was changed since it was collected: expected nothing, found ",
        "SomebodyElse",
    ] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    assert_eq!(bench.writes(), Vec::<String>::new());
    assert!(!bench.is_there("bundle"));
    // What says the same in other words is no change.
    let mut same = edits(&bench.collect("second"));
    let text = same[1].before.take().expect("a policy").value();
    let mut statement = text["Statement"][0].clone();
    statement["Resource"].as_array_mut().expect("a list").reverse();
    statement["Action"] = json!(["s3:*"]);
    same[1].before = content(json!({ "Statement": statement, "Version": "2012-10-17" }));
    done(bench.apply(&same, "same"));
    done(bench.roll_back("same"));
    done(bench.roll_back("elsewhere"));
    assert_same(&first, &bench.collect("restored"));
}

#[test]
fn what_changes_during_the_apply_is_not_overwritten() {
    let bench = Workbench::new(&names());
    let first = bench.collect("first");
    let changed = AtomicBool::new(false);
    let meddle = |step: Step<'_>| {
        let is_second = matches!(step, Step::Making(edit) if edit.target == of_bucket(BUCKETS[1].1));
        if is_second && !changed.swap(true, Ordering::Relaxed) {
            let (bench, first) = (&bench, &first);
            std::thread::scope(|scope| {
                scope.spawn(move || bench.apply_elsewhere(&by_others(first), "elsewhere"));
            });
        }
    };
    let options = bench.options();
    let stopped = apply(&edits(&first), &options, &bench.path("bundle"), &meddle).expect_err("a change");
    let ApplyError::Stopped { made, .. } = &stopped else { panic!("{stopped}") };
    assert_eq!(made.len(), 1);
    assert!(stopped.to_string().contains("SomebodyElse"), "{stopped}");
    // What was never begun is not touched.
    assert_eq!(done(bench.roll_back("bundle")).edits.len(), 1);
    assert!(shown(&bench.collect("second"), &edits(&first)[1]).to_string().contains("SomebodyElse"));
    done(bench.roll_back("elsewhere"));
    assert_same(&first, &bench.collect("restored"));
}

#[test]
fn a_refused_call_stops_it_and_what_was_made_is_undone() {
    let refused =
        json!([{ "operation": "PutBucketPolicy", "resource": BUCKETS[1].1, "kind": "AccessDenied" }]);
    let bench = Workbench::with_faults(&names(), &refused);
    let first = bench.collect("first");
    let stopped = bench.apply(&edits(&first), "bundle").expect_err("a fault");
    let said = stopped.to_string();
    assert!(said.contains("stopped after 1 of 3 edits: policy of bucket acme-team-vision-scratch"), "{said}");
    assert!(said.contains("AWS refuses s3:PutBucketPolicy: AccessDenied"), "{said}");
    let help = miette::Diagnostic::help(&stopped).expect("help").to_string();
    assert!(help.contains(&bench.path("bundle").display().to_string()), "{help}");
    let writes = bench.writes();
    assert_eq!(writes, ["PutBucketPolicy"; 2], "the third is not tried");
    assert_eq!(done(bench.roll_back("bundle")).edits.len(), 1);
    assert_same(&first, &bench.collect("restored"));
}

#[test]
fn what_passes_by_itself_does_not_stop_it() {
    let faults = json!([
        { "operation": "Put*", "kind": "InternalError", "first": 2 },
        { "operation": "Put*", "kind": "reset", "first": 1 },
        { "operation": "Get*", "kind": "SlowDown", "rate": 0.2 },
    ]);
    let bench = Workbench::with_faults(&names(), &faults);
    let first = bench.collect("first");
    assert_eq!(done(bench.apply(&edits(&first), "bundle")).edits.len(), 3);
    assert_eq!(done(bench.roll_back("bundle")).edits.len(), 3);
    assert_same(&first, &bench.collect("restored"));
}

#[test]
fn an_account_that_cannot_be_entered_is_said_before_anything_is_written() {
    let denied = json!([{ "service": "sts", "operation": "AssumeRole", "resource": format!("*{TEAM}*"), "kind": "AccessDenied" }]);
    let bench = Workbench::with_faults(&names(), &denied);
    let refused = bench.apply(&edits(&bench.collect("first")), "bundle").expect_err("a refusal");
    let said = refused.to_string();
    assert!(said.contains("AWS does not let palisade be arn:aws:iam::673810167301:role/"), "{said}");
    assert_eq!(bench.writes(), Vec::<String>::new());
}

/// As a public policy comes back only when Block Public Access is off again.
#[test]
fn what_stood_in_the_way_of_a_rollback_is_undone_first() {
    let once = json!([{ "operation": "DeleteBucketPolicy", "kind": "AccessDenied", "first": 1 }]);
    let bench = Workbench::with_faults(&names(), &once);
    let first = bench.collect("first");
    let edits = edits(&first);
    done(bench.apply(&edits, "bundle"));
    assert_eq!(done(bench.roll_back("bundle")).edits, [edits[1].clone(), edits[0].clone(), edits[2].clone()]);
    assert_same(&first, &bench.collect("restored"));
}

/// "Changes that you make [...] are eventually consistent": here AWS shows the bucket without its policy for two reads more.
#[test]
fn what_aws_shows_late_is_waited_for() {
    let late = json!([{ "operation": "GetBucketPolicy", "resource": BUCKETS[2].1, "kind": "error", "status": 404,
        "code": "NoSuchBucketPolicy", "after": 2, "first": 4 }]);
    let bench = Workbench::with_faults(&names(), &late);
    let first = bench.collect("first");
    done(bench.apply(&edits(&first)[2..], "bundle"));
    assert_eq!(bench.calls().iter().filter(|call| *call == "GetBucketPolicy").count(), 5);
    done(bench.roll_back("bundle"));
    assert_same(&first, &bench.collect("restored"));
}

#[test]
fn what_aws_never_shows_stops_it() {
    let never = json!([{ "operation": "GetBucketPolicy", "resource": BUCKETS[1].1, "kind": "error", "status": 404,
        "code": "NoSuchBucketPolicy", "after": 2 }]);
    let bench = Workbench::with_faults(&names(), &never);
    let first = bench.collect("first");
    let stopped = bench.apply(&edits(&first), "bundle").expect_err("a fault");
    let said = stopped.to_string();
    assert!(
        said.contains("AWS took the change and does not show it after 15 seconds: found nothing"),
        "{said}"
    );
    let journal = fs::read_to_string(bench.path("bundle/journal.jsonl")).expect("a journal");
    assert!(journal.ends_with("{\"begin\":1}\n"), "{journal}");
    // It was made all the same, and a rollback that is shown it undoes it.
    let seeing = View::changing(&json!({}));
    let undone = roll_back(&bench.path("bundle"), &bench.options_of(&seeing), &|_| ());
    assert_eq!(done(undone).edits.len(), 2);
    assert_same(&first, &bench.collect("restored"));
}

/// The journal as a process leaves it that is killed: each time a line less.
#[test]
fn a_process_that_was_killed_leaves_nothing_behind() {
    let bench = Workbench::new(&names());
    let first = bench.collect("first");
    let edits = edits(&first);
    done(bench.apply(&edits, "bundle"));
    let journal = bench.path("bundle/journal.jsonl");
    let whole = fs::read_to_string(&journal).expect("a journal");
    assert_eq!(
        whole,
        "{\"begin\":0}\n{\"done\":0}\n{\"begin\":1}\n{\"done\":1}\n{\"begin\":2}\n{\"done\":2}\n"
    );
    // Killed behind the write of the second edit: the first two come back, and nobody says that the third was made.
    fs::write(&journal, "{\"begin\":0}\n{\"done\":0}\n{\"begin\":1}\n{\"do").expect("written");
    let undone: Vec<Edit> = done(bench.roll_back("bundle")).edits;
    assert_eq!(undone, [edits[1].clone(), edits[0].clone()]);
    // Killed before the write of the third: it is begun and not made.
    fs::write(&journal, &whole).expect("written");
    assert_eq!(done(bench.roll_back("bundle")).edits, [edits[2].clone()]);
    assert_same(&first, &bench.collect("restored"));
    // Killed before anything was begun.
    fs::remove_file(&journal).expect("removed");
    assert_eq!(done(bench.roll_back("bundle")).edits, []);
}

#[test]
fn what_others_changed_since_is_left_and_the_rest_comes_back() {
    let bench = Workbench::new(&names());
    let first = bench.collect("first");
    let edits = edits(&first);
    done(bench.apply(&edits, "bundle"));
    bench.apply_elsewhere(&by_others(&bench.collect("second")), "elsewhere");
    let left = bench.roll_back("bundle").expect_err("a change");
    let ApplyError::Left { undone, troubles, .. } = &left else { panic!("{left}") };
    assert_eq!(undone, &[edits[2].clone(), edits[0].clone()]);
    assert_eq!(troubles.len(), 1);
    let said = left.to_string();
    assert!(said.contains("1 of 3 edits could not be undone"), "{said}");
    assert!(said.contains("policy of bucket acme-team-vision-scratch in account 673810167301: it was changed since it was applied"), "{said}");
    let third = bench.collect("third");
    assert!(shown(&third, &edits[1]).to_string().contains("SomebodyElse"));
    assert_eq!(shown(&third, &edits[0]), shown(&first, &edits[0]));
    done(bench.roll_back("elsewhere"));
    assert_eq!(done(bench.roll_back("bundle")).edits, [edits[1].clone()]);
    assert_same(&first, &bench.collect("restored"));
}

#[test]
fn a_bundle_is_private_and_never_replaced() {
    let bench = Workbench::new(&names());
    let edits = edits(&bench.collect("first"));
    fs::create_dir(bench.path("bundle")).expect("made");
    let occupied = bench.apply(&edits, "bundle").expect_err("a directory");
    assert!(occupied.to_string().contains("is never replaced"), "{occupied}");
    assert_eq!(bench.writes(), Vec::<String>::new());
    let twice = bench.apply(&[edits[0].clone(), edits[0].clone()], "twice").expect_err("the same twice");
    assert!(twice.to_string().contains("changed twice"), "{twice}");
    done(bench.apply(&edits[..1], "private"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |name: &str| fs::metadata(bench.path(name)).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(
            ["private", "private/bundle.json", "private/journal.jsonl"].map(mode),
            [0o700, 0o600, 0o600]
        );
    }
    done(bench.roll_back("private"));
    let names: Vec<_> = fs::read_dir(bench.folder.path()).expect("a folder").collect();
    let hidden = |name: &std::io::Result<fs::DirEntry>| {
        name.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".palisade-"))
    };
    assert!(!names.iter().any(hidden), "{names:?}");
}

#[test]
fn what_is_no_bundle_is_said() {
    let bench = Workbench::new(&names());
    let said = |bench: &Workbench| bench.roll_back("bundle").expect_err("no bundle").to_string();
    assert!(said(&bench).starts_with("cannot read "), "{}", said(&bench));
    fs::create_dir(bench.path("bundle")).expect("made");
    for (text, words) in [
        ("{}", "bundle.json, line 1: missing field"),
        (r#"{"format": "rollback/2", "created_at": "", "edits": []}"#, "expected \"rollback/1\""),
    ] {
        fs::write(bench.path("bundle/bundle.json"), text).expect("written");
        assert!(said(&bench).contains(words), "{}", said(&bench));
    }
    assert_eq!(bench.calls(), Vec::<String>::new(), "AWS is not asked");
}
