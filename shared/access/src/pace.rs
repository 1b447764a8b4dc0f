//! How often a key may call: a bucket of tokens for each, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cutover_core::time::Timestamp;

/// Buckets that are kept; past this many, full ones are forgotten.
const KEPT: usize = 10_000;

/// Calls per second, and how many may come at once after a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Tokens that come back each second, at least 1.
    pub per_second: u32,
    /// Tokens that a bucket holds, at least 1.
    pub burst: u32,
}

/// Counts the calls of every key.
#[derive(Debug)]
pub struct Paces {
    pace: Pace,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Tokens in thousandths, as of an instant.
#[derive(Debug)]
struct Bucket {
    thousandths: u64,
    at: Timestamp,
}

impl Paces {
    /// With every bucket full.
    pub fn new(pace: Pace) -> Self {
        Self { pace, buckets: Mutex::default() }
    }

    /// Takes a token of the key; false if there is none now.
    pub fn take(&self, key: &str, now: Timestamp) -> bool {
        let full = u64::from(self.pace.burst) * 1000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| bucket.filled(self.pace, full, now) < full);
        }
        let bucket = match buckets.get_mut(key) {
            Some(bucket) => bucket,
            None => buckets.entry(key.to_owned()).or_insert(Bucket { thousandths: full, at: now }),
        };
        bucket.thousandths = bucket.filled(self.pace, full, now);
        // A clock that is set back must not fill it twice.
        bucket.at = bucket.at.max(now);
        let left = bucket.thousandths.checked_sub(1000);
        bucket.thousandths = left.unwrap_or(bucket.thousandths);
        left.is_some()
    }
}

impl Bucket {
    fn filled(&self, pace: Pace, full: u64, now: Timestamp) -> u64 {
        let come = now.ms_since(self.at).saturating_mul(u64::from(pace.per_second));
        self.thousandths.saturating_add(come).min(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_so_many_per_second() {
        let paces = Paces::new(Pace { per_second: 2, burst: 3 });
        let at = Timestamp::from_millis;
        let taken = |ms: i64, tries: usize| (0..tries).filter(|_| paces.take("a", at(ms))).count();
        assert_eq!(taken(0, 10), 3);
        assert!(paces.take("b", at(0)), "others are not held up");
        assert_eq!(taken(499, 10), 0);
        assert_eq!(taken(500, 10), 1);
        assert_eq!(taken(1_500, 10), 2);
        assert_eq!(taken(60_000, 10), 3, "no more than a burst");
        assert_eq!(taken(0, 10), 0, "a clock set back gives nothing");
        assert_eq!(taken(60_500, 10), 1);
    }

    #[test]
    fn rested_keys_are_forgotten() {
        let paces = Paces::new(Pace { per_second: 1, burst: 1 });
        for key in 0..KEPT {
            paces.take(&key.to_string(), Timestamp::from_millis(0));
        }
        paces.take("one more", Timestamp::from_millis(2_000));
        assert_eq!(paces.buckets.lock().expect("no panic").len(), 1);
    }
}
