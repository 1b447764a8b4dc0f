//! What was seen of a fleet, and what follows from it.

use super::acted::{retry, unanswered};
use super::settle::{end, settle, step_done, undoubted};
use crate::act::{FleetSeen, Outcome};
use crate::deployment::{Cause, Deployment, ErrorCode, FleetState, Phase, Verdict};
use crate::limits::{FLEET_LOOK_MS, FORWARD_TRIES};
use crate::mark::MarkKind;
use crate::plan::Plan;
use crate::time::Timestamp;

/// The hosts were looked up.
pub(super) fn resolved(next: &mut Deployment, seen: &FleetSeen, now: Timestamp) {
    next.fleet = Some(FleetState { hosts: seen.hosts, minimum: seen.minimum, ..FleetState::default() });
    step_done(next, now);
}

/// The roll-out was looked at. True if it goes on, so that there is nothing to settle yet.
pub(super) fn looked_at(plan: &Plan, next: &mut Deployment, seen: &FleetSeen, now: Timestamp) -> bool {
    let Some(over) = close(next, seen) else {
        watch(plan, next, now);
        return true;
    };
    if over.succeeded {
        step_done(next, now);
    } else {
        end(next, Verdict::Failed, ErrorCode::HealthConstraints, over.message, Cause::Failure, now);
    }
    false
}

/// Auto Scaling was asked for hosts that were launched meanwhile. True if it is asked again. The roll-out has succeeded
/// by then: that it cannot be asked is noted, and changes nothing else.
pub(super) fn looked_again(plan: &Plan, next: &mut Deployment, outcome: &Outcome, now: Timestamp) -> bool {
    match outcome {
        Outcome::Launched { hosts } => next.fleet.get_or_insert_default().launched = *hosts,
        Outcome::Retry { message } | Outcome::InDoubt { message } if next.tries + 1 < FORWARD_TRIES => {
            retry(plan, next, message, now);
            return true;
        }
        other => not_looked_again(next, &format!("{other:?}"), now),
    }
    step_done(next, now);
    false
}

/// Notes that hosts which were launched meanwhile are not known.
pub(super) fn not_looked_again(next: &mut Deployment, why: &str, now: Timestamp) {
    next.mark(now, MarkKind::Retried, Some(format!("hosts launched meanwhile are not known: {why}")));
}

/// An ending deployment has asked its fleet to stop: hosts that have begun come to their end. Like every undoing it
/// never gives up.
pub(super) fn withdrawn(plan: &Plan, next: &mut Deployment, outcome: &Outcome, now: Timestamp) {
    match outcome {
        Outcome::Fleet { seen } => match close(next, seen) {
            Some(over) => {
                next.mark(now, MarkKind::Withdrawn, Some(over.message));
                next.tries = 0;
                settle(plan, next, now);
            }
            None => watch(plan, next, now),
        },
        Outcome::InDoubt { message } => retry(plan, next, &unanswered(message), now),
        Outcome::Retry { message } | Outcome::Denied { message } | Outcome::Refused { message } => {
            retry(plan, next, message, now);
        }
        other => retry(plan, next, &format!("unexpected answer of a fleet: {other:?}"), now),
    }
}

fn close(next: &mut Deployment, seen: &FleetSeen) -> Option<crate::act::FleetOver> {
    let over = seen.over.clone()?;
    let fleet = next.fleet.get_or_insert_default();
    (fleet.closed, fleet.attempted, fleet.calls) = (true, over.attempted, false);
    Some(over)
}

/// Hosts are at work. They call when they are done; who calls is looked at now, the others after a while.
fn watch(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    next.tries = 0;
    let called = next.fleet.as_ref().is_some_and(|fleet| fleet.calls);
    if called || next.signals.end.is_some() || next.signals.abandoned_by.is_some() {
        return settle(plan, next, now);
    }
    let until = undoubted(next, now.plus_ms(FLEET_LOOK_MS));
    if !matches!(next.marks.last(), Some(mark) if mark.kind == MarkKind::Watching) {
        next.mark(now, MarkKind::Watching, None);
    }
    next.phase = Phase::Watching { until };
    next.wake_at = Some(until);
}
