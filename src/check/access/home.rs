//! The data sets of one account: everybody who may reach them, in both directions, as himself and as roles that are not his own.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::chains::{Acting, Chains};
use super::expected::{Expectations, Pair, is_expected};
use super::finding;
use super::observe::Observed;
use crate::access::{Answer, Approach, Class, Decider, Requests, Site, groups};
use crate::check::scene::{Caller, Judged, Scene};
use crate::classify::DataSet;
use crate::estate::Account;
use crate::finding::Finding;
use crate::intent::{Asked, IntentError, Look, Meaning, Requester};

/// What is found about the data sets of one account.
pub(super) fn findings<'s>(
    scene: &Scene<'s>,
    sets: &'s [DataSet<'s>],
    chains: &Chains<'s>,
    decider: &mut Decider,
) -> Result<Vec<Finding>, IntentError> {
    let Some(account) = sets.first().map(|set| set.account) else { return Ok(vec![]) };
    let judged: Vec<Judged<'_>> = sets.iter().map(|set| scene.judged(set)).collect();
    // Those of a bucket come together.
    let buckets: Vec<&[Judged<'_>]> =
        judged.chunk_by(|a, b| a.set.bucket.name == b.set.bucket.name).collect();
    let approaches: Vec<Approach<'_>> = buckets
        .iter()
        .filter_map(|sets| Some(Approach::to(scene.ground, account, sets.first()?.set.bucket)))
        .collect();
    let at_home = at_home(scene, account, &approaches);
    let mut next = u32::try_from(at_home.len()).unwrap_or(u32::MAX);
    let mut first_site = 0;
    let mut home = Home {
        scene,
        chains,
        decider,
        observed: Observed::default(),
        expectations: Expectations::new(scene.intent),
        acting: FxHashMap::default(),
    };
    for (approach, sets) in approaches.iter().zip(&buckets) {
        let guests = approach.guests(scene.ground, account).into_iter().map(|subject| {
            next += 1;
            scene.caller(subject, next)
        });
        let guests: Vec<Caller<'_>> = guests.collect();
        let callers: Vec<&Caller<'_>> = at_home.iter().chain(&guests).collect();
        for (site, number) in approach.sites.iter().zip(first_site..) {
            home.reached(&callers, (number, site), sets)?;
        }
        if let Some(direct) = approach.sites.first() {
            home.expected(&callers, (first_site, direct), sets)?;
        }
        first_site += u32::try_from(approach.sites.len()).unwrap_or(u32::MAX);
    }
    home.observed.settle();
    finding::of(scene, home.observed)
}

/// The users and roles of the account, in groups that neither its policies nor the rules can tell apart.
fn at_home<'s>(scene: &Scene<'s>, account: &'s Account, approaches: &[Approach<'s>]) -> Vec<Caller<'s>> {
    let sites: Vec<Site<'_>> =
        approaches.iter().flat_map(|approach| approach.sites.iter().cloned()).collect();
    let groups = groups(scene.ground, account, &sites, |principal| {
        let facts = scene.principal(principal);
        (scene.intent.look_of_requester(Requester::Principal(&facts)), facts.team.clone())
    });
    groups.into_iter().zip(0..).map(|(group, number)| scene.caller_of_group(group, number)).collect()
}

/// An account being judged.
struct Home<'h, 'j, 's> {
    scene: &'h Scene<'s>,
    chains: &'h Chains<'s>,
    decider: &'h mut Decider,
    observed: Observed<'j, 's>,
    expectations: Expectations,
    /// Who can act as callers that are workloads, by the callers' numbers.
    acting: FxHashMap<u32, Vec<Acting<'s>>>,
}

impl<'j, 's> Home<'_, 'j, 's> {
    /// What callers can do on one way to a bucket, and may not.
    fn reached(
        &mut self,
        callers: &[&Caller<'s>],
        site: (u32, &Site<'s>),
        sets: &'j [Judged<'s>],
    ) -> Result<(), IntentError> {
        for caller in callers.iter().filter(|caller| caller.subject.may_reach(site.1)) {
            let class = self.decider.class(&caller.subject, site.1, (caller.number, site.0));
            if class.is_empty() {
                continue;
            }
            for judged in sets {
                let asked = self.asked(caller, judged)?;
                let answer = self.answer(&class, caller, site.1, judged, &asked);
                self.decider.ladder.pairs += 1;
                self.observed.add(caller, site, judged, &asked, &answer);
                self.expectations.note(&Pair { caller, judged, asked: &asked }, &answer);
                self.acted(caller, site, judged, &class, &broken_by(&asked, &answer))?;
            }
        }
        Ok(())
    }

    /// What others can do as the caller, and may not; `own` are the rules that he breaks by himself.
    fn acted(
        &mut self,
        caller: &Caller<'s>,
        site: (u32, &Site<'s>),
        judged: &'j Judged<'s>,
        class: &Class,
        own: &BTreeSet<Box<str>>,
    ) -> Result<(), IntentError> {
        let all = self.acting.remove(&caller.number).unwrap_or_else(|| self.acting_as(caller));
        for acting in &all {
            let asked = self.asked_of(acting.look, acting.team.as_deref(), judged)?;
            let answer = self.answer(class, caller, site.1, judged, &asked);
            self.observed.add_acting((acting, caller), site, judged, (&asked, &answer), own);
        }
        self.acting.insert(caller.number, all);
        Ok(())
    }

    /// What callers should be able to do with a bucket, and cannot on any way.
    fn expected(
        &mut self,
        callers: &[&Caller<'s>],
        direct: (u32, &Site<'s>),
        sets: &'j [Judged<'s>],
    ) -> Result<(), IntentError> {
        for caller in callers.iter().filter(|caller| caller.subject.may_reach(direct.1)) {
            for judged in sets {
                let asked = self.asked(caller, judged)?;
                if !(0..asked.meanings.len()).any(|goal| is_expected(&asked, goal)) {
                    continue;
                }
                let class = self.decider.class(&caller.subject, direct.1, (caller.number, direct.0));
                let pair = Pair { caller, judged, asked: &asked };
                self.expectations.report(&pair, direct.1, &class, self.decider, &mut self.observed);
            }
        }
        Ok(())
    }

    fn answer(
        &mut self,
        class: &Class,
        caller: &Caller<'s>,
        site: &Site<'s>,
        judged: &Judged<'s>,
        asked: &Asked,
    ) -> Arc<Answer> {
        let requests = (class, Requests::Allowed);
        self.decider.decide(requests, &caller.subject, site, &asked.goals, &judged.region)
    }

    /// What is asked about a caller and a data set.
    fn asked(&self, caller: &Caller<'s>, judged: &Judged<'s>) -> Result<Arc<Asked>, IntentError> {
        self.asked_of(caller.look, caller.team(), judged)
    }

    fn asked_of(
        &self,
        look: Look,
        team: Option<&str>,
        judged: &Judged<'s>,
    ) -> Result<Arc<Asked>, IntentError> {
        self.scene.intent.asked(look, judged.look, judged.is_of(team))
    }

    /// Everybody who can act as one of the callers of a group, if they are workloads.
    fn acting_as(&self, caller: &Caller<'s>) -> Vec<Acting<'s>> {
        let is_workload = caller.facts.as_ref().is_some_and(|facts| !facts.human);
        if is_workload { self.chains.acting(self.scene, &caller.members) } else { vec![] }
    }
}

/// The rules that some of the found requests break.
fn broken_by(asked: &Asked, answer: &Answer) -> BTreeSet<Box<str>> {
    let meanings = answer.found.iter().filter_map(|found| asked.meanings.get(found.goal));
    let broken = meanings.filter_map(|meaning| match meaning {
        Meaning::Breaks(rule) => Some(rule.clone()),
        _ => None,
    });
    broken.collect()
}
