//! Who acts as a role that is not his own, in both estates.

use std::collections::BTreeSet;

use super::Lost;
use super::bench::principal;
use super::marks::{Mark, Marks};
use super::pairs::{Numbered, Pairs, action_names, broken};
use crate::access::{Class, Site, Subject, replay};
use crate::authorize::Outcome;
use crate::check::access::chains::{Acting, Chains};
use crate::check::scene::{Caller, Judged};
use crate::intent::{IntentError, Meaning};

/// A role with a way to a bucket, and a data set there.
type Reached<'r, 'x> = (&'r Caller<'x>, &'r Site<'x>, &'r Judged<'x>);

/// The rules that are broken by those who act as a role.
#[derive(Default)]
struct Broken {
    marks: Marks,
    /// Who breaks one for certain.
    certainly: BTreeSet<Box<str>>,
}

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
        let bench = self.pairs.bench;
        let buckets: BTreeSet<&'s str> =
            bench.at_home(&role).chain(bench.abroad(self.role).iter().copied()).collect();
        let (now_caller, then_caller) = (self.pairs.numbered(&before), self.pairs.numbered(&after));
        let mut stopped: BTreeSet<Box<str>> = BTreeSet::new();
        let mut reached = vec![];
        for bucket in buckets {
            let Some(approach) = bench.approach(bucket) else { continue };
            let sites = self.pairs.numbered_sites(&approach.sites);
            let (open, open_then) = (self.open_sites(now_caller, sites), self.open_sites(then_caller, sites));
            for judged in bench.judged(bucket) {
                for (site, class) in &open {
                    let broken = self.broken((&before, site, judged), class, &now)?;
                    stopped.extend(broken.certainly);
                    self.pairs.change.before.extend(broken.marks);
                    reached.push(((&before, *site, judged), class.clone()));
                }
                for (site, class) in &open_then {
                    let broken = self.broken((&after, site, judged), class, &then)?;
                    self.pairs.change.after.extend(broken.marks);
                }
            }
        }
        if !gone.is_empty() {
            // Where somebody must be stopped, those are stopped too who come through him: nobody has meant that way for them.
            let meant = chains.0.acting_through(&bench.scene, self.role, |who| !stopped.contains(who));
            let losers = gone.intersection(&meant).cloned().collect();
            for (pair, class) in reached {
                self.loss(pair, &class, (&now, &losers))?;
            }
            self.pairs.change.strangers.entry(self.role.into()).or_default().extend(gone);
        }
        Ok(())
    }

    /// The ways on which somebody reaches a bucket, with the requests that he may make there.
    fn open_sites<'w, 'x>(
        &mut self,
        caller: Numbered<&Caller<'_>>,
        sites: Numbered<&'w [Site<'x>]>,
    ) -> Vec<(&'w Site<'x>, Class)> {
        let mut ways = self.pairs.ways(caller, sites);
        ways.retain(|(site, class)| caller.it.subject.may_reach(site) && !class.is_empty());
        ways
    }

    /// The rules that those who act as the role break with a data set.
    fn broken(
        &mut self,
        (caller, site, judged): Reached<'_, '_>,
        class: &Class,
        acting: &[Acting<'_>],
    ) -> Result<Broken, IntentError> {
        let mut found = Broken::default();
        for acting in acting {
            let same_team = judged.is_of(acting.team.as_deref());
            let asked = self.pairs.copy.intent.asked(acting.look, judged.look, same_team)?;
            let answer = self.pairs.answer(class, caller, site, judged, &asked);
            let subjects = names(std::slice::from_ref(acting));
            for (rule, actions) in broken(caller, &asked, &answer) {
                for subject in subjects.iter().cloned() {
                    let mark = Mark { rule: rule.clone(), about: judged.facts.id(), subject, acting: true };
                    found.marks.add(mark, action_names(&actions));
                }
            }
            let breaks = |goal| matches!(asked.meanings.get(goal), Some(Meaning::Breaks(_)));
            if answer.found.iter().any(|found| breaks(found.goal)) {
                found.certainly.extend(subjects);
            }
        }
        Ok(found)
    }

    /// What is sanctioned for those who cannot act as the role any more, and what they cannot do as themselves.
    fn loss(
        &mut self,
        (caller, site, judged): Reached<'_, '_>,
        class: &Class,
        (acting, losers): (&[Acting<'_>], &BTreeSet<Box<str>>),
    ) -> Result<(), IntentError> {
        for acting in acting {
            let subjects = names(std::slice::from_ref(acting));
            if subjects.is_disjoint(losers) {
                continue;
            }
            let same_team = judged.is_of(acting.team.as_deref());
            let sanctioned = self.pairs.copy.intent.sanctioned(acting.look, judged.look, same_team)?;
            let answer = self.pairs.answer(class, caller, site, judged, &sanctioned);
            for found in &answer.found {
                let Some(Meaning::Expected(permit)) = sanctioned.meanings.get(found.goal) else { continue };
                let witness = replay(&caller.subject, site, &found.cell).ok();
                let Some(witness) = witness.filter(|it| it.decision.outcome == Outcome::Allowed) else {
                    continue;
                };
                for subject in subjects.intersection(losers) {
                    let actions = self.missing(subject, judged, action_names(&found.actions).collect())?;
                    if !actions.is_empty() {
                        self.pairs.change.lost.push(Lost {
                            permit: permit.clone(),
                            dataset: judged.facts.id(),
                            subject: subject.clone(),
                            actions,
                            witness: serde_json::json!({ "request": witness.request() }),
                        });
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
        let numbered = (self.pairs.numbered(&caller), self.pairs.numbered_sites(&approach.sites));
        for (site, class) in self.open_sites(numbered.0, numbered.1) {
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
