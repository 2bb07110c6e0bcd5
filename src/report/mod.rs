//! What an audit found, written down: one file a format. A renderer lays out what it is given; it judges nothing, reads
//! nothing from the environment, and writes to whatever it is handed.

mod json;
pub mod terminal;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use serde::Serialize;

use crate::finding::Assessment;

pub use terminal::{Layout, Palette};

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: a rule, its findings, their evidence, and the figures at the end.
    Terminal,
    /// For programs: the whole [`Assessment`].
    Json,
}

impl Format {
    /// Every format with its name, in the order of `--help`.
    pub const ALL: [(Self, &str); 2] = [(Self::Terminal, "terminal"), (Self::Json, "json")];

    /// Writes an assessment. The layout is the terminal's; other formats have only one.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(self, assessment: &Assessment, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Terminal => terminal::write(assessment, layout, out),
            Self::Json => json::write(assessment, out),
        }
    }
}

/// Writes conclusions that are no report: rules as a list, grants, an explanation.
///
/// # Errors
///
/// Those of the writer.
pub fn write_json<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    json::write(value, out)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find_map(|(format, name)| (format == self).then_some(*name));
        f.pad(name.unwrap_or_default())
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
#[error("{0:?} is no format of the report")]
pub struct UnknownFormatError(String);
