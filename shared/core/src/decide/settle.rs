//! Where a deployment goes once something is over: the next step, a wait, the undo, or its end.

use crate::deployment::{Cause, Deployment, Ending, ErrorCode, Phase, Verdict};
use crate::event::HookStatus;
use crate::ledger::Fate;
use crate::lifecycle::EventStatus;
use crate::limits::MESSAGE_BYTES;
use crate::mark::MarkKind;
use crate::plan::{Plan, Step};
use crate::scaling::Stand;
use crate::time::Timestamp;

/// Records that the deployment ends so; the first end stands.
pub(super) fn end(
    next: &mut Deployment,
    verdict: Verdict,
    code: ErrorCode,
    message: String,
    cause: Cause,
    now: Timestamp,
) {
    if next.ending.is_none() && next.signals.end.is_none() {
        next.signals.end = Some(Ending { verdict, code, message, cause, at: now, rollback: None });
    }
}

/// Finds the next place to stand and sets phase and timer accordingly. Every path ends in Ready, Baking,
/// Awaiting or Closing, each with a timer.
pub(super) fn settle(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    loop {
        if next.ending.is_none()
            && let Some(mut ending) = next.signals.end.take()
        {
            ending.message.truncate(ending.message.floor_char_boundary(MESSAGE_BYTES));
            next.mark(now, MarkKind::Ending, Some(ending.message.clone()));
            fail_events(next, &ending.message, now);
            next.ending = Some(ending);
            next.tries = 0;
        }
        if let Some(ending) = &next.ending {
            let verdict = ending.verdict;
            if next.signals.abandoned_by.is_some() {
                abandon(next, now);
            }
            return if next.unsettled(plan) { ready(next, now) } else { closing(next, verdict, now) };
        }
        if next.signals.abandoned_by.is_some() && next.unsettled(plan) {
            abandon(next, now);
        }
        match plan.step(next.cursor) {
            None => {
                pass_events(plan, next, now);
                if next.unsettled(plan) {
                    return ready(next, now);
                }
                return closing(next, Verdict::Succeeded, now);
            }
            Some(Step::Bake { span_ms }) => {
                let until = now.plus_ms(*span_ms);
                next.phase = Phase::Baking { until };
                next.wake_at = Some(until);
                next.tries = 0;
                next.mark(now, MarkKind::Baking, None);
                return pass_events(plan, next, now);
            }
            Some(Step::Hook { event, function, .. }) => match next.hook_answer(plan) {
                Some(HookStatus::Succeeded) => {
                    next.signals.hook = None;
                    step_done(next, now);
                }
                Some(HookStatus::Failed) => {
                    let message = format!(
                        "The lifecycle event hook {} (function {function}) reported Failed.",
                        event.as_str()
                    );
                    next.signals.hook = None;
                    end(next, Verdict::Failed, ErrorCode::HookExecutionFailure, message, Cause::Failure, now);
                }
                None => break,
            },
            Some(Step::Fail { code, message }) => {
                next.started_at.get_or_insert(now);
                end(next, Verdict::Failed, *code, message.clone(), Cause::Failure, now);
            }
            Some(_) => break,
        }
    }
    pass_events(plan, next, now);
    ready(next, now);
}

/// The step at the cursor is done. A doubt stays until the next claim: a hook may answer while another try of its
/// invocation has yet to land.
pub(super) fn step_done(next: &mut Deployment, now: Timestamp) {
    next.mark(now, MarkKind::StepDone, None);
    next.cursor += 1;
    next.tries = 0;
}

/// Not before the last act's calls have landed for certain.
pub(super) fn undoubted(next: &Deployment, at: Timestamp) -> Timestamp {
    next.doubt_until.map_or(at, |until| until.max(at))
}

fn ready(next: &mut Deployment, now: Timestamp) {
    next.phase = Phase::Ready;
    next.wake_at = Some(undoubted(next, now));
}

fn closing(next: &mut Deployment, verdict: Verdict, now: Timestamp) {
    next.phase = Phase::Closing { verdict };
    next.wake_at = Some(undoubted(next, now));
    next.tries = 0;
    next.mark(now, MarkKind::Closing, None);
}

fn abandon(next: &mut Deployment, now: Timestamp) {
    let mut left: Vec<String> = next
        .ledger
        .iter()
        .filter(|e| e.fate == Fate::Open && e.may_differ())
        .map(|e| format!("{} last seen at {}, before it was {}", e.resource, e.confirmed, e.before))
        .collect();
    for entry in next.ledger.iter_mut().filter(|e| e.fate == Fate::Open && e.may_differ()) {
        entry.fate = Fate::Abandoned;
    }
    if next.fleet_open()
        && let Some(fleet) = &mut next.fleet
    {
        fleet.closed = true;
        left.push("hosts that have begun".to_owned());
    }
    for one in next.suspensions.iter_mut().filter(|one| one.is_open()) {
        one.stand = Stand::Abandoned;
        left.push(format!("{}, perhaps suspended", one.ours));
    }
    let by = next.signals.abandoned_by.clone().unwrap_or_default();
    next.mark(now, MarkKind::Abandoned, Some(format!("by {by}; left: {}", left.join("; "))));
}

/// The event at the cursor begins.
pub(super) fn begin_events(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    if next.ending.is_some() {
        return;
    }
    if let Some(event) = plan.event_at(next.cursor)
        && let Some(record) =
            next.events.iter_mut().find(|r| r.event == event && r.status == EventStatus::Pending)
    {
        record.status = EventStatus::InProgress;
        record.started_at = Some(now);
    }
}

/// The events before the cursor are over.
fn pass_events(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    let over = plan.events_over(next.cursor);
    for record in next.events.iter_mut().take(over).filter(|r| !r.status.is_final()) {
        record.status = EventStatus::Succeeded;
        record.started_at.get_or_insert(now);
        record.ended_at = Some(now);
    }
}

/// The first event that is not over failed, and the rest never run (behaviour: lifecycle events).
fn fail_events(next: &mut Deployment, message: &str, now: Timestamp) {
    let mut failed = false;
    for record in next.events.iter_mut().filter(|r| !r.status.is_final()) {
        record.status = if failed { EventStatus::Skipped } else { EventStatus::Failed };
        if !failed {
            record.started_at.get_or_insert(now);
            record.message = Some(message.to_owned());
        }
        record.ended_at = Some(now);
        failed = true;
    }
}
