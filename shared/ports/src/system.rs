//! The machine's own clock and chance: what every runtime but the simulator uses.

use std::time::{SystemTime, UNIX_EPOCH};

use cutover_core::time::Timestamp;

use crate::clock::{Clock, Entropy};

/// The machine's wall clock, to the millisecond.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Random bits from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl OsEntropy {
    /// 32 random bytes, for a key.
    pub fn key(self) -> [u8; 32] {
        let halves = [self.bits().to_le_bytes(), self.bits().to_le_bytes()];
        let mut key = [0; 32];
        key.copy_from_slice(halves.as_flattened());
        key
    }
}

impl Entropy for OsEntropy {
    /// # Panics
    /// When the operating system gives no random bits: nothing that needs them may go on then.
    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bits");
        u128::from_le_bytes(bytes)
    }
}
