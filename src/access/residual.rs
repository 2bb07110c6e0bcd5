//! Statements as what is left of them for one caller and one bucket, each held once.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::actions::data_actions;
use crate::iam::{ActionPattern, Condition, Element, Glob};
use crate::space::{Automaton, Bits, Limits, TooMany};

/// What is left of a statement: which actions, which keys and which circumstances it asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Term {
    /// The actions, as a number in [`Library::actions`].
    pub(super) actions: u32,
    /// The sets of keys that the key must lie in, or must not, as numbers in [`Library::keys`].
    pub(super) keys: Vec<(u32, bool)>,
    /// The conditions, as numbers in [`Library::conditions`].
    pub(super) conditions: Vec<u32>,
}

/// Everything that terms are made of. Equal things have equal numbers.
#[derive(Debug, Default)]
pub struct Library {
    actions: Numbered<Bits>,
    of_patterns: FxHashMap<Element<Vec<ActionPattern>>, u32>,
    keys: Numbered<Vec<Glob>>,
    automata: FxHashMap<u32, Result<Arc<Automaton>, TooMany>>,
    conditions: FxHashMap<Box<str>, u32>,
    conditions_by_number: Vec<Arc<Condition>>,
    terms: Numbered<Term>,
}

/// Things with numbers.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    numbers: FxHashMap<Arc<T>, u32>,
    things: Vec<Arc<T>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), things: vec![] }
    }
}

impl<T: std::hash::Hash + Eq> Numbered<T> {
    /// The number of a thing.
    pub(super) fn number(&mut self, thing: T) -> u32 {
        if let Some(number) = self.numbers.get(&thing) {
            return *number;
        }
        let number = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        let thing = Arc::new(thing);
        self.numbers.insert(thing.clone(), number);
        self.things.push(thing);
        number
    }

    /// The thing of a number.
    pub(super) fn thing(&self, number: u32) -> Option<&Arc<T>> {
        self.things.get(number as usize)
    }
}

impl Library {
    /// The number of a set of actions.
    pub(super) fn actions(&mut self, actions: Bits) -> u32 {
        self.actions.number(actions)
    }

    /// The number of the actions that a statement speaks of.
    pub(super) fn actions_of(&mut self, element: &Element<Vec<ActionPattern>>) -> u32 {
        if let Some(number) = self.of_patterns.get(element) {
            return *number;
        }
        let matches = |patterns: &[ActionPattern], place: usize| {
            data_actions()
                .get(place)
                .is_some_and(|data| patterns.iter().any(|pattern| pattern.matches(&data.action)))
        };
        let all = 0..data_actions().len();
        let actions: Bits = match element {
            Element::Is(patterns) => all.filter(|place| matches(patterns, *place)).collect(),
            Element::IsNot(patterns) => all.filter(|place| !matches(patterns, *place)).collect(),
        };
        let number = self.actions.number(actions);
        self.of_patterns.insert(element.clone(), number);
        number
    }

    /// The actions of a number.
    pub(super) fn action_set(&self, number: u32) -> Arc<Bits> {
        self.actions.thing(number).cloned().unwrap_or_default()
    }

    /// The number of the keys that match any of some patterns.
    pub(super) fn keys(&mut self, mut globs: Vec<Glob>) -> u32 {
        globs.sort_unstable();
        globs.dedup();
        // What matches everything leaves nothing for the others to add.
        if globs.contains(&Glob::new("*")) {
            globs = vec![Glob::new("*")];
        }
        self.keys.number(globs)
    }

    /// The patterns of a number.
    pub(super) fn key_globs(&self, number: u32) -> &[Glob] {
        self.keys.thing(number).map_or(&[], |globs| globs)
    }

    /// The automaton of a set of keys.
    pub(super) fn automaton(&mut self, number: u32, limits: Limits) -> Result<Arc<Automaton>, TooMany> {
        if let Some(known) = self.automata.get(&number) {
            return known.clone();
        }
        let built = Automaton::new(self.key_globs(number), limits.states).map(Arc::new);
        self.automata.insert(number, built.clone());
        built
    }

    /// The number of a condition without variables.
    pub(super) fn condition(&mut self, condition: &Condition) -> u32 {
        let text = condition.canonical();
        if let Some(number) = self.conditions.get(&*text) {
            return *number;
        }
        let number = u32::try_from(self.conditions_by_number.len()).unwrap_or(u32::MAX);
        self.conditions.insert(text.into(), number);
        self.conditions_by_number.push(Arc::new(condition.clone()));
        number
    }

    /// The condition of a number.
    pub(super) fn condition_of(&self, number: u32) -> Option<&Arc<Condition>> {
        self.conditions_by_number.get(number as usize)
    }

    /// The number of a term.
    pub(super) fn term(&mut self, mut term: Term) -> u32 {
        term.conditions.sort_unstable();
        term.conditions.dedup();
        term.keys.sort_unstable();
        term.keys.dedup();
        self.terms.number(term)
    }

    /// The term of a number.
    pub(super) fn term_of(&self, number: u32) -> Arc<Term> {
        self.terms.thing(number).cloned().unwrap_or_default()
    }
}
