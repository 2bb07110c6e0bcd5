//! Access that a permit sanctions and expects to work, that something grants, and that does not work all the same.
//!
//! Within an account either side grants, between accounts both must: that somebody elsewhere may read what its owner never offered is
//! no work that stops. That some of a group of actions works is enough: nobody needs every way to write.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::observe::{Example, Key, Observed};
use crate::access::{Answer, Class, Decider, Found, Goal, Goals, Requests, Site, data_actions, replay};
use crate::authorize::{Layer, Outcome, derive};
use crate::check::scene::{Caller, Judged};
use crate::finding::Verdict;
use crate::intent::{Asked, Intent, Meaning};
use crate::space::Bits;

/// The rule about it.
const RULE: &str = "expected-access-broken";

/// What works of what is expected.
pub(in crate::check) struct Expectations {
    /// The groups of actions of the rules.
    groups: Arc<[Bits]>,
    /// What works, by the caller's number and the data set's address: for each goal its actions.
    works: FxHashMap<(u32, usize), BTreeMap<usize, Bits>>,
}

/// Somebody and some data about which a permit expects something.
pub(in crate::check) struct Pair<'p, 'j, 's> {
    pub(in crate::check) caller: &'p Caller<'s>,
    pub(in crate::check) judged: &'j Judged<'s>,
    pub(in crate::check) asked: &'p Asked,
}

impl Expectations {
    pub(in crate::check) fn new(intent: &Intent) -> Self {
        let place = |name: &str| {
            data_actions().iter().position(|data| data.action.operation() == name.to_ascii_lowercase())
        };
        let groups = intent.action_groups().into_iter();
        let groups = groups.map(|(_, names)| names.into_iter().filter_map(place).collect()).collect();
        Self { groups, works: FxHashMap::default() }
    }

    /// The same for other callers and data: nothing is known of what works.
    pub(in crate::check) fn afresh(&self) -> Self {
        Self { groups: self.groups.clone(), works: FxHashMap::default() }
    }

    /// Notes what works on one way to the bucket. What could not be decided is not said to be broken.
    pub(in crate::check) fn note(&mut self, pair: &Pair<'_, '_, '_>, answer: &Answer) {
        let found = answer.found.iter().map(|found| (found.goal, &found.actions));
        let undecided = answer.undecided.iter().map(|(goal, actions)| (*goal, actions));
        for (goal, actions) in found.chain(undecided) {
            if is_expected(pair.asked, goal) {
                self.works.entry(place(pair)).or_default().entry(goal).or_default().extend_by(actions);
            }
        }
    }

    /// Reports what something grants to a caller on the direct way and what works on no way.
    pub(in crate::check) fn report<'j, 's>(
        &self,
        pair: &Pair<'_, 'j, 's>,
        site: &Site<'s>,
        class: &Class,
        decider: &mut Decider,
        observed: &mut Observed<'j, 's>,
    ) {
        // Of what was not read the gap tells; whether it refuses, nobody knows.
        let subject = &pair.caller.subject;
        if class.grants_nothing() || subject.unread.is_some() || site.doubt(&subject.caller, true).is_some() {
            return;
        }
        let works = self.works.get(&place(pair));
        let mut goals = Goals { conditions: pair.asked.goals.conditions.clone(), goals: vec![] };
        let mut of_goals = vec![];
        for (at, goal) in
            pair.asked.goals.goals.iter().enumerate().filter(|(at, _)| is_expected(pair.asked, *at))
        {
            for group in &*self.groups {
                let actions = goal.actions.and(group);
                let works = works.and_then(|works| works.get(&at)).is_some_and(|works| works.meets(&actions));
                if !works && !actions.is_empty() {
                    goals.goals.push(Goal { actions, cells: goal.cells.clone() });
                    of_goals.push(at);
                }
            }
        }
        if of_goals.is_empty() {
            return;
        }
        let goals = decider.keep(goals);
        let answer = decider.decide((class, Requests::Granted), subject, site, &goals, &pair.judged.region);
        for found in &answer.found {
            let Some(Meaning::Expected(permit)) =
                of_goals.get(found.goal).and_then(|goal| pair.asked.meanings.get(*goal))
            else {
                continue;
            };
            add(pair, site, permit, found, observed);
        }
    }
}

fn add<'j, 's>(
    pair: &Pair<'_, 'j, 's>,
    site: &Site<'s>,
    permit: &str,
    found: &Found,
    observed: &mut Observed<'j, 's>,
) {
    let caller = pair.caller;
    let Ok(witness) = replay(&caller.subject, site, &found.cell) else { return };
    // What cannot be shown is not claimed: the search reads what it does not understand as granting more.
    let derivation = derive(&witness.request, &witness.stack);
    let grants = |layer: Layer| derivation.layers.iter().any(|(known, side)| *known == layer && side.allow);
    let sides = [grants(Layer::IdentityPolicies), grants(Layer::ResourcePolicy)];
    let at_home = caller.subject.caller.account() == Some(site.account.account_id);
    let grants = if at_home { sides.contains(&true) } else { !sides.contains(&false) };
    if witness.decision.outcome == Outcome::Allowed || !witness.is_complete() || !grants {
        return;
    }
    let blocked: Vec<&str> = witness.decision.blocked_by.iter().map(|layer| layer.as_str()).collect();
    let blocked = blocked.join(", ");
    let key = Key {
        rule: RULE.into(),
        dataset: pair.judged.facts.id(),
        verdict: Verdict::Violated,
        origin: (None, blocked.as_str().into(), permit.into()),
        acting: None,
    };
    let told = format!("{permit} expects it; refused by: {blocked}");
    observed.meet(caller);
    let case = observed.case(key, pair.judged);
    case.callers.insert(caller.number);
    case.actions.extend_by(&found.actions);
    case.detail.get_or_insert_with(|| told.into());
    if case.example.is_none() {
        case.example = Some(Example {
            subject: caller.subject.clone(),
            facts: caller.facts.clone(),
            meaning: Meaning::Expected(permit.into()),
            site: site.clone(),
            cell: found.cell.clone(),
            witness,
            acting: vec![],
            via: vec![],
        });
    }
}

/// Whether some permit expects what a goal asks for.
pub(in crate::check) fn is_expected(asked: &Asked, goal: usize) -> bool {
    matches!(asked.meanings.get(goal), Some(Meaning::Expected(_)))
}

fn place(pair: &Pair<'_, '_, '_>) -> (u32, usize) {
    (pair.caller.number, std::ptr::from_ref(pair.judged).addr())
}
