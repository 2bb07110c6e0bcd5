//! From an estate to files.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::calls;
use super::error::SnapshotError;
use super::files::account_stem;
use super::read::FORMAT;
use crate::estate::{Account, Estate, Fact, Scope};
use crate::source::disk::{print, private_directory, private_file, temporary};

/// Whether the files are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Plain JSON, `.json`.
    #[default]
    None,
    /// `.json.zst`.
    Zstd,
}

/// What `estate.json` holds.
#[derive(Serialize)]
pub(super) struct Header<'a> {
    pub(super) format: &'static str,
    pub(super) collected_at: &'a str,
    pub(super) partition: &'a str,
    #[serde(skip_serializing_if = "is_off")]
    pub(super) incomplete: bool,
    #[serde(skip_serializing_if = "Scope::is_everything")]
    pub(super) scope: &'a Scope,
}

impl<'a> Header<'a> {
    pub(super) fn of(estate: &'a Estate) -> Self {
        let Estate { collected_at, partition, incomplete, scope, .. } = estate;
        Self { format: FORMAT, collected_at, partition, incomplete: *incomplete, scope }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_off(flag: &bool) -> bool {
    !*flag
}

pub(super) fn estate(
    estate: &Estate,
    directory: &Path,
    compression: Compression,
) -> Result<(), SnapshotError> {
    let unwritable = |why| SnapshotError::Unwritable { path: directory.to_owned(), why };
    refuse_foreign(directory)?;
    let directory =
        directory.canonicalize().or_else(|_| std::path::absolute(directory)).map_err(unwritable)?;
    let parent = directory.parent().unwrap_or(&directory);
    fs::create_dir_all(parent).map_err(unwritable)?;
    let new = temporary(parent).map_err(unwritable)?;
    files(estate, new.path(), compression)?;
    replace(new.path(), &directory, parent).map_err(unwritable)?;
    // What is there now has another name; there is nothing left to remove.
    let _ = new.keep();
    Ok(())
}

fn files(estate: &Estate, directory: &Path, compression: Compression) -> Result<(), SnapshotError> {
    let target = Target { directory, compression };
    target.write("estate", &Header::of(estate))?;
    // No file says that there is no organization; an organization that was not read is `null`.
    if !matches!(estate.organization, Fact::Known(None)) {
        target.write("organization", &estate.organization)?;
    }
    let accounts = directory.join("accounts");
    private_directory(&accounts).map_err(|why| SnapshotError::Unwritable { path: accounts, why })?;
    let accounts: Vec<&Account> = estate.accounts().collect();
    accounts.par_iter().try_for_each(|account| {
        let stem = format!("accounts/{}", account.account_id);
        target.write(&stem, &*whole_account(account))
    })
}

/// The account with an entry in `Errors` for each fact that its file has no other way to call unread.
pub(super) fn whole_account(account: &Account) -> Cow<'_, Account> {
    let unrecorded = calls::unrecorded(account);
    if unrecorded.is_empty() {
        return Cow::Borrowed(account);
    }
    let mut account = account.clone();
    account.errors.extend(unrecorded);
    Cow::Owned(account)
}

/// Nothing that is no snapshot is ever replaced.
pub(super) fn refuse_foreign(directory: &Path) -> Result<(), SnapshotError> {
    let unwritable = |why| SnapshotError::Unwritable { path: directory.to_owned(), why };
    let own = ["estate.json", "estate.json.zst", "organization.json", "organization.json.zst", "accounts"];
    let is_temporary = |name: &String| name.trim_start_matches("accounts/").starts_with(".palisade-");
    let top = names(directory, "").map_err(unwritable)?.into_iter();
    let top = top.filter(|name| !own.contains(&name.as_str()) && !is_temporary(name));
    let accounts = names(directory, "accounts/").map_err(unwritable)?.into_iter();
    let accounts = accounts.filter(|name| account_stem(name).is_none() && !is_temporary(name));
    match top.chain(accounts).min() {
        Some(found) => Err(SnapshotError::Occupied { directory: directory.to_owned(), found }),
        None => Ok(()),
    }
}

/// What stands in a part of the directory, if it is there.
fn names(directory: &Path, part: &str) -> io::Result<Vec<String>> {
    match fs::read_dir(directory.join(part)) {
        Ok(entries) => {
            entries.map(|entry| Ok(format!("{part}{}", entry?.file_name().to_string_lossy()))).collect()
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(vec![]),
        Err(why) => Err(why),
    }
}

/// Puts the new directory in the place of the old one, which comes back if that fails.
pub(super) fn replace(new: &Path, directory: &Path, parent: &Path) -> io::Result<()> {
    let aside = temporary(parent)?;
    let old = aside.path().join("old");
    let replaced = directory.try_exists()?;
    if replaced {
        fs::rename(directory, &old)?;
    }
    if let Err(why) = fs::rename(new, directory) {
        if replaced {
            fs::rename(&old, directory)?;
        }
        return Err(why);
    }
    Ok(())
}

/// The files of a snapshot, by name.
pub(super) fn in_memory(estate: &Estate) -> Result<Vec<(String, Vec<u8>)>, SnapshotError> {
    let text = |name: String, content: &dyn Fn(Vec<u8>) -> io::Result<Vec<u8>>| match content(vec![]) {
        Ok(text) => Ok((name, text)),
        Err(why) => Err(SnapshotError::Unwritable { path: name.into(), why }),
    };
    let mut files = vec![text("estate.json".to_owned(), &|to| print(to, &Header::of(estate)))?];
    if !matches!(estate.organization, Fact::Known(None)) {
        files.push(text("organization.json".to_owned(), &|to| print(to, &estate.organization))?);
    }
    for account in estate.accounts() {
        let name = format!("accounts/{}.json", account.account_id);
        files.push(text(name, &|to| print(to, &*whole_account(account)))?);
    }
    Ok(files)
}

struct Target<'a> {
    directory: &'a Path,
    compression: Compression,
}

impl Target<'_> {
    fn write(&self, stem: &str, content: &impl Serialize) -> Result<(), SnapshotError> {
        let path = self.path(stem);
        self.try_write(&path, content).map_err(|why| SnapshotError::Unwritable { path, why })
    }

    fn path(&self, stem: &str) -> PathBuf {
        let ending = match self.compression {
            Compression::None => "json",
            Compression::Zstd => "json.zst",
        };
        self.directory.join(format!("{stem}.{ending}"))
    }

    fn try_write(&self, path: &Path, content: &impl Serialize) -> io::Result<()> {
        let file = BufWriter::new(private_file(path)?);
        match self.compression {
            Compression::None => print(file, content)?.flush(),
            Compression::Zstd => {
                let encoder = zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                print(encoder, content)?.finish()?.flush()
            }
        }
    }
}
