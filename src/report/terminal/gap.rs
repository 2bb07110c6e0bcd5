//! What could not be read, by API call and error code.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;

use super::count;
use super::page::Page;
use crate::finding::Gap;

/// How many gaps of a kind are shown.
const SHOWN: usize = 3;

/// The gaps of one API call and error code; never empty.
pub(super) struct Group<'a> {
    first: &'a Gap,
    all: Vec<&'a Gap>,
}

/// By API and code, in the order of their names.
pub(super) fn groups(gaps: &[Gap]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, &str), Group<'_>> = BTreeMap::new();
    for gap in gaps {
        let group = groups.entry((&gap.api, &gap.code)).or_insert_with(|| Group { first: gap, all: vec![] });
        group.all.push(gap);
    }
    groups.into_values().collect()
}

pub(super) fn write(page: &mut Page<'_>, group: &Group<'_>) -> io::Result<()> {
    let palette = page.layout().palette;
    let Gap { api, code, .. } = group.first;
    let code = format!("[{code}]");
    let mut text = format!("{api} could not be read");
    if group.all.len() > 1 {
        text = format!("{text} ({})", count(group.all.len(), "resource"));
    }
    let first = [(palette.gap, "gap"), (palette.gap, &*code), (palette.strong, ": ")];
    page.wrapped(&first, &[(Style::new(), "  ")], (palette.strong, &text))?;
    let verbose = page.layout().verbose;
    let shown = if verbose || group.all.len() <= SHOWN + 1 { group.all.len() } else { SHOWN };
    for gap in group.all.iter().take(shown) {
        place(page, gap)?;
    }
    if group.all.len() > shown {
        let more = format!("and {} more", group.all.len() - shown);
        page.line(&[(palette.margin, "  ::: "), (palette.strong, &more)])?;
    }
    Ok(())
}

fn place(page: &mut Page<'_>, gap: &Gap) -> io::Result<()> {
    let palette = page.layout().palette;
    let account =
        gap.account.map(|account| account.to_string()).filter(|account| !gap.resource.contains(account));
    let account = account.map(|account| format!(" (account {account})")).unwrap_or_default();
    let resource = if gap.resource.is_empty() { "the whole account" } else { &gap.resource };
    page.line(&[(palette.margin, "  --> "), (Style::new(), resource), (palette.faint, &account)])?;
    if gap.detail.is_empty() { Ok(()) } else { page.note("detail", &gap.detail) }
}
