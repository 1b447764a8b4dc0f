//! The engine's wall-clock spans and bounds. `--speed` never touches them.
//!
//! The chain that makes a lease safe: a call answers within [`ACT_TIMEOUT_MS`], its function is ended
//! after 15 s, its lease lasts [`LEASE_MS`], and its message stays invisible for 90 s. So a late call
//! of a worker that died has landed before anybody else may act.

/// How long one act's outside calls may take in all.
pub const ACT_TIMEOUT_MS: u64 = 10_000;
/// How long a worker owns the act that it claimed.
pub const LEASE_MS: u64 = 20_000;
/// How far the clocks of two workers may be apart.
pub const CLOCK_SKEW_MS: u64 = 4_000;
/// The longest delay that a queue message can carry (SQS: 15 minutes).
pub const MAX_QUEUE_DELAY_MS: u64 = 900_000;
/// How long a new deployment shows `Created` before its first step: long enough for a client that creates
/// it and then asks (behaviour: statuses, `Created` is visible for a few seconds).
pub const CREATED_MS: u64 = 2_000;
/// How long a hook may take to answer unless configured otherwise (behaviour: Lambda hook answer, 1 h).
pub const HOOK_TIMEOUT_MS: u64 = 3_600_000;
/// Tries of one forward act before the deployment gives up and undoes what it did. Undoing never gives up.
pub const FORWARD_TRIES: u32 = 30;
/// Consecutive failures after which an alarm counts as unreadable.
pub const ALARM_READ_TRIES: u32 = 3;
/// The least time between two readings of alarms that could not be read: three failures in a row must mean
/// more than a moment's throttling.
pub const ALARM_READ_PAUSE_MS: u64 = 20_000;
/// How long a fleet that does not call is left alone before it is looked at.
pub const FLEET_LOOK_MS: u64 = 60_000;
/// Sweep rounds at one epoch after which a deployment is quarantined.
pub const SWEEP_ROUNDS: u32 = 10;
/// The marks that a deployment's item holds before the oldest move into a log item, in bytes of JSON.
pub const MARKS_BYTES: usize = 4_096;

/// Longest message of an ending that is kept, in bytes.
pub const MESSAGE_BYTES: usize = 1_500;

/// The most hosts of a shard.
pub const SHARD_HOSTS: usize = 500;
/// The most hosts of a fleet: their shards' holdings must fit into one item.
pub const FLEET_HOSTS: usize = 100_000;
/// How long after its next poll a host may take to accept its order.
pub const ACCEPT_MS: u64 = 60_000;
/// The longest rest between two polls that a host is believed; it says so itself.
pub const MAX_POLL_GAP_MS: u64 = 900_000;
/// How long a host that runs an order may be silent: three of its heartbeats, one every 30 s.
pub const HEARTBEAT_MS: u64 = 90_000;
/// A board whose timer is looked at so much too late was looked at by nobody meanwhile: what its hosts said may still be
/// on its way.
pub const UNHEARD_MS: u64 = 10_000;
/// How long an accepted order may take in all (behaviour: time limits, in-place run).
pub const ORDER_MS: u64 = 12 * 3_600_000;
/// Orders that a host gets before it counts as offline: a worker that dies before it publishes costs one.
pub const ORDERS_PER_HOST: u16 = 2;
/// How often a shard that can go on only with a larger grant looks again.
pub const GRANT_WAIT_MS: u64 = 60_000;
/// The least by which a heartbeat must move its deadline to be worth a commit.
pub const BEAT_GRAIN_MS: u64 = 10_000;

const FIRST_BACKOFF_MS: u64 = 500;
const FORWARD_BACKOFF_MS: u64 = 30_000;
const UNDO_BACKOFF_MS: u64 = 60_000;

/// How long to wait before try number `tries + 1`: doubling from half a second, capped at 30 s (60 s
/// when undoing), with up to a quarter more that `salt` spreads over the fleet of deployments.
pub fn backoff_ms(tries: u32, undoing: bool, salt: u64) -> u64 {
    let cap = if undoing { UNDO_BACKOFF_MS } else { FORWARD_BACKOFF_MS };
    let base = FIRST_BACKOFF_MS.saturating_mul(1 << tries.min(20)).min(cap);
    let spread = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(tries)) >> 32;
    base + base / 4 * (spread % 1000) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_and_is_capped() {
        for (tries, low) in [(0, 500), (1, 1000), (4, 8000), (30, 30_000), (u32::MAX, 30_000)] {
            let ms = backoff_ms(tries, false, 7);
            assert!((low..=low + low / 4).contains(&ms), "{tries}: {ms}");
        }
        assert!(backoff_ms(30, true, 7) >= 60_000);
    }
}
