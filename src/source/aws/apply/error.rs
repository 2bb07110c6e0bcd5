//! Why changes could not be made, or not be undone.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error as ThisError;

use super::super::api::Api;
use super::super::error::CollectError;
use super::super::refusal::Refusal;
use crate::estate::{AccountId, Edit};

/// Why changes were not made, or not undone: all of them, or some.
#[derive(Debug, ThisError, Diagnostic)]
pub enum ApplyError {
    /// AWS cannot be called at all.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Aws(#[from] CollectError),
    /// Some changes cannot be made as they were proved, so none was.
    #[error("nothing was changed: {} of {of} edits cannot be made as they were proved{}", troubles.len(), listed(troubles))]
    #[diagnostic(help(
        "collect and audit again: a fix is proved for what was there when it was collected. What must be allowed: palisade permissions, and palisade permissions --write"
    ))]
    Unready {
        /// What is in the way, by edit.
        troubles: Vec<Trouble>,
        /// How many edits there are.
        of: usize,
    },
    /// A change failed; those before it were made, those after it were not.
    #[error("stopped after {} of {of} edits: {trouble}", made.len())]
    #[diagnostic(help(
        "what was made, the edit that failed included, can be undone with the bundle in {}; or audit again and apply what is left. What must be allowed: palisade permissions --write",
        bundle.display()
    ))]
    Stopped {
        /// The edits that were made.
        made: Vec<Edit>,
        /// What stopped it.
        trouble: Box<Trouble>,
        /// How many edits there are.
        of: usize,
        /// The bundle that undoes what was made.
        bundle: PathBuf,
    },
    /// The process was asked to stop between two edits.
    #[error("interrupted after {} of {of} edits", made.len())]
    #[diagnostic(help(
        "what was made can be undone with the bundle in {}; or audit again and apply what is left",
        bundle.display()
    ))]
    Interrupted {
        /// The edits that were made, or undone.
        made: Vec<Edit>,
        /// How many edits there are.
        of: usize,
        /// The bundle that undoes what was made.
        bundle: PathBuf,
    },
    /// Some edits could not be undone; the others were.
    #[error("{} of {of} edits could not be undone{}", troubles.len(), listed(troubles))]
    #[diagnostic(help(
        "the others are undone; the bundle in {} says what was there before: put it back by hand where it is still wanted, or remove the cause and roll back again, which leaves alone what is undone already",
        bundle.display()
    ))]
    Left {
        /// The edits that were undone.
        undone: Vec<Edit>,
        /// Why the others were not.
        troubles: Vec<Trouble>,
        /// How many edits were to be undone.
        of: usize,
        /// The bundle.
        bundle: PathBuf,
    },
    /// Two edits change the same thing.
    #[error("{what} in account {account} is to be changed twice")]
    #[diagnostic(help(
        "put the edits of one document together: the first one's before with the last one's after"
    ))]
    Twice {
        /// What they change.
        what: String,
        /// Where it is.
        account: AccountId,
    },
    /// The bundle would stand where something else stands.
    #[error("{} is there already, and a bundle that is needed to undo changes is never replaced", directory.display())]
    #[diagnostic(help("name a directory that does not exist yet"))]
    Occupied {
        /// The directory that was named.
        directory: PathBuf,
    },
    /// The bundle cannot be written, so nothing more is changed.
    #[error("cannot write {}: {why}", path.display())]
    #[diagnostic(help(
        "no change is made that could not be undone; check the permissions and the space on the disk. What was changed before can be undone with the same bundle"
    ))]
    Unwritable {
        /// The directory or file.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
    /// The bundle cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    #[diagnostic(help(
        "name the directory of a bundle: it holds bundle.json and, once a change was begun, journal.jsonl"
    ))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
    /// The bundle is none.
    #[error("{}, line {line}: {problem}", path.display())]
    #[diagnostic(help("the file is no part of a bundle, was changed, or a newer palisade wrote it"))]
    NoBundle {
        /// The file.
        path: PathBuf,
        /// Where it stops making sense.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
}

/// Why one edit was not made or undone.
#[derive(Debug, ThisError)]
#[error("{} in account {}: {problem}", edit.target.describe(), edit.account)]
pub struct Trouble {
    /// The edit.
    pub edit: Edit,
    /// What is in the way.
    pub problem: Problem,
}

/// What is in the way of one change.
#[derive(Debug, ThisError)]
pub enum Problem {
    /// The account cannot be entered.
    #[error("AWS does not let palisade be {role}: {code}{}", said(message.as_deref()))]
    Entry {
        /// The role's ARN.
        role: String,
        /// AWS's error code.
        code: Box<str>,
        /// What is said about it.
        message: Option<Box<str>>,
    },
    /// AWS refuses a call, or does not answer it.
    #[error("AWS refuses {call}: {code}{}", said(message.as_deref()))]
    Refused {
        /// The call.
        call: String,
        /// AWS's error code, or what went wrong on the way.
        code: Box<str>,
        /// What is said about it.
        message: Option<Box<str>>,
    },
    /// Something else is there than was proved.
    #[error("it was changed since it was {since}: expected {expected}, found {found}")]
    Changed {
        /// `collected` or `applied`.
        since: &'static str,
        /// What is expected there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The change was sent, and AWS does not show it.
    #[error("AWS took the change and does not show it after {seconds} seconds: found {found}")]
    Unconfirmed {
        /// How long it was waited for.
        seconds: u64,
        /// What is there.
        found: String,
    },
    /// The change cannot be made without losing something, or at all.
    #[error("{0}")]
    Impossible(String),
    /// What is needed to undo the change cannot be recorded, so it is not made.
    #[error("cannot record it in {}: {why}", path.display())]
    Unrecorded {
        /// The journal.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
}

impl Problem {
    /// A call without the answer that it needs.
    pub(super) fn refused(api: Api, refusal: Refusal) -> Self {
        let Refusal { code, message, .. } = refusal;
        Self::Refused { call: api.name(), code, message }
    }

    pub(super) fn impossible(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Impossible(why.into().to_string())
    }
}

fn said(message: Option<&str>) -> String {
    message.map(|text| format!(": {text}")).unwrap_or_default()
}

fn listed(troubles: &[Trouble]) -> String {
    troubles.iter().map(|trouble| format!("\n  {trouble}")).collect()
}
