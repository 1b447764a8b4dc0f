//! How the last minute's invocations went: what alarms look at.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// What counts.
pub const WINDOW: Duration = Duration::from_secs(60);

/// Outcomes of invocations by function and version, in memory.
#[derive(Debug, Default)]
pub struct Outcomes {
    by_version: Mutex<HashMap<(String, String), Recent>>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Recent {
    outcomes: VecDeque<(Instant, bool)>,
    failed: u32,
    ever: u64,
}

/// The invocations of a version in the last minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All.
    pub invocations: u32,
    /// Those that failed.
    pub failed: u32,
    /// All since the start of the process.
    pub ever: u64,
}

impl Outcomes {
    /// Notes an invocation that has just ended.
    pub fn record(&self, function: &str, version: &str, failed: bool) {
        let now = Instant::now();
        let mut by_version = self.by_version();
        let recent = by_version.entry((function.to_owned(), version.to_owned())).or_default();
        recent.forget(now);
        recent.outcomes.push_back((now, failed));
        recent.failed += u32::from(failed);
        recent.ever += 1;
        drop(by_version);
        self.changed.notify_one();
    }

    /// The last minute of a version.
    pub fn tally(&self, function: &str, version: &str) -> Tally {
        let mut by_version = self.by_version();
        let Some(recent) = by_version.get_mut(&(function.to_owned(), version.to_owned())) else {
            return Tally::default();
        };
        recent.forget(Instant::now());
        Tally {
            invocations: u32::try_from(recent.outcomes.len()).unwrap_or(u32::MAX),
            failed: recent.failed,
            ever: recent.ever,
        }
    }

    /// Waits for the next invocation to end. For one listener.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Wakes the listener.
    pub(crate) fn nudge(&self) {
        self.changed.notify_one();
    }

    fn by_version(&self) -> MutexGuard<'_, HashMap<(String, String), Recent>> {
        self.by_version.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn forget(&mut self, now: Instant) {
        while let Some((at, failed)) = self.outcomes.front()
            && now.duration_since(*at) > WINDOW
        {
            self.failed -= u32::from(*failed);
            self.outcomes.pop_front();
        }
    }
}
