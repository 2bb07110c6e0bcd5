//! The scripts, read by ShellCheck and run against a stand-in for the AWS CLI.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use palisade::estate::{Content, Edit, Target};
use palisade::fix::render::Format;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{files, sample, succeed, tool};

/// A machine with a script, a stand-in for the AWS CLI, and what is in AWS.
struct Machine {
    folder: TempDir,
    script: String,
}

impl Machine {
    fn new(edits: &[Edit], account: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!("{account}.sh");
        let file =
            files(Format::Cli, edits).into_iter().find(|file| *file.name == *script).expect("a script");
        fs::write(folder.path().join(&script), file.text).expect("written");
        fs::create_dir(folder.path().join("bin")).expect("made");
        let python = tool("python").get_program().to_owned();
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/render/stand_in");
        let has_jq = Command::new("jq").arg("--version").output().is_ok();
        let jq = (!has_jq).then_some(("jq", ""));
        for (name, options) in [("aws", "-S")].into_iter().chain(jq) {
            let stand_in = folder.path().join("bin").join(name);
            let (python, main) = (python.display(), here.join(format!("{name}_cli.py")));
            let text = format!("#!/bin/sh\nexec '{python}' {options} '{}' \"$@\"\n", main.display());
            fs::write(&stand_in, text).expect("written");
            fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).expect("executable");
        }
        let machine = Self { folder, script };
        machine.set(&state(edits, account, |edit| edit.before.as_ref()));
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&self, state: &Map<String, Value>) {
        fs::write(self.path("state.json"), serde_json::to_string(state).expect("JSON")).expect("written");
    }

    fn state(&self) -> Map<String, Value> {
        serde_json::from_str(&fs::read_to_string(self.path("state.json")).expect("text")).expect("JSON")
    }

    fn run(&self, script: &str, arguments: &[&str]) -> Output {
        self.run_failing("", script, arguments)
    }

    /// With an operation that fails.
    fn run_failing(&self, operation: &str, script: &str, arguments: &[&str]) -> Output {
        let path = std::env::var("PATH").expect("a path");
        Command::new("bash")
            .arg(script)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("AWS_STATE", self.path("state.json"))
            .env("AWS_FAILS", operation)
            .env("AWS_CALLS", self.path("calls.jsonl"))
            .output()
            .expect("bash")
    }

    /// Runs the script and says what it told.
    fn apply(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.run(&self.script, arguments);
        assert_eq!(output.stdout, b"", "scripts tell on standard error");
        (output.status.success(), String::from_utf8(output.stderr).expect("text"))
    }

    fn rollbacks(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
        names.filter(|name| name.starts_with("rollback-")).collect()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.path("calls.jsonl")).unwrap_or_default()
    }
}

/// What the stand-in keeps if every edit of the account has this content.
fn state(edits: &[Edit], account: &str, side: impl Fn(&Edit) -> Option<&Content>) -> Map<String, Value> {
    let mut state = Map::new();
    state.insert("account".into(), json!(account));
    for edit in edits.iter().filter(|edit| edit.account.to_string() == account) {
        let content = side(edit);
        if let Target::AttachedPolicy { principal, policy } = &edit.target {
            let (kind, name) = holder(principal);
            let attached = state.entry(format!("attached:{kind}:{name}")).or_insert(json!([]));
            attached.as_array_mut().expect("a list").extend(content.map(|_| json!(policy)));
            continue;
        }
        let content = content.filter(|content| !["{}", "[]"].contains(&content.text()));
        if let Some(content) = content {
            put(&mut state, &edit.target, content);
        }
    }
    state
}

fn put(state: &mut Map<String, Value>, target: &Target, content: &Content) {
    let (text, value) = (json!(content.text()), content.value());
    let (key, kept) = match target {
        Target::BucketVersioning { bucket } => (format!("versioning:{bucket}"), value),
        Target::BucketEncryption { bucket } => (format!("encryption:{bucket}"), value),
        Target::BucketPublicAccessBlock { bucket } => (format!("public-access-block:{bucket}"), value),
        Target::BucketOwnership { bucket } => (format!("ownership:{bucket}"), value),
        Target::BucketLogging { bucket } => (format!("logging:{bucket}"), value),
        Target::BucketLifecycle { bucket } => (format!("lifecycle:{bucket}"), value),
        Target::BucketTags { bucket } => (format!("tags:{bucket}"), value),
        Target::BucketPolicy { bucket } => (format!("bucket-policy:{bucket}"), text),
        Target::AccessPointPolicy { name, .. } => (format!("access-point-policy:{name}"), text),
        Target::KeyPolicy { key } => (format!("key-policy:{key}"), text),
        Target::Key { alias } => {
            state.insert(alias.to_string(), json!("made-1"));
            ("key-policy:made-1".to_owned(), text)
        }
        Target::TrustPolicy { role } => (format!("trust:{}", holder(role).1), value),
        Target::InlinePolicy { principal, name: policy } => {
            let (kind, name) = holder(principal);
            (format!("inline:{kind}:{name}:{policy}"), value)
        }
        Target::ManagedPolicy { policy } => {
            let versions = json!({"default": "v1", "next": 2, "versions": {"v1": value}});
            (format!("managed:{policy}"), versions)
        }
        Target::PermissionsBoundary { principal } => {
            let (kind, name) = holder(principal);
            (format!("boundary:{kind}:{name}"), value)
        }
        Target::AttachedPolicy { .. } => unreachable!("a list of its own"),
    };
    state.insert(key, kept);
}

fn holder(arn: &str) -> (&str, &str) {
    let resource = arn.splitn(6, ':').nth(5).expect("an ARN");
    (resource.split('/').next().expect("a kind"), resource.rsplit('/').next().expect("a name"))
}

/// The state with what is in force of each managed policy, and no empty lists.
fn in_force(state: &Map<String, Value>) -> Map<String, Value> {
    let plain = |(key, value): (&String, &Value)| {
        let value = match value["default"].as_str() {
            Some(version) => value["versions"][version].clone(),
            None => value.clone(),
        };
        (value != json!([])).then(|| (key.clone(), value))
    };
    state.iter().filter_map(plain).collect()
}

#[test]
fn shellcheck_has_no_objection() {
    let folder = tempfile::tempdir().expect("a folder");
    for edits in [sample::resources(), sample::identities(), sample::oddly_named(), sample::all()] {
        for file in files(Format::Cli, &edits) {
            let script = folder.path().join(&*file.name);
            fs::write(&script, &file.text).expect("written");
            let rollback = folder.path().join("rollback.sh");
            fs::write(&rollback, rollback_in(&file.text)).expect("written");
            succeed(tool("shellcheck").args([&script, &rollback]));
        }
    }
}

/// The way back inside of a script.
fn rollback_in(script: &str) -> String {
    let (_, rest) = script.split_once("cat >\"$rollback\" <<'").expect("a way back");
    let (end, rest) = rest.split_once("'\n").expect("a mark");
    rest.split_once(&format!("\n{end}\n")).expect("an end").0.to_owned() + "\n"
}

#[test]
fn it_changes_what_was_read_and_the_way_back_restores_it() {
    for edits in [sample::resources(), sample::identities(), sample::oddly_named()] {
        let machine = Machine::new(&edits, sample::HOME);
        let before = machine.state();
        let (done, told) = machine.apply(&[]);
        assert!(done, "{told}");
        let mut after = state(&edits, sample::HOME, |edit| edit.after.as_ref());
        if let Some(encryption) = after.get_mut("encryption:acme-models-prod") {
            // The key that was made, and not its alias: what an alias is depends on who asks.
            encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] =
                json!("arn:aws:kms:eu-west-1:210000000000:key/made-1");
        }
        assert_eq!(in_force(&machine.state()), in_force(&after));
        let [rollback] = &machine.rollbacks()[..] else { panic!("one way back") };
        assert!(told.contains(&format!("the way back: bash {rollback}")), "{told}");

        // Twice: whoever is not sure that it ran to the end runs it again.
        for _ in 0..2 {
            let output = machine.run(rollback, &[]);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(in_force(&machine.state()), never_versioned(in_force(&before), &machine));
        }
        let calls = machine.path("calls.jsonl");
        succeed(tool("python").arg("tests/integration/render/stand_in/calls.py").arg(calls));
    }
}

/// Versioning cannot be taken back, only suspended.
fn never_versioned(mut state: Map<String, Value>, machine: &Machine) -> Map<String, Value> {
    let suspended = machine.state().into_iter().filter(|(key, _)| key.starts_with("versioning:"));
    state.extend(suspended.filter(|(_, value)| *value == json!({"Status": "Suspended"})));
    state
}

#[test]
fn half_of_it_is_put_back_too_and_what_fails_keeps_nothing_else_from_it() {
    let edits = sample::resources();
    let machine = Machine::new(&edits, sample::HOME);
    let before = machine.state();
    let output = machine.run_failing("put-bucket-tagging", &machine.script, &[]);
    let [rollback] = &machine.rollbacks()[..] else { panic!("one way back") };
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.ends_with(&format!("stopped half-way; to put back what was there: bash {rollback}\n")),
        "{told}"
    );
    assert!(!output.status.success() && machine.state() != before);

    let output = machine.run_failing("put-public-access-block", rollback, &[]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let what = "this is not back:\n  Block Public Access of bucket acme-models-prod\nRun";
    assert!(!output.status.success() && told.contains(what), "{told}");
    assert!(machine.run(rollback, &[]).status.success());
    assert_eq!(in_force(&machine.state()), never_versioned(in_force(&before), &machine));
}

#[test]
fn it_refuses_what_is_not_as_it_was_read_and_changes_nothing() {
    for edits in [sample::resources(), sample::identities()] {
        let edits: Vec<Edit> =
            edits.into_iter().filter(|edit| edit.account.to_string() == sample::HOME).collect();
        let machine = Machine::new(&edits, sample::HOME);
        let now = state(&edits, sample::HOME, |edit| edit.after.as_ref());
        machine.set(&now);
        let (done, told) = machine.apply(&[]);
        assert!(!done);
        for edit in &edits {
            assert!(
                told.contains(&format!("\n  {}", edit.target.describe())),
                "{} in {told}",
                edit.target.describe()
            );
        }
        assert_eq!((machine.state(), machine.rollbacks()), (now, vec![]));
        assert_only_reads(&machine);
    }
}

#[test]
fn it_only_looks_if_that_is_asked() {
    let machine = Machine::new(&sample::identities(), sample::HOME);
    let before = machine.state();
    let (done, told) = machine.apply(&["--check"]);
    assert_eq!((done, &*told), (true, "everything is as it was read\n"));
    assert_eq!((machine.state(), machine.rollbacks()), (before, vec![]));
    assert_only_reads(&machine);
    assert!(!machine.apply(&["--chekc"]).0);
}

fn assert_only_reads(machine: &Machine) {
    for line in machine.calls().lines() {
        let call: Vec<String> = serde_json::from_str(line).expect("JSON");
        assert!(["get-", "list-", "describe-"].iter().any(|verb| call[1].starts_with(verb)), "{call:?}");
    }
}

#[test]
fn the_account_must_be_the_right_one() {
    let machine = Machine::new(&sample::identities(), sample::HOME);
    let mut state = machine.state();
    state.insert("account".into(), json!("999999999999"));
    machine.set(&state);
    let (done, told) = machine.apply(&[]);
    assert!(!done && told.contains("credentials of account 999999999999"), "{told}");
}

#[test]
fn order_and_notation_of_a_policy_do_not_matter() {
    let bucket = || Target::BucketPolicy { bucket: "acme".into() };
    let read = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Resource": "*", "Action": ["s3:A", "s3:B"]}});
    let now = r#"{"Statement":[{"Action":["s3:B","s3:A"],"Resource":["*"],"Principal":"*","Effect":"Allow"}],"Version":"2012-10-17"}"#;
    let edits = [sample::edit(sample::HOME, None, bucket(), Some(read), None)];
    let machine = Machine::new(&edits, sample::HOME);
    let mut state = machine.state();
    state.insert("bucket-policy:acme".into(), json!(now));
    machine.set(&state);
    let (done, told) = machine.apply(&["--check"]);
    assert!(done, "{told}");
}

#[test]
fn errors_are_no_missing_documents() {
    let edits = sample::identities();
    let machine = Machine::new(&edits, sample::HOME);
    let broken = machine.path("bin/aws");
    let refusing = "#!/bin/sh\ncase $1 in sts) echo 210000000000;; *) echo 'An error occurred (AccessDenied) when calling' >&2; exit 254;; esac\n";
    fs::write(&broken, refusing).expect("written");
    let (done, told) = machine.apply(&[]);
    assert!(!done && told.contains("(AccessDenied)"), "{told}");
    assert!(told.contains(&format!("this could not be read: {}", edits[0].target.describe())), "{told}");
}

#[test]
fn the_oldest_of_five_versions_makes_room() {
    let policy: Box<str> = "arn:aws:iam::210000000000:policy/wide".into();
    let document = |action: &str| sample::policy("S", action, "*");
    let target = Target::ManagedPolicy { policy: policy.clone() };
    let edits = [sample::edit(sample::HOME, None, target, Some(document("s3:*")), Some(document("s3:Get*")))];
    let machine = Machine::new(&edits, sample::HOME);
    let mut state = machine.state();
    let versions = json!({"v9": document("a:a"), "v10": document("b:b"), "v3": document("s3:*"), "v4": document("c:c"), "v11": document("d:d")});
    state.insert(format!("managed:{policy}"), json!({"default": "v3", "next": 12, "versions": versions}));
    machine.set(&state);

    let (done, told) = machine.apply(&[]);
    assert!(done && told.contains("v4, is deleted"), "{told}");
    let after = machine.state()[&format!("managed:{policy}")].clone();
    assert_eq!((&after["default"], &after["versions"]["v12"]), (&json!("v12"), &document("s3:Get*")));

    assert!(machine.run(&machine.rollbacks()[0], &[]).status.success());
    assert_eq!(machine.state()[&format!("managed:{policy}")]["default"], json!("v3"));
}
