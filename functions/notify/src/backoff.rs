//! How long a listener is tried.

use cutover_core::time::Timestamp;

/// How long whoever claimed a notice has it: longer than a function lives.
pub(crate) const LEASE_MS: u64 = 20_000;
/// No delivery begins later than this after its function began: one more takes 5 s, and a function has 15.
pub(crate) const BEGIN_WITHIN_MS: u64 = 6_000;
/// Between two looks at what has not begun yet.
pub(crate) const LOOK_MS: u64 = 2_000;
/// Between two looks at a board whose hosts are at work.
pub(crate) const HOSTS_MS: u64 = 3_000;
const FIRST_MS: u64 = 1_000;
const LONGEST_MS: u64 = 15 * 60_000;
/// Tries before a listener is given up: with these pauses, 22 hours.
pub(crate) const MOST_TRIES: u32 = 96;

/// When to try again after so many failed tries.
pub(crate) fn next(now: Timestamp, tries: u32) -> Timestamp {
    let doubled = FIRST_MS << tries.saturating_sub(1).min(20);
    now.plus_ms(doubled.min(LONGEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let pause = |tries| next(Timestamp::from_millis(0), tries).as_millis();
        assert_eq!([1, 2, 3, 10, 11, 50].map(pause), [1_000, 2_000, 4_000, 512_000, 900_000, 900_000]);
        let all: i64 = (1..MOST_TRIES).map(pause).sum();
        assert!((20 * 3_600_000..24 * 3_600_000).contains(&all), "{all}");
    }
}
