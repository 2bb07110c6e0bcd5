//! The report for people, laid out as a compiler lays out its diagnostics: the findings of each rule under one heading,
//! then what could not be read, and the figures at the end, where the eye is when the program has run.

mod evidence;
mod explanation;
mod finding;
mod gap;
mod grants;
mod group;
mod page;
mod palette;
mod plan;
mod quote;
mod rules;
mod summary;

use std::io::{self, Write};

use crate::finding::{Assessment, Finding};
use page::Page;

pub use explanation::write_explanation;
pub use grants::{write_can, write_who_can};
pub use palette::Palette;
pub use plan::write_plan;
pub use rules::{write_rule, write_rules};

/// How the report is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The columns of a line. A name or an ARN that is longer is not broken.
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// Whether everything is shown in full: every finding, every statement, every subject that is known.
    pub verbose: bool,
}

/// Writes one finding in full, with the page of its rule.
///
/// # Errors
/// Those of the writer.
pub fn write_finding(finding: &Finding, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, layout);
    for group in group::groups(std::slice::from_ref(finding)) {
        group::write(&mut page, &group)?;
    }
    Ok(())
}

pub(super) fn write(assessment: &Assessment, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, layout);
    for group in group::groups(&assessment.findings) {
        group::write(&mut page, &group)?;
        page.blank()?;
    }
    for group in gap::groups(&assessment.gaps) {
        gap::write(&mut page, &group)?;
        page.blank()?;
    }
    summary::write(&mut page, assessment)
}

/// `one finding`, `2 findings`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
