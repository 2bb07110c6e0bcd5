//! How many calls are under way at once: bounded over all and for each account, and fewer where AWS asks for patience.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls that were under way together are throttled together: that is one reason to slow down, not many.
const BETWEEN_CUTS: Duration = Duration::from_secs(1);

/// Lets the calls to one account through.
///
/// The limit is halved when AWS throttles and grows by one when as many calls as it allows at once were answered: additive
/// increase, multiplicative decrease, as TCP finds its rate.
#[derive(Debug)]
pub(super) struct Gate {
    overall: Arc<Semaphore>,
    account: Semaphore,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    most: usize,
    /// So many fewer than the most are let through now.
    withheld: usize,
    /// So many of those are still under way; they are withheld when they come back.
    owed: usize,
    answered: usize,
    cut: Option<Instant>,
}

/// Leave to make one call, given back when dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    account: Option<SemaphorePermit<'a>>,
    _overall: Option<SemaphorePermit<'a>>,
}

impl Gate {
    /// A gate that lets `most` calls through at once, as far as all gates together leave room.
    pub(super) fn new(overall: Arc<Semaphore>, most: usize) -> Self {
        let pace = Pace { most, withheld: 0, owed: 0, answered: 0, cut: None };
        Self { overall, account: Semaphore::new(most), pace: Mutex::new(pace) }
    }

    /// Waits until a call may be made.
    pub(super) async fn pass(&self) -> Pass<'_> {
        // Neither semaphore is ever closed, so both always answer with a permit.
        let account = self.account.acquire().await.ok();
        let overall = self.overall.acquire().await.ok();
        Pass { gate: self, account, _overall: overall }
    }

    /// AWS asked for patience.
    pub(super) fn throttled(&self) {
        let mut pace = self.pace();
        if pace.cut.is_some_and(|cut| cut.elapsed() < BETWEEN_CUTS) {
            return;
        }
        let fewer = (pace.most - pace.withheld) / 2;
        let taken = self.account.forget_permits(fewer);
        pace.withheld += fewer;
        pace.owed += fewer - taken;
        pace.answered = 0;
        pace.cut = Some(Instant::now());
    }

    /// AWS answered.
    pub(super) fn answered(&self) {
        let mut pace = self.pace();
        pace.answered += 1;
        if pace.withheld == 0 || pace.answered < pace.most - pace.withheld {
            return;
        }
        pace.answered = 0;
        pace.withheld -= 1;
        match pace.owed {
            0 => self.account.add_permits(1),
            _ => pace.owed -= 1,
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // Numbers stay numbers when a thread panics.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut pace = self.gate.pace();
        if pace.owed > 0
            && let Some(account) = self.account.take()
        {
            pace.owed -= 1;
            account.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(gate: &Gate) -> usize {
        gate.account.available_permits()
    }

    #[tokio::test]
    async fn a_throttled_account_gets_half_and_wins_it_back() {
        let gate = Gate::new(Arc::new(Semaphore::new(100)), 8);
        gate.throttled();
        gate.throttled();
        assert_eq!(room(&gate), 4, "two at once are one");
        for _ in 0..4 {
            gate.answered();
        }
        assert_eq!(room(&gate), 5);
        for _ in 0..100 {
            gate.answered();
        }
        assert_eq!(room(&gate), 8, "and no more than the most");
    }

    #[tokio::test]
    async fn calls_that_are_under_way_are_withheld_when_they_come_back() {
        let gate = Gate::new(Arc::new(Semaphore::new(100)), 4);
        let mut under_way = vec![];
        for _ in 0..4 {
            under_way.push(gate.pass().await);
        }
        gate.throttled();
        assert_eq!(room(&gate), 0);
        under_way.clear();
        assert_eq!(room(&gate), 2);
    }

    #[tokio::test]
    async fn one_call_is_always_let_through() {
        let gate = Gate::new(Arc::new(Semaphore::new(1)), 1);
        gate.throttled();
        drop(gate.pass().await);
        assert_eq!(room(&gate), 1);
    }
}
