//! The command line: arguments in, a report and an exit code out.

mod args;
mod command;
mod error;
mod exit;
mod output;
mod terminal;
#[cfg(feature = "aws")]
mod watch;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use error::Failure;
use exit::Exit;
use terminal::Terminal;

/// Policies are millions of small pieces, made on all cores and dropped together: a third of the time went to the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(Cli { command, color }) => {
            let terminal = Terminal::new(color);
            run(command, &terminal).unwrap_or_else(|failure| failure.report(&terminal))
        }
        Err(error) => error::report_usage(&error),
    };
    exit.into()
}

fn run(command: Command, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Audit(args) => command::audit::run(&args, terminal),
        #[cfg(feature = "aws")]
        Command::Collect(args) => command::collect::run(&args),
        #[cfg(feature = "aws")]
        Command::Permissions(args) => command::permissions::run(&args),
        Command::WhoCan(args) => command::question::who_can(&args, terminal),
        Command::Can(args) => command::question::can(&args, terminal),
        Command::Explain(args) => command::question::explain(&args, terminal),
        Command::Fix(args) => command::fix::run(&args, terminal),
        Command::Simulate(args) => command::simulate::run(&args),
        Command::Rules(args) => command::rules::run(&args, terminal),
        Command::Completions(args) => command::completions::run(&args),
    }
}
