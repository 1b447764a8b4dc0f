//! What hosts report.

use super::accept::{Accept, may_begin};
use super::board::Board;
use super::cell::Cell;
use super::event::{Report, Told, Why};
use super::rule::FleetRule;
use crate::limits::BEAT_GRAIN_MS;
use crate::time::Timestamp;

/// Takes a batch. Inside it a host's question comes before its beats and these before its final report, in whatever
/// order they came; of two final reports the first counts.
pub(super) fn take(
    rule: &FleetRule,
    next: &mut Board,
    reports: &[Report],
    now: Timestamp,
) -> Result<(), Why> {
    let mut sorted: Vec<&Report> = reports.iter().collect();
    sorted.sort_by_key(|report| (report.index, rank(&report.what)));
    let mut ignored = 0;
    for report in &sorted {
        if !hear(rule, next, report, now) {
            ignored += 1;
        }
    }
    if ignored as usize == sorted.len() {
        return Err(Why::NothingNew);
    }
    next.ignored = next.ignored.saturating_add(ignored);
    Ok(())
}

fn rank(what: &Told) -> u8 {
    match what {
        Told::Busy => 0,
        Told::Asked => 1,
        Told::Beat { .. } => 2,
        Told::Final { .. } => 3,
    }
}

/// Takes one report; whether it changed anything. Only a host with an order of that attempt is heard, so a final
/// report ends it and whatever comes later is ignored.
fn hear(rule: &FleetRule, next: &mut Board, report: &Report, now: Timestamp) -> bool {
    let index = report.index;
    let answer = may_begin(next, index, report.attempt, now);
    let beat_by = next.secs(now.plus_ms(rule.heartbeat_ms));
    let ends_by = next.secs(now.plus_ms(rule.order_ms));
    let Some(cell) = next.cell(index) else { return false };
    let Some(flight) = next.in_flight.get_mut(&index) else { return false };
    if flight.attempt != report.attempt {
        return false;
    }
    let grain = (BEAT_GRAIN_MS / 1000) as u32;
    match (&report.what, cell) {
        // Still not accepted: a withdrawal or the end of its time finds it as if it had said nothing.
        (Told::Busy, Cell::Ordered) => {
            return next.withdrawn.is_none() && flight.wait(beat_by, ends_by, grain);
        }
        (Told::Asked, Cell::Ordered) if answer == Accept::Granted => flight.begin(beat_by, ends_by),
        // It is told that it may not begin, so nothing is left to wait for.
        (Told::Asked, Cell::Ordered) if next.withdrawn.is_some() => next.land(index, Cell::Skipped, None),
        // It runs, whatever else is known: it must be waited for.
        (Told::Beat { event }, Cell::Ordered) => {
            flight.begin(beat_by, ends_by);
            flight.event = *event;
        }
        (Told::Beat { event }, Cell::Running) => {
            let due = beat_by.min(flight.ends_secs);
            let further = (*event).max(flight.event);
            let moved = due.saturating_sub(flight.due_secs) >= grain;
            if !moved && further == flight.event {
                return false;
            }
            flight.due_secs = due.max(flight.due_secs);
            flight.event = further;
        }
        (Told::Final { ok: true, .. }, _) => next.land(index, Cell::Succeeded, None),
        (Told::Final { ok: false, failed_event }, _) => {
            let at = failed_event.or(flight.event);
            next.land(index, Cell::Failed, at);
        }
        _ => return false,
    }
    if next.in_flight.contains_key(&index) {
        next.cells[usize::from(index)] = Cell::Running;
    }
    true
}
