//! One shared document for every text: AWS's managed policies and trust policies recur in thousands of roles.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::estate::{Account, Fact, InlinePolicy, List, PolicyDocument};

/// So many threads seldom meet at one lock.
const SHARDS: usize = 64;

/// The documents that were met so far, by their text.
pub(super) struct Interner {
    shards: Vec<Mutex<FxHashSet<ByText>>>,
}

/// A document that is its text.
struct ByText(PolicyDocument);

impl Default for Interner {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(FxHashSet::default())).collect() }
    }
}

impl Interner {
    /// Puts the document that was met first with the same text in the place of this one.
    pub(super) fn intern(&self, document: &mut PolicyDocument) {
        // The low bits choose the bucket inside a shard, so the high ones choose the shard.
        let shard = (FxBuildHasher.hash_one(document.text()) >> 32) as usize % SHARDS;
        let Some(shard) = self.shards.get(shard) else { return };
        // A set stays whole when a thread panics.
        let mut known = shard.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(document.text()) {
            Some(first) => *document = first.0.clone(),
            None => {
                known.insert(ByText(document.clone()));
            }
        }
    }

    /// Shares every document of an account.
    pub(super) fn account(&self, account: &mut Account) {
        self.identities(account);
        for bucket in items(&mut account.buckets) {
            self.optional(&mut bucket.policy);
        }
        for access_point in items(&mut account.access_points) {
            self.optional(&mut access_point.policy);
        }
        for endpoint in items(&mut account.vpc_endpoints) {
            self.optional(&mut endpoint.policy);
        }
        for access_point in items(&mut account.multi_region_access_points) {
            self.optional(&mut access_point.policy);
        }
        for key in items(&mut account.kms_keys) {
            key.policy.known_mut().into_iter().for_each(|document| self.intern(document));
        }
    }

    fn identities(&self, account: &mut Account) {
        let Some(details) = account.authorization_details.known_mut().map(Arc::make_mut) else { return };
        let inline = |policies: &mut [InlinePolicy]| {
            policies.iter_mut().for_each(|policy| self.intern(&mut policy.policy_document));
        };
        for user in items(&mut details.user_detail_list) {
            inline(&mut user.user_policy_list);
        }
        for group in items(&mut details.group_detail_list) {
            group.group_policy_list.known_mut().into_iter().for_each(|policies| inline(policies));
        }
        for role in items(&mut details.role_detail_list) {
            role.assume_role_policy_document
                .known_mut()
                .into_iter()
                .for_each(|document| self.intern(document));
            role.role_policy_list.known_mut().into_iter().for_each(|policies| inline(policies));
        }
        for policy in items(&mut details.policies) {
            policy.policy_version_list.iter_mut().for_each(|version| self.intern(&mut version.document));
        }
    }

    fn optional(&self, fact: &mut Fact<Option<PolicyDocument>>) {
        fact.known_mut().into_iter().flatten().for_each(|document| self.intern(document));
    }
}

fn items<T>(list: &mut Fact<List<T>>) -> impl Iterator<Item = &mut T> {
    list.known_mut().into_iter().flat_map(List::iter_mut)
}

impl Borrow<str> for ByText {
    fn borrow(&self) -> &str {
        self.0.text()
    }
}

impl Hash for ByText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text().hash(state);
    }
}

impl PartialEq for ByText {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for ByText {}
