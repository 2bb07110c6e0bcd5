//! `palisade completions`: a script for the shell.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;

pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    // The generator panics on a closed pipe; memory does not close.
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "palisade", &mut script);
    Output::Stdout.write(|out| out.write_all(&script))?;
    Ok(Exit::Clean)
}
