//! Making changes in live accounts, and undoing them.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use palisade::finding::{Fix, Plan};
use palisade::source::aws::apply::{self, Applied, Step};

use super::collect;
use crate::args::FixArgs;
use crate::error::Failure;
use crate::exit::Exit;

/// Makes the changes of some fixes, after showing them and asking. What takes something for granted is left to whoever knows.
pub(super) fn apply(plan: &Plan, is_taken: impl Fn(&Fix) -> bool, args: &FixArgs) -> Result<Exit, Failure> {
    let quiet = args.output.quiet;
    let is_known = |fix: &Fix| args.apply.accept_assumptions || fix.assumes.is_none();
    for fix in plan.fixes.iter().filter(|fix| is_taken(fix) && !is_known(fix)) {
        let assumes = fix.assumes.as_deref().unwrap_or_default();
        let ask = "--accept-assumptions applies it too";
        note(quiet, &format!("left out: {}; it assumes that {assumes}: {ask}", fix.title));
    }
    let edits = plan.edits(|fix| is_taken(fix) && is_known(fix));
    if edits.is_empty() {
        note(quiet, "nothing to apply");
        return Ok(Exit::Clean);
    }
    for edit in &edits {
        note(quiet, &format!("  {} (account {})", edit.target.describe(), edit.account));
    }
    if !args.apply.yes && !asked(edits.len())? {
        note(quiet, "nothing was changed");
        return Ok(Exit::Clean);
    }
    let bundle = args.apply.bundle.clone().unwrap_or_else(bundle);
    let options = collect::target(&args.collecting.target);
    let applied = apply::apply(&edits, &options, &bundle, &|step| tell(quiet, step)).map_err(|error| {
        let help = format!("palisade fix --rollback {} undoes what was changed", bundle.display());
        let failure = Failure::from(error);
        // Where nothing was written there is nothing to undo.
        if bundle.try_exists().unwrap_or(false) { failure.with_help(help) } else { failure }
    })?;
    notes(quiet, &applied);
    note(
        quiet,
        &format!(
            "made {} changes; palisade fix --rollback {} undoes them",
            applied.edits.len(),
            bundle.display()
        ),
    );
    Ok(Exit::Clean)
}

/// Undoes what a bundle records.
pub(super) fn roll_back(bundle: &Path, args: &FixArgs) -> Result<Exit, Failure> {
    let quiet = args.output.quiet;
    let options = collect::target(&args.collecting.target);
    let undone = apply::roll_back(bundle, &options, &|step| tell(quiet, step))?;
    notes(quiet, &undone);
    note(quiet, &format!("undid {} changes", undone.edits.len()));
    Ok(Exit::Clean)
}

/// Whether the person at the keyboard agrees; without one there is nobody to ask.
fn asked(number: usize) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new("there is nobody to ask: standard input is no terminal")
            .with_help("--yes applies without asking"));
    }
    let unheard = |why| Failure::new("cannot ask").because(&why);
    write!(io::stderr(), "make these {number} changes? [y/N] ").map_err(unheard)?;
    io::stderr().flush().map_err(unheard)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(unheard)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn bundle() -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    format!("palisade-rollback-{now}").into()
}

fn tell(quiet: bool, step: Step<'_>) {
    let (doing, edit) = match step {
        Step::Checking(edit) => ("checking", edit),
        Step::Making(edit) => ("changing", edit),
        Step::Undoing(edit) => ("undoing", edit),
    };
    note(quiet, &format!("{doing} {} (account {})", edit.target.describe(), edit.account));
}

fn notes(quiet: bool, applied: &Applied) {
    applied.notes.iter().for_each(|text| note(quiet, &format!("note: {text}")));
}

fn note(quiet: bool, text: &str) {
    if !quiet {
        // Nothing is lost with a note that nobody can read.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
