//! Who acts as a role that is not his own, in both estates.

use std::collections::BTreeSet;

use super::Lost;
use super::bench::principal;
use super::marks::Mark;
use super::pairs::{Pairs, action_names, broken};
use crate::access::{Site, Subject, replay};
use crate::authorize::Outcome;
use crate::check::access::chains::{Acting, Chains};
use crate::check::scene::{Caller, Judged};
use crate::intent::{IntentError, Meaning};

/// Those who act as one role.
pub(super) struct Actors<'q, 'c, 's, 'p> {
    pairs: &'q mut Pairs<'c, 's, 'p>,
    role: &'q str,
}

impl<'q, 'c, 's, 'p: 'c> Actors<'q, 'c, 's, 'p> {
    pub(super) fn new(pairs: &'q mut Pairs<'c, 's, 'p>, role: &'q str) -> Self {
        Self { pairs, role }
    }

    /// What they can do as the role, before and after, and who cannot act as it any more.
    pub(super) fn compare(&mut self, chains: (&Chains<'s>, &Chains<'p>)) -> Result<(), IntentError> {
        let roles = [Box::from(self.role)];
        let now = chains.0.acting(&self.pairs.bench.scene, &roles);
        let then = chains.1.acting(self.pairs.copy, &roles);
        let gone: BTreeSet<Box<str>> = names(&now).difference(&names(&then)).cloned().collect();
        let Some(role) = self.pairs.bench.principal(self.role) else { return Ok(()) };
        let before =
            self.pairs.bench.scene.caller(Subject::principal(self.pairs.bench.scene.ground, role), 0);
        let Some(role) = principal(self.pairs.copy.ground.estate, self.role) else { return Ok(()) };
        let after = self.pairs.copy.caller(Subject::principal(self.pairs.copy.ground, role), 0);
        let buckets: BTreeSet<&'s str> = self
            .pairs
            .bench
            .at_home(&role)
            .chain(self.pairs.bench.abroad(self.role).iter().copied())
            .collect();
        for bucket in buckets {
            let Some(approach) = self.pairs.bench.approach(bucket) else { continue };
            for judged in self.pairs.bench.judged(bucket) {
                self.reach(&before, &approach.sites, judged, (&now, &gone), true)?;
                self.reach(&after, &approach.sites, judged, (&then, &BTreeSet::new()), false)?;
            }
        }
        if !gone.is_empty() {
            self.pairs.change.strangers.entry(self.role.into()).or_default().extend(gone);
        }
        Ok(())
    }

    /// What those who act as the role can do with a data set.
    fn reach(
        &mut self,
        caller: &Caller<'_>,
        sites: &[Site<'_>],
        judged: &Judged<'_>,
        (acting, gone): (&[Acting<'_>], &BTreeSet<Box<str>>),
        before: bool,
    ) -> Result<(), IntentError> {
        for (site, place) in sites.iter().zip(0..).filter(|(site, _)| caller.subject.may_reach(site)) {
            let numbers = self.pairs.numbers(place);
            let class = self.pairs.decider.class(&caller.subject, site, numbers);
            if class.is_empty() {
                continue;
            }
            for acting in acting {
                let intent = self.pairs.copy.intent;
                let same_team = judged.is_of(acting.team.as_deref());
                let asked = intent.asked(acting.look, judged.look, same_team)?;
                let answer = self.pairs.answer(&class, caller, site, judged, &asked);
                let subjects: BTreeSet<&Box<str>> =
                    acting.ways.iter().flat_map(|way| &way.subjects).collect();
                for (rule, actions) in broken(caller, &asked, &answer) {
                    for subject in &subjects {
                        let mark = Mark {
                            rule: rule.clone(),
                            about: judged.facts.id(),
                            subject: (*subject).clone(),
                            acting: true,
                        };
                        let marks =
                            if before { &mut self.pairs.change.before } else { &mut self.pairs.change.after };
                        marks.add(mark, action_names(&actions));
                    }
                }
                let losers: Vec<&Box<str>> =
                    subjects.into_iter().filter(|name| gone.contains(*name)).collect();
                if !losers.is_empty() {
                    let sanctioned = intent.sanctioned(acting.look, judged.look, same_team)?;
                    let answer = self.pairs.answer(&class, caller, site, judged, &sanctioned);
                    for found in &answer.found {
                        let Some(Meaning::Expected(permit)) = sanctioned.meanings.get(found.goal) else {
                            continue;
                        };
                        let Ok(witness) = replay(&caller.subject, site, &found.cell) else { continue };
                        if witness.decision.outcome != Outcome::Allowed {
                            continue;
                        }
                        for subject in &losers {
                            let actions =
                                self.missing(subject, judged, action_names(&found.actions).collect())?;
                            if !actions.is_empty() {
                                self.pairs.change.lost.push(Lost {
                                    permit: permit.clone(),
                                    dataset: judged.facts.id(),
                                    subject: (*subject).clone(),
                                    actions,
                                    witness: serde_json::json!({ "request": witness.request() }),
                                });
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Those of the actions that somebody may not do as himself: what he keeps is not lost.
    fn missing(
        &mut self,
        subject: &str,
        judged: &Judged<'_>,
        mut actions: BTreeSet<Box<str>>,
    ) -> Result<BTreeSet<Box<str>>, IntentError> {
        let Some(himself) = principal(self.pairs.copy.ground.estate, subject) else { return Ok(actions) };
        let caller = self.pairs.copy.caller(Subject::principal(self.pairs.copy.ground, himself), 0);
        let Some(approach) = self.pairs.bench.approach(&judged.set.bucket.name) else { return Ok(actions) };
        for (site, place) in approach.sites.iter().zip(0..).filter(|(site, _)| caller.subject.may_reach(site))
        {
            let numbers = self.pairs.numbers(place);
            let class = self.pairs.decider.class(&caller.subject, site, numbers);
            let sanctioned = super::pairs::sanctioned(self.pairs.copy, &caller, judged)?;
            let answer = self.pairs.answer(&class, &caller, site, judged, &sanctioned);
            for found in &answer.found {
                action_names(&found.actions).for_each(|name| _ = actions.remove(&name));
            }
        }
        Ok(actions)
    }
}

fn names(acting: &[Acting<'_>]) -> BTreeSet<Box<str>> {
    acting.iter().flat_map(|acting| &acting.ways).flat_map(|way| way.subjects.iter().cloned()).collect()
}
