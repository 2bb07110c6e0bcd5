//! The live AWS of the tests: one server for all of them that only look at it, another for those that change it, and a view for each.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// Started by the first test that needs it; it ends when its standard input is closed, which is when this process ends.
static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// The same organization, to be changed: by one test at a time.
static CHANGING: LazyLock<Server> = LazyLock::new(Server::start);

struct Server {
    ready: Ready,
    _process: Child,
}

/// What the server says when it is ready.
#[derive(Deserialize)]
struct Ready {
    control: String,
    management_account: String,
    accounts: Vec<String>,
    access_key_id: String,
    secret_access_key: String,
}

/// A port of its own with faults of its own, before the organization that all views share.
pub(super) struct View {
    server: &'static Server,
    id: u64,
    pub(super) url: String,
}

/// A request that a view has seen.
#[derive(Debug, Deserialize)]
pub(super) struct Call {
    pub(super) service: String,
    pub(super) operation: String,
    #[serde(default)]
    pub(super) resource: Option<String>,
    pub(super) account: Option<String>,
    pub(super) fault: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    id: u64,
    url: String,
}

impl Server {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live");
        let installed = Command::new("bash").arg(folder.join("install")).output();
        let installed = installed.expect("the tests of live AWS need bash to install their server");
        let said = String::from_utf8_lossy(&installed.stderr);
        assert!(installed.status.success(), "the tests of live AWS need Python 3 and its registry:\n{said}");
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live/venv/bin/python");
        let mut process = Command::new(python)
            .arg(folder.join("server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let out = process.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("the server says when it is ready");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { ready, _process: process }
    }

    fn control(&self, path: &str) -> String {
        format!("{}{path}", self.ready.control)
    }
}

impl View {
    /// A view as `description` wants it, see `tests/live/README.md`.
    pub(super) fn new(description: &Value) -> Self {
        Self::of(&SERVER, description)
    }

    /// A view of the organization that may be changed.
    pub(super) fn changing(description: &Value) -> Self {
        Self::of(&CHANGING, description)
    }

    fn of(server: &'static Server, description: &Value) -> Self {
        let mut answer = ureq::post(server.control("/views")).send_json(description).expect("a view");
        let Created { id, url } = answer.body_mut().read_json().expect("its address");
        Self { server, id, url }
    }

    /// A view without faults.
    pub(super) fn plain() -> Self {
        Self::new(&serde_json::json!({}))
    }

    /// What was asked of it so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        let path = self.server.control(&format!("/views/{}/calls", self.id));
        ureq::get(path).call().expect("the calls").body_mut().read_json().expect("a list")
    }

    /// palisade, with the management account's credentials, and nothing else in its environment.
    pub(super) fn palisade(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("palisade"));
        command.env_clear().envs(self.environment()).args(arguments);
        command
    }

    /// The environment by which every tool for AWS finds this view.
    pub(super) fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_ACCESS_KEY_ID", self.server.ready.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.server.ready.secret_access_key.clone()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("HOME", "/nonexistent".to_owned()),
        ]
    }

    /// Collects into `directory`, and returns the exit code and what was said.
    pub(super) fn collect(&self, directory: &Path, arguments: &[&str]) -> (i32, String) {
        let directory = directory.to_str().expect("a path in UTF-8");
        let output = self.palisade(&[&["collect", "--out", directory], arguments].concat()).output();
        let output = output.expect("palisade starts");
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("palisade ends by itself"), said)
    }

    /// The oracle's snapshot of the same organization, by boto3.
    pub(super) fn dump(&self, directory: &Path) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(root.join("target/live/venv/bin/python"))
            .arg(root.join("tests/live/dump.py"))
            .args(["--endpoint", &self.url, "--out"])
            .arg(directory)
            .envs(self.environment())
            .output()
            .expect("the oracle starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // A view that stays does no harm: the server ends with the tests.
        let _ = ureq::delete(self.server.control(&format!("/views/{}", self.id))).call();
    }
}

/// The number of the management account.
pub(super) fn management() -> &'static str {
    &SERVER.ready.management_account
}

/// The numbers of all accounts.
pub(super) fn accounts() -> &'static [String] {
    &SERVER.ready.accounts
}

/// What an undisturbed run writes; collected once.
pub(super) fn undisturbed() -> &'static Path {
    static SNAPSHOT: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = folder.path().join("snapshot");
        let (code, said) = View::plain().collect(&snapshot, &[]);
        assert_eq!(code, 0, "{said}");
        (folder, snapshot)
    });
    &SNAPSHOT.1
}
