//! The bundle by which changes are undone: what was there before, written whole before anything is changed.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::ApplyError;
use super::journal::{self, Journal, Traces};
use super::limits::limit;
use crate::estate::Edit;
use crate::source::disk::{print, private_file, temporary};

/// What `bundle.json` calls itself.
const FORMAT: &str = "rollback/1";

const FILE: &str = "bundle.json";

/// What undoes changes.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) directory: PathBuf,
    pub(super) record: Record,
}

/// What `bundle.json` holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    format: Box<str>,
    /// When it was made, exactly enough to name what was made for it.
    pub(super) created_at: Box<str>,
    /// What cannot be undone exactly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) limits: Vec<String>,
    /// The edits in the order in which they are made.
    pub(super) edits: Vec<Edit>,
}

impl Bundle {
    /// Writes the bundle for edits that are about to be made, with a journal in which nothing stands yet.
    pub(super) fn create(directory: &Path, edits: &[Edit]) -> Result<(Self, Journal), ApplyError> {
        let record = Record {
            format: FORMAT.into(),
            created_at: jiff::Timestamp::now().to_string().into(),
            limits: edits.iter().filter_map(limit).collect(),
            edits: edits.to_vec(),
        };
        let unwritable = |why| ApplyError::Unwritable { path: directory.to_owned(), why };
        let directory = std::path::absolute(directory).map_err(unwritable)?;
        let unwritable = |why| ApplyError::Unwritable { path: directory.clone(), why };
        if fs::symlink_metadata(&directory).is_ok() {
            return Err(ApplyError::Occupied { directory });
        }
        write(&directory, &record).map_err(unwritable)?;
        let journal = Journal::create(&directory)?;
        Ok((Self { directory, record }, journal))
    }

    /// Reads a bundle, and what its journal tells of each edit.
    pub(super) fn read(directory: &Path) -> Result<(Self, Vec<Traces>), ApplyError> {
        let path = directory.join(FILE);
        let text = fs::read_to_string(&path);
        let text = text.map_err(|why| ApplyError::Unreadable { path: path.clone(), why })?;
        let no_bundle = |line, problem| ApplyError::NoBundle { path: path.clone(), line, problem };
        let record: Record =
            serde_json::from_str(&text).map_err(|error| no_bundle(error.line(), error.to_string()))?;
        if &*record.format != FORMAT {
            return Err(no_bundle(1, format!("the format is {:?}; expected {FORMAT:?}", record.format)));
        }
        let traces = journal::read(directory, record.edits.len())?;
        Ok((Self { directory: directory.to_owned(), record }, traces))
    }
}

/// The directory comes into its place with the file whole in it, and is on the disk before anything is changed.
fn write(directory: &Path, record: &Record) -> io::Result<()> {
    let parent = directory.parent().unwrap_or(directory);
    fs::create_dir_all(parent)?;
    let new = temporary(parent)?;
    let file = private_file(&new.path().join(FILE))?;
    print(BufWriter::new(&file), record)?.flush()?;
    file.sync_all()?;
    drop(file);
    fs::rename(new.path(), directory)?;
    // It has another name now; there is nothing left to remove.
    let _ = new.keep();
    synced(parent)
}

/// Waits until the names in a directory are on the disk, where the system can be asked to.
pub(super) fn synced(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(directory)?.sync_all() } else { Ok(()) }
}
