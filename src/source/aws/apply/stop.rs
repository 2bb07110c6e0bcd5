//! Whether the process was asked to stop. A write that is under way is waited for: what it left behind would not be known.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::asked_to_stop;

pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from here on.
    pub(super) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let told = asked.clone();
        tokio::spawn(async move {
            asked_to_stop().await;
            told.store(true, Ordering::Relaxed);
        });
        Self(asked)
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
