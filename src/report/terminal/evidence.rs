//! What a finding rests on, quoted beside a bar.

use std::io;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::page::Page;
use super::{count, quote};
use crate::finding::Evidence;

/// How many pieces of evidence, and how many lines of each, are quoted unless all is asked for.
const PIECES: usize = 4;
const LINES: usize = 16;

/// Pieces of evidence; the document that `said` is true of has been named already.
pub(super) fn write(
    page: &mut Page<'_>,
    evidence: &[Evidence],
    said: &dyn Fn(&str) -> bool,
) -> io::Result<()> {
    let palette = page.layout().palette;
    let pieces = if page.layout().verbose { usize::MAX } else { PIECES };
    let quotes: Vec<_> = evidence.iter().take(pieces).map(|piece| Quote::of(page, said, piece)).collect();
    // Statements get some air; a setting or two do not need it.
    let airy = quotes.iter().any(|quote| matches!(quote.body, Body::Below(_)));
    let bar = |page: &mut Page<'_>| if airy { page.line(&[(palette.margin, "   |")]) } else { Ok(()) };
    bar(page)?;
    for quote in &quotes {
        quote.write(page)?;
    }
    let left_out = evidence.len().saturating_sub(quotes.len());
    if left_out > 0 {
        let text = format!("and {} more", count(left_out, "piece"));
        page.line(&[(palette.margin, "   | "), (palette.faint, &text)])?;
    }
    bar(page)
}

/// A piece of evidence as it will be written.
struct Quote {
    name: String,
    body: Body,
}

enum Body {
    Nothing,
    Beside(String),
    Below(Vec<String>),
}

impl Quote {
    fn of(page: &Page<'_>, said: &dyn Fn(&str) -> bool, piece: &Evidence) -> Self {
        let name = name(piece, said(&piece.document));
        let Some(value) = &piece.quote else {
            return Self { name, body: Body::Nothing };
        };
        let width = page.layout().width;
        let flat = quote::flat(value);
        let is_setting = piece.sid.is_none() && piece.index.is_none();
        if is_setting && 5 + name.width() + 2 + flat.width() <= width {
            return Self { name, body: Body::Beside(flat) };
        }
        Self { name, body: Body::Below(quote::lines(value, width.saturating_sub(7))) }
    }

    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let palette = page.layout().palette;
        let bar = (palette.margin, "   | ");
        let deeper = (Style::new(), "  ");
        match &self.body {
            Body::Nothing => page.wrapped(&[bar], &[bar, deeper], (palette.strong, &self.name)),
            Body::Beside(value) => {
                page.line(&[bar, (palette.strong, &self.name), (Style::new(), ": "), (Style::new(), value)])
            }
            Body::Below(lines) => {
                page.wrapped(&[bar], &[bar, deeper], (palette.strong, &self.name))?;
                let shown =
                    if page.layout().verbose || lines.len() <= LINES + 1 { lines.len() } else { LINES };
                for line in lines.iter().take(shown) {
                    page.line(&[bar, deeper, (Style::new(), line)])?;
                }
                if lines.len() == shown {
                    return Ok(());
                }
                let text = format!("  ... {} more", count(lines.len() - shown, "line"));
                page.line(&[bar, (palette.faint, &text)])
            }
        }
    }
}

/// `versioning`, or `identityPolicies of arn:aws:iam::111111111111:role/alice, statement "Read"`. What has been named is not named
/// again.
pub(super) fn name(piece: &Evidence, said: bool) -> String {
    let Evidence { layer, document, sid, index, .. } = piece;
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
