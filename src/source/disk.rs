//! How files come to stand on the disk: for nobody but the user, and in one step.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use tempfile::TempDir;

/// One member a line; policies keep the text that they came with.
pub(super) fn print<W: Write>(mut to: W, content: &impl Serialize) -> io::Result<W> {
    let mut json = serde_json::Serializer::with_formatter(&mut to, PrettyFormatter::with_indent(b" "));
    content.serialize(&mut json)?;
    to.write_all(b"\n")?;
    Ok(to)
}

/// A hidden directory that is gone when it is no longer used.
pub(super) fn temporary(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".palisade-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(parent)
}

/// Who can reach what is not for everyone to read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(super) fn private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
