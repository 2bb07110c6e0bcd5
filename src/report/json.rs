//! The report for programs. `tests/schemas/report-1.schema.json` describes it.

use std::io::{self, Write};

use serde::Serialize;

/// Indented by two spaces, members in the order of the types, a newline at the end: two reports can be compared by line.
pub(super) fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}
