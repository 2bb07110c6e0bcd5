//! The terminal: its width, whether it shows colours, and what it shows while work is going on.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use palisade::report::Palette;

use crate::args::ColorChoice;

/// What standard output and standard error are connected to.
#[derive(Debug)]
pub(crate) struct Terminal {
    color: ColorChoice,
    environment: Environment,
}

impl Terminal {
    pub(crate) fn new(color: ColorChoice) -> Self {
        Self { color, environment: Environment::read() }
    }

    /// Whether what goes to a stream is coloured; a file is no terminal.
    pub(crate) fn is_colored(&self, is_terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.environment.wants_color(is_terminal),
        }
    }

    pub(crate) fn palette(&self, is_terminal: bool) -> Palette {
        if self.is_colored(is_terminal) { Palette::colored() } else { Palette::plain() }
    }

    /// The columns to write in: the terminal's own, or those of `COLUMNS` where there is none. Longer lines than 120
    /// columns are hard to read, so there are none.
    pub(crate) fn width(&self, is_terminal: bool) -> usize {
        let size = if is_terminal { terminal_size::terminal_size_of(io::stdout()) } else { None };
        let columns = size.map(|(width, _)| usize::from(width.0)).or(self.environment.columns);
        columns.unwrap_or(100).clamp(40, 120)
    }
}

/// The variables that bear on output.
#[derive(Debug, Clone, Copy, Default)]
struct Environment {
    no_color: bool,
    force_color: bool,
    dumb: bool,
    columns: Option<usize>,
}

impl Environment {
    fn read() -> Self {
        // "When present and not an empty string" (no-color.org, force-color.org); CLICOLOR_FORCE=0 is off
        // (bixense.com/clicolors), and FORCE_COLOR=0 is widely read the same way.
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_on = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != *"0");
        Self {
            no_color: is_set("NO_COLOR"),
            force_color: is_on("FORCE_COLOR") || is_on("CLICOLOR_FORCE"),
            dumb: env::var_os("TERM").as_deref() == Some(OsStr::new("dumb")),
            columns: env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()),
        }
    }

    fn wants_color(self, is_terminal: bool) -> bool {
        !self.no_color && (self.force_color || (is_terminal && !self.dumb))
    }
}

/// What is going on, on standard error while that is a terminal; silent otherwise, and gone when dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let is_shown = !quiet && io::stderr().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self(ProgressBar::with_draw_target(None, target))
    }

    /// Work of unknown length begins.
    pub(crate) fn stage(&self, doing: &'static str) {
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            self.0.set_style(style);
        }
        self.0.set_message(doing);
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    /// So many files of so many are read.
    pub(crate) fn files(&self, read: usize, of: usize) {
        if self.0.length().is_none() {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} files") {
                self.0.set_style(style);
            }
            self.0.set_length(of as u64);
        }
        self.0.set_position(read as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_coloured_and_a_file_is_not() {
        let environment = Environment::default();
        assert!(environment.wants_color(true));
        assert!(!environment.wants_color(false));
        assert!(!Environment { dumb: true, ..environment }.wants_color(true));
    }

    #[test]
    fn no_color_outweighs_force_color() {
        let forced = Environment { force_color: true, ..Environment::default() };
        assert!(forced.wants_color(false));
        assert!(!Environment { no_color: true, ..forced }.wants_color(true));
    }

    #[test]
    fn the_option_outweighs_the_environment() {
        let no_color = Environment { no_color: true, ..Environment::default() };
        assert!(Terminal { color: ColorChoice::Always, environment: no_color }.is_colored(false));
        let forced = Environment { force_color: true, ..Environment::default() };
        assert!(!Terminal { color: ColorChoice::Never, environment: forced }.is_colored(true));
    }
}
