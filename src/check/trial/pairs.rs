//! Callers and buckets in both estates: where AWS's logic says the same of both, nothing differs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::acting::Actors;
use super::bench::{Bench, principal};
use super::marks::{Mark, Marks};
use super::{Change, Extent, Lost, intended};
use crate::access::{
    Answer, Approach, Class, Decider, Found, Goals, Requests, Site, Standing, Subject, Way, data_actions,
    replay,
};
use crate::authorize::Outcome;
use crate::check::access::chains::Chains;
use crate::check::access::expected::{Expectations, Pair, is_expected};
use crate::check::access::observe::Observed;
use crate::check::scene::{Caller, Judged, Scene};
use crate::intent::{Asked, IntentError, Meaning, UNSANCTIONED_ACCESS};
use crate::space::Bits;

/// The rule about evidence that is missing.
const UNREAD: &str = "unread-evidence";

/// The comparison of what callers can do.
pub(super) struct Pairs<'c, 's, 'p> {
    pub(super) bench: &'c Bench<'s>,
    pub(super) copy: &'c Scene<'p>,
    extent: &'c Extent,
    pub(super) decider: &'c mut Decider,
    pub(super) change: &'c mut Change,
    expectations: Expectations,
    numbers: u32,
}

/// One estate's side of a pair: somebody who asks, and a bucket with its data sets on every way to it.
#[derive(Clone, Copy)]
pub(super) struct End<'e, 'x> {
    pub(super) scene: &'e Scene<'x>,
    pub(super) caller: Numbered<&'e Caller<'x>>,
    pub(super) sites: Numbered<&'e [Site<'x>]>,
    pub(super) sets: &'e [Judged<'x>],
}

/// Somebody, or the first of some sites, with the number that stands for him in the decider as long as a comparison lasts. Whoever is the
/// same in both estates has one number, so that what is left of his policies is worked out once.
#[derive(Clone, Copy)]
pub(super) struct Numbered<T> {
    pub(super) number: u32,
    pub(super) it: T,
}

/// Somebody who asks on one way.
type Asking<'e, 'x> = (&'e Caller<'x>, &'e Site<'x>);

/// An end with what AWS's logic says on each way.
struct Known<'e, 'x> {
    end: End<'e, 'x>,
    classes: Vec<Class>,
}

impl<'c, 's, 'p: 'c> Pairs<'c, 's, 'p> {
    pub(super) fn new(
        bench: &'c Bench<'s>,
        copy: &'c Scene<'p>,
        extent: &'c Extent,
        decider: &'c mut Decider,
        change: &'c mut Change,
    ) -> Self {
        let expectations = Expectations::new(copy.intent);
        Self { bench, copy, extent, decider, change, expectations, numbers: 0 }
    }

    /// The buckets of the extent, for everybody who reaches them.
    pub(super) fn of_buckets(&mut self) -> Result<(), IntentError> {
        for name in &self.extent.buckets {
            let Some(now) = self.bench.approach(name) else { continue };
            let Some((account, bucket)) = self.copy.ground.estate.bucket(name) else { continue };
            let then = Approach::to(self.copy.ground, account, bucket);
            let datasets = self.copy.rules.datasets_in(self.copy.ground.estate, name);
            let judged: Vec<Judged<'_>> = datasets.sets.iter().map(|set| self.copy.judged(set)).collect();
            let wide = if self.extent.widens { self.bench.everybody(name) } else { vec![] };
            let callers = if self.extent.widens { &wide } else { self.bench.reachers(name) };
            let (sites, sites_then) = (self.numbered_sites(&now.sites), self.numbered_sites(&then.sites));
            let sets = self.bench.judged(name);
            let changed: Vec<Option<Caller<'_>>> =
                callers.iter().map(|caller| self.changed(caller)).collect();
            let mut at_home = vec![];
            for (caller, changed) in callers.iter().zip(&changed) {
                let now = self.numbered(caller);
                let then = changed.as_ref().map_or(now, |changed| self.numbered(changed));
                self.pair((
                    End { scene: &self.bench.scene, caller: now, sites, sets },
                    End { scene: self.copy, caller: then, sites: sites_then, sets: &judged },
                ))?;
                let is_at_home = caller.subject.caller.account() == Some(account.account_id);
                at_home.extend(is_at_home.then_some((now, then)));
            }
            if self.locks_out(&at_home, (sites, sites_then)) {
                self.change.locked.insert(bucket.name.clone());
            }
        }
        Ok(())
    }

    /// The principals of the extent, for all data that they may reach.
    pub(super) fn of_principals(&mut self) -> Result<(), IntentError> {
        for arn in &self.extent.principals {
            let (Some(now), Some(then)) =
                (self.bench.principal(arn), principal(self.copy.ground.estate, arn))
            else {
                continue;
            };
            let now_caller = self.bench.scene.caller(Subject::principal(self.bench.scene.ground, now), 0);
            let then_caller = self.copy.caller(Subject::principal(self.copy.ground, then), 0);
            let callers = (self.numbered(&now_caller), self.numbered(&then_caller));
            let buckets = self.bench.at_home(&now).chain(self.bench.abroad(arn).iter().copied());
            // Those of the extent have been looked at for everybody.
            let buckets: BTreeSet<&str> = buckets.filter(|bucket| !self.extent.has_bucket(bucket)).collect();
            for bucket in buckets {
                let Some(approach) = self.bench.approach(bucket) else { continue };
                let (sites, sets) = (self.numbered_sites(&approach.sites), self.bench.judged(bucket));
                self.pair((
                    End { scene: &self.bench.scene, caller: callers.0, sites, sets },
                    End { scene: self.copy, caller: callers.1, sites, sets },
                ))?;
            }
        }
        Ok(())
    }

    /// Who acts as the roles of the extent.
    pub(super) fn of_acting(&mut self) -> Result<(), IntentError> {
        if self.extent.acted_as.is_empty() {
            return Ok(());
        }
        let chains = (Chains::new(&self.bench.scene), Chains::new(self.copy));
        for role in &self.extent.acted_as {
            Actors::new(self, role).compare((&chains.0, &chains.1))?;
        }
        Ok(())
    }

    /// The caller as he is in the copy, if his own side is edited.
    fn changed(&self, caller: &Caller<'_>) -> Option<Caller<'p>> {
        let known =
            caller.subject.principal_inside().filter(|known| self.extent.has_principal(known.arn()))?;
        let then = principal(self.copy.ground.estate, known.arn())?;
        Some(self.copy.caller(Subject::principal(self.copy.ground, then), 0))
    }

    /// Compares one pair.
    fn pair<'n, 't>(&mut self, (now, then): (End<'_, 'n>, End<'_, 't>)) -> Result<(), IntentError> {
        let (now, then) = (self.known(now), self.known(then));
        let same = now.classes == then.classes && now.end.caller.it.look == then.end.caller.it.look;
        if same && !self.extent.reclassifies {
            return Ok(());
        }
        let mut before = Marks::default();
        let mut after = Marks::default();
        self.mark(&now, &mut before)?;
        self.mark(&then, &mut after)?;
        self.change.before.extend(before);
        self.change.after.extend(after);
        self.loss(&now, &then)
    }

    /// Somebody with a number that was never used, so that he is taken for nobody else.
    pub(super) fn numbered<T>(&mut self, it: T) -> Numbered<T> {
        self.numbers += 1;
        Numbered { number: self.numbers, it }
    }

    /// Sites with numbers that were never used, from that of the first on.
    pub(super) fn numbered_sites<'e, 'x>(&mut self, sites: &'e [Site<'x>]) -> Numbered<&'e [Site<'x>]> {
        let first = self.numbered(sites);
        self.numbers += u32::try_from(sites.len()).unwrap_or(u32::MAX);
        first
    }

    /// The ways on which somebody reaches a bucket, with the requests that AWS allows there.
    pub(super) fn ways<'e, 'x>(
        &mut self,
        caller: Numbered<&Caller<'_>>,
        sites: Numbered<&'e [Site<'x>]>,
    ) -> Vec<(&'e Site<'x>, Class)> {
        let ways = sites.it.iter().zip(sites.number..);
        let ways = ways.map(|(site, place)| {
            (site, self.decider.class(&caller.it.subject, site, (caller.number, place)))
        });
        ways.collect()
    }

    fn known<'e, 'x>(&mut self, end: End<'e, 'x>) -> Known<'e, 'x> {
        let classes = self.ways(end.caller, end.sites).into_iter().map(|(_, class)| class).collect();
        Known { end, classes }
    }

    /// Adds what is found about an end.
    fn mark(&mut self, known: &Known<'_, '_>, marks: &mut Marks) -> Result<(), IntentError> {
        let End { scene, caller: Numbered { it: caller, .. }, sites, sets } = known.end;
        let ways = || sites.it.iter().zip(&known.classes);
        let may = |site: &Site<'_>| caller.subject.may_reach(site);
        for judged in sets {
            let asked = asked(scene, caller, judged)?;
            let expects = (0..asked.meanings.len()).any(|goal| is_expected(&asked, goal));
            let pair = Pair { caller, judged, asked: &asked };
            let mut expectations = self.expectations.afresh();
            for (site, class) in ways().filter(|(site, class)| may(site) && !class.is_empty()) {
                let answer = self.answer(class, caller, site, judged, &asked);
                for (rule, actions) in broken(caller, &asked, &answer) {
                    let mark = Mark {
                        rule,
                        about: judged.facts.id(),
                        subject: caller.subject.name(),
                        acting: false,
                    };
                    marks.add(mark, action_names(&actions));
                }
                if expects {
                    expectations.note(&pair, &answer);
                }
            }
            if let (true, Some((site, class))) = (expects, ways().next().filter(|(site, _)| may(site))) {
                let mut observed = Observed::default();
                expectations.report(&pair, site, class, self.decider, &mut observed);
                for (key, case) in observed.cases {
                    let mark = Mark {
                        rule: key.rule,
                        about: key.dataset,
                        subject: caller.subject.name(),
                        acting: false,
                    };
                    marks.add(mark, action_names(&case.actions));
                }
            }
        }
        Ok(())
    }

    /// What worked and does not work any more, sanctioned or not. Where nobody has said yet what a bucket holds, it is judged by what the
    /// copy says of it.
    fn loss(&mut self, now: &Known<'_, '_>, then: &Known<'_, '_>) -> Result<(), IntentError> {
        for (place, (site, class)) in now.end.sites.it.iter().zip(&now.classes).enumerate() {
            let ways = || then.end.sites.it.iter().zip(&then.classes);
            let twin = ways().find(|(other, _)| is_twin(site.way, other.way));
            let Some((site_then, class_then)) = twin.or_else(|| ways().nth(place)) else { continue };
            if class.is_empty() || class == class_then {
                continue;
            }
            let gone = self.decider.beyond(class, class_then);
            let ends = ((now.end.caller.it, site), (then.end.caller.it, site_then));
            for judged in now.end.sets {
                self.loss_of(ends, &gone, judged)?;
            }
            for judged in then.end.sets.iter().filter(|_| now.end.sets.is_empty()) {
                self.loss_of(ends, &gone, judged)?;
            }
        }
        Ok(())
    }

    /// What of the requests that are gone was for a data set.
    fn loss_of(
        &mut self,
        ((caller, site), (caller_then, site_then)): (Asking<'_, '_>, Asking<'_, '_>),
        gone: &Class,
        judged: &Judged<'_>,
    ) -> Result<(), IntentError> {
        let scene = self.copy;
        let about = (judged.facts.id(), caller.subject.name());
        let asked = asked(scene, caller, judged)?;
        let answer = self.answer(gone, caller, site, judged, &asked);
        for (_, actions) in broken(caller, &asked, &answer) {
            self.change.removed.entry(about.clone()).or_default().extend(action_names(&actions));
        }
        let sanctioned = sanctioned(scene, caller, judged)?;
        let goals = self.intended(caller, site, &sanctioned);
        let requests = (gone, Requests::Allowed);
        let answer = self.decider.decide(requests, &caller.subject, site, &goals, &judged.region);
        let ends = ((&caller.subject, site), (&caller_then.subject, site_then));
        for found in &answer.found {
            let permit = sanctioned.meanings.get(found.goal);
            if let (Some(Meaning::Expected(permit)), Some(witness)) = (permit, shown(ends, found)) {
                let actions = action_names(&found.actions).collect();
                let (dataset, subject) = about.clone();
                self.change.lost.push(Lost { permit: permit.clone(), dataset, subject, actions, witness });
            }
        }
        Ok(())
    }

    /// The sanctioned requests that are meant to work.
    fn intended(&mut self, caller: &Caller<'_>, site: &Site<'_>, sanctioned: &Asked) -> Arc<Goals> {
        let private = self.extent.blocks_public_lists;
        intended::goals(
            self.copy,
            &caller.subject.caller,
            site.account.account_id,
            sanctioned,
            private,
            self.decider,
        )
    }

    pub(super) fn answer(
        &mut self,
        class: &Class,
        caller: &Caller<'_>,
        site: &Site<'_>,
        judged: &Judged<'_>,
        asked: &Asked,
    ) -> Arc<Answer> {
        self.decider.decide((class, Requests::Allowed), &caller.subject, site, &asked.goals, &judged.region)
    }
}

/// What is asked about a caller and a data set.
fn asked(scene: &Scene<'_>, caller: &Caller<'_>, judged: &Judged<'_>) -> Result<Arc<Asked>, IntentError> {
    scene.intent.asked(caller.look, judged.look, judged.is_of(caller.team()))
}

/// Which of their requests are sanctioned.
pub(super) fn sanctioned(
    scene: &Scene<'_>,
    caller: &Caller<'_>,
    judged: &Judged<'_>,
) -> Result<Arc<Asked>, IntentError> {
    scene.intent.sanctioned(caller.look, judged.look, judged.is_of(caller.team()))
}

/// The rules that the found requests break, or may break.
pub(super) fn broken<'a>(
    caller: &Caller<'_>,
    asked: &'a Asked,
    answer: &'a Answer,
) -> impl Iterator<Item = (Box<str>, Bits)> + 'a {
    let unread = matches!(caller.subject.standing, Standing::Unread(_));
    let found = answer.found.iter().map(|found| (found.goal, &found.actions));
    let undecided = answer.undecided.iter().map(|(goal, actions)| (*goal, actions));
    found.chain(undecided).filter_map(move |(goal, actions)| {
        let rule = match asked.meanings.get(goal)? {
            Meaning::Breaks(_) if unread => UNREAD.into(),
            Meaning::Breaks(rule) => rule.clone(),
            Meaning::Undecided(_) => UNSANCTIONED_ACCESS.into(),
            Meaning::Expected(_) => return None,
        };
        Some((rule, actions.clone()))
    })
}

/// The request as JSON, if AWS allows it now and refuses it then.
fn shown(
    (now, then): ((&Subject<'_>, &Site<'_>), (&Subject<'_>, &Site<'_>)),
    found: &Found,
) -> Option<serde_json::Value> {
    let witness = replay(now.0, now.1, &found.cell).ok()?;
    let refused = replay(then.0, then.1, &found.cell).ok()?;
    let shows = witness.decision.outcome == Outcome::Allowed && refused.decision.outcome != Outcome::Allowed;
    shows.then(|| serde_json::json!({ "request": witness.request() }))
}

/// Whether two ways are one in both estates.
fn is_twin(now: Way<'_>, then: Way<'_>) -> bool {
    match (now, then) {
        (Way::Direct, Way::Direct) => true,
        (Way::AccessPoint(now), Way::AccessPoint(then)) => now.name == then.name,
        (Way::Endpoint(now), Way::Endpoint(then)) => now.vpc_endpoint_id == then.vpc_endpoint_id,
        _ => false,
    }
}

/// The names of actions.
pub(super) fn action_names(actions: &Bits) -> impl Iterator<Item = Box<str>> + use<> {
    let names = actions.iter().filter_map(|at| data_actions().get(at));
    names.map(|data| data.action.as_str().into()).collect::<Vec<Box<str>>>().into_iter()
}
