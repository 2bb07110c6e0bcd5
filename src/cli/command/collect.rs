//! `palisade collect`: a live organization in, a snapshot out; and what `audit aws` takes from it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use palisade::estate::{Estate, Gap, Scope};
use palisade::source::aws::{self, CollectError, Options, Progress, RoleOptions, TargetOptions};
use palisade::source::snapshot::{self, Draft};

use crate::args::{AccountsArgs, CollectArgs, CollectingArgs, TargetArgs};
use crate::error::Failure;
use crate::exit::Exit;
use crate::watch::watched;

pub(crate) fn run(args: &CollectArgs) -> Result<Exit, Failure> {
    let options = options(&args.collecting, &args.buckets);
    let directory = args.resume.as_deref().or(args.out.as_deref()).unwrap_or(Path::new("."));
    let (draft, known) = match &args.resume {
        Some(directory) => Draft::resume(directory).map(|(draft, known)| (draft, Some(known)))?,
        None => (Draft::begin(directory)?, None),
    };
    let progress = Progress::default();
    let collected = watched(&progress, args.quiet, || aws::collect(&options, known, Some(&draft), &progress));
    let estate = match collected {
        Ok(estate) => estate,
        Err(error @ CollectError::Snapshot(_)) => return Err(error.into()),
        Err(error) => {
            draft.abandon();
            return Err(error.into());
        }
    };
    estate.accounts().try_for_each(|account| draft.account(account))?;
    draft.finish(&estate)?;
    let read = snapshot::reread(&estate)?;
    if !args.quiet {
        // Nothing is lost with a note that nobody can read.
        let _ = summary(&read, directory, &progress, &mut io::stderr().lock());
    }
    let complete = !estate.incomplete && read.gaps.iter().all(is_meant);
    Ok(if complete { Exit::Clean } else { Exit::Incomplete })
}

/// The live organization as it is judged. What the report's filters leave out is not asked for.
pub(super) fn estate(args: &CollectingArgs, buckets: &[String], quiet: bool) -> Result<Estate, Failure> {
    let options = options(args, buckets);
    let progress = Progress::default();
    let mut estate = watched(&progress, quiet, || aws::collect(&options, None, None, &progress))?;
    if estate.incomplete {
        return Err(Failure::new("interrupted before everything was read")
            .with_help("palisade collect --out DIR keeps what was read, and can be resumed"));
    }
    // The report says itself that it is about these buckets only.
    estate.scope.buckets.clear();
    Ok(snapshot::reread(&estate)?)
}

fn options(args: &CollectingArgs, buckets: &[String]) -> Options {
    let CollectingArgs { accounts, target } = args;
    Options { target: self::target(target), scope: scope(accounts, buckets) }
}

/// As whom AWS is called, and where.
pub(super) fn target(args: &TargetArgs) -> TargetOptions {
    let arn_template =
        args.role_arn_template.clone().unwrap_or_else(|| RoleOptions::template(&args.role_name));
    TargetOptions {
        profile: args.profile.clone(),
        config_file: None,
        region: args.region.clone(),
        ca_bundle: args.ca_bundle.clone(),
        role: RoleOptions {
            arn_template,
            external_id: args.external_id.clone(),
            session_name: args.session_name.clone(),
            duration: args.session_duration.map(Duration::from_secs),
        },
        concurrency: args.concurrency,
        account_concurrency: args.account_concurrency.min(args.concurrency),
        timeout: args.request_timeout,
    }
}

fn scope(args: &AccountsArgs, buckets: &[String]) -> Scope {
    Scope {
        accounts: args.accounts.clone(),
        excluded_accounts: args.exclude_accounts.clone(),
        units: args.units.iter().map(|unit| unit.as_str().into()).collect(),
        buckets: buckets.iter().map(|pattern| pattern.as_str().into()).collect(),
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A gap that was asked for.
fn is_meant(gap: &Gap) -> bool {
    &*gap.code == "Excluded"
}

fn summary(estate: &Estate, directory: &Path, progress: &Progress, out: &mut dyn Write) -> io::Result<()> {
    let count = progress.count();
    let how = if estate.incomplete { "interrupted; wrote" } else { "wrote" };
    writeln!(
        out,
        "{how} {}: {}, {}, {}; {}, {} throttled",
        directory.display(),
        counted(estate.accounts().len(), "account"),
        counted(estate.buckets().count(), "bucket"),
        counted(estate.principals().count(), "principal"),
        counted(count.requests, "call"),
        count.throttles,
    )?;
    let mut groups: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    // What an interrupted run did not come to is no news.
    let is_news = |gap: &&Gap| !(estate.incomplete && ["Missing", "Incomplete"].contains(&&*gap.code));
    for gap in estate.gaps.iter().filter(|gap| !is_meant(gap)).filter(is_news) {
        *groups.entry((&gap.api, &gap.code)).or_default() += 1;
    }
    for ((api, code), number) in groups {
        writeln!(out, "gap[{code}]: {api}: {number} not read")?;
    }
    if estate.incomplete || !estate.gaps.iter().all(is_meant) {
        writeln!(
            out,
            "palisade audit {0} shows each gap; palisade collect --resume {0} asks again",
            directory.display()
        )?;
    }
    Ok(())
}
