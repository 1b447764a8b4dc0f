//! How often the queue is asked: at once after every poll, unless a rest was configured or the queue fails. Pure.
//!
//! A poll waits 20 s for a message, so a host at rest makes 131,000 requests a month. What a rest between polls
//! saves on AWS, and what it costs in time (SQS's price of 0.40 USD a million requests):
//!
//! | longest rest | requests a month | USD a host and month | an order waits at most |
//! |---|---|---|---|
//! | 0 s | 131,000 | 0.05 | 0 s |
//! | 20 s | 66,000 | 0.03 | 20 s |
//! | 60 s | 33,000 | 0.013 | 60 s |
//! | 300 s | 8,200 | 0.003 | 300 s |

use crate::machine::backoff::backoff;

const FIRST_GAP_MS: u64 = 1_000;
/// Between polls of a queue that fails: the first wait and the longest.
const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 30_000;
/// A poll that found nothing and took less did not wait as it should; the next one must not follow at once.
const QUICK_MS: u64 = 1_000;

/// Remembers how the last polls went.
#[derive(Debug)]
pub struct Pace {
    most_ms: u64,
    gap_ms: u64,
    failures: u32,
}

impl Pace {
    /// Rests at most so long between polls.
    pub fn new(most_ms: u64) -> Self {
        Self { most_ms, gap_ms: 0, failures: 0 }
    }

    /// The rest after a poll that brought something, or after an order: none.
    pub fn active(&mut self) {
        (self.gap_ms, self.failures) = (0, 0);
    }

    /// The rest after a poll that brought nothing and took so long, in milliseconds.
    pub fn empty(&mut self, took_ms: u64) -> u64 {
        self.failures = 0;
        let rest = self.gap_ms;
        self.gap_ms = if rest == 0 { FIRST_GAP_MS } else { rest * 2 }.min(self.most_ms);
        if took_ms < QUICK_MS { rest.max(QUICK_MS) } else { rest }
    }

    /// The rest after a poll that failed, in milliseconds, and whether to say so.
    pub fn failed(&mut self, salt: &str) -> (u64, bool) {
        let tell = self.failures == 0 || self.failures.is_power_of_two();
        let rest = backoff(self.failures, FIRST_MS, LONGEST_MS, salt);
        self.failures = self.failures.saturating_add(1);
        (rest, tell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_at_rest_and_shrink_with_activity() {
        let mut pace = Pace::new(5_000);
        assert_eq!([0; 6].map(|_| pace.empty(20_000)), [0, 1_000, 2_000, 4_000, 5_000, 5_000]);
        pace.active();
        assert_eq!(pace.empty(20_000), 0);
        let mut pace = Pace::new(0);
        assert_eq!([0; 3].map(|_| pace.empty(20_000)), [0; 3]);
        assert_eq!(pace.empty(3), 1_000, "a queue that does not wait");
    }

    #[test]
    fn failures_are_waited_out() {
        let mut pace = Pace::new(0);
        let rests: Vec<_> = (0..12).map(|_| pace.failed("web-1")).collect();
        assert!(rests[0].0 <= 500 && rests[11].0 >= 15_000 && rests[11].0 <= 30_000, "{rests:?}");
        assert_eq!(rests.iter().filter(|(_, tell)| *tell).count(), 5, "{rests:?}");
        pace.empty(20_000);
        assert!(pace.failed("web-1").0 <= 500);
    }
}
