//! The machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use cutover_core::time::Timestamp;
use cutover_ports::clock::Clock;

/// The machine's wall clock, to the millisecond.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
