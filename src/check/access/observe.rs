//! What is found for single callers, put together where one statement is the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::chains::{Acting, Way};
use crate::access::{Answer, Cell, Found, Site, Standing, Subject, Witness, data_actions, replay};
use crate::authorize::{Applied, Layer, Outcome};
use crate::check::quote::{Quote, UNCONFIRMED};
use crate::check::scene::{Caller, Judged, Scene, circumstances, requester};
use crate::finding::{Evidence, Verdict};
use crate::iam::Effect;
use crate::intent::{AccessRequest, Asked, IntentError, Meaning, PrincipalFacts, Requester};
use crate::space::Bits;

/// What was observed about the data sets of one account.
#[derive(Default)]
pub(in crate::check) struct Observed<'j, 's> {
    pub(in crate::check) cases: BTreeMap<Key, Case<'j, 's>>,
    /// The case of a request that was found, by its address, at a site.
    origins: FxHashMap<FoundAt, Option<Placed>>,
    /// The names of callers, by number.
    members: FxHashMap<u32, Arc<[Box<str>]>>,
}

/// What was found, by its address; the number of the site; and why the caller is not fully known.
type FoundAt = (usize, u32, Option<Box<str>>);

/// A case, with what is doubtful about it.
type Placed = (Key, Option<Box<str>>);

/// What makes two observations one finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) struct Key {
    pub(in crate::check) rule: Box<str>,
    pub(in crate::check) dataset: Box<str>,
    pub(in crate::check) verdict: Verdict,
    /// The statement that grants: the layer, the policy's name, and the statement's.
    pub(in crate::check) origin: Origin,
    /// By what the caller comes to act as a role that is not his own, if he does.
    pub(in crate::check) acting: Option<&'static str>,
}

pub(in crate::check) type Origin = (Option<Layer>, Box<str>, Box<str>);

/// One finding in the making.
pub(in crate::check) struct Case<'j, 's> {
    pub(in crate::check) judged: &'j Judged<'s>,
    /// Whom it concerns, by number, and by the way to a role that is not their own.
    pub(in crate::check) callers: BTreeSet<u32>,
    ways: Vec<Arc<Way<'s>>>,
    /// The names of all of them, sorted, once everything is observed.
    pub(in crate::check) subjects: Vec<Box<str>>,
    /// The roles that they act as, if they are not their own.
    pub(in crate::check) roles: Vec<Box<str>>,
    pub(in crate::check) actions: Bits,
    pub(in crate::check) detail: Option<Box<str>>,
    /// The best request so far, with who makes it and on which way.
    pub(in crate::check) example: Option<Example<'s>>,
}

/// A request that shows what is wrong.
pub(in crate::check) struct Example<'s> {
    pub(in crate::check) subject: Subject<'s>,
    pub(in crate::check) facts: Option<PrincipalFacts>,
    pub(in crate::check) meaning: Meaning,
    pub(in crate::check) site: Site<'s>,
    pub(in crate::check) cell: Cell,
    pub(in crate::check) witness: Witness<'s>,
    /// How the caller comes to act as the role that asks.
    pub(in crate::check) acting: Vec<Evidence>,
    /// The roles on the way, first to last.
    pub(in crate::check) via: Vec<Box<str>>,
}

impl<'s> Example<'s> {
    pub(in crate::check) fn quote(&self) -> Quote<'_, 's> {
        Quote { site: &self.site, cell: &self.cell, witness: &self.witness }
    }
}

impl<'j, 's> Observed<'j, 's> {
    pub(in crate::check) fn add(
        &mut self,
        caller: &Caller<'s>,
        site: (u32, &Site<'s>),
        judged: &'j Judged<'s>,
        asked: &Asked,
        answer: &Answer,
    ) {
        self.meet(caller);
        let unknown = matches!(caller.subject.standing, Standing::Unread(_));
        for found in &answer.found {
            let Some(meaning) = asked.meanings.get(found.goal) else { continue };
            match meaning {
                // Nobody knows what they are to the organization, so no rule can be said to be broken.
                Meaning::Breaks(_) if unknown => {
                    let why = caller.subject.unread.clone().unwrap_or_default();
                    let why = format!("{why}, and the bucket's side would let them");
                    self.open(caller, judged, UNREAD, &found.actions, &why);
                }
                Meaning::Breaks(_) => self.broken(caller, site, judged, meaning, found),
                Meaning::Undecided(unread) => {
                    let why = format!("not known of the data set or the principal: {}", unread.join(", "));
                    self.open(caller, judged, crate::intent::UNSANCTIONED_ACCESS, &found.actions, &why);
                }
                Meaning::Expected(_) => {}
            }
        }
        for (goal, actions) in &answer.undecided {
            if let Some(Meaning::Breaks(rule)) = asked.meanings.get(*goal) {
                self.open(
                    caller,
                    judged,
                    rule,
                    actions,
                    "the policies ask for too many things at once to tell all requests apart",
                );
            }
        }
    }

    fn broken(
        &mut self,
        caller: &Caller<'s>,
        site: (u32, &Site<'s>),
        judged: &'j Judged<'s>,
        meaning: &Meaning,
        found: &Found,
    ) {
        let Meaning::Breaks(rule) = meaning else { return };
        let key = self.placed(caller, site, judged, rule, found);
        let Some((key, doubt)) = key else {
            return self.open(caller, judged, rule, &found.actions, UNCONFIRMED);
        };
        let case = self.case(key, judged);
        case.callers.insert(caller.number);
        case.actions.extend_by(&found.actions);
        case.detail = case.detail.take().or(doubt);
        if case.example.as_ref().is_none_or(|known| rank(&found.cell) < rank(&known.cell))
            && let Ok(witness) = replay(&caller.subject, site.1, &found.cell)
        {
            let facts = caller.facts.clone();
            let meaning = meaning.clone();
            case.example = Some(Example {
                subject: caller.subject.clone(),
                facts,
                site: site.1.clone(),
                cell: found.cell.clone(),
                meaning,
                witness,
                acting: vec![],
                via: vec![],
            });
        }
    }

    /// What some do as a role that is not their own, and may not do: the rules that the role breaks by itself are told of the role.
    pub(in crate::check) fn add_acting(
        &mut self,
        (acting, caller): (&Acting<'s>, &Caller<'s>),
        site: (u32, &Site<'s>),
        judged: &'j Judged<'s>,
        (asked, answer): (&Asked, &Answer),
        own: &BTreeSet<Box<str>>,
    ) {
        for found in &answer.found {
            let Some(meaning @ Meaning::Breaks(rule)) = asked.meanings.get(found.goal) else { continue };
            if own.contains(rule) {
                continue;
            }
            let Some((placed, doubt)) = self.placed(caller, site, judged, rule, found) else { continue };
            for way in &acting.ways {
                let mut key =
                    Key { origin: way.origin.clone(), acting: Some(way.action()), ..placed.clone() };
                let mut doubt = doubt.clone();
                if !way.certain {
                    key.verdict = Verdict::Undecided;
                    doubt.get_or_insert_with(|| ACTING.into());
                }
                let case = self.case(key, judged);
                if !case.ways.iter().any(|known| Arc::ptr_eq(known, way)) {
                    case.ways.push(way.clone());
                }
                case.actions.extend_by(&found.actions);
                case.detail = case.detail.take().or(doubt);
                if case.example.as_ref().is_none_or(|known| rank(&found.cell) < rank(&known.cell))
                    && let Ok(witness) = replay(&caller.subject, site.1, &found.cell)
                {
                    case.example = Some(Example {
                        subject: caller.subject.clone(),
                        facts: Some(way.facts().clone()),
                        site: site.1.clone(),
                        cell: found.cell.clone(),
                        meaning: meaning.clone(),
                        witness,
                        acting: way.evidence(),
                        via: way.via(),
                    });
                }
            }
        }
    }

    /// Remembers the names of a caller.
    pub(in crate::check) fn meet(&mut self, caller: &Caller<'s>) {
        self.members.entry(caller.number).or_insert_with(|| caller.members.clone());
    }

    /// Names whom the cases concern. Whoever breaks a rule as himself need not be told that he does as somebody else too.
    pub(in crate::check) fn settle(&mut self) {
        let about = |key: &Key| (key.rule.clone(), key.dataset.clone());
        let mut direct: BTreeMap<_, BTreeSet<Box<str>>> = BTreeMap::new();
        let chained: BTreeSet<_> = self.cases.keys().filter(|key| key.acting.is_some()).map(about).collect();
        for (key, case) in &mut self.cases {
            let members = case.callers.iter().filter_map(|number| self.members.get(number));
            let of_ways = case.ways.iter().flat_map(|way| &way.subjects);
            let subjects: BTreeSet<&Box<str>> =
                members.flat_map(|members| members.iter()).chain(of_ways).collect();
            case.subjects = subjects.into_iter().cloned().collect();
            let roles: BTreeSet<&Box<str>> = case.ways.iter().flat_map(|way| &way.roles).collect();
            case.roles = roles.into_iter().cloned().collect();
            if key.acting.is_none() && chained.contains(&about(key)) {
                direct.entry(about(key)).or_default().extend(case.subjects.iter().cloned());
            }
        }
        self.cases.retain(|key, case| {
            if let (Some(_), Some(known)) = (key.acting, direct.get(&about(key))) {
                case.subjects.retain(|subject| !known.contains(subject));
            }
            !case.subjects.is_empty()
        });
    }

    /// The case of a request, from memory where it was met before.
    fn placed(
        &mut self,
        caller: &Caller<'s>,
        site: (u32, &Site<'s>),
        judged: &Judged<'s>,
        rule: &str,
        found: &Found,
    ) -> Option<Placed> {
        // Callers with one and the same answer at one site are let in by statements of the same content.
        let at = (std::ptr::from_ref(found).addr(), site.0, caller.subject.unread.clone());
        if let Some(known) = self.origins.get(&at) {
            return known.clone();
        }
        let placed = Self::case_of(caller, site.1, judged, rule, found);
        self.origins.insert(at, placed.clone());
        placed
    }

    /// The case that a request belongs to, with what is doubtful about it; none if the evaluator does not allow the request.
    fn case_of(
        caller: &Caller<'s>,
        site: &Site<'s>,
        judged: &Judged<'s>,
        rule: &str,
        found: &Found,
    ) -> Option<Placed> {
        let witness = replay(&caller.subject, site, &found.cell).ok()?;
        if witness.decision.outcome != Outcome::Allowed || !witness.is_complete() {
            return None;
        }
        let content = data_actions().get(found.cell.action).is_some_and(|data| data.key.is_some());
        let doubt = caller.subject.unread.as_deref().or(site.doubt(&caller.subject.caller, content));
        let doubt = doubt.or(witness.decision.may.first().copied()).map(Box::<str>::from);
        let verdict = if doubt.is_some() { Verdict::Undecided } else { Verdict::Violated };
        let origin = origin(&witness.decision.deciding);
        let (rule, dataset) = (rule.into(), judged.facts.id());
        Some((Key { rule, dataset, verdict, origin, acting: None }, doubt))
    }

    /// What cannot be decided is reported with whom it concerns.
    fn open(&mut self, caller: &Caller<'s>, judged: &'j Judged<'s>, rule: &str, actions: &Bits, why: &str) {
        let key = Key {
            rule: rule.into(),
            dataset: judged.facts.id(),
            verdict: Verdict::Undecided,
            origin: (None, why.into(), "".into()),
            acting: None,
        };
        let case = self.case(key, judged);
        case.callers.insert(caller.number);
        case.actions.extend_by(actions);
        case.detail = Some(why.into());
    }

    pub(in crate::check) fn case(&mut self, key: Key, judged: &'j Judged<'s>) -> &mut Case<'j, 's> {
        self.cases.entry(key).or_insert_with(|| Case {
            judged,
            callers: BTreeSet::new(),
            ways: vec![],
            subjects: vec![],
            roles: vec![],
            actions: Bits::new(),
            detail: None,
            example: None,
        })
    }
}

/// Of a service's own permissions only the actions were looked at, or policies compare what is open with each other.
const ACTING: &str = "that the role can be acted as is likely and not certain: the resources that the policies name were not looked at";

/// The rule about evidence that is missing.
const UNREAD: &str = "unread-evidence";

/// The statement that a finding is about: the grant of the bucket's side where there is one, else that of the caller's. One statement
/// that admits many is one finding about many.
fn origin(deciding: &[Applied]) -> Origin {
    let allows = || deciding.iter().filter(|applied| applied.effect == Effect::Allow);
    let of = |layers: &[Layer]| allows().find(|applied| layers.contains(&applied.layer));
    let grant = of(&[Layer::ResourcePolicy, Layer::AccessPoint]);
    match grant.or_else(|| of(&[Layer::IdentityPolicies])).or_else(|| allows().next()) {
        Some(applied) => {
            let statement = applied.sid.clone().unwrap_or_else(|| applied.index.to_string().into());
            (Some(applied.layer), applied.policy.clone(), statement)
        }
        None => (Some(Layer::Acl), "".into(), "".into()),
    }
}

/// The plainest request reads best: one that reads or writes by its common name, with few keys.
fn rank(cell: &Cell) -> (usize, usize, usize) {
    const PLAIN: &[&str] = &[
        "s3:getobject",
        "s3:putobject",
        "s3:deleteobject",
        "s3:listbucket",
        "s3:deleteobjectversion",
        "s3:putbucketpolicy",
    ];
    let name = data_actions().get(cell.action).map_or("", |data| data.action.lower());
    let plain = PLAIN.iter().position(|known| *known == name).unwrap_or(PLAIN.len());
    (plain, cell.values.len(), cell.action)
}

/// Whether Cedar says of the request of an example what the plan said of its cell.
pub(in crate::check) fn is_confirmed(
    scene: &Scene<'_>,
    judged: &Judged<'_>,
    example: &Example<'_>,
) -> Result<bool, IntentError> {
    let context = circumstances(&example.witness);
    let asker = match &example.facts {
        Some(facts) => Requester::Principal(facts),
        None => requester(&example.subject),
    };
    let request = AccessRequest {
        requester: asker,
        action: &example.witness.request.action,
        dataset: &judged.facts,
        context: &context,
    };
    scene.intent.confirms(&request, &example.meaning)
}
