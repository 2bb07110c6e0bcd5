//! The estate as a directory of JSON files: reading and writing it.
//!
//! ```text
//! estate.json             {"format": "estate/1", "collected_at": ..., "partition": ...}
//! organization.json       AWS Organizations; left out for an account that belongs to none
//! accounts/<number>.json  one file per account, in AWS's own field names
//! ```
//!
//! Each file is plain or compressed with zstd (`.json.zst`). Only a snapshot that is none at all is an error.
//! Whatever else is wrong in it becomes a [`Gap`](crate::estate::Gap) that names file, JSON path, line and column, and
//! the rest is read: a truncated account file leaves the other accounts, a bad statement the others of its policy.

mod calls;
mod draft;
mod error;
mod faults;
mod files;
mod gaps;
mod intern;
mod organization;
mod place;
mod read;
mod write;

use std::borrow::Cow;
use std::path::Path;

use crate::estate::Estate;

pub use draft::Draft;
pub use error::SnapshotError;
pub use write::Compression;

/// Is told how many account files have been read, of how many; from any thread.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Reads the snapshot in `directory`, on all cores.
///
/// # Errors
/// The directory holds no snapshot: it is not there, `estate.json` is missing or names an unknown format, it or
/// `organization.json` is no JSON, or there is no account file.
pub fn read(directory: &Path, progress: Progress<'_>) -> Result<Estate, SnapshotError> {
    read::estate(&files::Files::on_disk(directory)?, progress)
}

/// Reads a snapshot that is in memory: its files by their path inside the snapshot, such as
/// `accounts/111122223333.json`.
///
/// # Errors
/// As [`read`].
pub fn from_files<'a>(
    files: impl IntoIterator<Item = (String, Cow<'a, [u8]>)>,
) -> Result<Estate, SnapshotError> {
    read::estate(&files::Files::in_memory(files), &|_, _| ())
}

/// The estate as it is when its snapshot is written and read again: every document that is the same text is one, whatever
/// an error bears on is unread, and what is missing is a gap. What a collector gathered is judged in this form only.
///
/// # Errors
/// As [`read`]: an estate without accounts is none.
pub fn reread(estate: &Estate) -> Result<Estate, SnapshotError> {
    from_files(write::in_memory(estate)?.into_iter().map(|(name, text)| (name, Cow::Owned(text))))
}

/// Writes `estate` to `directory`: the same estate gives the same bytes, and policies keep their text.
///
/// A snapshot that stands there already is replaced in one step. Only the user can read the files.
///
/// # Errors
/// The disk refuses, or the directory holds something that is no snapshot.
pub fn write(estate: &Estate, directory: &Path, compression: Compression) -> Result<(), SnapshotError> {
    write::estate(estate, directory, compression)
}
