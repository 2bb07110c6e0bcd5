//! What is found for single callers, put together where one statement is the reason.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::chains::Actor;
use crate::access::{Answer, Cell, Found, Site, Standing, Subject, Witness, data_actions, replay};
use crate::authorize::{Applied, Layer, Outcome};
use crate::check::quote::Quote;
use crate::check::scene::{Caller, Judged, Scene, circumstances, requester};
use crate::finding::{Evidence, Verdict};
use crate::iam::Effect;
use crate::intent::{AccessRequest, Asked, IntentError, Meaning, PrincipalFacts, Requester};
use crate::space::Bits;

/// What was observed about the data sets of one account.
#[derive(Default)]
pub(super) struct Observed<'j, 's> {
    pub(super) cases: BTreeMap<Key, Case<'j, 's>>,
    /// The case of a request that was found, by its address, at a site.
    origins: FxHashMap<FoundAt, Option<Placed>>,
}

/// What was found, by its address; the number of the site; and why the caller is not fully known.
type FoundAt = (usize, u32, Option<Box<str>>);

/// A case, with what is doubtful about it.
type Placed = (Key, Option<Box<str>>);

/// What makes two observations one finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) rule: Box<str>,
    pub(super) dataset: Box<str>,
    pub(super) verdict: Verdict,
    /// The statement that grants: the layer, the policy's name, and the statement's.
    pub(super) origin: Origin,
    /// The roles that the caller acts as, first to last.
    pub(super) via: Vec<Box<str>>,
}

pub(super) type Origin = (Option<Layer>, Box<str>, Box<str>);

/// One finding in the making.
pub(super) struct Case<'j, 's> {
    pub(super) judged: &'j Judged<'s>,
    pub(super) subjects: Vec<Box<str>>,
    pub(super) actions: Bits,
    pub(super) detail: Option<Box<str>>,
    /// The best request so far, with who makes it and on which way.
    pub(super) example: Option<Example<'s>>,
}

/// A request that shows what is wrong.
pub(super) struct Example<'s> {
    pub(super) subject: Subject<'s>,
    pub(super) facts: Option<PrincipalFacts>,
    pub(super) meaning: Meaning,
    pub(super) site: Site<'s>,
    pub(super) cell: Cell,
    pub(super) witness: Witness<'s>,
    /// How the caller comes to act as the role that asks.
    pub(super) acting: Vec<Evidence>,
}

impl<'s> Example<'s> {
    pub(super) fn quote(&self) -> Quote<'_, 's> {
        Quote { site: &self.site, cell: &self.cell, witness: &self.witness }
    }
}

impl<'j, 's> Observed<'j, 's> {
    pub(super) fn add(
        &mut self,
        caller: &Caller<'s>,
        site: (u32, &Site<'s>),
        judged: &'j Judged<'s>,
        asked: &Asked,
        answer: &Answer,
    ) {
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
        // Callers with one and the same answer at one site are let in by statements of the same content.
        let at = (std::ptr::from_ref(found).addr(), site.0, caller.subject.unread.clone());
        let key = match self.origins.get(&at) {
            Some(known) => known.clone(),
            None => {
                let known = Self::case_of(caller, site.1, judged, rule, found);
                self.origins.insert(at, known.clone());
                known
            }
        };
        let Some((key, doubt)) = key else {
            return self.open(caller, judged, rule, &found.actions, UNCONFIRMED);
        };
        let case = self.case(key, judged);
        case.subjects.extend(caller.members.iter().cloned());
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
            });
        }
    }

    /// What somebody does as a role that is not his own, and what he may not do: the rules that the role breaks by itself are told of the
    /// role.
    pub(super) fn add_acting(
        &mut self,
        (actor, caller): (&Actor<'s>, &Caller<'s>),
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
            let Some((mut key, mut doubt)) = Self::case_of(caller, site.1, judged, rule, found) else {
                continue;
            };
            if !actor.certain {
                key.verdict = Verdict::Undecided;
                doubt.get_or_insert_with(|| ACTING.into());
            }
            key.via = actor.via();
            let case = self.case(key, judged);
            case.subjects.push(actor.arn.clone());
            case.actions.extend_by(&found.actions);
            case.detail = case.detail.take().or(doubt);
            if case.example.as_ref().is_none_or(|known| rank(&found.cell) < rank(&known.cell))
                && let Ok(witness) = replay(&caller.subject, site.1, &found.cell)
            {
                case.example = Some(Example {
                    subject: caller.subject.clone(),
                    facts: Some(actor.facts.clone()),
                    site: site.1.clone(),
                    cell: found.cell.clone(),
                    meaning: meaning.clone(),
                    witness,
                    acting: actor.evidence(),
                });
            }
        }
    }

    /// Whoever breaks a rule as himself need not be told that he does as somebody else too.
    pub(super) fn settle(&mut self) {
        let mut direct: BTreeSet<[Box<str>; 3]> = BTreeSet::new();
        let name = |key: &Key, subject: &str| [key.rule.clone(), key.dataset.clone(), subject.into()];
        let chained: BTreeSet<(Box<str>, Box<str>)> = self
            .cases
            .keys()
            .filter(|key| !key.via.is_empty())
            .map(|key| (key.rule.clone(), key.dataset.clone()))
            .collect();
        for (key, case) in self.cases.iter().filter(|(key, _)| key.via.is_empty()) {
            if chained.contains(&(key.rule.clone(), key.dataset.clone())) {
                direct.extend(case.subjects.iter().map(|subject| name(key, subject)));
            }
        }
        self.cases.retain(|key, case| {
            case.subjects.retain(|subject| key.via.is_empty() || !direct.contains(&name(key, subject)));
            !case.subjects.is_empty()
        });
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
        let via = vec![];
        Some((Key { rule: rule.into(), dataset: judged.facts.id(), verdict, origin, via }, doubt))
    }

    /// What cannot be decided is reported with whom it concerns.
    fn open(&mut self, caller: &Caller<'s>, judged: &'j Judged<'s>, rule: &str, actions: &Bits, why: &str) {
        let key = Key {
            rule: rule.into(),
            dataset: judged.facts.id(),
            verdict: Verdict::Undecided,
            origin: (None, why.into(), "".into()),
            via: vec![],
        };
        let case = self.case(key, judged);
        case.subjects.extend(caller.members.iter().cloned());
        case.actions.extend_by(actions);
        case.detail = Some(why.into());
    }

    pub(super) fn case(&mut self, key: Key, judged: &'j Judged<'s>) -> &mut Case<'j, 's> {
        self.cases.entry(key).or_insert_with(|| Case {
            judged,
            subjects: vec![],
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

/// A contradiction between the search and the evaluator is palisade's own fault, and is not passed off as either answer.
pub(super) const UNCONFIRMED: &str = "the search found a request that its own check does not confirm; please report this as a fault of palisade";

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
pub(super) fn is_confirmed(
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
