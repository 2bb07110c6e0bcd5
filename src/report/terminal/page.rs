//! The sheet that the report is written on: styled, wrapped lines of a given width.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::Style;
use textwrap::{Options, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

use super::Layout;

/// A piece of a line in one style.
pub(super) type Span<'a> = (Style, &'a str);

/// Writes lines. All text passes through [`visible`] here, so that no name in the estate can move the cursor.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    layout: &'a Layout,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, layout: &'a Layout) -> Self {
        Self { out, layout }
    }

    pub(super) fn layout(&self) -> &'a Layout {
        self.layout
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// One line, as long as it is.
    pub(super) fn line(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        self.spans(spans)?;
        writeln!(self.out)
    }

    /// Text after `first`; the lines that it needs beyond one begin with `rest`.
    pub(super) fn wrapped(
        &mut self,
        first: &[Span<'_>],
        rest: &[Span<'_>],
        (style, text): Span<'_>,
    ) -> io::Result<()> {
        let text = visible(text);
        let (first_indent, rest_indent) = (" ".repeat(width(first)), " ".repeat(width(rest)));
        let options = Options::new(self.layout.width)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .initial_indent(&first_indent)
            .subsequent_indent(&rest_indent);
        for (number, line) in textwrap::wrap(&text, options).iter().enumerate() {
            let (lead, indent) = if number == 0 { (first, &first_indent) } else { (rest, &rest_indent) };
            self.spans(lead)?;
            writeln!(self.out, "{style}{}{style:#}", line.strip_prefix(&**indent).unwrap_or_default())?;
        }
        Ok(())
    }

    /// `   = label: text`, like a note of a compiler. Text is prose: its white space is the layout's to choose.
    pub(super) fn note(&mut self, label: &str, text: &str) -> io::Result<()> {
        let palette = &self.layout.palette;
        let label = format!("{label}:");
        let first = [(palette.margin, "   = "), (palette.strong, &*label), (Style::new(), " ")];
        let rest = " ".repeat(width(&first));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.wrapped(&first, &[(Style::new(), &rest)], (Style::new(), &text))
    }

    /// A note, unless it says nothing.
    pub(super) fn note_if_any(&mut self, label: &str, text: &str) -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { self.note(label, text) }
    }

    fn spans(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        for (style, text) in spans {
            write!(self.out, "{style}{}{style:#}", visible(text))?;
        }
        Ok(())
    }
}

/// The columns that spans take.
pub(super) fn width(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|(_, text)| visible(text).width()).sum()
}

/// The text with what a terminal would obey, or what would hide or reorder its neighbours, written as JSON escapes.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_treacherous) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_treacherous(c) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, zero-width characters, and those that change the direction of text.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(visible("a\u{1b}[2Jb\u{9b}c\u{202e}d"), "a\\u001b[2Jb\\u009bc\\u202ed");
        assert!(matches!(visible("modèles/été"), Cow::Borrowed(_)));
    }
}
