//! One action on one resource, under all circumstances: whether AWS allows it under any.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::frame::{Circumstances, Lens};
use super::known::{Folded, Known, fold};
use super::subject::Subject;
use crate::authorize::law::{Question, authorize};
use crate::authorize::{Layer, Policy, PolicyStack, Reading};
use crate::estate::AccountId;
use crate::iam::{Action, Catalogue, Condition, Context, ContextValue, Effect, Element, Pattern, Statement};
use crate::space::{Axis, Bits, Cut, Formula, Limits, Search, families};

/// An action by somebody on something, whatever else the request has.
pub(super) struct Single<'q, 'a> {
    pub(super) subject: &'q Subject<'a>,
    pub(super) stack: &'q PolicyStack<'a>,
    pub(super) action: &'q Action,
    /// The ARN; none for whichever resource of the account the policies let through.
    pub(super) resource: Option<&'q str>,
    pub(super) resource_account: AccountId,
    /// The keys that the resource fixes, and what is asked of the others.
    pub(super) fixed: &'q Context,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Possible {
    /// Under no circumstances.
    Never,
    /// Under these, for one; whether it is certain.
    When {
        /// The keys that are not fixed.
        values: Chosen,
        /// Whether nothing had to be assumed.
        certain: bool,
    },
}

/// Values of the keys that are open.
type Chosen = Vec<(Box<str>, ContextValue)>;

const LIMITS: Limits = Limits { states: 20_000, minterms: 256 };

impl Single<'_, '_> {
    /// Whether it is allowed under any circumstances. What cannot be told apart, and what compares two open things, counts as allowed
    /// and is not certain.
    pub(super) fn possible(&self, axes: &mut Axes) -> Possible {
        let mut reading = Open::new(self);
        let question = Question {
            caller: &self.subject.caller,
            resource_account: self.resource_account,
            service: self.action.service(),
            resource: self.resource.unwrap_or("*"),
        };
        let allow = authorize(&mut reading, self.stack, question).allow;
        let certain = !reading.assumed;
        let (terms, conditions) = (reading.terms, reading.conditions);
        if allow == Formula::Constant(false) {
            return Possible::Never;
        }
        match self.search(&allow, &terms, &conditions, axes) {
            Ok(None) => Possible::Never,
            Ok(Some(values)) => Possible::When { values, certain },
            Err(()) => Possible::When { values: vec![], certain: false },
        }
    }

    /// The values of the open keys under which a formula holds; an error if there is too much to tell apart.
    fn search(
        &self,
        allow: &Formula,
        terms: &[Bits],
        conditions: &[Condition],
        known: &mut Axes,
    ) -> Result<Option<Chosen>, ()> {
        let circumstances = Circumstances::of(self.subject);
        let endpoints = FxHashSet::default();
        let lens = Lens {
            circumstances: &circumstances,
            action: self.action,
            endpoints: &endpoints,
            now: "2026-01-01T00:00:00Z",
        };
        let borrowed: Vec<&Condition> = conditions.iter().collect();
        let all: Bits = (0..terms.len()).collect();
        let mut axes = vec![];
        let mut cuts = vec![];
        for family in families(&borrowed) {
            let members: Vec<&Condition> =
                family.iter().filter_map(|at| borrowed.get(*at).copied()).collect();
            let axis = known.cut(&members, &lens).ok_or(())?;
            let asked = |term: &Bits| -> Bits {
                family
                    .iter()
                    .enumerate()
                    .filter(|(_, at)| term.contains(**at))
                    .map(|(place, _)| place)
                    .collect()
            };
            let asks = terms.iter().map(asked).enumerate().filter(|(_, asked)| !asked.is_empty());
            let asks: Vec<(usize, Bits)> = asks.collect();
            cuts.push(Cut::new(&axis.holds, &asks, &all));
            axes.push(axis);
        }
        let Some(cells) = Search::new(&cuts, &all).find(allow, &all) else { return Ok(None) };
        let chosen = axes.iter().zip(cells).filter_map(|(axis, cell)| axis.values.get(cell));
        Ok(Some(chosen.flat_map(|values| values.iter().cloned()).collect()))
    }
}

/// Axes that were cut, by the action, the circumstances, and the conditions.
#[derive(Debug, Default)]
pub(super) struct Axes(FxHashMap<AxisOf, Option<Arc<Axis>>>);

/// The action, the circumstances, and the conditions in canonical text.
type AxisOf = (Box<str>, Circumstances, Vec<String>);

impl Axes {
    /// The axis of these conditions; none if there is too much to tell apart.
    fn cut(&mut self, conditions: &[&Condition], lens: &Lens<'_>) -> Option<Arc<Axis>> {
        let text = conditions.iter().map(|condition| condition.canonical()).collect();
        let at = (lens.action.lower().into(), lens.circumstances.clone(), text);
        let cut = || Axis::cut(conditions, lens, LIMITS).ok().map(Arc::new);
        self.0.entry(at).or_insert_with(cut).clone()
    }
}

/// The reading of the law: a term is a statement that speaks of the action and the resource, with the conditions that are open.
struct Open<'q, 'a> {
    asked: &'q Single<'q, 'a>,
    known: Context,
    conditions: Vec<Condition>,
    terms: Vec<Bits>,
    assumed: bool,
}

impl<'q, 'a> Open<'q, 'a> {
    fn new(asked: &'q Single<'q, 'a>) -> Self {
        let mut known = asked.subject.fixed.values.clone();
        for (key, value) in asked.fixed.iter() {
            known.set(key, value.clone());
        }
        Self { asked, known, conditions: vec![], terms: vec![], assumed: false }
    }

    fn known(&self, key: &str) -> Known<'_> {
        match self.known.value(key) {
            Some(value) => Known::Value(value),
            None if !Catalogue::get().can_carry(self.asked.action, key) => Known::Absent,
            None if key.starts_with("aws:resourcetag/") => Known::Absent,
            None => self.asked.subject.fixed.of(&self.asked.subject.caller, key),
        }
    }

    /// Whether a statement speaks of the resource; of an unknown one an Allow does if it can, and a Deny if it speaks of everything.
    fn covers_resource(&mut self, statement: &Statement) -> bool {
        if let Some(arn) = self.asked.resource {
            return statement.covers_resource(arn, &self.known);
        }
        let everything = match &statement.resource {
            None => true,
            Some(Element::Is(patterns)) => patterns.iter().any(|pattern| pattern.as_str() == "*"),
            Some(Element::IsNot(_)) => false,
        };
        if !everything && statement.effect == Effect::Allow {
            self.assumed = true;
        }
        everything || statement.effect == Effect::Allow && self.may_be_meant(statement)
    }

    /// Whether an Allow may speak of some resource of the action's service.
    fn may_be_meant(&self, statement: &Statement) -> bool {
        let service = self.asked.action.service();
        let of_service = |pattern: &Pattern| {
            let named = pattern.as_str().split(':').nth(2);
            named.is_none_or(|named| named == service || named.contains(['*', '?']))
        };
        match &statement.resource {
            Some(Element::Is(patterns)) => patterns.iter().any(of_service),
            _ => true,
        }
    }
}

impl Reading for Open<'_, '_> {
    type Prop = Formula;

    fn applies(&mut self, _layer: Layer, _policy: Policy<'_>, statement: &Statement) -> Formula {
        if !statement.covers_action(self.asked.action) || !self.covers_resource(statement) {
            return Formula::Constant(false);
        }
        let mut term = Bits::new();
        for condition in &statement.conditions {
            match fold(condition, &self.known, &|key| self.known(key)) {
                Folded::Constant(true) => {}
                Folded::Constant(false) => return Formula::Constant(false),
                Folded::Open(open) => {
                    let known = self.conditions.iter().position(|known| *known == open);
                    term.insert(known.unwrap_or(self.conditions.len()));
                    if known.is_none() {
                        self.conditions.push(open);
                    }
                }
                Folded::Relational => {
                    self.assumed = true;
                    if statement.effect == Effect::Deny {
                        return Formula::Constant(false);
                    }
                }
            }
        }
        if term.is_empty() {
            return Formula::Constant(true);
        }
        self.terms.push(term);
        Formula::one(self.terms.len() - 1)
    }

    fn is_action(&mut self, actions: &[&str]) -> Formula {
        Formula::Constant(actions.contains(&self.asked.action.lower()))
    }

    /// No access point stands before roles.
    fn comes_from(&mut self, _vpc: &str) -> Formula {
        Formula::Constant(true)
    }

    fn writes_public_acl(&mut self) -> Formula {
        Formula::Constant(false)
    }

    fn doubt(&mut self, _why: &'static str) {
        self.assumed = true;
    }
}
