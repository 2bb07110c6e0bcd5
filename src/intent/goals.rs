//! All requests of a pair at once: what has to be found out about them, and what it means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use cedar_policy::PrincipalConstraint;
use rustc_hash::FxHashMap;

use super::access::{AccessRequest, Asker, Bench, Requester};
use super::atoms;
use super::entities::View;
use super::error::IntentError;
use super::facts::{AccessContext, DatasetFacts};
use super::policies::Policies;
use super::reads::Reads;
use super::{Intent, UNSANCTIONED_ACCESS};
use crate::access::{Goal, Goals, data_actions};
use crate::iam::{Action, Condition, ContextValue};
use crate::space::{Anything, Axis, Bits, Limits, TooMany, families};

/// What has to be found out about the requests of a requester for a data set, and what each of it means.
#[derive(Debug)]
pub struct Asked {
    /// For the search.
    pub goals: Arc<Goals>,
    /// What a request that meets a goal means, goal by goal.
    pub meanings: Vec<Meaning>,
}

/// What a request means that AWS allows and that meets a goal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// It breaks this rule.
    Breaks(Box<str>),
    /// It may break some rule: these attributes are not known.
    Undecided(Vec<&'static str>),
    /// It is sanctioned by this permit, and expected to work; where whatever is sanctioned is asked for, by this permit among others.
    Expected(Box<str>),
}

/// A requester or a data set, as far as the policies about requests can tell: a number for those who look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Look(u32);

/// Finds out what there is to ask.
#[derive(Debug)]
pub(super) struct Planner {
    /// Every policy about requests with what it asks of the circumstances.
    policies: Vec<Planned>,
    /// The actions that the same policies speak of.
    classes: Vec<(Bits, Vec<usize>)>,
    /// What any policy reads, and what any reads that users and roles can come under.
    all: Reads,
    of_principals: Reads,
    looks: RwLock<Looks>,
    asked: RwLock<FxHashMap<Question, Arc<Asked>>>,
}

/// The looks of requester and data set, whether both are of one team, and what is asked about them.
type Question = (Look, Look, bool, About);

/// What is asked about the requests of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
    /// Which of them break a rule, and which are expected to work.
    Faults,
    /// Which of them are sanctioned.
    Sanctioned,
}

#[derive(Debug)]
struct Planned {
    conditions: Vec<Condition>,
    /// The type that its scope demands of the requester.
    kind: Option<Box<str>>,
}

#[derive(Debug, Default)]
struct Looks {
    numbers: FxHashMap<Seen, Look>,
    seen: Vec<Seen>,
}

/// What is seen of a requester or of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Seen {
    Of(View),
    Stranger(Asker),
}

const LIMITS: Limits = Limits { states: 20_000, minterms: 256 };

impl Planner {
    pub(super) fn new(policies: &Policies, bench: &Bench) -> Result<Self, IntentError> {
        let mut planned = vec![];
        let mut all = Reads::default();
        let mut of_principals = Reads::default();
        let mut of_action: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let about_requests = policies.stated.iter().filter(|(_, stated)| !stated.is_posture);
        for (place, (id, stated)) in about_requests.enumerate() {
            let conditions = atoms::of(&stated.policy).map_err(|what| IntentError::Circumstances {
                place: stated.place.clone(),
                id: id.clone(),
                what,
            })?;
            let reads = Reads::of(&stated.policy)?;
            all = all.union(&reads);
            let kind: Option<Box<str>> = match stated.policy.principal_constraint() {
                PrincipalConstraint::Is(kind) | PrincipalConstraint::IsIn(kind, _) => {
                    Some(kind.to_string().into())
                }
                _ => None,
            };
            if kind.as_deref().is_none_or(|kind| matches!(kind, "Role" | "User")) {
                of_principals = of_principals.union(&reads);
            }
            planned.push(Planned { conditions, kind });
            let asks_for_action = atoms::asks_for_action(&stated.policy);
            for (number, data) in data_actions().iter().enumerate() {
                if bench.speaks_of(stated, &data.action) {
                    of_action.entry(number).or_default().push(place);
                }
                // Whoever asks for the action by other means than the scope may tell every two of them apart.
                if asks_for_action {
                    of_action.entry(number).or_default().push(usize::MAX - number);
                }
            }
        }
        let mut classes: BTreeMap<Vec<usize>, Bits> = BTreeMap::new();
        for (number, _) in data_actions().iter().enumerate().filter(|(_, data)| bench.has(&data.action)) {
            classes.entry(of_action.get(&number).cloned().unwrap_or_default()).or_default().insert(number);
        }
        let classes = classes.into_iter().map(|(policies, actions)| (actions, policies)).collect();
        Ok(Self {
            policies: planned,
            classes,
            all,
            of_principals,
            looks: RwLock::default(),
            asked: RwLock::default(),
        })
    }

    fn look(&self, seen: Seen) -> Look {
        if let Some(look) = self.looks.read().unwrap_or_else(PoisonError::into_inner).numbers.get(&seen) {
            return *look;
        }
        let mut looks = self.looks.write().unwrap_or_else(PoisonError::into_inner);
        let next = Look(u32::try_from(looks.seen.len()).unwrap_or(u32::MAX));
        let look = *looks.numbers.entry(seen.clone()).or_insert(next);
        if look == next {
            looks.seen.push(seen);
        }
        look
    }

    fn seen(&self, look: Look) -> Option<Seen> {
        self.looks.read().unwrap_or_else(PoisonError::into_inner).seen.get(look.0 as usize).cloned()
    }

    /// The circumstances that the policies of a class can tell apart for a requester of this type.
    fn circumstances(&self, policies: &[usize], kind: &str) -> Result<Told, TooMany> {
        let bearing = policies.iter().filter_map(|place| self.policies.get(*place));
        let bearing = bearing.filter(|policy| policy.kind.as_ref().is_none_or(|wanted| **wanted == *kind));
        let mut conditions: Vec<Condition> = vec![];
        for condition in bearing.flat_map(|policy| &policy.conditions) {
            if !conditions.contains(condition) {
                conditions.push(condition.clone());
            }
        }
        let borrowed: Vec<&Condition> = conditions.iter().collect();
        let mut cells = vec![Cell::default()];
        for family in families(&borrowed) {
            let members: Vec<&Condition> =
                family.iter().filter_map(|at| borrowed.get(*at).copied()).collect();
            let axis = Axis::cut(&members, &Anything, LIMITS)?;
            let mut more = vec![];
            for cell in &cells {
                for (values, holds) in axis.values.iter().zip(&axis.holds) {
                    let mut cell = cell.clone();
                    cell.values.extend(values.iter().cloned());
                    cell.literals
                        .extend(family.iter().enumerate().map(|(at, place)| (*place, holds.contains(at))));
                    more.push(cell);
                }
            }
            if more.len() > 4_096 {
                return Err(TooMany);
            }
            cells = more;
        }
        Ok(Told { conditions, cells })
    }
}

/// The circumstances that can be told apart.
struct Told {
    conditions: Vec<Condition>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Default)]
struct Cell {
    values: Vec<(Box<str>, ContextValue)>,
    literals: Vec<(usize, bool)>,
}

impl Cell {
    /// The circumstances in the schema's terms.
    fn context(&self, now: jiff::Timestamp) -> AccessContext {
        let mut context = AccessContext::at(now);
        for (key, value) in &self.values {
            value.elements().first().into_iter().for_each(|value| context.set_by_key(key, value));
        }
        context
    }
}

impl Intent {
    /// What the policies about requests can tell of a requester.
    #[must_use]
    pub fn look_of_requester(&self, requester: Requester<'_>) -> Look {
        let seen = match requester {
            Requester::Principal(principal) => Seen::Of(View::of(principal, &self.planner.of_principals)),
            other => Seen::Stranger(Asker::of(other)),
        };
        self.planner.look(seen)
    }

    /// What they can tell of a data set.
    #[must_use]
    pub fn look_of_dataset(&self, dataset: &DatasetFacts) -> Look {
        self.planner.look(Seen::Of(View::of(dataset, &self.planner.all)))
    }

    /// What has to be found out about the requests of a requester for a data set, by their looks; `same_team` tells whether both are
    /// of one team.
    ///
    /// # Errors
    /// A policy fails though everything that it reads is known.
    pub fn asked(&self, requester: Look, dataset: Look, same_team: bool) -> Result<Arc<Asked>, IntentError> {
        self.asked_about(About::Faults, requester, dataset, same_team)
    }

    /// What of the requests is sanctioned, whether it is expected or not, by the looks of both.
    ///
    /// # Errors
    /// As [`Intent::asked`].
    pub fn sanctioned(
        &self,
        requester: Look,
        dataset: Look,
        same_team: bool,
    ) -> Result<Arc<Asked>, IntentError> {
        self.asked_about(About::Sanctioned, requester, dataset, same_team)
    }

    fn asked_about(
        &self,
        about: About,
        requester: Look,
        dataset: Look,
        same_team: bool,
    ) -> Result<Arc<Asked>, IntentError> {
        let at = (requester, dataset, same_team, about);
        if let Some(known) = self.planner.asked.read().unwrap_or_else(PoisonError::into_inner).get(&at) {
            return Ok(known.clone());
        }
        let asked = Arc::new(self.plan(about, requester, dataset, same_team)?);
        let mut known = self.planner.asked.write().unwrap_or_else(PoisonError::into_inner);
        Ok(known.entry(at).or_insert(asked).clone())
    }

    fn plan(
        &self,
        about: About,
        requester: Look,
        dataset: Look,
        same_team: bool,
    ) -> Result<Asked, IntentError> {
        let mut plan = Plan::default();
        let (Some(requester), Some(Seen::Of(mut dataset))) =
            (self.planner.seen(requester), self.planner.seen(dataset))
        else {
            return Ok(plan.finish());
        };
        let asker = match requester {
            Seen::Of(view) => {
                dataset.set_team_apart(&view, same_team);
                Asker::View(view)
            }
            Seen::Stranger(asker) => asker,
        };
        let now = jiff::Timestamp::UNIX_EPOCH;
        for (actions, policies) in &self.planner.classes {
            let Some(action) = actions.iter().next().and_then(|first| data_actions().get(first)) else {
                continue;
            };
            let Ok(told) = self.planner.circumstances(policies, asker.kind()) else {
                if about == About::Faults {
                    plan.add(Meaning::Undecided(vec!["context"]), actions, &[], &[], 1);
                }
                continue;
            };
            let mut meanings: BTreeMap<Meaning, Vec<Vec<(usize, bool)>>> = BTreeMap::new();
            for cell in &told.cells {
                let context = cell.context(now);
                for meaning in self.meanings(about, &asker, &dataset, &action.action, &context)? {
                    meanings.entry(meaning).or_default().push(cell.literals.clone());
                }
            }
            for (meaning, cells) in meanings {
                plan.add(meaning, actions, &told.conditions, &cells, told.cells.len());
            }
        }
        Ok(plan.finish())
    }

    /// What a request means under the circumstances.
    fn meanings(
        &self,
        about: About,
        asker: &Asker,
        dataset: &View,
        action: &Action,
        context: &AccessContext,
    ) -> Result<BTreeSet<Meaning>, IntentError> {
        let answer = self.access.judge_sides(asker, action, dataset, context)?;
        if about == About::Sanctioned {
            let clear = answer.forbids.is_empty();
            // One permit is enough to tell by whom it is sanctioned.
            return Ok(answer.permits.into_iter().filter(|_| clear).take(1).map(Meaning::Expected).collect());
        }
        if !answer.unread.is_empty() {
            return Ok([Meaning::Undecided(answer.unread.into_iter().collect())].into());
        }
        if !answer.forbids.is_empty() {
            return Ok(answer.forbids.into_iter().map(Meaning::Breaks).collect());
        }
        if answer.permits.is_empty() {
            return Ok([Meaning::Breaks(UNSANCTIONED_ACCESS.into())].into());
        }
        let expected = |id: &str| self.permits().iter().any(|permit| permit.expected && *permit.id == *id);
        Ok(answer.permits.into_iter().filter(|id| expected(id)).map(Meaning::Expected).collect())
    }
}

/// The goals of a pair, as they come together.
#[derive(Default)]
struct Plan {
    goals: Goals,
    meanings: Vec<Meaning>,
}

impl Plan {
    fn add(
        &mut self,
        meaning: Meaning,
        actions: &Bits,
        conditions: &[Condition],
        cells: &[Vec<(usize, bool)>],
        of: usize,
    ) {
        let place = |goals: &mut Goals, condition: &Condition| {
            goals.conditions.iter().position(|known| **known == *condition).unwrap_or_else(|| {
                goals.conditions.push(Arc::new(condition.clone()));
                goals.conditions.len() - 1
            })
        };
        // What holds in all circumstances needs none to be looked at.
        let cells = (cells.len() < of).then(|| {
            let goals = &mut self.goals;
            let mut literal =
                |(at, holds): &(usize, bool)| Some((place(goals, conditions.get(*at)?), *holds));
            cells.iter().map(|cell| cell.iter().filter_map(&mut literal).collect()).collect::<Vec<_>>()
        });
        let same = |goal: &Goal, known: &Meaning| *known == meaning && goal.cells == cells;
        match self.goals.goals.iter_mut().zip(&self.meanings).find(|(goal, known)| same(goal, known)) {
            Some((goal, _)) => goal.actions.extend_by(actions),
            None => {
                self.goals.goals.push(Goal { actions: actions.clone(), cells });
                self.meanings.push(meaning);
            }
        }
    }

    fn finish(self) -> Asked {
        Asked { goals: Arc::new(self.goals), meanings: self.meanings }
    }
}

impl Intent {
    /// Whether a request means what was asked for.
    ///
    /// # Errors
    /// As [`Intent::judge_request`].
    pub fn confirms(&self, request: &AccessRequest<'_>, meaning: &Meaning) -> Result<bool, IntentError> {
        let verdict = self.judge_request(request)?;
        Ok(match meaning {
            Meaning::Breaks(rule) => verdict.violated.iter().any(|violated| violated.id == *rule),
            Meaning::Undecided(_) => !verdict.permitted,
            Meaning::Expected(permit) => verdict.permits.iter().any(|known| known.id == *permit),
        })
    }
}
