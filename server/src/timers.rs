//! What happens by the clock: the sweep, the alarm poll; and what happens the moment an alarm changes.

use std::sync::Arc;
use std::time::Duration;

use alarm_check::AlarmCheck;
use cutover_core::ids::Scope;
use cutover_driver::driver::Driver;
use cutover_local::alarms::AlarmChange;
use cutover_ports::alarms::AlarmState;
use tokio::sync::{broadcast, watch};
use tokio::time::MissedTickBehavior;

/// Between two sweeps, and two alarm polls.
pub const EVERY: Duration = Duration::from_secs(60);

/// Sweeps every minute until `stop`; the first time at once, as after a restart.
pub async fn sweeps(driver: Driver, mut stop: watch::Receiver<bool>) {
    let mut restarted = true;
    let mut ticks = ticks();
    while tick(&mut ticks, &mut stop).await {
        match sweep::sweep(&driver, restarted).await {
            Ok(_) => restarted = false,
            Err(error) => tracing::warn!(%error, "sweep failed"),
        }
    }
}

/// Polls the watched alarms every minute until `stop`.
pub async fn alarm_polls(check: Arc<AlarmCheck>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks();
    while tick(&mut ticks, &mut stop).await {
        if let Err(error) = check.poll().await {
            tracing::warn!(%error, "alarm poll failed");
        }
    }
}

/// Tells of every local alarm that goes off, at once, until `stop`.
pub async fn alarm_changes(
    check: Arc<AlarmCheck>,
    scope: Scope,
    mut changes: broadcast::Receiver<AlarmChange>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            _ = stop.changed() => return,
        };
        let told = match change {
            Ok(change) if change.state == AlarmState::Alarm => {
                check.alarm_active(&scope, &change.name).await.map(drop)
            }
            Ok(_) => Ok(()),
            // Some changes were missed: look at all of them.
            Err(broadcast::error::RecvError::Lagged(_)) => check.poll().await.map(drop),
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if let Err(error) = told {
            tracing::warn!(%error, "left to the alarm poll");
        }
    }
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn tick(ticks: &mut tokio::time::Interval, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = ticks.tick() => true,
        _ = stop.changed() => false,
    }
}
