//! The rules themselves: a table of all, and one explained.

use std::io::{self, Write};

use anstyle::Style;

use super::page::{Page, width};
use super::{Layout, finding};
use crate::finding::Rule;

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

/// Writes what a rule demands and why. `section` is the rule's section of its page in Markdown, if it has one; it
/// tells why and what to do at greater length than the rule itself.
///
/// # Errors
///
/// Those of the writer.
pub fn write_rule(
    rule: &Rule,
    section: Option<&str>,
    layout: &Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let palette = layout.palette;
    let mut page = Page::new(out, layout);
    let id = format!("[{}]", rule.id);
    let style = palette.severity(rule.severity);
    let first = [(style, rule.severity.as_str()), (style, &*id), (palette.strong, ": ")];
    page.wrapped(&first, &[(Style::new(), "  ")], (palette.strong, &rule.title))?;
    page.note_if_any("class", rule.class.as_deref().unwrap_or_default())?;
    if section.is_none() {
        page.note_if_any("why", &rule.why)?;
        page.note_if_any("remedy", &rule.remedy)?;
    }
    finding::controls(&mut page, &rule.controls, usize::MAX)?;
    section.map_or(Ok(()), |section| markdown(&mut page, section))
}

/// A section without its heading, line by line as it is: Markdown is meant to be read so.
fn markdown(page: &mut Page<'_>, section: &str) -> io::Result<()> {
    let body = section.trim().split_once('\n').map_or("", |(_, body)| body);
    page.blank()?;
    for line in body.trim().lines() {
        let style = if line.starts_with('#') { page.layout().palette.strong } else { Style::new() };
        page.line(&[(style, line)])?;
    }
    Ok(())
}
