//! Edits made in live accounts, and undone.
//!
//! Nothing is written before everything that is to change is as it was when the fix was proved, and before a bundle says how to
//! undo it. Edits are made one after the other, each compared before and read back afterwards; a journal beside the bundle says what
//! was begun, so that a process that was killed in the middle leaves nothing that a rollback does not find.

mod access_point;
mod bucket;
mod bundle;
mod compare;
mod error;
mod identity;
mod journal;
mod key;
mod lifecycle;
mod limits;
mod managed;
mod place;
mod record;
mod roll_back;
mod setting;
mod stop;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::blocking;
use super::target::{Target as Aws, TargetOptions};
use crate::estate::{Content, Edit, Target};
use bundle::Bundle;
use journal::Line;
use place::{Found, Place, Sessions};
use record::Record;
use stop::Stop;

pub use error::{ApplyError, Problem, Trouble};

/// "Changes that you make in IAM [...] are eventually consistent", and so are the settings of buckets: how long what was written is
/// waited for, in milliseconds. (IAM User Guide, troubleshoot_general_eventual-consistency; S3 User Guide, Welcome)
const WAITS: [u64; 7] = [0, 250, 500, 1_000, 2_000, 4_000, 8_000];

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The edits that were made, in their order; or those that were undone, the last one first.
    pub edits: Vec<Edit>,
    /// What cannot be undone exactly, or was not.
    pub notes: Vec<String>,
    /// The bundle that undoes them.
    pub bundle: PathBuf,
}

/// What is being done, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// What is there is compared with what was there when it was collected.
    Checking(&'a Edit),
    /// The edit is made.
    Making(&'a Edit),
    /// The edit is undone.
    Undoing(&'a Edit),
}

/// Makes edits in their order.
///
/// `bundle` is a directory that does not exist yet; it is written before anything is changed, and [`roll_back`] undoes what it
/// records. A process that is asked to stop does so between two edits.
///
/// # Errors
/// Something is not as the edits say that it is before them, and then nothing is changed; or an edit fails, and then those before it
/// are made and those after it are not. The error names the edit and why.
pub fn apply(
    edits: &[Edit],
    options: &TargetOptions,
    bundle: &Path,
    report: &dyn Fn(Step<'_>),
) -> Result<Applied, ApplyError> {
    blocking(applied(edits, options, bundle, report))
}

/// Undoes the edits that a bundle records, the last one first: those that were begun, whether or not they were finished. What is
/// there must be what the edit left; what is already as it was before is left alone, so that it does no harm to roll back twice.
///
/// # Errors
/// The bundle cannot be read, or some edits cannot be undone, mostly because what they left was changed since. All others are undone.
pub fn roll_back(
    bundle: &Path,
    options: &TargetOptions,
    report: &dyn Fn(Step<'_>),
) -> Result<Applied, ApplyError> {
    blocking(roll_back::rolled_back(bundle, options, report))
}

async fn applied(
    edits: &[Edit],
    options: &TargetOptions,
    directory: &Path,
    report: &dyn Fn(Step<'_>),
) -> Result<Applied, ApplyError> {
    refuse_twice(edits)?;
    let aws = Aws::open(options, Arc::default()).await?;
    let sessions = Sessions::enter(&aws, edits.iter()).await;
    let places = ready(&sessions, edits, report).await?;
    let (bundle, mut journal) = Bundle::create(directory, edits)?;
    let (stop, of) = (Stop::listen(), edits.len());
    for (number, place) in places.iter().enumerate() {
        let made = || edits.iter().take(number).cloned().collect();
        if stop.is_asked() {
            return Err(ApplyError::Interrupted { made: made(), of, bundle: bundle.directory });
        }
        report(Step::Making(place.edit));
        let mut record = Record { journal: &mut journal, edit: number };
        if let Err(problem) = make(place, &bundle, &mut record).await {
            let trouble = Box::new(Trouble { edit: place.edit.clone(), problem });
            return Err(ApplyError::Stopped { made: made(), trouble, of, bundle: bundle.directory });
        }
    }
    Ok(Applied { edits: edits.to_vec(), notes: bundle.record.limits, bundle: bundle.directory })
}

/// The second of two edits would be compared with what was there before the first.
fn refuse_twice(edits: &[Edit]) -> Result<(), ApplyError> {
    let mut seen = BTreeSet::new();
    // Of all targets only an alias can be the same in two regions.
    let region = |edit: &Edit| edit.region.clone().filter(|_| matches!(edit.target, Target::Key { .. }));
    match edits.iter().find(|edit| !seen.insert((edit.account, region(edit), &edit.target))) {
        Some(edit) => Err(ApplyError::Twice { what: edit.target.describe(), account: edit.account }),
        None => Ok(()),
    }
}

/// Where each edit is to be made, if all of them can be.
async fn ready<'a>(
    sessions: &'a Sessions,
    edits: &'a [Edit],
    report: &dyn Fn(Step<'_>),
) -> Result<Vec<Place<'a>>, ApplyError> {
    let checked = edits.iter().map(|edit| async move {
        report(Step::Checking(edit));
        let place = sessions.place(edit).await?;
        let found = place.read().await?;
        expect(&place, &found)?;
        place.check(&found, edit.after.as_ref())?;
        Ok(place)
    });
    let (mut places, mut troubles) = (vec![], vec![]);
    for (edit, checked) in edits.iter().zip(join_all(checked).await) {
        match checked {
            Ok(place) => places.push(place),
            Err(problem) => troubles.push(Trouble { edit: edit.clone(), problem }),
        }
    }
    if troubles.is_empty() { Ok(places) } else { Err(ApplyError::Unready { troubles, of: edits.len() }) }
}

/// Makes one edit.
async fn make(place: &Place<'_>, bundle: &Bundle, record: &mut Record<'_>) -> Result<(), Problem> {
    let found = place.read().await?;
    expect(place, &found)?;
    let after = place.edit.after.as_ref();
    record.add(Line::Begin)?;
    match &place.edit.target {
        Target::Key { alias } => {
            key::create(place, alias, (after, &bundle.record.created_at), record).await?;
        }
        Target::ManagedPolicy { policy } => managed::write(place, policy, (&found, after), record).await?,
        _ => place.write(&found, after).await?,
    }
    confirm(place, after).await?;
    record.add(Line::Done)
}

/// What is there must be what the edit was proved with.
fn expect(place: &Place<'_>, found: &Found) -> Result<(), Problem> {
    let Edit { target, before, .. } = place.edit;
    if compare::is(target, found.content.as_ref(), before.as_ref()) {
        return Ok(());
    }
    Err(changed(before.as_ref(), found, "collected"))
}

fn changed(expected: Option<&Content>, found: &Found, since: &'static str) -> Problem {
    Problem::Changed { since, expected: shown(expected), found: shown(found.content.as_ref()) }
}

fn shown(content: Option<&Content>) -> String {
    content.map_or("nothing", Content::text).to_owned()
}

/// Waits until AWS shows what was written.
async fn confirm(place: &Place<'_>, wanted: Option<&Content>) -> Result<(), Problem> {
    let mut found = Found::default();
    for wait in WAITS {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        found = place.read().await?;
        if compare::is(&place.edit.target, found.content.as_ref(), wanted) {
            return Ok(());
        }
    }
    let seconds = WAITS.iter().sum::<u64>() / 1_000;
    Err(Problem::Unconfirmed { seconds, found: shown(found.content.as_ref()) })
}
