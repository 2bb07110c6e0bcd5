//! What a finding rests on, quoted beside a bar.

use std::io;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::page::Page;
use super::{count, quote};
use crate::finding::{Evidence, Finding};

/// How many pieces of evidence, and how many lines of each, are quoted unless all is asked for.
const PIECES: usize = 4;
const LINES: usize = 16;

pub(super) fn write(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    if finding.evidence.is_empty() {
        return Ok(());
    }
    let palette = page.layout().palette;
    let pieces = if page.layout().verbose { usize::MAX } else { PIECES };
    page.line(&[(palette.margin, "   |")])?;
    for piece in finding.evidence.iter().take(pieces) {
        write_piece(page, finding, piece)?;
    }
    let left_out = finding.evidence.len().saturating_sub(pieces);
    if left_out > 0 {
        let text = format!("and {} more", count(left_out, "piece"));
        page.line(&[(palette.margin, "   | "), (palette.faint, &text)])?;
    }
    page.line(&[(palette.margin, "   |")])
}

fn write_piece(page: &mut Page<'_>, finding: &Finding, piece: &Evidence) -> io::Result<()> {
    let palette = page.layout().palette;
    let bar = (palette.margin, "   | ");
    let name = name(finding, piece);
    let Some(value) = &piece.quote else {
        return page.line(&[bar, (palette.strong, &name)]);
    };
    let flat = quote::flat(value);
    if piece.index.is_none() && 5 + name.width() + 2 + flat.width() <= page.layout().width {
        return page.line(&[bar, (palette.strong, &name), (Style::new(), ": "), (Style::new(), &flat)]);
    }
    page.line(&[bar, (palette.strong, &name)])?;
    let lines = quote::lines(value, page.layout().width.saturating_sub(7));
    let shown = if page.layout().verbose || lines.len() <= LINES + 1 { lines.len() } else { LINES };
    for line in lines.iter().take(shown) {
        page.line(&[bar, (Style::new(), "  "), (Style::new(), line)])?;
    }
    if lines.len() > shown {
        let text = format!("  ... {} more", count(lines.len() - shown, "line"));
        page.line(&[bar, (palette.faint, &text)])?;
    }
    Ok(())
}

/// `versioning`, or `resourcePolicy of arn:aws:s3:::acme-models-prod, statement "Read"`. A setting of the bucket that
/// the arrow above points to does not name it again.
fn name(finding: &Finding, piece: &Evidence) -> String {
    let Evidence { layer, document, sid, index, .. } = piece;
    let bucket = finding.dataset.as_ref().map(|dataset| &*dataset.bucket);
    let said = document.rsplit_once(":::").is_some_and(|(_, name)| Some(name) == bucket);
    let mut name = layer.to_string();
    if !document.is_empty() && !said {
        name = format!("{name} of {document}");
    }
    match (sid, index) {
        (Some(sid), _) => format!("{name}, statement \"{sid}\""),
        (None, Some(index)) => format!("{name}, Statement[{index}]"),
        (None, None) => name,
    }
}
