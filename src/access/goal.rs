//! What is asked of all requests of a caller to a bucket, and what is found.

use std::sync::Arc;

use crate::iam::{Condition, ContextValue};
use crate::space::Bits;

/// What is asked of the requests of one class.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Goals {
    /// The conditions that the goals speak of, without variables.
    pub conditions: Vec<Arc<Condition>>,
    /// The goals.
    pub goals: Vec<Goal>,
}

/// One of the things asked for: a request for one of these actions, in one of these cells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Goal {
    /// The actions, as places in [`data_actions`](super::data_actions).
    pub actions: Bits,
    /// The cells: each says of some of the conditions, by their place, whether they hold. None: whatever the circumstances.
    pub cells: Option<Vec<Vec<(usize, bool)>>>,
}

/// The part of a bucket that is asked about: the keys under a prefix, but for those under some longer prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region {
    /// What the keys begin with.
    pub prefix: Box<str>,
    /// Longer prefixes that are left out.
    pub except: Box<[Box<str>]>,
}

/// What is found for the goals of a class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// For each goal and each group of actions alike, the most usual request that AWS allows.
    pub found: Vec<Found>,
    /// What could not be decided: the goal, and the actions.
    pub undecided: Vec<(usize, Bits)>,
}

/// A request that AWS allows, and that has what a goal asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The goal, by its place.
    pub goal: usize,
    /// The actions for which the same request would do.
    pub actions: Bits,
    /// The request.
    pub cell: Cell,
}

/// A request, but for what its caller and its bucket fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The action, as a place in [`data_actions`](super::data_actions).
    pub action: usize,
    /// The object's key; none for an action on the bucket.
    pub key: Option<Box<str>>,
    /// The condition keys that are not fixed.
    pub values: Vec<(Box<str>, ContextValue)>,
}
