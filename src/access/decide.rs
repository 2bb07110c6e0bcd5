//! One class decided: for each thing that the intent asks, a request that AWS allows, or the certainty that there is none.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::actions::{OBJECT_KEY, actions_that};
use super::class::{Class, Classes, Requests};
use super::compile::{Memo, compile};
use super::deciding::Deciding;
use super::frame::Circumstances;
use super::goal::{Answer, Goal, Goals, Region};
use super::ground::Ground;
use super::residual::{Library, Term};
use super::site::Site;
use super::subject::Subject;
use crate::iam::{Catalogue, Condition, Glob};
use crate::space::{Axis, Bits, Formula, Limits, Minterms, TooMany, partition};

/// How many searches each step of the ladder decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ladder {
    /// By what the statements alone say, whatever the keys and the circumstances.
    pub at_once: usize,
    /// By cutting the axes.
    pub cut: usize,
    /// By cutting them further than usual.
    pub cut_far: usize,
    /// Not at all.
    pub undecided: usize,
    /// The classes that were met; most are met more than once.
    pub classes: usize,
    /// The pairs of caller and data that they were met for, as whoever asks counts them.
    pub pairs: usize,
}

impl Ladder {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            at_once: self.at_once + other.at_once,
            cut: self.cut + other.cut,
            cut_far: self.cut_far + other.cut_far,
            undecided: self.undecided + other.undecided,
            classes: self.classes + other.classes,
            pairs: self.pairs + other.pairs,
        }
    }
}

/// The steps: usual, and far.
pub(super) const USUAL: Limits = Limits { states: 20_000, minterms: 256 };
pub(super) const FAR: Limits = Limits { states: 1_000_000, minterms: 16_384 };

/// Decides classes, and remembers what it has decided.
#[derive(Debug)]
pub struct Decider {
    pub(super) library: Library,
    memo: Memo,
    classes: Classes,
    pub(super) endpoints: Arc<FxHashSet<Box<str>>>,
    pub(super) now: Arc<str>,
    circumstances: FxHashMap<Arc<Circumstances>, u32>,
    carriers: FxHashMap<Box<str>, Arc<Bits>>,
    pub(super) axes: FxHashMap<AxisKey, Result<Arc<Axis>, TooMany>>,
    keys: FxHashMap<(Vec<u32>, usize), Result<Arc<Minterms>, TooMany>>,
    decided: FxHashMap<Question, Arc<Answer>>,
    /// Goals by the numbers of their conditions, so that equal ones have one address.
    kept: FxHashMap<(Vec<u32>, Vec<Goal>), Arc<Goals>>,
    /// What has been done.
    pub ladder: Ladder,
}

/// The class by its number and which requests of it; the circumstances; the goals by their address; and the region.
type Question = (u32, Requests, u32, usize, Arc<Region>);

/// The conditions, all on keys that the action carries; the circumstances; and the limits.
pub(super) type AxisKey = (Vec<u32>, u32, usize);

impl Decider {
    /// A decider for an estate.
    #[must_use]
    pub fn new(ground: &Ground<'_>) -> Self {
        Self {
            library: Library::default(),
            memo: Memo::default(),
            classes: Classes::default(),
            endpoints: Arc::new(ground.restricting()),
            now: (&*ground.estate.collected_at).into(),
            circumstances: FxHashMap::default(),
            carriers: FxHashMap::default(),
            axes: FxHashMap::default(),
            keys: FxHashMap::default(),
            decided: FxHashMap::default(),
            kept: FxHashMap::default(),
            ladder: Ladder::default(),
        }
    }

    /// Forgets what it knows of subjects and sites by their numbers; classes are remembered.
    pub fn next_account(&mut self) {
        self.memo = Memo::default();
        self.classes.next_account();
    }

    /// The class of a subject and a site, which have these numbers until [`Decider::next_account`].
    pub fn class(&mut self, subject: &Subject<'_>, site: &Site<'_>, numbers: (u32, u32)) -> Class {
        if let Some(known) = self.classes.of(numbers) {
            return known;
        }
        let compiled = compile(&mut self.library, &mut self.memo, subject, site, numbers);
        self.classes.add(numbers, compiled, &self.library)
    }

    /// What the first class allows beyond the other, which is of the same caller and bucket under other policies.
    pub fn beyond(&mut self, class: &Class, other: &Class) -> Class {
        self.classes.beyond(class, other, &self.library)
    }

    /// The goals under an address of their own, for as long as the decider lives; equal goals share one.
    pub fn keep(&mut self, goals: Goals) -> Arc<Goals> {
        let conditions = goals.conditions.iter().map(|condition| self.library.condition(condition)).collect();
        self.kept.entry((conditions, goals.goals.clone())).or_insert_with(|| Arc::new(goals)).clone()
    }

    /// What the requests of a class have of what is asked for. The goals must live as long as the decider.
    pub fn decide(
        &mut self,
        (class, requests): (&Class, Requests),
        subject: &Subject<'_>,
        site: &Site<'_>,
        goals: &Arc<Goals>,
        region: &Arc<Region>,
    ) -> Arc<Answer> {
        if class.formula(requests) == Formula::Constant(false) {
            return Arc::default();
        }
        let asked = |key: &str| goals.conditions.iter().any(|c| c.key.eq_ignore_ascii_case(key));
        let circumstances = Circumstances::new(subject, site, |key| class.mentions(key) || asked(key));
        let next = u32::try_from(self.circumstances.len()).unwrap_or(u32::MAX);
        let circumstances = Arc::new(circumstances);
        let number = *self.circumstances.entry(circumstances.clone()).or_insert(next);
        let at = (class.number(), requests, number, Arc::as_ptr(goals).addr(), region.clone());
        if let Some(known) = self.decided.get(&at) {
            return known.clone();
        }
        self.ladder.classes += 1;
        let deciding = Deciding::new(self, (class, requests), (number, &circumstances), goals, region);
        let answer = Arc::new(deciding.answer());
        self.decided.insert(at, answer.clone());
        answer
    }

    /// A condition of a goal as a term: on a key of the request, or on the key of the object.
    pub(super) fn term_of_goal(&mut self, condition: &Condition, all: u32) -> Term {
        if &*condition.key != OBJECT_KEY {
            let conditions = vec![self.library.condition(condition)];
            return Term { actions: all, keys: vec![], conditions };
        }
        let globs = condition.operands.iter().filter_map(|operand| operand.pattern()?.as_glob().cloned());
        let globs: Vec<Glob> = globs.collect();
        let of_bucket = globs.iter().any(|glob| glob.matches(""));
        let actions = actions_that(|data| data.on_objects || of_bucket);
        Term {
            actions: self.library.actions(actions),
            keys: vec![(self.library.keys(globs), true)],
            conditions: vec![],
        }
    }

    /// The actions whose requests can carry a key.
    pub(super) fn carriers(&mut self, key: &str) -> Arc<Bits> {
        let key = key.to_ascii_lowercase();
        if let Some(known) = self.carriers.get(&*key) {
            return known.clone();
        }
        let actions = Arc::new(actions_that(|data| Catalogue::get().can_carry(&data.action, &key)));
        self.carriers.insert(key.into(), actions.clone());
        actions
    }

    pub(super) fn minterms(&mut self, sets: &[u32], limits: Limits) -> Result<Arc<Minterms>, TooMany> {
        let at = (sets.to_vec(), limits.minterms);
        if let Some(known) = self.keys.get(&at) {
            return known.clone();
        }
        let mut cut = || -> Result<Arc<Minterms>, TooMany> {
            let automata: Result<Vec<_>, _> =
                sets.iter().map(|set| self.library.automaton(*set, limits)).collect();
            let automata = automata?;
            let automata: Vec<_> = automata.iter().map(|automaton| &**automaton).collect();
            let mut minterms = partition(&automata, 1, limits)?;
            minterms.lengthen(&automata);
            Ok(Arc::new(minterms))
        };
        let cut = cut();
        self.keys.insert(at, cut.clone());
        cut
    }
}
