//! What went wrong, for the person at the keyboard: what, where, why, and what to do about it.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use miette::Diagnostic;

use crate::exit::Exit;
use crate::terminal::Terminal;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense together, or name what does not exist.
    Usage(Box<clap::Error>),
    /// Anything else.
    Tool {
        /// What failed, on what.
        what: String,
        /// Why, outermost first.
        causes: Vec<String>,
        /// What to do.
        help: Option<String>,
    },
}

impl Failure {
    pub(crate) fn new(what: impl Display) -> Self {
        Self::Tool { what: what.to_string(), causes: vec![], help: None }
    }

    /// Adds an error and what lies under it.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        if let Self::Tool { causes, .. } = &mut self {
            let chain = std::iter::successors(Some(error), |&error| error.source());
            causes.extend(chain.map(ToString::to_string));
        }
        self
    }

    pub(crate) fn with_help(mut self, text: impl Display) -> Self {
        if let Self::Tool { help, .. } = &mut self {
            *help = Some(text.to_string());
        }
        self
    }

    /// Writes the failure to standard error and tells the exit code.
    pub(crate) fn report(&self, terminal: &Terminal) -> Exit {
        match self {
            Self::Usage(error) => report_usage(error),
            Self::Tool { what, causes, help } => {
                let mut stderr = anstream::AutoStream::always(io::stderr().lock());
                let colored = terminal.is_colored(io::IsTerminal::is_terminal(&io::stderr()));
                // There is nobody left to tell if standard error is gone.
                let _ = write_tool(&mut stderr, colored, what, causes, help.as_deref());
                Exit::Tool
            }
        }
    }
}

/// A room's own error: its message, its causes, and its advice.
impl<E: Diagnostic + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let failure = Self::new(&error);
        let failure = match error.source() {
            Some(source) => failure.because(source),
            None => failure,
        };
        match error.help() {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    }
}

fn write_tool(
    out: &mut dyn Write,
    colored: bool,
    what: &str,
    causes: &[String],
    help: Option<&str>,
) -> io::Result<()> {
    let style = |style| if colored { style } else { Style::new() };
    let error = style(AnsiColor::Red.on_default().bold());
    let label = style(Style::new().bold());
    writeln!(out, "{error}error{error:#}: {}", shown(what))?;
    for cause in causes {
        writeln!(out, "  {label}because{label:#}: {}", shown(cause))?;
    }
    if let Some(help) = help {
        writeln!(out, "  {label}help{label:#}: {}", shown(help))?;
    }
    Ok(())
}

/// The text without what a terminal would obey: it may quote a file that somebody else wrote.
fn shown(text: &str) -> String {
    let escape = |c: char| c.is_control() && c != '\n';
    text.chars().map(|c| if escape(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Prints what clap has to say: help and version to standard output, everything else to standard error.
pub(crate) fn report_usage(error: &clap::Error) -> Exit {
    // A reader that has gone away has seen enough.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Clean }
}
