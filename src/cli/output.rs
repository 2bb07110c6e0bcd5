//! Where output goes: to standard output, or into a file that is whole or not there.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// The destination of a command's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    File(PathBuf),
}

impl Output {
    /// `-` is standard output.
    pub(crate) fn new(path: Option<&Path>) -> Self {
        match path {
            None => Self::Stdout,
            Some(path) if path == "-" => Self::Stdout,
            Some(path) => Self::File(path.to_owned()),
        }
    }

    pub(crate) fn is_terminal(&self) -> bool {
        *self == Self::Stdout && io::stdout().is_terminal()
    }

    /// Hands `write` the destination. A reader that has gone away is no failure: it has seen what it wanted.
    pub(crate) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match self {
            Self::Stdout => match to_stdout(write) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                result => {
                    result.map_err(|error| Failure::new("cannot write to standard output").because(&error))
                }
            },
            Self::File(path) => to_file(path, write)
                .map_err(|error| Failure::new(format!("cannot write {}", path.display())).because(&error)),
        }
    }
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Colours are chosen before: the stream passes them on, or translates them for an old Windows console.
    let mut out = BufWriter::new(anstream::AutoStream::always(io::stdout().lock()));
    write(&mut out)?;
    out.flush()
}

/// Writes beside the file and renames: whoever reads it sees the old report or the new one, never half of one.
fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A pipe or a device cannot be replaced, only written to.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    // Through a symbolic link, so that the link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".palisade-");
    #[cfg(unix)]
    {
        // As any new file, so that the umask decides; tempfile itself would let nobody else read it.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut out = BufWriter::new(builder.tempfile_in(folder)?);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
