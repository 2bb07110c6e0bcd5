//! The files of a snapshot, on disk or in memory, and their text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::SnapshotError;
use crate::iam::{Position, position_at};

/// What stands between the name of a file and its end: plain JSON first, which is preferred.
const ENDINGS: [&str; 2] = [".json", ".json.zst"];

/// The files of a snapshot by their path inside it, with `/` between the parts.
pub(super) enum Files<'a> {
    Disk { directory: PathBuf, names: Vec<String> },
    Memory(BTreeMap<String, Cow<'a, [u8]>>),
}

/// Why a file has no text.
pub(super) struct NoText {
    pub(super) position: Position,
    pub(super) problem: String,
}

impl<'a> Files<'a> {
    /// The files of a directory and of its `accounts`.
    pub(super) fn on_disk(directory: &Path) -> Result<Self, SnapshotError> {
        let mut names = list(directory, "")?;
        if directory.join("accounts").is_dir() {
            names.extend(list(&directory.join("accounts"), "accounts/")?);
        }
        names.sort_unstable();
        Ok(Self::Disk { directory: directory.to_owned(), names })
    }

    pub(super) fn in_memory(files: impl IntoIterator<Item = (String, Cow<'a, [u8]>)>) -> Self {
        Self::Memory(files.into_iter().collect())
    }

    /// The files `<stem>.json` and `<stem>.json.zst` that there are.
    pub(super) fn named(&self, stem: &str) -> Vec<String> {
        let names = ENDINGS.map(|ending| format!("{stem}{ending}"));
        names.into_iter().filter(|name| self.contains(name)).collect()
    }

    /// What stands in `accounts`, hidden files left aside, in order.
    pub(super) fn in_accounts(&self) -> Vec<&str> {
        let visible = |name: &&str| name.strip_prefix("accounts/").is_some_and(|rest| !rest.starts_with('.'));
        match self {
            Self::Disk { names, .. } => names.iter().map(String::as_str).filter(visible).collect(),
            Self::Memory(files) => files.keys().map(String::as_str).filter(visible).collect(),
        }
    }

    /// The path of a file for an error message.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Disk { directory, .. } => directory.join(name),
            Self::Memory(_) => PathBuf::from(name),
        }
    }

    /// The snapshot's own path for an error message.
    pub(super) fn root(&self) -> PathBuf {
        match self {
            Self::Disk { directory, .. } => directory.clone(),
            Self::Memory(_) => PathBuf::from("the snapshot"),
        }
    }

    /// The text of a file, decompressed.
    pub(super) fn text(&self, name: &str) -> Result<String, NoText> {
        let bytes = self.bytes(name).map_err(|why| NoText::of(&why))?;
        let bytes = match name.ends_with(".zst") {
            true => zstd::decode_all(&*bytes).map_err(|why| NoText::of(&why))?,
            false => bytes.into_owned(),
        };
        String::from_utf8(bytes).map_err(|error| NoText::not_utf8(error.as_bytes(), error.utf8_error()))
    }

    fn contains(&self, name: &str) -> bool {
        match self {
            Self::Disk { names, .. } => names.binary_search_by(|known| known.as_str().cmp(name)).is_ok(),
            Self::Memory(files) => files.contains_key(name),
        }
    }

    fn bytes(&self, name: &str) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Disk { directory, .. } => fs::read(directory.join(name)).map(Cow::Owned),
            Self::Memory(files) => files
                .get(name)
                .map(|bytes| Cow::Borrowed(&**bytes))
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }
}

impl NoText {
    fn of(why: &io::Error) -> Self {
        Self { position: Position { line: 1, column: 1 }, problem: format!("the file cannot be read: {why}") }
    }

    fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Self {
        let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok());
        let good = good.unwrap_or_default();
        Self { position: position_at(good, good.len()), problem: "the text is not UTF-8".to_owned() }
    }
}

/// The account number that an account file is named after; none if its name does not end as one of a snapshot's.
pub(super) fn account_stem(name: &str) -> Option<&str> {
    let name = name.strip_prefix("accounts/")?;
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending))
}

fn list(directory: &Path, prefix: &str) -> Result<Vec<String>, SnapshotError> {
    let unreadable = |why| SnapshotError::Unreadable { path: directory.to_owned(), why };
    let mut names = vec![];
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.path().is_dir() {
            names.push(format!("{prefix}{}", entry.file_name().to_string_lossy()));
        }
    }
    Ok(names)
}
