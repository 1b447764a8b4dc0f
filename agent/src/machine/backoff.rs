//! How long to wait before the next try.

/// Doubles from `first_ms` up to `most_ms`; the `salt` takes up to half of it away, so that hosts that failed
/// together do not come back together.
pub fn backoff(tries: u32, first_ms: u64, most_ms: u64, salt: &str) -> u64 {
    let whole = first_ms.saturating_mul(1 << tries.min(20)).min(most_ms);
    // FNV-1a over the salt and the number of tries: spread evenly, and the same in every run.
    let bytes = salt.bytes().chain(tries.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    whole - (hash >> 32) % (whole / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_up_to_a_bound_and_differs_between_hosts() {
        for (tries, low, high) in [(0, 100, 200), (1, 200, 400), (5, 3_200, 6_400), (60, 5_000, 10_000)] {
            for host in ["a", "b", "web-1"] {
                let wait = backoff(tries, 200, 10_000, host);
                assert!((low..=high).contains(&wait), "{tries} {host}: {wait}");
            }
        }
        assert_ne!(backoff(3, 200, 10_000, "a"), backoff(3, 200, 10_000, "b"));
    }
}
