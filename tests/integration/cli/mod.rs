//! The program as a shell runs it: one module a command.

mod audit;
mod fix;
mod output;
mod question;
mod rules;
mod simulate;
mod usage;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// palisade in an environment of nothing, so that no setting of the developer's decides a test.
fn palisade(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("palisade"));
    command.env_clear().args(arguments);
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    palisade(arguments).output().expect("palisade starts")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("palisade ends by itself")
}

pub(crate) fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("text")
}

pub(crate) fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("text")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
