//! `palisade fix`: an estate in, proved changes out.

use palisade::assess;

use super::judging;
use super::source::From;
use crate::args::FixArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;
use crate::terminal::{Progress, Terminal};

pub(crate) fn run(args: &FixArgs, _terminal: &Terminal) -> Result<Exit, Failure> {
    let intent = judging::intent(&args.judging.policies)?;
    let rules = judging::classification(args.judging.classification.as_deref())?;
    let from = From {
        source: &args.source,
        #[cfg(feature = "aws")]
        collecting: &args.collecting,
        #[cfg(feature = "aws")]
        buckets: vec![],
        #[cfg(feature = "aws")]
        quiet: args.quiet,
    };
    from.check()?;
    let progress = Progress::new(args.quiet);
    let estate = from.estate(&progress)?;
    progress.stage("proving");
    let plan = assess::plan(&estate, &rules, &intent, |finding| {
        args.rules.is_empty() || args.rules.iter().any(|rule| **rule == *finding.rule)
    })?;
    Output::Stdout.write(|out| {
        serde_json::to_writer_pretty(&mut *out, &plan)?;
        writeln!(out)
    })?;
    Ok(Exit::Clean)
}
