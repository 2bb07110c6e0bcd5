//! The colours of the terminal report.

use anstyle::{AnsiColor, Style};

use crate::finding::Severity;

/// A style for each part of the report that has one.
///
/// Only the sixteen colours of the terminal's own theme: they can be read on a dark and on a light background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The word `critical`.
    pub critical: Style,
    /// The word `high`.
    pub high: Style,
    /// The word `medium`.
    pub medium: Style,
    /// The word `low`.
    pub low: Style,
    /// The word `undecided`.
    pub undecided: Style,
    /// The word `gap`.
    pub gap: Style,
    /// The word that says that all is well.
    pub clean: Style,
    /// Titles and labels.
    pub strong: Style,
    /// Arrows and bars in the margin.
    pub margin: Style,
    /// What need not be read at first.
    pub faint: Style,
}

impl Palette {
    /// No colour at all.
    #[must_use]
    pub const fn plain() -> Self {
        let plain = Style::new();
        Self {
            critical: plain,
            high: plain,
            medium: plain,
            low: plain,
            undecided: plain,
            gap: plain,
            clean: plain,
            strong: plain,
            margin: plain,
            faint: plain,
        }
    }

    /// The colours.
    #[must_use]
    pub const fn colored() -> Self {
        Self {
            critical: bold(AnsiColor::BrightRed).invert(),
            high: bold(AnsiColor::BrightRed),
            medium: bold(AnsiColor::Yellow),
            low: bold(AnsiColor::Cyan),
            undecided: bold(AnsiColor::Magenta),
            gap: bold(AnsiColor::Magenta),
            clean: bold(AnsiColor::Green),
            strong: Style::new().bold(),
            margin: bold(AnsiColor::BrightBlue),
            faint: Style::new().dimmed(),
        }
    }

    /// The style of a severity's word.
    #[must_use]
    pub const fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }
}

const fn bold(color: AnsiColor) -> Style {
    color.on_default().bold()
}
