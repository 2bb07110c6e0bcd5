//! Who can do what: a block for all who have the same access for the same reason.

use std::io::{self, Write};

use anstyle::Style;

use super::page::Page;
use super::{Layout, count, evidence, finding};
use crate::finding::{Grant, Grants};

/// How many names and actions are shown, unless all are asked for.
const NAMES: usize = 10;

/// Writes the answer to who can do something: by bucket, whom it is granted to.
///
/// # Errors
/// Those of the writer.
pub fn write_who_can(answer: &Grants, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, layout);
    heading(&mut page, answer)?;
    for grants in answer.grants.chunk_by(|a, b| a.bucket == b.bucket) {
        place(&mut page, grants)?;
        for grant in grants {
            page.blank()?;
            names(&mut page, &grant.principals)?;
            details(&mut page, grant, answer.grants.iter().any(|other| other.actions != grant.actions))?;
        }
        page.blank()?;
    }
    let principals: std::collections::BTreeSet<&str> =
        answer.grants.iter().flat_map(|grant| &grant.principals).map(|name| &**name).collect();
    let nobody = "nobody can".to_owned();
    let some = format!("{} can", count(principals.len(), "principal"));
    closing(&mut page, answer, if principals.is_empty() { nobody } else { some })
}

/// Writes the answer to what somebody can do: by data set, what of it.
///
/// # Errors
/// Those of the writer.
pub fn write_can(answer: &Grants, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, layout);
    heading(&mut page, answer)?;
    let same = |a: &Grant, b: &Grant| a.bucket == b.bucket && a.prefix == b.prefix;
    let places = answer.grants.chunk_by(same);
    let number = places.clone().count();
    for grants in places {
        place(&mut page, grants)?;
        for grant in grants {
            page.blank()?;
            names(&mut page, &grant.summary)?;
            details(&mut page, grant, false)?;
        }
        page.blank()?;
    }
    let nothing = "nothing at all".to_owned();
    let some = format!("access to {}", count(number, "data set"));
    closing(&mut page, answer, if number == 0 { nothing } else { some })
}

fn heading(page: &mut Page<'_>, answer: &Grants) -> io::Result<()> {
    let strong = page.layout().palette.strong;
    page.line(&[(strong, &answer.question)])
}

/// `  --> s3://acme-models-prod/published/ (models)`
fn place(page: &mut Page<'_>, grants: &[Grant]) -> io::Result<()> {
    let Some(first) = grants.first() else { return Ok(()) };
    let palette = page.layout().palette;
    let slash = if first.prefix.is_empty() { "" } else { "/" };
    let place = format!("s3://{}{slash}{}", first.bucket, first.prefix);
    let class = first.class.as_ref().map(|class| format!(" ({class})")).unwrap_or_default();
    page.line(&[(palette.margin, "  --> "), (Style::new(), &place), (palette.faint, &class)])
}

/// One name a line.
fn names(page: &mut Page<'_>, names: &[Box<str>]) -> io::Result<()> {
    let palette = page.layout().palette;
    let limit = if page.layout().verbose || names.len() <= NAMES + 1 { names.len() } else { NAMES };
    for name in names.iter().take(limit) {
        let name = if **name == *"*" { "anyone (*)" } else { name };
        page.line(&[(Style::new(), "   "), (palette.strong, name)])?;
    }
    if names.len() > limit {
        page.line(&[(palette.faint, &format!("   and {} more", names.len() - limit))])?;
    }
    Ok(())
}

fn details(page: &mut Page<'_>, grant: &Grant, with_actions: bool) -> io::Result<()> {
    let limit = if page.layout().verbose { usize::MAX } else { NAMES };
    if with_actions {
        page.note_if_any("actions", &finding::first_of(&grant.actions, limit))?;
    }
    page.note_if_any("keys", &finding::first_of(&grant.keys, limit))?;
    page.note_if_any("when", &grant.conditions.join(" and "))?;
    let (label, text) = match grant.unless.as_deref() {
        None => ("always", "no request of this kind is refused".to_owned()),
        Some([]) => ("unless", "the circumstances are others".to_owned()),
        Some(circumstances) => ("unless", format!("for example {}", circumstances.join(" and "))),
    };
    page.note(label, &text)?;
    page.note_if_any("may", grant.doubt.as_deref().unwrap_or_default())?;
    page.note_if_any("breaks", &finding::first_of(&grant.breaks, limit))?;
    if page.layout().verbose {
        evidence::write(page, &grant.evidence, &|_| false)?;
        return page.note("witness", &finding::witness(&grant.witness));
    }
    let by: Vec<String> = grant.evidence.iter().map(|piece| evidence::name(piece, false)).collect();
    page.note_if_any("by", &by.join("; "))
}

/// What the answer rests on.
fn closing(page: &mut Page<'_>, answer: &Grants, result: String) -> io::Result<()> {
    let palette = page.layout().palette;
    for open in &answer.undecided {
        page.wrapped(&[(palette.undecided, "undecided: ")], &[(Style::new(), "  ")], (Style::new(), open))?;
    }
    let mut text = result;
    if !answer.undecided.is_empty() {
        text = format!("{text}; {} undecided", answer.undecided.len());
    }
    let style = if answer.undecided.is_empty() { palette.strong } else { palette.undecided };
    page.wrapped(&[], &[], (style, &text))?;
    let decided =
        format!("decided over all requests of {}", count(answer.pairs, "pair of caller and bucket"));
    let decided = decided.replace("pair of caller and buckets", "pairs of caller and bucket");
    page.line(&[(palette.faint, &decided)])?;
    if !answer.gaps.is_empty() {
        let gaps = format!(
            "{} in the evidence, which may hide more: palisade audit lists them",
            count(answer.gaps.len(), "gap")
        );
        page.line(&[(palette.gap, &gaps)])?;
    }
    Ok(())
}
