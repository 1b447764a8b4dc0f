//! Which hosts are started next, and when a shard is over.

use std::ops::Range;

use super::board::{Board, Counts, ShardEnd, Stopping};
use super::cell::Cell;
use super::expire::order;
use super::grant::Grant;
use super::room::Room;
use super::roster::Roster;
use super::rule::FleetRule;
use super::words;
use crate::deployment::{ErrorCode, Verdict};
use crate::time::Timestamp;

/// Takes the shard as far as it can go: starts what may be started, passes from zone to zone, ends.
pub(super) fn settle(rule: &FleetRule, roster: &Roster, next: &mut Board, wave: u32, now: Timestamp) {
    let zones = rule.zones(roster);
    while next.stopping.is_none() {
        if next.granted.is_none() || next.monitor_until.is_some_and(|until| now < until) {
            return;
        }
        if next.monitor_until.take().is_some() {
            next.zone += 1;
        }
        let Some(zone) = zones.get(usize::from(next.zone)) else { break };
        start(rule, roster, next, zone, wave, now);
        if let Some(stuck) = stuck(rule, roster, next, &zones) {
            stop(next, stuck);
        } else if next.cells[zone.clone()].iter().any(|cell| !cell.is_final()) {
            return;
        } else if zone_failed(rule, next, zone) {
            stop(next, Stopping::Zone { zone: next.zone });
        } else if usize::from(next.zone) + 1 < zones.len() {
            next.monitor_until = rule.turns().map(|zonal| now.plus_ms(zonal.wait_ms(next.zone)));
        } else {
            break;
        }
    }
    if next.in_flight.is_empty() {
        conclude(rule, roster, next, &zones, now);
    }
}

/// No more hosts are started: those that wait are skipped. The first reason stands.
pub(super) fn stop(next: &mut Board, why: Stopping) {
    next.stopping.get_or_insert(why);
    next.monitor_until = None;
    for cell in next.cells.iter_mut().filter(|cell| **cell == Cell::Waiting) {
        *cell = Cell::Skipped;
    }
}

/// Starts hosts of the zone in roster order for as long as fleet and zone both have a place.
fn start(
    rule: &FleetRule,
    roster: &Roster,
    next: &mut Board,
    zone: &Range<usize>,
    wave: u32,
    now: Timestamp,
) {
    let mut fleet = Room::now(roster, next, 0..roster.hosts.len(), next.grant());
    let mut local = Room::now(roster, next, zone.clone(), zone_allowance(rule, zone));
    for place in zone.clone() {
        if next.cells[place] != Cell::Waiting {
            continue;
        }
        let host = &roster.hosts[place];
        if !fleet.has_place(host.class) || !local.has_place(host.class) {
            return;
        }
        fleet = fleet.with_one_more(host.class);
        local = local.with_one_more(host.class);
        order(rule, next, place as u16, host, 1, wave, now);
    }
}

/// Whether hosts wait and the next of them could not be started even if all in flight succeed and the shard had the
/// whole fleet's grant (behaviour: minimum healthy hosts rule 4). A small grant alone ends nothing, and one shard of many
/// does not know: its purse does.
fn stuck(rule: &FleetRule, roster: &Roster, next: &Board, zones: &[Range<usize>]) -> Option<Stopping> {
    if rule.is_divided() {
        return None;
    }
    let first = next.cells.iter().position(|cell| *cell == Cell::Waiting)?;
    let class = roster.hosts[first].class;
    let place = zones.iter().position(|zone| zone.contains(&first))?;
    let fleet = Room::now(roster, next, 0..roster.hosts.len(), Grant::whole(rule)).at_best();
    let local = Room::now(roster, next, zones[place].clone(), zone_allowance(rule, &zones[place])).at_best();
    if !fleet.has_place(class) {
        return Some(Stopping::Constraints);
    }
    (!local.has_place(class)).then_some(Stopping::Zone { zone: place as u16 })
}

/// A zone is judged like a fleet: its minimum must have succeeded, and at least one host.
fn zone_failed(rule: &FleetRule, next: &Board, zone: &Range<usize>) -> bool {
    let Some(zonal) = rule.turns() else { return false };
    let succeeded = next.cells[zone.clone()].iter().filter(|cell| **cell == Cell::Succeeded).count();
    succeeded < zonal.minimum(zone.len() as u32).max(1) as usize
}

fn zone_allowance(rule: &FleetRule, zone: &Range<usize>) -> Grant {
    Grant::of(rule.turns().map_or(u32::MAX, |zonal| zonal.allowance(zone.len() as u32)))
}

/// The final test: as many as must stay healthy have succeeded, and at least one (rule 5).
fn conclude(rule: &FleetRule, roster: &Roster, next: &mut Board, zones: &[Range<usize>], now: Timestamp) {
    let counts = next.counts();
    // One of many has tried its hosts: whether enough succeeded in the fleet is for the purse to say.
    let enough = rule.is_divided() || counts.succeeded >= rule.must_succeed();
    let zone = |place: u16| {
        let hosts = zones.get(usize::from(place)).cloned().unwrap_or_default();
        let failed = next.cells[hosts.clone()].iter().filter(|cell| cell.has_failed()).count();
        let name = words::zone_name(roster, hosts.start);
        words::zone_failed(rule, &name, (hosts.len() as u32, failed as u32, counts.skipped))
    };
    let why = (next.stopping, next.withdrawn.as_deref());
    let (verdict, code, message) = judged(rule, why, enough, counts, zone);
    next.end = Some(ShardEnd { verdict, code, message, at: now });
}

/// How a fleet ended, or the lone shard of one, if it was stopped and withdrawn for these reasons. `zone` says how it went
/// in the zone at that place.
pub(super) fn judged(
    rule: &FleetRule,
    (stopping, withdrawn): (Option<Stopping>, Option<&str>),
    enough: bool,
    counts: Counts,
    zone: impl Fn(u16) -> String,
) -> (Verdict, Option<ErrorCode>, Option<String>) {
    let failed = |message| (Verdict::Failed, Some(ErrorCode::HealthConstraints), Some(message));
    match stopping {
        None if enough => (Verdict::Succeeded, None, None),
        Some(Stopping::Withdrawn) => (Verdict::Stopped, None, Some(words::withdrawn(withdrawn, counts))),
        None | Some(Stopping::Constraints) => failed(words::constraints(rule, counts)),
        Some(Stopping::Zone { zone: place }) => failed(zone(place)),
    }
}
