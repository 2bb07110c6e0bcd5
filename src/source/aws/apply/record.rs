//! The journal as one edit sees it.

use super::error::Problem;
use super::journal::{Journal, Line};

/// What is written down about one edit.
pub(super) struct Record<'j> {
    pub(super) journal: &'j mut Journal,
    pub(super) edit: usize,
}

impl Record<'_> {
    /// Writes a line about the edit, which is on the disk when this returns.
    pub(super) fn add(&mut self, line: impl FnOnce(usize) -> Line) -> Result<(), Problem> {
        self.journal.add(&line(self.edit))
    }
}
