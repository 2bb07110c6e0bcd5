//! Why a directory is no snapshot.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::iam::Position;

/// Why a snapshot could not be read or written at all.
///
/// Evidence that is missing or malformed inside a snapshot is no error but a [`Gap`](crate::estate::Gap).
#[derive(Debug, Error, Diagnostic)]
pub enum SnapshotError {
    /// The directory, or a file that every snapshot needs, cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    #[diagnostic(help("name the directory of a snapshot: it holds estate.json and a directory accounts"))]
    Unreadable {
        /// The directory or file.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
    /// There is no `estate.json`.
    #[error("{} is no snapshot: it has neither estate.json nor estate.json.zst", directory.display())]
    #[diagnostic(help(
        "name the directory of a snapshot; its estate.json is {{\"format\": \"estate/1\", \"collected_at\": \"2026-11-22T10:00:00Z\", \"partition\": \"aws\"}}"
    ))]
    NoEstate {
        /// The directory that was named.
        directory: PathBuf,
    },
    /// `estate.json` names a format that palisade does not know.
    #[error("{}: $.format (line {}, column {}): found {found}; expected \"estate/1\"",
        file.display(), position.line, position.column)]
    #[diagnostic(help("a newer palisade wrote this snapshot, or the file is none of a snapshot's"))]
    UnknownFormat {
        /// The file.
        file: PathBuf,
        /// Where the format stands, or should stand.
        position: Position,
        /// What stands there.
        found: String,
    },
    /// `estate.json` or `organization.json` is no JSON.
    #[error("{}: $ (line {}, column {}): {problem}", file.display(), position.line, position.column)]
    #[diagnostic(help("the file must be whole, in UTF-8 and JSON; collect the snapshot again"))]
    NotJson {
        /// The file.
        file: PathBuf,
        /// Where the text stops making sense.
        position: Position,
        /// What is wrong there.
        problem: String,
    },
    /// There is no account file.
    #[error("{} has no account file", directory.display())]
    #[diagnostic(help(
        "a snapshot has one file accounts/<account number>.json, or .json.zst, for each account"
    ))]
    NoAccounts {
        /// The directory that was named.
        directory: PathBuf,
    },
    /// The snapshot would replace something else.
    #[error("{} holds {found}, which is no part of a snapshot", directory.display())]
    #[diagnostic(help("name a new directory, an empty one, or one with a snapshot to be replaced"))]
    Occupied {
        /// The directory that was named.
        directory: PathBuf,
        /// What stands there.
        found: String,
    },
    /// The snapshot cannot be written.
    #[error("cannot write {}: {why}", path.display())]
    #[diagnostic(help(
        "what stood there before is unchanged; check the permissions and the space on the disk, and name a directory inside a mounted one rather than the mount itself"
    ))]
    Unwritable {
        /// The directory or file.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
}
