//! Facts from outside. They never interrupt an act: they are recorded, and the timer is set anew.

use super::settle::settle;
use super::words::{alarm_message, unreadable_message};
use crate::deployment::{Cause, Deployment, Ending, ErrorCode, HookAnswer, Phase, Verdict};
use crate::event::{Event, HookStatus, Why};
use crate::mark::MarkKind;
use crate::plan::{Plan, Step};
use crate::time::Timestamp;

pub(super) fn signal(plan: &Plan, next: &mut Deployment, event: &Event, now: Timestamp) -> Result<(), Why> {
    match event {
        Event::HookReported { execution_id, status } => {
            hook_reported(plan, next, execution_id, *status, now)?
        }
        Event::StopRequested { rollback } => {
            let ending = Ending {
                verdict: Verdict::Stopped,
                code: ErrorCode::ManualStop,
                message: "The deployment was stopped by request.".to_owned(),
                cause: Cause::Request,
                at: now,
                rollback: *rollback,
            };
            demand_end(plan, next, MarkKind::StopRequested, ending, now)?;
        }
        Event::AlarmActive { name } => {
            if !plan.alarms.names.contains(name) {
                return Err(Why::NotWatched);
            }
            demand_end(plan, next, MarkKind::AlarmActive, alarm_ending(alarm_message(name), now), now)?;
        }
        Event::AlarmsUnreadable { message } => {
            if plan.alarms.names.is_empty() || plan.alarms.ignore_poll_failure {
                return Err(Why::NotWatched);
            }
            demand_end(
                plan,
                next,
                MarkKind::AlarmsUnreadable,
                alarm_ending(unreadable_message(message), now),
                now,
            )?;
        }
        Event::AbandonRequested { by } => {
            if !next.unsettled(plan) || next.signals.abandoned_by.is_some() {
                return Err(Why::NothingToAbandon);
            }
            next.signals.abandoned_by = Some(by.clone());
        }
        Event::FleetOver => {
            let open = next.fleet_open();
            let fleet = next.fleet.as_mut().filter(|fleet| open && !fleet.calls).ok_or(Why::NoFleetAtWork)?;
            fleet.calls = true;
        }
        Event::Wake { .. } | Event::Acted { .. } => return Err(Why::StaleEpoch),
    }
    turn(plan, next, now);
    Ok(())
}

/// What happens to the phase after a recorded fact. Under a claim nothing does: the claim's end decides.
fn turn(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    match next.phase {
        Phase::Acting { lease_until, .. } => next.wake_at = Some(lease_until),
        Phase::Ready | Phase::Awaiting { .. } | Phase::Baking { .. } | Phase::Watching { .. } => {
            settle(plan, next, now)
        }
        Phase::Closing { .. } | Phase::Done { .. } => {}
    }
}

fn alarm_ending(message: String, now: Timestamp) -> Ending {
    Ending {
        verdict: Verdict::Stopped,
        code: ErrorCode::AlarmActive,
        message,
        cause: Cause::Alarm,
        at: now,
        rollback: None,
    }
}

/// Too late once it is ending, or once all its steps are done and it only puts back.
fn demand_end(
    plan: &Plan,
    next: &mut Deployment,
    kind: MarkKind,
    ending: Ending,
    now: Timestamp,
) -> Result<(), Why> {
    if next.is_leaving(plan) || next.signals.end.is_some() || matches!(next.phase, Phase::Closing { .. }) {
        return Err(Why::AlreadyEnding);
    }
    next.mark(now, kind, Some(ending.message.clone()));
    next.signals.end = Some(ending);
    Ok(())
}

/// The first answer counts. One for an event that is over, or that was never handed out, has no effect.
fn hook_reported(
    plan: &Plan,
    next: &mut Deployment,
    execution: &str,
    status: HookStatus,
    now: Timestamp,
) -> Result<(), Why> {
    let place = plan
        .steps
        .iter()
        .position(|s| matches!(s, Step::Hook { execution_id, .. } if execution_id == execution))
        .ok_or(Why::UnknownExecution)?;
    let cursor = usize::from(next.cursor);
    if next.ending.is_some() {
        return Err(Why::AlreadyEnding);
    }
    if place < cursor || next.hook_answer(plan).is_some() {
        return Err(Why::AlreadyAnswered);
    }
    let handed_out = matches!(next.phase, Phase::Acting { .. } | Phase::Awaiting { .. }) || next.tries > 0;
    if place > cursor || !handed_out {
        return Err(Why::UnknownExecution);
    }
    next.signals.hook = Some(HookAnswer { execution_id: execution.to_owned(), status });
    next.mark(now, MarkKind::HookAnswered, Some(format!("{status:?}")));
    Ok(())
}
