//! The findings of one rule under one heading: the first in full, the rest as a table.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, presets};

use super::count;
use super::finding;
use super::page::Page;
use crate::finding::{Finding, Verdict};

/// How many findings of a rule are shown in full.
const IN_FULL: usize = 3;
/// How many more are listed.
const LISTED: usize = 12;

/// The findings of one rule with one verdict, in the order of the assessment; never empty.
pub(super) struct Group<'a> {
    first: &'a Finding,
    all: Vec<&'a Finding>,
}

/// The findings by rule and verdict, in the order in which each group first appears.
pub(super) fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = vec![];
    let mut places = BTreeMap::new();
    for finding in findings {
        let place = *places.entry((&finding.rule, finding.verdict)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.all.push(finding),
            None => groups.push(Group { first: finding, all: vec![finding] }),
        }
    }
    groups
}

impl<'a> Group<'a> {
    /// How many are shown in full. A single one that is left over costs no more than the line that would announce it.
    fn in_full(&self, verbose: bool) -> usize {
        if verbose || self.all.len() <= IN_FULL + 1 { self.all.len() } else { IN_FULL }
    }

    /// What all of several findings say alike, to be said once; none if they differ, or if there is but one.
    fn shared<T: PartialEq + ?Sized>(&self, of: impl Fn(&'a Finding) -> &'a T) -> Option<&'a T> {
        let value = of(self.first);
        (self.all.len() > 1 && self.all.iter().all(|finding| of(finding) == value)).then_some(value)
    }
}

pub(super) fn write(page: &mut Page<'_>, group: &Group<'_>) -> io::Result<()> {
    heading(page, group)?;
    let verbose = page.layout().verbose;
    let shown = group.in_full(verbose);
    let items = if verbose { usize::MAX } else { finding::ITEMS };
    let remedy = group.shared(|finding| &*finding.remedy);
    let controls = group.shared(|finding| &finding.controls);
    let fix = group.shared(|finding| &finding.fix);
    for finding in group.all.iter().take(shown) {
        finding::write(page, finding)?;
        if remedy.is_none() {
            page.note_if_any("remedy", &finding.remedy)?;
        }
        if let (None, Some(fix)) = (fix, &finding.fix) {
            finding::fix(page, fix)?;
        }
        if controls.is_none() {
            finding::controls(page, &finding.controls, items)?;
        }
        page.note("fingerprint", &finding.fingerprint.to_string())?;
    }
    if let Some(rest) = group.all.get(shown..).filter(|rest| !rest.is_empty()) {
        list(page, rest)?;
    }
    let fix = fix.and_then(Option::as_ref);
    if remedy.is_some() || fix.is_some() || controls.is_some() {
        page.line(&[(page.layout().palette.margin, "   |")])?;
    }
    page.note_if_any("remedy", remedy.unwrap_or_default())?;
    fix.map_or(Ok(()), |fix| finding::fix(page, fix))?;
    controls.map_or(Ok(()), |controls| finding::controls(page, controls, items))
}

/// `high[models-not-versioned]: model store keeps no versions (42 findings)`
fn heading(page: &mut Page<'_>, group: &Group<'_>) -> io::Result<()> {
    let palette = page.layout().palette;
    let Finding { rule, severity, title, verdict, .. } = group.first;
    let (style, word) = match verdict {
        Verdict::Violated => (palette.severity(*severity), severity.as_str()),
        Verdict::Undecided => (palette.undecided, "undecided"),
    };
    let mut remarks = vec![];
    if *verdict == Verdict::Undecided {
        remarks.push(severity.to_string());
    }
    if group.all.len() > 1 {
        remarks.push(count(group.all.len(), "finding"));
    }
    let text =
        if remarks.is_empty() { title.to_string() } else { format!("{title} ({})", remarks.join(", ")) };
    let id = format!("[{rule}]");
    let first = [(style, word), (style, &*id), (palette.strong, ": ")];
    page.wrapped(&first, &[(Style::new(), "  ")], (palette.strong, &text))
}

/// The findings that are not shown in full, one a line.
fn list(page: &mut Page<'_>, rest: &[&Finding]) -> io::Result<()> {
    let palette = page.layout().palette;
    page.line(&[(palette.margin, "  ::: "), (palette.strong, &format!("and {} more", rest.len()))])?;
    let mut table = Table::new();
    let width = page.layout().width.saturating_sub(5);
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    for finding in rest.iter().take(LISTED) {
        let mut row = Row::from(cells(finding));
        row.max_height(1);
        table.add_row(row);
    }
    // The name is what tells one line from the next: it is never cut.
    if let Some(name) = table.column_mut(0) {
        name.set_constraint(ColumnConstraint::ContentWidth);
    }
    for line in table.lines() {
        page.line(&[(palette.margin, "   | "), (Style::new(), line.trim())])?;
    }
    let unlisted = rest.len().saturating_sub(LISTED);
    if unlisted > 0 {
        let text = format!("{unlisted} not listed; --verbose shows every finding in full");
        page.line(&[(palette.margin, "   | "), (palette.faint, &text)])?;
    }
    Ok(())
}

/// Name, class, team, environment, and who.
fn cells(finding: &Finding) -> Vec<String> {
    let who = finding::who(finding, 1);
    let Some(dataset) = &finding.dataset else {
        return vec![who, finding.detail.as_deref().unwrap_or_default().to_owned()];
    };
    let facts = [&dataset.class, &dataset.team, &dataset.env];
    let facts = facts.map(|fact| fact.as_deref().unwrap_or_default().to_owned());
    [dataset.name()].into_iter().chain(facts).chain([who]).collect()
}
