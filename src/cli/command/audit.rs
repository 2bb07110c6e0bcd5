//! `palisade audit`: an estate in, a report and a verdict out.

use std::io::{self, Write};

use palisade::assess::{self, Options};
use palisade::classify::Rules;
use palisade::finding::{Assessment, Filter, Finding};
use palisade::intent::Intent;
use palisade::report::Layout;

use super::source::From;
use super::{judging, known};
use crate::args::{AuditArgs, FilterArgs, ReportArgs};
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;
use crate::terminal::{Progress, Terminal};

pub(crate) fn run(args: &AuditArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    // Whatever can be wrong with the arguments comes to light before minutes of reading.
    let intent = judging::intent(&args.judging.policies)?;
    let rules = judging::classification(args.judging.classification.as_deref())?;
    let filter = filter(&args.filter, &intent, &rules)?;
    let from = from(args);
    from.check()?;
    let mut assessment = assess(args, &from, (&rules, &intent), &filter)?;
    assessment.retain(&filter);
    write(&assessment, &args.report, terminal)?;
    Ok(Exit::of(&assessment, args.report.fail_on))
}

fn filter(args: &FilterArgs, intent: &Intent, rules: &Rules) -> Result<Filter, Failure> {
    let ids = intent.rules().iter().map(|rule| &*rule.id);
    known::check(&args.rules, ids, "--rule <ID>", "palisade rules list")?;
    let classes = rules.classes().iter().map(|class| &**class);
    known::check(&args.classes, classes, "--class <CLASS>", "palisade rules list")?;
    let boxed = |names: &[String]| names.iter().map(|name| name.as_str().into()).collect();
    Ok(Filter {
        min_severity: args.min_severity,
        rules: boxed(&args.rules),
        classes: boxed(&args.classes),
        buckets: args.buckets.clone(),
    })
}

fn from(args: &AuditArgs) -> From<'_> {
    From {
        source: &args.source,
        #[cfg(feature = "aws")]
        collecting: &args.collecting,
        #[cfg(feature = "aws")]
        buckets: args.filter.buckets.iter().map(|pattern| pattern.text().to_owned()).collect(),
        #[cfg(feature = "aws")]
        quiet: args.report.quiet,
    }
}

fn assess(
    args: &AuditArgs,
    from: &From<'_>,
    (rules, intent): (&Rules, &Intent),
    filter: &Filter,
) -> Result<Assessment, Failure> {
    let progress = Progress::new(args.report.quiet);
    let estate = from.estate(&progress)?;
    progress.stage("judging");
    let options = Options { all_subjects: args.report.all_subjects, simulations: args.report.simulations };
    let Some(most) = args.report.fixes.most() else {
        return Ok(assess::audit(&estate, rules, intent, &options)?);
    };
    let wanted = |finding: &Finding| filter.keeps(finding);
    let assessment = assess::audit_with_fixes(&estate, rules, intent, &options, (wanted, most))?;
    drop(progress);
    if assessment.summary.fixes.is_none() && !args.report.quiet {
        // Nothing is lost with a note that nobody can read.
        let _ = writeln!(io::stderr(), "more than {most} findings: --fixes always tells what cures each");
    }
    Ok(assessment)
}

fn write(assessment: &Assessment, args: &ReportArgs, terminal: &Terminal) -> Result<(), Failure> {
    let output = Output::new(args.output.as_deref());
    let layout = Layout {
        width: terminal.width(output.is_terminal()),
        palette: terminal.palette(output.is_terminal()),
        verbose: args.verbose,
    };
    output.write(|out| args.format.write(assessment, &layout, out))?;
    if let (Output::File(path), false) = (&output, args.quiet) {
        let violations: usize = assessment.summary.violations.values().sum();
        // Nothing is lost with a note that nobody can read.
        let _ = writeln!(io::stderr(), "wrote {}: {violations} violations", path.display());
    }
    Ok(())
}
