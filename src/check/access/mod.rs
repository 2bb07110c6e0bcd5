//! Who reaches the data, against the rules about requests: over all principals, all keys and all circumstances.
//!
//! Account by account: the buckets with the ways to them, whoever may reach them in groups alike, and for each group and data set
//! the search for requests that AWS allows and the rules do not.

mod chains;
mod expected;
mod finding;
mod observe;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::access::{Answer, Approach, Decider, Ground, Ladder, Requests, Site, groups};
use crate::check::facts;
use crate::check::scene::{Caller, Judged, Scene};
use crate::classify::{DataSet, Rules};
use crate::estate::Estate;
use crate::finding::Finding;
use crate::intent::{Asked, Intent, IntentError, Look, Meaning, Requester};
use chains::{Acting, Chains};
use expected::{Expectations, Pair, is_expected};
use observe::Observed;

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
            scene.home(sets, &chains, &mut decider)
        })
        .collect::<Result<_, IntentError>>()?;
    let ladder = deciders
        .iter()
        .map(|decider| decider.lock().unwrap_or_else(PoisonError::into_inner).ladder)
        .fold(Ladder::default(), Ladder::and);
    Ok(Survey { findings: found.into_iter().flatten().collect(), ladder })
}

impl<'s> Scene<'s> {
    /// The data sets of one account.
    fn home(
        &self,
        sets: &'s [DataSet<'s>],
        chains: &Chains<'s>,
        decider: &mut Decider,
    ) -> Result<Vec<Finding>, IntentError> {
        let Some(account) = sets.first().map(|set| set.account) else { return Ok(vec![]) };
        let judged: Vec<Judged<'_>> = sets.iter().map(|set| self.judged(set)).collect();
        // Those of a bucket come together.
        let buckets: Vec<&[Judged<'_>]> =
            judged.chunk_by(|a, b| a.set.bucket.name == b.set.bucket.name).collect();
        let approaches: Vec<Approach<'_>> = buckets
            .iter()
            .filter_map(|sets| Some(Approach::to(self.ground, account, sets.first()?.set.bucket)))
            .collect();
        let sites: Vec<Site<'_>> =
            approaches.iter().flat_map(|approach| approach.sites.iter().cloned()).collect();
        let at_home = groups(self.ground, account, &sites, |principal| {
            let facts = self.principal(principal);
            (self.intent.look_of_requester(Requester::Principal(&facts)), facts.team.clone())
        });
        let at_home: Vec<Caller<'_>> =
            at_home.into_iter().zip(0..).map(|(group, number)| self.caller_of_group(group, number)).collect();
        let mut observed = Observed::default();
        let mut expectations = Expectations::new(self.intent);
        let mut acting: FxHashMap<u32, Vec<Acting<'_>>> = FxHashMap::default();
        let mut next = u32::try_from(at_home.len()).unwrap_or(u32::MAX);
        let mut number = 0;
        for (approach, sets) in approaches.iter().zip(&buckets) {
            let guests: Vec<Caller<'_>> = approach
                .guests(self.ground, account)
                .into_iter()
                .map(|subject| {
                    next += 1;
                    self.caller(subject, next)
                })
                .collect();
            let direct = number + 1;
            for site in &approach.sites {
                number += 1;
                let callers = at_home.iter().chain(&guests);
                for caller in callers.filter(|caller| caller.subject.may_reach(site)) {
                    let class = decider.class(&caller.subject, site, (caller.number, number));
                    if class.is_empty() {
                        continue;
                    }
                    for judged in *sets {
                        let asked = self.asked(caller, judged)?;
                        let answer = decider.decide(
                            (&class, Requests::Allowed),
                            &caller.subject,
                            site,
                            &asked.goals,
                            &judged.region,
                        );
                        decider.ladder.pairs += 1;
                        observed.add(caller, (number, site), judged, &asked, &answer);
                        expectations.note(&Pair { caller, judged, asked: &asked }, &answer);
                        let own = broken_by(&asked, &answer);
                        let acting =
                            acting.entry(caller.number).or_insert_with(|| self.acting(chains, caller));
                        for acting in acting {
                            let asked = self.asked_of(acting.look, acting.team.as_deref(), judged)?;
                            let answer = decider.decide(
                                (&class, Requests::Allowed),
                                &caller.subject,
                                site,
                                &asked.goals,
                                &judged.region,
                            );
                            observed.add_acting(
                                (acting, caller),
                                (number, site),
                                judged,
                                (&asked, &answer),
                                &own,
                            );
                        }
                    }
                }
            }
            let Some(site) = approach.sites.first() else { continue };
            let callers = at_home.iter().chain(&guests);
            for caller in callers.filter(|caller| caller.subject.may_reach(site)) {
                for judged in *sets {
                    let asked = self.asked(caller, judged)?;
                    if !(0..asked.meanings.len()).any(|goal| is_expected(&asked, goal)) {
                        continue;
                    }
                    let class = decider.class(&caller.subject, site, (caller.number, direct));
                    let pair = Pair { caller, judged, asked: &asked };
                    expectations.report(&pair, (direct, site), &class, decider, &mut observed);
                }
            }
        }
        observed.settle();
        finding::of(self, observed)
    }

    /// What is asked about a caller and a data set.
    fn asked(&self, caller: &Caller<'s>, judged: &Judged<'s>) -> Result<Arc<Asked>, IntentError> {
        let team = caller.facts.as_ref().and_then(|facts| facts.team.as_deref());
        self.asked_of(caller.look, team, judged)
    }

    fn asked_of(
        &self,
        look: Look,
        team: Option<&str>,
        judged: &Judged<'s>,
    ) -> Result<Arc<Asked>, IntentError> {
        let same_team = team.is_some() && team == judged.facts.team.as_deref();
        self.intent.asked(look, judged.look, same_team)
    }

    /// Everybody who can act as one of the callers of a group, if they are workloads.
    fn acting(&self, chains: &Chains<'s>, caller: &Caller<'s>) -> Vec<Acting<'s>> {
        let is_workload = caller.facts.as_ref().is_some_and(|facts| !facts.human);
        if is_workload { chains.acting(self, &caller.members) } else { vec![] }
    }
}

/// The rules that some of the found requests break.
fn broken_by(asked: &Asked, answer: &Answer) -> BTreeSet<Box<str>> {
    let meanings = answer.found.iter().filter_map(|found| asked.meanings.get(found.goal));
    meanings
        .filter_map(|meaning| match meaning {
            Meaning::Breaks(rule) => Some(rule.clone()),
            _ => None,
        })
        .collect()
}
