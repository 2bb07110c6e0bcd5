//! Fixes in the forms that their owners use: a diff to read, a script to run, Terraform and CloudFormation to merge. All of it
//! is text in files that somebody else writes.

mod cli;
mod cloudformation;
mod diff;
mod holder;
mod json;
mod terraform;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::estate::{AccountId, Content, Edit};
use crate::finding::Plan;

/// A file of a rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name, without a folder.
    pub name: Box<str>,
    /// What is in it.
    pub text: String,
}

/// A form in which fixes are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For reading: what changes in each document, as a unified diff.
    Diff,
    /// A script of AWS CLI calls for each account, with the way back.
    Cli,
    /// Terraform, a file for each account.
    Terraform,
    /// CloudFormation, a template for each account and region.
    Cloudformation,
    /// For programs: the whole [`Plan`].
    Json,
}

impl Format {
    /// Every format with its name, in the order of `--help`.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Diff, "diff"),
        (Self::Cli, "cli"),
        (Self::Terraform, "terraform"),
        (Self::Cloudformation, "cloudformation"),
        (Self::Json, "json"),
    ];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find_map(|(format, name)| (*format == self).then_some(*name)).unwrap_or_default()
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        found.map(|(format, _)| format).ok_or_else(|| UnknownFormatError(text.to_owned()))
    }
}

/// A word that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format of fixes")]
pub struct UnknownFormatError(String);

/// Writes down changes of a plan, as [`Plan::edits`] gives them: each document once.
#[must_use]
pub fn render(format: Format, plan: &Plan, edits: &[Edit]) -> Vec<File> {
    match format {
        Format::Diff => vec![diff::file(edits)],
        Format::Cli => cli::files(plan, edits),
        Format::Terraform => terraform::files(plan, edits),
        Format::Cloudformation => cloudformation::files(plan, edits),
        Format::Json => vec![json::file(plan)],
    }
}

/// The edits of each account, in the order in which they are made.
fn by_account(edits: &[Edit]) -> BTreeMap<AccountId, Vec<&Edit>> {
    let mut accounts: BTreeMap<AccountId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        accounts.entry(edit.account).or_default().push(edit);
    }
    accounts
}

/// The region to which calls about what is of no region go, and those about a bucket of which none is known: S3 sends them on.
fn home_region(plan: &Plan) -> &'static str {
    match &*plan.partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// The content that says something. Versioning and logging that were never set are `{}` in AWS, and no tags are an empty list.
fn present(content: Option<&Content>) -> Option<&Content> {
    content.filter(|content| !matches!(content.text().trim(), "" | "{}" | "[]" | "null"))
}
