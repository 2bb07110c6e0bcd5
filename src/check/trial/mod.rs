//! A copy of the estate with some edits, judged beside the estate itself: what is found in the one and not in the other, and what
//! access is lost on the way.
//!
//! Only what the edits can bear on is looked at, and of that only what differs: a caller and a bucket of whose requests AWS's logic says
//! the same in both are one class, and are not judged again.

mod acting;
mod bench;
mod configuration;
mod intended;
mod lockout;
mod marks;
mod pairs;
mod permits;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use crate::check::scene::Scene;
use crate::estate::Estate;
use crate::intent::IntentError;
use pairs::Pairs;

pub(crate) use bench::Bench;
pub(crate) use marks::{Mark, Marks};
pub(crate) use permits::Permit;

/// What some edits can bear on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extent {
    /// Buckets, for everybody who reaches them.
    pub(crate) buckets: BTreeSet<Box<str>>,
    /// Users and roles by ARN, for all data.
    pub(crate) principals: BTreeSet<Box<str>>,
    /// Principals whose own side is edited and who are looked at elsewhere.
    edited: BTreeSet<Box<str>>,
    /// Buckets that are looked at elsewhere.
    elsewhere: BTreeSet<Box<str>>,
    /// Roles that others act as.
    pub(crate) acted_as: BTreeSet<Box<str>>,
    /// Whether somebody may reach a bucket afterwards who does not reach it now.
    pub(crate) widens: bool,
    /// Whether public access control lists are refused afterwards.
    pub(crate) blocks_public_lists: bool,
    /// Whether the buckets may hold other classes of data afterwards.
    pub(crate) reclassifies: bool,
}

/// Data, and who asks for it.
type Asked = (Box<str>, Box<str>);

/// What differs between an estate and its copy.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// What is found in the estate, where it was looked at.
    pub(crate) before: Marks,
    /// What is found in the copy, there.
    pub(crate) after: Marks,
    /// Sanctioned access that does not work in the copy.
    pub(crate) lost: Vec<Lost>,
    /// Other access that does not work in the copy: by data and who asks, the actions.
    pub(crate) removed: BTreeMap<Asked, BTreeSet<Box<str>>>,
    /// Who cannot act as a role any more, by the role.
    pub(crate) strangers: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    /// Buckets whose policy nobody of the account may change any more, but somebody could.
    pub(crate) locked: BTreeSet<Box<str>>,
}

/// Sanctioned access that does not work in the copy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lost {
    pub(crate) permit: Box<str>,
    pub(crate) dataset: Box<str>,
    pub(crate) subject: Box<str>,
    pub(crate) actions: BTreeSet<Box<str>>,
    /// The request, in the simulation format.
    pub(crate) witness: Value,
}

/// How many buckets or principals are compared at a time.
const PIECE: usize = 16;

impl Extent {
    fn has_bucket(&self, name: &str) -> bool {
        self.buckets.contains(name) || self.elsewhere.contains(name)
    }

    fn has_principal(&self, arn: &str) -> bool {
        self.principals.contains(arn) || self.edited.contains(arn)
    }

    /// The same in small pieces.
    fn pieces(&self) -> Vec<Self> {
        let piece = || Self {
            widens: self.widens,
            reclassifies: self.reclassifies,
            blocks_public_lists: self.blocks_public_lists,
            ..Self::default()
        };
        let cut = |names: &BTreeSet<Box<str>>| -> Vec<BTreeSet<Box<str>>> {
            let names: Vec<&Box<str>> = names.iter().collect();
            names.chunks(PIECE).map(|some| some.iter().map(|name| (*name).clone()).collect()).collect()
        };
        // Whose own side is edited must be known wherever he is met.
        let of_buckets = cut(&self.buckets).into_iter().map(|buckets| Self {
            buckets,
            edited: self.principals.clone(),
            ..piece()
        });
        let of_principals = cut(&self.principals).into_iter().map(|principals| Self {
            principals,
            elsewhere: self.buckets.clone(),
            ..piece()
        });
        let of_acting = cut(&self.acted_as).into_iter().map(|acted_as| Self { acted_as, ..piece() });
        of_buckets.chain(of_principals).chain(of_acting).collect()
    }
}

impl Change {
    fn extend(&mut self, other: Self) {
        self.before.extend(other.before);
        self.after.extend(other.after);
        self.lost.extend(other.lost);
        for (asked, actions) in other.removed {
            self.removed.entry(asked).or_default().extend(actions);
        }
        for (role, who) in other.strangers {
            self.strangers.entry(role).or_default().extend(who);
        }
        self.locked.extend(other.locked);
    }
}

impl<'s> Bench<'s> {
    /// What differs in a copy, on all cores: for many edits at once.
    ///
    /// # Errors
    /// As [`Bench::compare`].
    pub(crate) fn compare_all(&self, copy: &Estate, extent: &Extent) -> Result<Change, IntentError> {
        let pieces = extent.pieces();
        let changes: Vec<Change> =
            pieces.par_iter().map(|piece| self.compare(copy, piece)).collect::<Result<_, _>>()?;
        let mut all = Change::default();
        changes.into_iter().for_each(|change| all.extend(change));
        Ok(all)
    }

    /// What differs in a copy, as far as the extent goes.
    ///
    /// # Errors
    /// A policy fails in evaluation, which is an error of the policy and never a pass.
    pub(crate) fn compare(&self, copy: &Estate, extent: &Extent) -> Result<Change, IntentError> {
        let ground = self.scene.ground.beside(copy);
        let facts = self.scene.facts.beside(copy);
        let scene = Scene { ground: &ground, facts: &facts, ..self.scene };
        let mut change = Change::default();
        self.with_decider(|decider| {
            decider.next_account();
            let mut pairs = Pairs::new(self, &scene, extent, decider, &mut change);
            pairs.of_buckets()?;
            pairs.of_principals()?;
            pairs.of_acting()
        })?;
        configuration::compare(self, &scene, extent, &mut change)?;
        Ok(change)
    }
}
