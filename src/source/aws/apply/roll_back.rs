//! Undoing what a bundle records: the last edit first, and each only where what is there is what was made.

use std::path::Path;
use std::sync::Arc;

use super::super::target::{Target as Aws, TargetOptions};
use super::bundle::Bundle;
use super::error::{ApplyError, Problem, Trouble};
use super::journal::Traces;
use super::limits::{limit, restored};
use super::place::{Found, Place, Sessions};
use super::stop::Stop;
use super::{Applied, Step, changed, compare, confirm, key, managed};
use crate::estate::{Edit, Target};

pub(super) async fn rolled_back(
    directory: &Path,
    options: &TargetOptions,
    report: &dyn Fn(Step<'_>),
) -> Result<Applied, ApplyError> {
    let (bundle, traces) = Bundle::read(directory)?;
    // An edit that was never begun was never made: what is there now is somebody else's.
    let begun: Vec<(&Edit, &Traces)> =
        bundle.record.edits.iter().zip(&traces).filter(|(_, traces)| traces.begun).rev().collect();
    let aws = Aws::open(options, Arc::default()).await?;
    let sessions = Sessions::enter(&aws, begun.iter().map(|(edit, _)| *edit)).await;
    let (stop, of) = (Stop::listen(), begun.len());
    let (mut undone, mut troubles): (Vec<Edit>, Vec<Trouble>) = (vec![], vec![]);
    let mut left = begun;
    loop {
        let (before, mut refused) = (undone.len(), vec![]);
        troubles.clear();
        for (edit, traces) in left {
            if stop.is_asked() {
                return Err(ApplyError::Interrupted { made: undone, of, bundle: bundle.directory });
            }
            report(Step::Undoing(edit));
            match undo(&sessions, edit, traces, &bundle, &troubles).await {
                Ok(true) => undone.push(edit.clone()),
                Ok(false) => {}
                Err(problem) => {
                    troubles.push(Trouble { edit: edit.clone(), problem });
                    refused.push((edit, traces));
                }
            }
        }
        left = refused;
        // A policy that is public comes back only when Block Public Access, which was on before it changed, is off again: what is
        // undone may be what stood in the way.
        if left.is_empty() || undone.len() == before {
            break;
        }
    }
    if !troubles.is_empty() {
        return Err(ApplyError::Left { undone, troubles, of, bundle: bundle.directory });
    }
    let notes = undone.iter().filter_map(limit).collect();
    Ok(Applied { edits: undone, notes, bundle: bundle.directory })
}

/// Undoes one edit. Whether there was anything to undo.
async fn undo(
    sessions: &Sessions,
    edit: &Edit,
    traces: &Traces,
    bundle: &Bundle,
    left: &[Trouble],
) -> Result<bool, Problem> {
    let place = sessions.place(edit).await?;
    if let Target::Key { alias } = &edit.target {
        refuse_in_use(alias, left)?;
        return key::undo(&place, alias, traces, &bundle.record.created_at).await;
    }
    let found = place.read().await?;
    let before = restored(edit);
    match state(&place, &found) {
        State::After => {
            match &edit.target {
                Target::ManagedPolicy { policy } => managed::undo(&place, policy, &found, traces).await?,
                _ => {
                    place.check(&found, before.as_ref())?;
                    place.write(&found, before.as_ref()).await?;
                }
            }
            confirm(&place, before.as_ref()).await?;
            Ok(true)
        }
        State::Before => {
            if let Target::ManagedPolicy { policy } = &edit.target {
                managed::tidy(&place, policy, &found, traces).await?;
            }
            Ok(false)
        }
        State::Neither => Err(changed(edit.after.as_ref(), &found, "applied")),
    }
}

/// A key that something still names stays: what is encrypted with it could never be read again.
fn refuse_in_use(alias: &str, left: &[Trouble]) -> Result<(), Problem> {
    let names =
        |trouble: &&Trouble| trouble.edit.after.as_ref().is_some_and(|after| after.text().contains(alias));
    match left.iter().find(names) {
        Some(trouble) => {
            Err(Problem::impossible(format!("the {} still names it", trouble.edit.target.describe())))
        }
        None => Ok(()),
    }
}

enum State {
    /// As before the edit: it was not made, or is undone already.
    Before,
    After,
    Neither,
}

fn state(place: &Place<'_>, found: &Found) -> State {
    let Edit { target, before, after, .. } = place.edit;
    let is = |wanted| compare::is(target, found.content.as_ref(), wanted);
    if is(after.as_ref()) {
        State::After
    } else if is(before.as_ref()) || is(restored(place.edit).as_ref()) {
        State::Before
    } else {
        State::Neither
    }
}
