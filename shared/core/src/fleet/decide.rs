//! `decide_shard()`: the only place where a scoreboard changes.
//!
//! Whatever is heard is taken first, then deadlines that have passed, then the shard goes as far as it can. So a report
//! that comes with the deadline's wake still counts.

use super::board::{Board, Stopping};
use super::event::{ShardDecision, ShardEvent, Why};
use super::expire::expire;
use super::intake::take;
use super::roster::Roster;
use super::rule::FleetRule;
use super::schedule::{settle, stop};
use crate::limits::GRANT_WAIT_MS;
use crate::mark::DETAIL_BYTES;
use crate::time::Timestamp;

/// What this event makes of this shard.
pub fn decide_shard(
    rule: &FleetRule,
    roster: &Roster,
    board: &Board,
    event: &ShardEvent,
    now: Timestamp,
) -> ShardDecision {
    if board.end.is_some() {
        return ShardDecision::Ignore(Why::Over);
    }
    if roster.hosts.len() != board.cells.len() {
        return ShardDecision::Ignore(Why::OtherRoster);
    }
    let mut next = board.clone();
    let heard = match event {
        ShardEvent::Wake { epoch } if *epoch != board.epoch => Err(Why::StaleEpoch),
        ShardEvent::Wake { .. } => match board.wake_at {
            Some(at) if now < at => return ShardDecision::Later(at),
            _ => Ok(()),
        },
        ShardEvent::Begin { granted } => begin(&mut next, *granted),
        ShardEvent::Granted { granted } => grant(&mut next, *granted),
        ShardEvent::Reports { reports } => take(rule, &mut next, reports, now),
        ShardEvent::WithdrawAll { why } => withdraw(&mut next, why),
    };
    if let Err(why) = heard {
        return ShardDecision::Ignore(why);
    }
    let wave = board.wave.saturating_add(1);
    expire(rule, roster, &mut next, wave, now);
    settle(rule, roster, &mut next, wave, now);
    next.epoch = board.epoch + 1;
    next.wake_at = timer(&next, now);
    ShardDecision::Commit(Box::new(next))
}

fn begin(next: &mut Board, granted: u32) -> Result<(), Why> {
    if next.granted.is_some() {
        return Err(Why::AlreadyBegun);
    }
    next.granted = Some(granted);
    Ok(())
}

fn grant(next: &mut Board, granted: u32) -> Result<(), Why> {
    match next.granted {
        None => Err(Why::NotBegun),
        Some(held) if held == granted => Err(Why::SameGrant),
        Some(_) => {
            next.granted = Some(granted);
            Ok(())
        }
    }
}

fn withdraw(next: &mut Board, why: &str) -> Result<(), Why> {
    if next.withdrawn.is_some() {
        return Err(Why::AlreadyWithdrawn);
    }
    let mut why = why.to_owned();
    why.truncate(why.floor_char_boundary(DETAIL_BYTES));
    next.withdrawn = Some(why);
    stop(next, Stopping::Withdrawn);
    Ok(())
}

/// The earliest instant at which something is to be done although nothing is heard; none once over.
fn timer(next: &Board, now: Timestamp) -> Option<Timestamp> {
    if next.end.is_some() {
        return None;
    }
    let flights = next.in_flight.values().map(|flight| next.instant(flight.due_secs));
    // Neither in flight nor watched: only another grant can move it.
    flights.chain(next.monitor_until).min().or(Some(now.plus_ms(GRANT_WAIT_MS)))
}
