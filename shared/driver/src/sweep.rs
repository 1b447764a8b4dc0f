//! The sweep: the table is the truth, the queue a hint. Whatever is overdue is sent again, and timers too
//! far off for a queue are sent when they come near.

use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::route::route;
use cutover_core::time::Timestamp;
use cutover_store::codec::StoreError;
use cutover_store::key::{Timed, WAKE_BUCKETS};
use cutover_store::state::Sweep;

use crate::driver::{Driver, DriverError};

/// How late a timer must be before the sweep sends it again.
pub const GRACE_MS: u64 = 15_000;
const FIRST_PAUSE_MS: u64 = 60_000;
const LONGEST_PAUSE_MS: u64 = 3_600_000;
/// Deployments per bucket and sweep; the earliest come first, the rest next time.
const PER_BUCKET: usize = 1_000;

/// What a sweep found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Timers near or overdue.
    pub seen: usize,
    /// Wakes sent.
    pub sent: usize,
    /// Hints sent that somebody may have to be told.
    pub hints: usize,
    /// Deployments that did not move after ten rounds: a person must look.
    pub quarantined: Vec<DeploymentId>,
    /// Deployments that could not be swept this time.
    pub failed: usize,
}

impl Driver {
    /// One round over all deployments whose timer is due within the next 15 minutes. With `restarted`, the
    /// workers of before are known to be gone and every wake is sent again at once.
    pub async fn sweep(&self, restarted: bool) -> Result<SweepReport, StoreError> {
        let mut report = SweepReport::default();
        let (now, mut unread) = (self.clock.now(), None);
        let until = now.plus_ms(MAX_QUEUE_DELAY_MS);
        // Each round begins with another bucket, so that one that takes too long starves none for ever.
        let first = now.as_millis().unsigned_abs() / FIRST_PAUSE_MS;
        for bucket in (0..WAKE_BUCKETS).map(|n| (first + n) % WAKE_BUCKETS) {
            let due = match self.deployments.due(bucket, until, PER_BUCKET).await {
                Ok(due) => due,
                Err(error) => {
                    unread = Some(error);
                    continue;
                }
            };
            for timed in due {
                report.seen += 1;
                let swept = match &timed {
                    Timed::Deployment(scope, id) => self.sweep_one(scope, id, restarted, &mut report).await,
                    Timed::Shard(id) => self.sweep_shard(id, restarted, &mut report).await,
                    Timed::Queue(scope, group) => {
                        self.sweep_queue(scope, group, restarted, &mut report).await
                    }
                };
                if let Err(error) = swept {
                    tracing::warn!(?timed, %error, "left to the next sweep");
                    report.failed += 1;
                }
            }
        }
        report.hints = self.sweep_notices(restarted).await?;
        match unread {
            Some(error) => Err(error),
            None => Ok(report),
        }
    }

    async fn sweep_one(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        restarted: bool,
        report: &mut SweepReport,
    ) -> Result<(), DriverError> {
        let Some((planned, stored)) = self.load(scope, id).await? else { return Ok(()) };
        let now = self.clock.now();
        let state = &stored.deployment;
        let Some(due) = state.wake_at else { return Ok(()) };
        if stored.sweep.is_quarantined() {
            // Told every time, and still tried: what kept it from moving may have been mended.
            report.quarantined.push(id.clone());
        }
        let Some(noted) = duty(&stored.sweep, due, now, restarted).noted(stored.sweep) else { return Ok(()) };
        if noted != stored.sweep {
            match self.deployments.note_sweep(&planned.plan, &stored, noted).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => return Ok(()),
                Err(source) => return Err(DriverError::Store { deployment: id.clone(), source }),
            }
        }
        self.send_wake(scope, id, route(&planned.plan, state), state.epoch, due).await?;
        report.sent += 1;
        Ok(())
    }
}

impl Driver {
    async fn sweep_shard(
        &self,
        id: &ShardId,
        restarted: bool,
        report: &mut SweepReport,
    ) -> Result<(), DriverError> {
        let failed = |source| DriverError::Store { deployment: id.deployment.clone(), source };
        let Some(stored) = self.fleets.board(id).await.map_err(failed)? else { return Ok(()) };
        let Some(due) = stored.board.wake_at else { return Ok(()) };
        if stored.sweep.is_quarantined() {
            report.quarantined.push(id.deployment.clone());
        }
        let duty = duty(&stored.sweep, due, self.clock.now(), restarted);
        let Some(noted) = duty.noted(stored.sweep) else { return Ok(()) };
        if noted != stored.sweep {
            match self.fleets.note_sweep(id, &stored, noted).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => return Ok(()),
                Err(source) => return Err(failed(source)),
            }
        }
        // Whoever was to send its orders may be gone as well.
        self.send_shard_wake(id, stored.board.epoch, due, duty != Duty::First).await?;
        report.sent += 1;
        Ok(())
    }
}

/// What the sweep owes a deployment.
#[derive(Debug, PartialEq, Eq)]
enum Duty {
    None,
    /// Its timer has come near enough for a queue.
    First,
    /// The workers are gone.
    Restart,
    /// It is overdue: send again, and not before `next_at` once more.
    Again {
        next_at: Timestamp,
    },
}

impl Duty {
    /// The notes after it is done; nothing where nothing is to be done.
    fn noted(&self, before: Sweep) -> Option<Sweep> {
        Some(match self {
            Self::None => return None,
            Self::First => Sweep { sent: true, ..before },
            Self::Restart => before,
            Self::Again { next_at } => {
                Sweep { sent: true, rounds: before.rounds.saturating_add(1), next_at: *next_at }
            }
        })
    }
}

fn duty(sweep: &Sweep, due: Timestamp, now: Timestamp, restarted: bool) -> Duty {
    if !sweep.sent {
        return Duty::First;
    }
    if restarted {
        return Duty::Restart;
    }
    if due.plus_ms(GRACE_MS) > now || sweep.next_at > now {
        return Duty::None;
    }
    let pause = (FIRST_PAUSE_MS << sweep.rounds.min(16)).min(LONGEST_PAUSE_MS);
    Duty::Again { next_at: now.plus_ms(pause) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties() {
        let at = Timestamp::from_millis;
        let notes = |sent, rounds, next_at| Sweep { sent, rounds, next_at: at(next_at) };
        for (sweep, due, now, restarted, expected) in [
            (notes(false, 0, 0), 900_000, 0, false, Duty::First),
            (notes(true, 0, 0), 900_000, 0, false, Duty::None),
            (notes(true, 0, 0), 1_000, 2_000, false, Duty::None),
            (notes(true, 0, 0), 1_000, 16_000, false, Duty::Again { next_at: at(76_000) }),
            (notes(true, 3, 0), 1_000, 16_000, false, Duty::Again { next_at: at(496_000) }),
            (notes(true, 9, 0), 1_000, 16_000, false, Duty::Again { next_at: at(3_616_000) }),
            (notes(true, 1, 17_000), 1_000, 16_000, false, Duty::None),
            (notes(true, 0, 0), 900_000, 0, true, Duty::Restart),
        ] {
            assert_eq!(duty(&sweep, at(due), at(now), restarted), expected);
        }
    }
}
