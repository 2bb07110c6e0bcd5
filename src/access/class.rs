//! Classes: what AWS's logic says of the requests of one caller to one bucket. Those of whom it says the same have one number.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::residual::Library;
use crate::space::Formula;

/// Everything that AWS's logic says of the requests of one caller to one bucket, over all of them.
#[derive(Debug, Clone)]
pub struct Class {
    number: u32,
    compiled: Arc<Compiled>,
    /// The condition keys that the terms ask for, in lower case.
    mentioned: Arc<FxHashSet<Box<str>>>,
}

/// What a class is made of.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Compiled {
    /// What is left of the statements, as numbers in a [`Library`].
    pub(super) terms: Vec<u32>,
    /// When AWS allows a request.
    pub(super) allow: Formula,
    /// When the policies of the caller's or of the bucket's grant it, whatever stands against it.
    pub(super) granted: Formula,
    /// Whether something was not understood and read as granting more.
    pub(super) widened: bool,
}

/// Which requests of a class are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requests {
    /// Those that AWS allows.
    Allowed,
    /// Those that AWS refuses. Where something was read as granting more, what is refused for certain cannot be told, and all count.
    Refused,
    /// Those that the policies of the caller's or of the bucket's grant, as if nothing else were asked.
    Granted,
}

/// Equal classes of one decider have equal numbers.
impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Class {}

impl Class {
    /// Whether AWS allows no request at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.compiled.allow == Formula::Constant(false)
    }

    /// Whether no policy of the caller's or of the bucket's grants anything.
    #[must_use]
    pub fn grants_nothing(&self) -> bool {
        self.compiled.granted == Formula::Constant(false)
    }

    /// Equal classes of one decider have equal numbers.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn terms(&self) -> &[u32] {
        &self.compiled.terms
    }

    /// When a request is among those that are meant.
    pub(super) fn formula(&self, requests: Requests) -> Formula {
        match requests {
            Requests::Allowed => self.compiled.allow.clone(),
            Requests::Refused if self.compiled.widened => Formula::Constant(true),
            Requests::Refused => self.compiled.allow.negate(),
            Requests::Granted => self.compiled.granted.clone(),
        }
    }

    /// Whether some term asks for a condition key, given in lower case.
    pub(super) fn mentions(&self, key: &str) -> bool {
        self.mentioned.contains(key)
    }
}

/// The classes that were met.
#[derive(Debug, Default)]
pub(super) struct Classes {
    known: FxHashMap<Arc<Compiled>, Class>,
    /// By the numbers of the subject and the site.
    met: FxHashMap<(u32, u32), Class>,
}

impl Classes {
    /// Forgets the numbers of subjects and sites.
    pub(super) fn next_account(&mut self) {
        self.met.clear();
    }

    /// The class of a subject and a site that were met before.
    pub(super) fn of(&self, numbers: (u32, u32)) -> Option<Class> {
        self.met.get(&numbers).cloned()
    }

    pub(super) fn add(&mut self, numbers: (u32, u32), compiled: Compiled, library: &Library) -> Class {
        let class = self.numbered(compiled, library);
        self.met.insert(numbers, class.clone());
        class
    }

    /// What the first allows and the other does not.
    pub(super) fn beyond(&mut self, class: &Class, other: &Class, library: &Library) -> Class {
        let mut terms = class.compiled.terms.clone();
        let places: Vec<usize> = other.compiled.terms.iter().map(|term| place(&mut terms, *term)).collect();
        let refused = other.formula(Requests::Refused).renumbered(&places);
        let compiled = Compiled {
            allow: class.compiled.allow.and(&refused),
            granted: Formula::Constant(false),
            widened: class.compiled.widened || other.compiled.widened,
            terms,
        };
        self.numbered(compiled, library)
    }

    fn numbered(&mut self, compiled: Compiled, library: &Library) -> Class {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        if let Some(known) = self.known.get(&compiled) {
            return known.clone();
        }
        let compiled = Arc::new(compiled);
        let mentioned = Arc::new(mentioned(&compiled.terms, library));
        let class = Class { number: next, compiled: compiled.clone(), mentioned };
        self.known.insert(compiled, class.clone());
        class
    }
}

/// The place of a term in the list of a class.
pub(super) fn place(terms: &mut Vec<u32>, term: u32) -> usize {
    terms.iter().position(|known| *known == term).unwrap_or_else(|| {
        terms.push(term);
        terms.len() - 1
    })
}

fn mentioned(terms: &[u32], library: &Library) -> FxHashSet<Box<str>> {
    let conditions = |term: &u32| library.term_of(*term).conditions.clone();
    let numbers = terms.iter().flat_map(conditions);
    numbers.filter_map(|number| Some(library.condition_of(number)?.key.to_ascii_lowercase().into())).collect()
}
