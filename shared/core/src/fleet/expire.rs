//! Deadlines that have passed.

use super::board::{Board, Flight};
use super::cell::Cell;
use super::roster::{Roster, RosterHost};
use super::rule::FleetRule;
use crate::time::Timestamp;

/// Gives up hosts whose time is up. An order that nobody accepted is sent once more as a new attempt, unless the
/// shard is stopping; a withdrawn one leaves its host untouched.
pub(super) fn expire(rule: &FleetRule, roster: &Roster, next: &mut Board, wave: u32, now: Timestamp) {
    let overdue: Vec<u16> = next
        .in_flight
        .iter()
        .filter(|(_, flight)| now >= next.instant(flight.due_secs))
        .map(|(index, _)| *index)
        .collect();
    for index in overdue {
        let (Some(flight), Some(cell)) = (next.in_flight.get(&index).cloned(), next.cell(index)) else {
            continue;
        };
        let host = roster.hosts.get(usize::from(index));
        match (cell, host) {
            (Cell::Running, _) if now >= next.instant(flight.ends_secs) => {
                next.land(index, Cell::TimedOut, flight.event);
            }
            (Cell::Running, _) => next.land(index, Cell::Lost, flight.event),
            _ if next.withdrawn.is_some() => next.land(index, Cell::Skipped, None),
            (_, Some(host)) if next.stopping.is_none() && flight.attempt < rule.orders_per_host => {
                order(rule, next, index, host, flight.attempt + 1, wave, now);
            }
            _ => next.land(index, Cell::Offline, None),
        }
    }
}

/// Nobody was heard for a while, which is not the hosts' fault: those whose time is up get as much as between two
/// heartbeats that may be missed. Whoever is silent even then is given up.
pub(super) fn spare(rule: &FleetRule, next: &mut Board, now: Timestamp) {
    let (at, until) = (next.secs(now), next.secs(now.plus_ms(rule.heartbeat_ms)));
    for flight in next.in_flight.values_mut().filter(|flight| flight.due_secs <= at) {
        flight.spare(until);
    }
}

/// Orders a host.
pub(super) fn order(
    rule: &FleetRule,
    next: &mut Board,
    index: u16,
    host: &RosterHost,
    attempt: u16,
    wave: u32,
    now: Timestamp,
) {
    let due_secs = next.secs(now.plus_ms(rule.accept_span_ms(host)));
    next.cells[usize::from(index)] = Cell::Ordered;
    next.in_flight.insert(index, Flight { attempt, wave, due_secs, ends_secs: due_secs, event: None });
    next.wave = wave;
}
