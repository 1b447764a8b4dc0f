//! `decide_shard()`: the only place where a scoreboard changes.
//!
//! Whatever is heard is taken first, then deadlines that have passed, then the shard goes as far as it can. So a report
//! that comes with the deadline's wake still counts.

use super::board::{Board, Stopping};
use super::event::{ShardDecision, ShardEvent, Why};
use super::expire::{expire, spare};
use super::grant::Grant;
use super::intake::take;
use super::roster::Roster;
use super::rule::FleetRule;
use super::schedule::{settle, stop};
use crate::limits::{GRANT_WAIT_MS, UNHEARD_MS};
use crate::mark::shortened;
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
    let unheard = was_unheard(board, now);
    if unheard {
        spare(rule, &mut next, now);
    }
    let heard = match event {
        ShardEvent::Wake { epoch } if *epoch != board.epoch => Err(Why::StaleEpoch),
        ShardEvent::Wake { .. } => match board.wake_at {
            Some(at) if now < at => return ShardDecision::Later(at),
            _ => Ok(()),
        },
        ShardEvent::Granted { grant } => granted(&mut next, *grant),
        ShardEvent::Reports { reports } => take(rule, &mut next, reports, now),
        ShardEvent::Stop { why } => stopped(&mut next, *why),
        ShardEvent::WithdrawAll { why } => withdraw(&mut next, why),
    };
    if let Err(why) = heard {
        return ShardDecision::Ignore(why);
    }
    let wave = board.wave.saturating_add(1);
    if !unheard {
        expire(rule, roster, &mut next, wave, now);
    }
    settle(rule, roster, &mut next, wave, now);
    next.epoch = board.epoch + 1;
    next.wake_at = timer(&next, now);
    ShardDecision::Commit(Box::new(next))
}

/// Whether the service was away when the timer was due, so that nobody can have been heard.
fn was_unheard(board: &Board, now: Timestamp) -> bool {
    board.wake_at.is_some_and(|due| now.ms_since(due) > UNHEARD_MS)
}

/// Grants only grow: one that comes late or twice changes nothing.
fn granted(next: &mut Board, grant: Grant) -> Result<(), Why> {
    let larger = next.grant().max(grant);
    if next.granted == Some(larger) {
        return Err(Why::SameGrant);
    }
    next.granted = Some(larger);
    Ok(())
}

fn stopped(next: &mut Board, why: Stopping) -> Result<(), Why> {
    if next.stopping.is_some() {
        return Err(Why::AlreadyStopping);
    }
    stop(next, why);
    Ok(())
}

fn withdraw(next: &mut Board, why: &str) -> Result<(), Why> {
    if next.withdrawn.is_some() {
        return Err(Why::AlreadyWithdrawn);
    }
    next.withdrawn = Some(shortened(why).to_owned());
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
