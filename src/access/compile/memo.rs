//! What has been worked out already, so that it need not be worked out again for every caller and bucket.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::key::KeyClass;
use crate::access::actions::actions_that;
use crate::access::residual::{Library, Numbered};
use crate::authorize::s3::Use;
use crate::iam::Glob;

/// What has been worked out already, for the principals and buckets of one account.
#[derive(Debug, Default)]
pub(in crate::access) struct Memo {
    /// Statements of a subject's side, by their address and the subject's number; none for those that never apply.
    pub(super) bound: FxHashMap<(usize, u32), Option<Bound>>,
    /// What is left of resources at a site, by the number of both.
    pub(super) residues: FxHashMap<(u32, u32), Residue>,
    pub(super) resources: Numbered<Resource>,
    /// The numbers of what has no variables, by address.
    pub(super) actions_at: FxHashMap<usize, u32>,
    /// Lists of actions, by where they are compiled in.
    pub(super) named: FxHashMap<(usize, usize), u32>,
    pub(super) conditions_at: FxHashMap<usize, u32>,
    pub(super) resources_at: FxHashMap<usize, u32>,
    /// The terms for requests that bring a public access control list.
    pub(super) public_lists: Vec<u32>,
    /// The use of keys, by the subject's number, the key with its policy, the region and the use.
    pub(super) keys: FxHashMap<KeyAt, Arc<KeyClass>>,
}

/// The subject's number, the key's ARN and the address of its policy, the region of the bucket, and the use.
pub(super) type KeyAt = (u32, Box<str>, Option<usize>, Box<str>, Use);

/// Patterns of resources, and whether they are excepted.
pub(super) type Resource = (bool, Vec<Glob>);

/// What is left of a statement once the caller is known.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) actions: u32,
    /// None: whatever the policy is attached to.
    pub(super) resource: Option<u32>,
    pub(super) conditions: Vec<u32>,
}

/// What is left of a `Resource` once the bucket is known.
#[derive(Debug, Clone)]
pub(super) struct Residue {
    pub(super) on_bucket: bool,
    /// The keys, and whether they are meant or excepted; none for all.
    pub(super) keys: Option<(u32, bool)>,
    pub(super) on_objects: bool,
}

impl Memo {
    /// The number of the actions with these names, in lower case.
    pub(super) fn named_actions(&mut self, library: &mut Library, names: &[&str]) -> u32 {
        let at = (names.as_ptr().addr(), names.len());
        if let Some(number) = self.named.get(&at) {
            return *number;
        }
        let number = library.actions(actions_that(|data| names.contains(&data.action.lower())));
        self.named.insert(at, number);
        number
    }
}
