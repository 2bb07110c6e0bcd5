//! Edits made in a live organization, and undone: the library against a real server that may be changed.

mod command;
mod identities;
mod keys;
mod settings;
mod trouble;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use palisade::estate::{AccountId, Content, Edit, Target};
use palisade::source::aws::apply::{Applied, ApplyError, apply, roll_back};
use palisade::source::aws::{APIS, TargetOptions, WRITES};
use serde_json::{Value, json};

use super::server::View;
use super::{assert_same, files};

/// One test changes the organization at a time, and leaves it for the next as it will.
static TURN: Mutex<()> = Mutex::new(());

const FEATURES: &str = "324685883277";
const TEAM: &str = "673810167301";
const PLATFORM: &str = "965897920267";

/// The organization during one test.
struct Workbench {
    _turn: MutexGuard<'static, ()>,
    folder: tempfile::TempDir,
    view: View,
    /// The buckets that are looked at.
    buckets: Vec<&'static str>,
}

impl Workbench {
    fn new(buckets: &[&'static str]) -> Self {
        Self::with_faults(buckets, &json!([]))
    }

    fn with_faults(buckets: &[&'static str], faults: &Value) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        let view = View::changing(&json!({ "faults": faults }));
        Self { _turn: turn, folder, view, buckets: buckets.to_vec() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn is_there(&self, name: &str) -> bool {
        self.path(name).try_exists().expect("a folder")
    }

    /// The accounts as they are now, with the buckets that are looked at.
    fn collect(&self, name: &str) -> PathBuf {
        let snapshot = self.path(name);
        let accounts = [FEATURES, TEAM, PLATFORM].join(",");
        let mut arguments = vec!["--accounts", &accounts];
        arguments.extend(self.buckets.iter().flat_map(|bucket| ["--bucket", bucket]));
        let (code, said) = View::changing(&json!({})).collect(&snapshot, &arguments);
        assert_eq!(code, 0, "{said}");
        snapshot
    }

    /// As whom, and where: told by a profile, for the environment is the test's own.
    fn options(&self) -> TargetOptions {
        self.options_of(&self.view)
    }

    fn options_of(&self, view: &View) -> TargetOptions {
        let [(_, endpoint), (_, key), (_, secret), (_, region), ..] = view.environment();
        let file = self.path("config");
        let config = format!(
            "[profile test]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\nregion = {region}\nendpoint_url = {endpoint}\n"
        );
        fs::write(&file, config).expect("written");
        TargetOptions {
            profile: Some("test".to_owned()),
            config_file: Some(file),
            concurrency: 8,
            account_concurrency: 8,
            timeout: Duration::from_secs(20),
            ..TargetOptions::default()
        }
    }

    fn apply(&self, edits: &[Edit], bundle: &str) -> Result<Applied, ApplyError> {
        apply(edits, &self.options(), &self.path(bundle), &|_| ())
    }

    /// Makes edits by a view without faults, as somebody else would.
    fn apply_elsewhere(&self, edits: &[Edit], bundle: &str) {
        let elsewhere = View::changing(&json!({}));
        let made = apply(edits, &self.options_of(&elsewhere), &self.path(bundle), &|_| ());
        made.unwrap_or_else(|error| panic!("{error}"));
    }

    fn roll_back(&self, bundle: &str) -> Result<Applied, ApplyError> {
        roll_back(&self.path(bundle), &self.options(), &|_| ())
    }

    /// The calls that were made, by name.
    fn calls(&self) -> Vec<String> {
        self.view.calls().into_iter().map(|call| call.operation).collect()
    }

    /// The calls that changed something.
    fn writes(&self) -> Vec<String> {
        let reads =
            |name: &String| ["Get", "List", "Describe", "AssumeRole"].iter().any(|it| name.starts_with(it));
        self.calls().into_iter().filter(|name| !reads(name)).collect()
    }

    /// Applies the edits, sees what they say in the next snapshot, rolls back, and sees what was there before.
    fn there_and_back(&self, before: &Path, edits: &[Edit]) -> Value {
        let made = self.apply(edits, "bundle").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(made.edits, edits);
        let after = self.collect("after");
        for edit in edits {
            let expected = edit.after.as_ref().map_or(Value::Null, Content::value);
            assert_eq!(shown(&after, edit), expected, "{}", edit.target.describe());
        }
        let undone = self.roll_back("bundle").unwrap_or_else(|error| panic!("{error}"));
        let reversed: Vec<Edit> = edits.iter().rev().cloned().collect();
        assert_eq!(undone.edits, reversed);
        assert_same(before, &self.collect("restored"));
        let again = self.roll_back("bundle").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.edits, [], "there is nothing left to undo");
        self.assert_calls_are_listed();
        serde_json::from_str(&fs::read_to_string(self.path("bundle/bundle.json")).expect("a bundle"))
            .expect("JSON")
    }

    /// What `palisade permissions --write` prints is enough.
    fn assert_calls_are_listed(&self) {
        let listed: BTreeSet<(&str, &str)> =
            APIS.iter().chain(WRITES).map(|api| (api.service, api.operation)).collect();
        for call in self.view.calls() {
            assert!(listed.contains(&(&*call.service, &*call.operation)), "{call:?} is not listed");
        }
    }
}

/// An edit whose `before` is what a snapshot shows.
fn edit(snapshot: &Path, account: &str, target: Target, after: Value) -> Edit {
    let account = AccountId::parse(account).expect("an account");
    let mut edit = Edit { account, region: None, target, before: None, after: content(after) };
    edit.before = content(shown(snapshot, &edit));
    edit
}

fn content(value: Value) -> Option<Content> {
    match value {
        Value::Null => None,
        value => Some(Content::of(&value)),
    }
}

/// What a snapshot shows of an edit's target.
fn shown(snapshot: &Path, edit: &Edit) -> Value {
    let account = &files(snapshot)[&format!("accounts/{}.json", edit.account)];
    let item = |pointer: &str, member: &str, name: &str| {
        let items = account.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        items.clone().find(|item| item[member] == name).cloned().unwrap_or_default()
    };
    let bucket = |name: &str, member: &str| item("/Buckets", "Name", name)[member].clone();
    let principal = |arn: &str| {
        let lists = ["User", "Group", "Role"].map(|kind| format!("/AuthorizationDetails/{kind}DetailList"));
        lists.iter().map(|list| item(list, "Arn", arn)).find(|it| !it.is_null()).unwrap_or_default()
    };
    let key = |name: &str| {
        let keys = account["KmsKeys"].as_array().into_iter().flatten();
        let is = |key: &&Value| {
            key["Arn"] == name || key["Aliases"].as_array().is_some_and(|names| names.contains(&name.into()))
        };
        keys.clone().find(is).map_or(Value::Null, |key| key["Policy"].clone())
    };
    let of_kinds = |principal: &Value, list: &str, (member, name): (&str, &str), value: &str| {
        let lists = ["User", "Group", "Role"].map(|kind| list.replace("Kind", kind));
        let items = lists.iter().filter_map(|list| principal[list].as_array()).flatten();
        items.clone().find(|item| item[member] == name).map_or(Value::Null, |item| item[value].clone())
    };
    match &edit.target {
        Target::BucketVersioning { bucket: name } => bucket(name, "Versioning"),
        Target::BucketEncryption { bucket: name } => bucket(name, "Encryption"),
        Target::BucketPublicAccessBlock { bucket: name } => bucket(name, "PublicAccessBlock"),
        Target::BucketOwnership { bucket: name } => bucket(name, "OwnershipControls"),
        Target::BucketLogging { bucket: name } => bucket(name, "Logging"),
        Target::BucketLifecycle { bucket: name } => bucket(name, "Lifecycle"),
        Target::BucketTags { bucket: name } => match bucket(name, "Tags") {
            Value::Array(tags) if tags.is_empty() => Value::Null,
            tags => tags,
        },
        Target::BucketPolicy { bucket: name } => bucket(name, "Policy"),
        Target::AccessPointPolicy { name, .. } => item("/AccessPoints", "Name", name)["Policy"].clone(),
        Target::Key { alias } => key(alias),
        Target::KeyPolicy { key: arn } => key(arn),
        Target::TrustPolicy { role } => principal(role)["AssumeRolePolicyDocument"].clone(),
        Target::InlinePolicy { principal: arn, name } => {
            of_kinds(&principal(arn), "KindPolicyList", ("PolicyName", name), "PolicyDocument")
        }
        Target::ManagedPolicy { policy } => {
            let policy = item("/AuthorizationDetails/Policies", "Arn", policy);
            let versions = policy["PolicyVersionList"].as_array().into_iter().flatten();
            let in_force =
                versions.clone().find(|version| version["VersionId"] == policy["DefaultVersionId"]);
            in_force.map_or(Value::Null, |version| version["Document"].clone())
        }
        Target::AttachedPolicy { principal: arn, policy } => {
            of_kinds(&principal(arn), "AttachedManagedPolicies", ("PolicyArn", policy), "PolicyArn")
        }
        Target::PermissionsBoundary { principal: arn } => {
            principal(arn)["PermissionsBoundary"]["PermissionsBoundaryArn"].clone()
        }
    }
}

/// A policy with one statement.
fn policy(statement: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": Value::Array(vec![statement]) })
}

fn bucket_policy(bucket: &str, sid: &str) -> Value {
    policy(json!({
        "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    }))
}

fn of_bucket(bucket: &str) -> Target {
    Target::BucketPolicy { bucket: bucket.into() }
}
