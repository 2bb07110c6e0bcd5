//! What was begun and what was done, as it happens: a line each, on the disk before the next call is made.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::bundle::synced;
use super::error::{ApplyError, Problem};
use crate::source::disk::private_file;

const FILE: &str = "journal.jsonl";

/// One line. Edits are counted from 0, in the order of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// The edit may be made from here on.
    Begin(usize),
    /// A key was created for it.
    Key { edit: usize, arn: Box<str> },
    /// The version of the managed policy that was in force before it.
    Default { edit: usize, version: Box<str> },
    /// A version that has to go to make room, which cannot come back under its name.
    Removed { edit: usize, version: Box<str>, document: Box<str> },
    /// The version that it made.
    Version { edit: usize, version: Box<str> },
    /// The edit is made, and AWS shows it.
    Done(usize),
}

/// What the journal tells of one edit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Traces {
    pub(super) begun: bool,
    pub(super) keys: Vec<Box<str>>,
    pub(super) default: Option<Box<str>>,
    pub(super) version: Option<Box<str>>,
}

/// The journal of edits that are being made.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    pub(super) fn create(directory: &Path) -> Result<Self, ApplyError> {
        let path = directory.join(FILE);
        let created = private_file(&path).and_then(|file| synced(directory).map(|()| file));
        let file = created.map_err(|why| ApplyError::Unwritable { path: path.clone(), why })?;
        Ok(Self { path, file })
    }

    /// Adds a line, and waits until it is on the disk.
    pub(super) fn add(&mut self, line: &Line) -> Result<(), Problem> {
        let mut add = || -> io::Result<()> {
            let mut text = serde_json::to_vec(line)?;
            text.push(b'\n');
            self.file.write_all(&text)?;
            self.file.sync_data()
        };
        let added = add();
        added.map_err(|why| Problem::Unrecorded { path: self.path.clone(), why })
    }
}

/// What the journal tells of each of so many edits. Where there is none, nothing was begun.
pub(super) fn read(directory: &Path, edits: usize) -> Result<Vec<Traces>, ApplyError> {
    let path = directory.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        Err(why) => return Err(ApplyError::Unreadable { path, why }),
    };
    let mut traces = vec![Traces::default(); edits];
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let problem = match serde_json::from_str(line) {
            Ok(line) => match note(&mut traces, line) {
                true => continue,
                false => format!("there are only {edits} edits"),
            },
            // What it announced was not begun: that waits for the whole line.
            Err(_) if number + 1 == lines.len() && !text.ends_with('\n') => continue,
            Err(error) => error.to_string(),
        };
        return Err(ApplyError::NoBundle { path, line: number + 1, problem });
    }
    Ok(traces)
}

/// Whether the line is about an edit that there is.
fn note(traces: &mut [Traces], line: Line) -> bool {
    let (Line::Begin(edit)
    | Line::Key { edit, .. }
    | Line::Default { edit, .. }
    | Line::Removed { edit, .. }
    | Line::Version { edit, .. }
    | Line::Done(edit)) = line;
    let Some(traces) = traces.get_mut(edit) else { return false };
    match line {
        Line::Begin(_) => traces.begun = true,
        Line::Key { arn, .. } => traces.keys.push(arn),
        Line::Default { version, .. } => traces.default = Some(version),
        Line::Version { version, .. } => traces.version = Some(version),
        // Whether it is done, what is there tells better.
        Line::Removed { .. } | Line::Done(_) => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(text: &str) -> Result<Vec<Traces>, ApplyError> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(FILE), text).expect("written");
        read(folder.path(), 2)
    }

    #[test]
    fn a_line_that_was_cut_announces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::create(folder.path()).expect("a journal");
        journal.add(&Line::Begin(0)).expect("added");
        journal.add(&Line::Default { edit: 0, version: "v3".into() }).expect("added");
        journal.add(&Line::Begin(1)).expect("added");
        let text = fs::read_to_string(folder.path().join(FILE)).expect("the journal");
        let whole = read_of(&text).expect("traces");
        assert_eq!(whole[0], Traces { begun: true, default: Some("v3".into()), ..Traces::default() });
        assert!(whole[1].begun);
        for end in 1..=r#"{"begin":1}"#.len() {
            let cut = text.get(..text.len() - 1 - end).expect("ASCII");
            assert!(!read_of(cut).expect("traces")[1].begun, "cut by {end}");
        }
        assert!(!read_of("").expect("traces")[0].begun);
    }

    #[test]
    fn a_journal_that_makes_no_sense_is_refused() {
        for text in ["{\"begin\":2}\n", "{\"begin\"\n{\"done\":0}\n", "{\"began\":0}\n"] {
            let error = read_of(text).expect_err("no journal");
            assert!(error.to_string().contains("journal.jsonl, line 1"), "{error}");
        }
    }
}
