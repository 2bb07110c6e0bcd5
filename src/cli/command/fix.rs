//! `palisade fix`: an estate in, proved changes out; and the changes made, or undone.

use std::io::{self, Write};
use std::path::Path;

use palisade::assess;
use palisade::estate::{Edit, Estate};
use palisade::finding::{Filter, Finding, Fix, Open, Plan, Verdict};
use palisade::fix::render::{self, File, Format};
use palisade::intent::Intent;
use palisade::report::{Layout, terminal as page};
use palisade::source::snapshot::{self, Compression};

#[cfg(feature = "aws")]
use super::apply;
use super::source::From;
use super::{judging, known};
use crate::args::{FixArgs, FixFormat, Source, WantedArgs};
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;
use crate::terminal::{Progress, Terminal};

pub(crate) fn run(args: &FixArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    #[cfg(feature = "aws")]
    if let Some(bundle) = &args.apply.rollback {
        return apply::roll_back(bundle, args);
    }
    let Some(source) = &args.source else { return Ok(Exit::Usage) };
    // Whatever can be wrong with the arguments comes to light before minutes of reading.
    let intent = judging::intent(&args.judging.policies)?;
    let rules = judging::classification(args.judging.classification.as_deref())?;
    check(args, source, &intent)?;
    let from = From {
        source,
        #[cfg(feature = "aws")]
        collecting: &args.collecting,
        #[cfg(feature = "aws")]
        buckets: vec![],
        #[cfg(feature = "aws")]
        quiet: args.output.quiet,
    };
    from.check()?;
    let rule_ids = args.wanted.rules.iter().map(|rule| rule.as_str().into()).collect();
    let filter = Filter { rules: rule_ids, buckets: args.wanted.buckets.clone(), ..Filter::default() };
    let (estate, plan) = {
        let progress = Progress::new(args.output.quiet);
        let estate = from.estate(&progress)?;
        progress.stage("proving");
        let plan =
            assess::plan(&estate, &rules, &intent, |finding| is_wanted(&args.wanted, &filter, finding))?;
        (estate, plan)
    };
    nothing_else(&args.wanted, &plan)?;
    let edits = plan.edits(|fix| is_taken(args, fix));
    write(args, &plan, &edits, terminal)?;
    if let Some(directory) = &args.output.patched {
        write_patched(&estate, &edits, directory)?;
    }
    #[cfg(feature = "aws")]
    if args.apply.apply {
        return apply::apply(&plan, |fix| is_taken(args, fix), args);
    }
    Ok(exit(&plan))
}

/// What only a person can mend comes first; after it, what could not be decided is never a pass.
fn exit(plan: &Plan) -> Exit {
    let is_certain = |open: &Open| open.verdict == Verdict::Violated;
    if plan.open.iter().any(is_certain) || !plan.fixes.iter().all(Fix::is_safe) {
        Exit::Violations
    } else if plan.open.is_empty() {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}

fn check(args: &FixArgs, source: &Source, intent: &Intent) -> Result<(), Failure> {
    let ids = intent.rules().iter().map(|rule| &*rule.id);
    known::check(&args.wanted.rules, ids, "--rule <ID>", "palisade rules list")?;
    #[cfg(feature = "aws")]
    if args.apply.apply && *source != Source::Aws {
        return Err(Failure::new("only what was just read from AWS can be changed there").with_help(
            "palisade fix aws --apply reads the organization, proves the fixes and applies them",
        ));
    }
    #[cfg(not(feature = "aws"))]
    let _ = source;
    Ok(())
}

fn is_wanted(args: &WantedArgs, filter: &Filter, finding: &Finding) -> bool {
    let is_named = || args.findings.contains(&finding.fingerprint.to_string());
    (args.findings.is_empty() || is_named()) && filter.keeps(finding)
}

/// Whoever names a finding means one that there is.
fn nothing_else(args: &WantedArgs, plan: &Plan) -> Result<(), Failure> {
    let cured = plan.fixes.iter().flat_map(|fix| &fix.proof.cures).map(|cure| cure.finding);
    let known: Vec<String> = cured
        .chain(plan.open.iter().map(|open| open.finding))
        .map(|fingerprint| fingerprint.to_string())
        .collect();
    match args.findings.iter().find(|fingerprint| !known.contains(fingerprint)) {
        None => Ok(()),
        Some(fingerprint) => Err(Failure::new(format!("there is no finding {fingerprint}"))
            .with_help("palisade audit prints the fingerprint of each finding; it stays the same while rule and subject do")),
    }
}

fn is_taken(args: &FixArgs, fix: &Fix) -> bool {
    args.wanted.include_breaking || fix.is_safe()
}

fn write(args: &FixArgs, plan: &Plan, edits: &[Edit], terminal: &Terminal) -> Result<(), Failure> {
    let FixFormat::Files(format) = args.output.format else {
        let output = Output::Stdout;
        let layout = Layout {
            width: terminal.width(output.is_terminal()),
            palette: terminal.palette(output.is_terminal()),
            verbose: args.output.verbose,
        };
        return output.write(|out| page::write_plan(plan, &layout, out));
    };
    let files = render::render(format, plan, edits);
    match (&args.output.out, files.as_slice()) {
        (Some(directory), files) => write_files(directory, files, args.output.quiet),
        (None, [only]) => Output::Stdout.write(|out| out.write_all(only.text.as_bytes())),
        (None, []) => Ok(()),
        (None, files) => Err(several(format, files.len())),
    }
}

fn several(format: Format, number: usize) -> Failure {
    let what = format!("these fixes make {number} {format} files, one for each account or region");
    Failure::new(what).with_help("--out DIR writes them to a directory")
}

fn write_files(directory: &Path, files: &[File], quiet: bool) -> Result<(), Failure> {
    std::fs::create_dir_all(directory).map_err(|why| {
        Failure::new(format!("cannot make the directory {}", directory.display())).because(&why)
    })?;
    for file in files {
        let path = directory.join(&*file.name);
        Output::File(path.clone()).write(|out| out.write_all(file.text.as_bytes()))?;
        if !quiet {
            // Nothing is lost with a note that nobody can read.
            let _ = writeln!(io::stderr(), "wrote {}", path.display());
        }
    }
    Ok(())
}

/// The snapshot as it would be, so that anyone can audit it again.
fn write_patched(estate: &Estate, edits: &[Edit], directory: &Path) -> Result<(), Failure> {
    let patched =
        estate.patched(edits).map_err(|why| Failure::new("the fixes cannot be made").because(&why))?;
    Ok(snapshot::write(&patched, directory, Compression::None)?)
}
