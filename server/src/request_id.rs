//! The ids of requests.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use cutover_core::ids::uuid_from_bits;

/// Gives ids that look random and are unlike all others. Nobody who guesses one gains anything by it, so the
/// system is asked for chance once and not for every request.
#[derive(Debug, Default)]
pub struct RequestIds {
    /// A keyed hash, whose keys are the system's chance.
    keys: RandomState,
    next: AtomicU64,
}

impl RequestIds {
    /// The next one: a lower-case UUID.
    pub fn draw(&self) -> String {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let half = |which: u8| u128::from(self.keys.hash_one((next, which)));
        uuid_from_bits(half(0) << 64 | half(1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_alike() {
        let (here, there) = (RequestIds::default(), RequestIds::default());
        let drawn: HashSet<_> = (0..10_000).flat_map(|_| [here.draw(), there.draw()]).collect();
        assert_eq!(drawn.len(), 20_000);
    }
}
