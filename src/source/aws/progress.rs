//! How far a collection has come, for whoever watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::wire::Traffic;

/// How far a collection has come. It is counted while the collection runs and may be read from any thread.
#[derive(Debug, Default)]
pub struct Progress {
    pub(super) traffic: Arc<Traffic>,
    pub(super) accounts: Counter,
    pub(super) buckets: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    done: AtomicUsize,
    all: AtomicUsize,
}

/// How far a collection has come, at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// The accounts that are read.
    pub accounts: usize,
    /// The accounts to be read; 0 until they are known.
    pub all_accounts: usize,
    /// The buckets that are read.
    pub buckets: usize,
    /// The buckets to be read, as far as they are known.
    pub all_buckets: usize,
    /// The requests that were sent, those that were tried again included.
    pub requests: usize,
    /// The answers that asked for patience.
    pub throttles: usize,
}

impl Progress {
    /// How far it has come now.
    #[must_use]
    pub fn count(&self) -> Count {
        let read = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        Count {
            accounts: read(&self.accounts.done),
            all_accounts: read(&self.accounts.all),
            buckets: read(&self.buckets.done),
            all_buckets: read(&self.buckets.all),
            requests: read(&self.traffic.requests),
            throttles: read(&self.traffic.throttles),
        }
    }
}

impl Counter {
    pub(super) fn expect(&self, more: usize) {
        self.all.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    /// The part of the work that is done, between 0 and 1; none as long as nobody knows how much there is. An account counts as
    /// much as a bucket.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "the numbers are far below 2^52, and an estimate is asked for"
    )]
    pub fn part(&self) -> Option<f64> {
        let (done, all) = (self.accounts + self.buckets, self.all_accounts + self.all_buckets);
        (all > 0).then(|| done as f64 / all as f64)
    }
}
