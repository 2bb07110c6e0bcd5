//! The rules themselves: a table of all, and one explained.

use std::io::{self, Write};

use anstyle::Style;

use super::page::{Page, width};
use super::{Layout, finding};
use crate::finding::{Rule, Severity};

/// Writes one line a rule: severity, id, title.
///
/// # Errors
///
/// Those of the writer.
pub fn write_rules(rules: &[&Rule], layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let palette = layout.palette;
    let mut page = Page::new(out, layout);
    let longest = rules.iter().map(|rule| width(&[(Style::new(), &rule.id)])).max().unwrap_or_default();
    for rule in rules {
        let severity = format!("{:8}", rule.severity);
        let id = format!("{:longest$}", rule.id);
        let gap = (Style::new(), "  ");
        let first = [(palette.severity(rule.severity), &*severity), gap, (palette.strong, &*id), gap];
        let indent = " ".repeat(width(&first));
        page.wrapped(&first, &[(Style::new(), &indent)], (Style::new(), &rule.title))?;
    }
    Ok(())
}

/// Writes what a rule demands and why. `page` is the text of its own page, if it has one.
///
/// # Errors
///
/// Those of the writer.
pub fn write_rule(rule: &Rule, text: Option<&str>, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let palette = layout.palette;
    let mut page = Page::new(out, layout);
    let id = format!("[{}]", rule.id);
    let style = palette.severity(rule.severity);
    let first = [(style, Severity::as_str(rule.severity)), (style, &*id), (palette.strong, ": ")];
    page.wrapped(&first, &[(Style::new(), "  ")], (palette.strong, &rule.title))?;
    if let Some(class) = &rule.class {
        page.note("class", class)?;
    }
    page.note("why", &rule.why)?;
    page.note_if_any("remedy", &rule.remedy)?;
    finding::controls(&mut page, &rule.controls)?;
    let Some(text) = text else { return Ok(()) };
    page.blank()?;
    for line in text.trim().lines() {
        let style = if line.starts_with('#') { palette.strong } else { Style::new() };
        page.line(&[(style, line)])?;
    }
    Ok(())
}
