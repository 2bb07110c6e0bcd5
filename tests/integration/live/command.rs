//! The commands for a live organization as their users type them.

use std::fs;

use palisade::source::snapshot;
use serde_json::{Value, json};

use super::server::{View, accounts, management};
use crate::cli::{code, run, stderr, stdout};

fn collected(view: &View, arguments: &[&str]) -> (i32, String, palisade::estate::Estate) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("snapshot");
    let (code, said) = view.collect(&directory, arguments);
    let estate = snapshot::read(&directory, &|_, _| ()).unwrap_or_else(|error| panic!("{error}: {said}"));
    (code, said, estate)
}

fn ids(estate: &palisade::estate::Estate) -> Vec<String> {
    estate.accounts().map(|account| account.account_id.to_string()).collect()
}

#[test]
fn accounts_that_are_left_out_are_not_entered() {
    let view = View::plain();
    let [first, second] = [&accounts()[1], &accounts()[2]];
    let (code, said, estate) = collected(&view, &["--accounts", &format!("{first},{second}")]);
    assert_eq!(code, 0, "{said}");
    let mut expected = vec![first.clone(), second.clone()];
    expected.sort();
    assert_eq!(ids(&estate), expected);
    // On purpose or not: nobody knows what is in the others.
    assert!(estate.gaps.iter().all(|gap| &*gap.code == "Excluded"));
    assert!(!estate.gaps.is_empty());
    let (_, _, others) = collected(&view, &["--exclude-accounts", first]);
    assert!(!ids(&others).contains(first) && ids(&others).contains(second));
}

#[test]
fn a_unit_is_its_accounts_and_those_of_the_units_below() {
    let view = View::plain();
    let (_, _, whole) = collected(&view, &[]);
    let organization = whole.organization().expect("an organization");
    let top = organization
        .organizational_units
        .iter()
        .find(|unit| organization.organizational_units.iter().any(|below| below.parent_id == unit.id))
        .expect("a unit with a unit below");
    let (code, said, estate) = collected(&view, &["--ou", &top.id]);
    assert_eq!(code, 0, "{said}");
    assert!(!ids(&estate).is_empty() && ids(&estate).len() < ids(&whole).len());
    assert!(!ids(&estate).contains(&management().to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said) = view.collect(&folder.path().join("snapshot"), &["--ou", "ou-none-00000000"]);
    assert_eq!(code, 4);
    assert!(said.contains("no active account"), "{said}");
}

#[test]
fn nothing_is_asked_about_buckets_that_are_left_out() {
    let view = View::plain();
    let (_, _, whole) = collected(&View::plain(), &[]);
    let name = whole.buckets().next().expect("a bucket").1.name.clone();
    let (_, _, estate) = collected(&view, &["--bucket", &name]);
    assert_eq!(estate.buckets().map(|(_, bucket)| &*bucket.name).collect::<Vec<_>>(), [&*name]);
    let about: Vec<_> = view
        .calls()
        .into_iter()
        .filter(|call| call.service == "s3" && call.operation != "ListBuckets")
        .filter_map(|call| call.resource)
        .collect();
    assert!(!about.is_empty() && about.iter().all(|bucket| **bucket == *name), "{about:?}");

    let view = View::plain();
    let audit = view.palisade(&["audit", "aws", "--bucket", &name, "--format", "json"]).output();
    let report: Value = serde_json::from_slice(&audit.expect("palisade starts").stdout).expect("a report");
    assert_eq!(report["estate"]["buckets"], 1);
    assert_eq!(report["gaps"], json!([]), "the report says itself what it is about");
}

#[test]
fn credentials_that_aws_does_not_accept_are_an_error_with_help() {
    let view = View::new(&json!({ "faults": [{
        "service": "sts", "operation": "GetCallerIdentity", "kind": "error", "status": 403, "code": "InvalidClientTokenId",
    }] }));
    let folder = tempfile::tempdir().expect("a folder");
    let (_, said) = view.collect(&folder.path().join("snapshot"), &[]);
    assert!(said.contains("InvalidClientTokenId"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left behind");
    let output = view.palisade(&["audit", "aws"]).output().expect("palisade starts");
    assert_eq!((code(&output), stdout(&output)), (4, ""));
    assert!(stderr(&output).contains("InvalidClientTokenId"), "{}", stderr(&output));
    assert!(stderr(&output).contains("  help: "), "{}", stderr(&output));
    let mut none = view.palisade(&["audit", "aws"]);
    let none = none.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").output();
    let none = none.expect("palisade starts");
    assert_eq!(code(&none), 4);
    assert!(stderr(&none).contains("credentials"), "{}", stderr(&none));
}

#[test]
fn certificates_that_are_none_are_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("junk.pem");
    fs::write(&file, "junk").expect("written");
    for file in ["/no/such/file", file.to_str().expect("UTF-8")] {
        let output = run(&["audit", "aws", "--ca-bundle", file]);
        assert_eq!(code(&output), 4);
        assert!(stderr(&output).contains(file), "{}", stderr(&output));
    }
}

#[test]
fn profiles_regions_and_endpoints_are_those_of_every_tool() {
    let view = View::plain();
    let folder = tempfile::tempdir().expect("a folder");
    let [.., (_, key), (_, secret), _, _, _] = view.environment();
    let config = format!(
        "[profile audit]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\nregion = eu-west-1\nendpoint_url = {}\n",
        view.url
    );
    let (config_file, out) = (folder.path().join("config"), folder.path().join("snapshot"));
    fs::write(&config_file, config).expect("written");
    let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("palisade"))
        .env_clear()
        .env("AWS_CONFIG_FILE", &config_file)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args([
            "collect",
            "--profile",
            "audit",
            "--accounts",
            management(),
            "--out",
            out.to_str().expect("UTF-8"),
        ])
        .output()
        .expect("palisade starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(view.calls().iter().any(|call| call.operation == "GetBucketPolicy"));
}

#[test]
fn the_role_is_the_one_that_is_named() {
    let view = View::plain();
    let member = accounts().iter().find(|account| *account != management()).expect("a member");
    let (code, said, estate) = collected(&view, &["--accounts", member, "--role-name", "no-such-role"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("gap[AccessDenied]: sts:AssumeRole"), "{said}");
    let gap = estate.gaps.iter().find(|gap| &*gap.api == "sts:AssumeRole").expect("a gap");
    assert_eq!(*gap.resource, *format!("arn:aws:iam::{member}:role/no-such-role"));
    let template = "arn:{partition}:iam::{account}:role/OrganizationAccountAccessRole";
    let (code, said, _) = collected(&view, &["--accounts", member, "--role-arn-template", template]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn what_makes_no_sense_is_said() {
    for (arguments, words) in [
        (&["collect"][..], &["--out"][..]),
        (&["collect", "--out", "a", "--resume", "b"], &["--resume"]),
        (&["collect", "--out", "a", "--accounts", "12"], &["twelve digits"]),
        (&["collect", "--out", "a", "--ou", "ml"], &["ou-"]),
        (
            &["collect", "--out", "a", "--role-arn-template", "arn:aws:iam::111111111111:role/x"],
            &["{account}"],
        ),
        (&["collect", "--out", "a", "--concurrency", "0"], &["1..=1000"]),
        (&["collect", "--out", "a", "--request-timeout", "0"], &["0.1"]),
        (&["collect", "--out", "a", "--external-id", "${x}"], &["'$'"]),
        (&["collect", "--out", "a", "--session-name", "x"], &["2 to 64"]),
        (&["permissions", "--role-name", "a b"], &["' '"]),
        (&["audit", "demo", "--profile", "x"], &["--profile", "not aws"]),
    ] {
        let output = run(arguments);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{arguments:?}: {}", stderr(&output));
        for word in words {
            assert!(stderr(&output).contains(word), "{arguments:?} does not say {word}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_directory_that_is_no_snapshot_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("thesis.txt"), "years of work").expect("written");
    let (code, said) = View::plain().collect(folder.path(), &[]);
    assert_eq!(code, 4);
    assert!(said.contains("thesis.txt"), "{said}");
    let output = run(&["collect", "--resume", "/no/such/folder"]);
    assert_eq!(crate::cli::code(&output), 4);
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_what_is_collected() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("snapshot");
    assert_eq!(View::plain().collect(&directory, &["--accounts", management()]).0, 0);
    let account = format!("accounts/{}.json", management());
    let mode = |name: &str| fs::metadata(directory.join(name)).expect("a file").permissions().mode() & 0o777;
    assert_eq!(["estate.json", "organization.json", &account].map(mode), [0o600; 3]);
    assert_eq!(["", "accounts"].map(mode), [0o700; 2]);
}

#[test]
fn permissions_are_printed_in_every_form() {
    let policy: Value = serde_json::from_str(stdout(&run(&["permissions"]))).expect("a policy");
    let actions = |policy: &Value| -> Vec<String> {
        let statements = policy["Statement"].as_array().expect("statements");
        let actions =
            statements.iter().flat_map(|statement| statement["Action"].as_array().expect("actions"));
        actions.map(|action| action.as_str().expect("a text").to_owned()).collect()
    };
    let member = actions(&policy);
    assert!(member.contains(&"s3:GetBucketPolicy".to_owned()));
    assert!(!member.iter().any(|action| action.starts_with("organizations:") || action.starts_with("sts:")));
    let home: Value = serde_json::from_str(stdout(&run(&["permissions", "--caller"]))).expect("a policy");
    assert!(member.iter().all(|action| actions(&home).contains(action)));
    assert!(actions(&home).contains(&"organizations:ListRoots".to_owned()));
    for format in ["cloudformation", "terraform"] {
        let output =
            run(&["permissions", "--format", format, "--role-name", "reader", "--external-id", "x7"]);
        let text = stdout(&output);
        assert!(member.iter().all(|action| text.contains(action.as_str())), "{format}");
        assert!(text.contains("\"reader\"") && text.contains("\"x7\""), "{format}");
    }
}

#[test]
fn permissions_to_apply_are_apart_from_those_to_read() {
    let printed = |arguments: &[&str]| stdout(&run(&[&["permissions"], arguments].concat())).to_owned();
    let json = |arguments: &[&str]| serde_json::from_str::<Value>(&printed(arguments)).expect("JSON");
    let actions = |policy: &Value| -> Vec<String> {
        let statements = policy["Statement"].as_array().expect("statements").iter();
        let actions = statements.flat_map(|statement| statement["Action"].as_array().expect("actions"));
        actions.map(|action| action.as_str().expect("a text").to_owned()).collect()
    };
    let (read, write) = (actions(&json(&["--caller"])), actions(&json(&["--write"])));
    assert!(write.contains(&"s3:PutBucketPolicy".to_owned()) && write.contains(&"kms:CreateKey".to_owned()));
    assert!(!write.iter().any(|action| read.contains(action)));
    let member = actions(&json(&[]));
    for format in ["cloudformation", "terraform"] {
        let (reader, writer) = (printed(&["--format", format]), printed(&["--format", format, "--write"]));
        assert!(!write.iter().any(|action| reader.contains(action.as_str())), "{format}");
        assert!(member.iter().chain(&write).all(|action| writer.contains(action.as_str())), "{format}");
        assert!(writer.contains("any permission") && !reader.contains("any permission"), "{format}");
    }
    let calls = json(&["--format", "calls", "--write"]);
    let allowed = |call: &Value| write.iter().any(|action| call["action"] == action.as_str());
    assert!(calls.as_array().expect("calls").iter().all(allowed), "{calls}");
}
