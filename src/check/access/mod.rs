//! Who reaches the data, against the rules about requests: over all principals, all keys and all circumstances.
//!
//! Account by account: the buckets with the ways to them, whoever may reach them in groups alike, and for each group and data set
//! the search for requests that AWS allows and the rules do not.

pub(super) mod chains;
pub(super) mod expected;
mod finding;
mod home;
pub(super) mod observe;

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::access::{Decider, Ground, Ladder};
use crate::check::facts;
use crate::check::scene::Scene;
use crate::classify::{DataSet, Rules};
use crate::estate::Estate;
use crate::finding::Finding;
use crate::intent::{Intent, IntentError};
use chains::Chains;

/// What was found about the access to all data sets.
#[derive(Debug, Default)]
pub struct Survey {
    /// The findings.
    pub findings: Vec<Finding>,
    /// How the questions were decided. All but the number of pairs depends on how the work fell to the threads.
    pub ladder: Ladder,
}

/// What the rules about requests find. With `simulations` every witness has all policies that bear on it.
///
/// # Errors
/// A policy fails in evaluation, which is an error of the policy and never a pass.
pub fn survey(
    estate: &Estate,
    rules: &Rules,
    sets: &[DataSet<'_>],
    intent: &Intent,
    simulations: bool,
) -> Result<Survey, IntentError> {
    let ground = Ground::new(estate);
    let facts = facts::Ground::new(estate);
    let scene = Scene { ground: &ground, facts: &facts, rules, intent, simulations };
    let chains = Chains::new(&scene);
    let deciders: Vec<Mutex<Decider>> =
        (0..=rayon::current_num_threads()).map(|_| Mutex::new(Decider::new(&ground))).collect();
    // Data sets come by account.
    let homes: Vec<&[DataSet<'_>]> =
        sets.chunk_by(|a, b| a.account.account_id == b.account.account_id).collect();
    let found: Vec<Vec<Finding>> = homes
        .par_iter()
        .map(|sets| {
            let place = rayon::current_thread_index().unwrap_or(rayon::current_num_threads());
            let Some(decider) = deciders.get(place) else { return Ok(vec![]) };
            let mut decider = decider.lock().unwrap_or_else(PoisonError::into_inner);
            decider.next_account();
            home::findings(&scene, sets, &chains, &mut decider)
        })
        .collect::<Result<_, IntentError>>()?;
    let ladder = deciders
        .iter()
        .map(|decider| decider.lock().unwrap_or_else(PoisonError::into_inner).ladder)
        .fold(Ladder::default(), Ladder::and);
    Ok(Survey { findings: found.into_iter().flatten().collect(), ladder })
}
