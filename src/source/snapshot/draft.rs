//! A snapshot in the making, which a run that is killed leaves behind.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::error::SnapshotError;
use super::write::{Header, refuse_foreign, replace, whole_account};
use crate::estate::{Account, Estate, Fact};
use crate::source::disk::{print, private_directory};

/// A snapshot in the making: `DIR.partial`, which takes the place of `DIR` when it is finished. Each of its files is whole
/// at every moment, and its `estate.json` calls it incomplete until the end.
#[derive(Debug)]
pub struct Draft {
    directory: PathBuf,
    partial: PathBuf,
    /// Whether all that is in it stands elsewhere too, or was just asked for.
    is_new: bool,
}

impl Draft {
    /// Begins the snapshot that is to stand in `directory`. A draft that an earlier run left there is dropped.
    ///
    /// # Errors
    /// The disk refuses, or `directory` or its draft holds something that is no snapshot.
    pub fn begin(directory: &Path) -> Result<Self, SnapshotError> {
        let unwritable = |why| SnapshotError::Unwritable { path: directory.to_owned(), why };
        let directory =
            directory.canonicalize().or_else(|_| std::path::absolute(directory)).map_err(unwritable)?;
        let partial = partial(&directory);
        refuse_foreign(&directory)?;
        refuse_foreign(&partial)?;
        let begin = || -> io::Result<()> {
            if partial.try_exists()? {
                fs::remove_dir_all(&partial)?;
            }
            if let Some(parent) = directory.parent() {
                fs::create_dir_all(parent)?;
            }
            private_directory(&partial)?;
            private_directory(&partial.join("accounts"))
        };
        begin().map_err(unwritable)?;
        Ok(Self { directory, partial, is_new: true })
    }

    /// Goes on with what an interrupted run for `directory` left: its draft if it was killed, else the snapshot that it wrote.
    ///
    /// # Errors
    /// There is neither, or the disk refuses.
    pub fn resume(directory: &Path) -> Result<(Self, Estate), SnapshotError> {
        let absolute = directory.canonicalize().or_else(|_| std::path::absolute(directory));
        let absolute = absolute.unwrap_or_else(|_| directory.to_owned());
        let partial = partial(&absolute);
        if partial.join("estate.json").try_exists().unwrap_or_default() {
            let known = super::read(&partial, &|_, _| ())?;
            return Ok((Self { directory: absolute, partial, is_new: false }, known));
        }
        let known = super::read(directory, &|_, _| ())?;
        let draft = Self::begin(directory)?;
        draft.estate(&known)?;
        known.accounts().try_for_each(|account| draft.account(account))?;
        Ok((draft, known))
    }

    /// Gives up before anything was asked for: what an earlier run left stays.
    pub fn abandon(self) {
        if self.is_new {
            // What cannot be removed does no harm: the next run drops it.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }

    /// Writes when and of what the snapshot is, and its organization.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn estate(&self, estate: &Estate) -> Result<(), SnapshotError> {
        self.write("estate.json", &Header { incomplete: true, ..Header::of(estate) })?;
        // No file says that there is no organization.
        if matches!(estate.organization, Fact::Known(None)) {
            return Ok(());
        }
        self.write("organization.json", &estate.organization)
    }

    /// Writes what is known of an account.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn account(&self, account: &Account) -> Result<(), SnapshotError> {
        self.write(&format!("accounts/{}.json", account.account_id), &*whole_account(account))
    }

    /// Puts the snapshot in its place; what stood there is gone.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(self, estate: &Estate) -> Result<(), SnapshotError> {
        self.write("estate.json", &Header::of(estate))?;
        let parent = self.directory.parent().unwrap_or(&self.directory);
        replace(&self.partial, &self.directory, parent)
            .map_err(|why| SnapshotError::Unwritable { path: self.directory.clone(), why })
    }

    fn write(&self, name: &str, content: &impl Serialize) -> Result<(), SnapshotError> {
        let path = self.partial.join(name);
        let unwritable = |why| SnapshotError::Unwritable { path: path.clone(), why };
        let folder = path.parent().unwrap_or(&self.partial);
        // Only the user can read a temporary file, and its name does not matter once it has its own.
        let file = NamedTempFile::with_prefix_in(".palisade-", folder).map_err(unwritable)?;
        print(io::BufWriter::new(&file), content)
            .and_then(|mut out| io::Write::flush(&mut out))
            .map_err(unwritable)?;
        file.persist(&path).map_err(|error| unwritable(error.error))?;
        Ok(())
    }
}

fn partial(directory: &Path) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}
