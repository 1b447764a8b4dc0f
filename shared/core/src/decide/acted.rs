//! What an act brought.

use super::settle::{end, settle, step_done, undoubted};
use super::words::{alarm_message, elsewhere_message, unreadable_message};
use super::{fleet, scaling};
use crate::act::Outcome;
use crate::alias::AliasState;
use crate::deployment::{Cause, Deployment, Ending, ErrorCode, Phase, Verdict};
use crate::event::Why;
use crate::ledger::{Fate, LedgerEntry};
use crate::limits::{ALARM_READ_PAUSE_MS, ALARM_READ_TRIES, FORWARD_TRIES, backoff_ms};
use crate::mark::{MarkKind, UNANSWERED};
use crate::plan::{Plan, Step};
use crate::time::Timestamp;

pub(super) fn acted(
    plan: &Plan,
    next: &mut Deployment,
    token: u64,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), Why> {
    let lease_until = match next.phase {
        Phase::Acting { token: held, lease_until } if held == token => lease_until,
        _ => return Err(Why::StaleClaim),
    };
    if matches!(outcome, Outcome::InDoubt { .. }) {
        next.doubt_until = Some(lease_until);
    }
    match next.to_undo() {
        Some(place) => undone(plan, next, place, outcome, now),
        None if next.resumes(plan) => scaling::resumed(plan, next, outcome, now),
        None if next.ending.is_some() => fleet::withdrawn(plan, next, outcome, now),
        None => stepped(plan, next, outcome, now),
    }
    Ok(())
}

/// An undo came back. Only success, a foreign hand or a resource that is gone end it; everything else is
/// tried again for as long as it takes.
fn undone(plan: &Plan, next: &mut Deployment, place: usize, outcome: &Outcome, now: Timestamp) {
    let entry = &mut next.ledger[place];
    let resource = entry.resource.to_string();
    match outcome {
        Outcome::AliasSet => {
            entry.confirm(entry.before.clone());
            entry.fate = Fate::Undone;
            next.mark(now, MarkKind::Undone, Some(resource));
        }
        Outcome::Gone { what } => {
            entry.fate = Fate::Gone;
            next.mark(now, MarkKind::Undone, Some(format!("{what} is gone")));
        }
        Outcome::Foreign { observed } => yield_to(next, place, observed, now),
        Outcome::Retry { message } | Outcome::Denied { message } | Outcome::Refused { message } => {
            return retry(plan, next, message, now);
        }
        Outcome::InDoubt { message } => return retry(plan, next, &unanswered(message), now),
        other => return retry(plan, next, &format!("unexpected answer to an undo: {other:?}"), now),
    }
    next.tries = 0;
    settle(plan, next, now);
}

/// A forward step's act came back.
fn stepped(plan: &Plan, next: &mut Deployment, outcome: &Outcome, now: Timestamp) {
    let Some(step) = plan.step(next.cursor) else { return settle(plan, next, now) };
    // A hook that has answered was invoked, whatever this worker heard of it.
    if next.hook_answer(plan).is_some() {
        return settle(plan, next, now);
    }
    match (step, outcome) {
        (Step::ResolveTargets, Outcome::Resolved { observed }) => resolved(plan, next, observed, now),
        (Step::CheckAlarms, Outcome::AlarmsRead { red }) if red.is_empty() => step_done(next, now),
        (Step::CheckAlarms, Outcome::AlarmsRead { red }) => {
            end(
                next,
                Verdict::Stopped,
                ErrorCode::AlarmActive,
                alarm_message(&red.join(", ")),
                Cause::Alarm,
                now,
            );
        }
        (
            Step::CheckAlarms,
            Outcome::Retry { message } | Outcome::Denied { message } | Outcome::Refused { message },
        ) if next.tries + 1 >= ALARM_READ_TRIES => {
            next.mark(now, MarkKind::AlarmsUnreadable, Some(message.clone()));
            if plan.alarms.ignore_poll_failure {
                step_done(next, now);
            } else {
                end(
                    next,
                    Verdict::Stopped,
                    ErrorCode::AlarmActive,
                    unreadable_message(message),
                    Cause::Alarm,
                    now,
                );
            }
        }
        (Step::CheckAlarms, Outcome::Denied { message } | Outcome::Refused { message }) => {
            return retry(plan, next, message, now);
        }
        (Step::Hook { timeout_ms, .. }, Outcome::HookInvoked) => {
            next.mark(now, MarkKind::HookInvoked, None);
            if next.signals.end.is_none() {
                let until = now.plus_ms(*timeout_ms);
                next.phase = Phase::Awaiting { until };
                next.wake_at = Some(until);
                next.tries = 0;
                return;
            }
        }
        (
            Step::Hook { event, function, .. },
            Outcome::Denied { message } | Outcome::Refused { message } | Outcome::Gone { what: message },
        ) => {
            let message = format!(
                "The lifecycle event hook {} (function {function}) cannot be invoked: {message}.",
                event.as_str()
            );
            end(next, Verdict::Failed, ErrorCode::HookExecutionFailure, message, Cause::Failure, now);
        }
        (Step::Shift { percent }, Outcome::AliasSet) => {
            let set = AliasState::shifted(&plan.shift.current, &plan.shift.target, *percent);
            next.ledger[0].confirm(set);
            step_done(next, now);
        }
        (Step::Verify, Outcome::Verified) => step_done(next, now),
        (Step::ResolveFleet, Outcome::Fleet { seen }) => fleet::resolved(next, seen, now),
        (Step::RunFleet, Outcome::Fleet { seen }) => {
            if fleet::looked_at(plan, next, seen, now) {
                return;
            }
        }
        (Step::LookAgain, outcome) => {
            if fleet::looked_again(plan, next, outcome, now) {
                return;
            }
        }
        (Step::LookAtProcesses, Outcome::Processes { suspended, .. }) => {
            scaling::looked_at(plan, next, suspended, now);
        }
        (Step::SuspendProcesses, Outcome::Processes { suspended, .. }) => {
            scaling::suspended(next, suspended, now);
        }
        (_, Outcome::NoFleet { code, message }) => {
            end(next, Verdict::Failed, *code, message.clone(), Cause::Failure, now);
        }
        (_, Outcome::Foreign { observed }) => foreign(plan, next, observed, now),
        (_, Outcome::Gone { what }) => {
            let message = format!("{what} does not exist.");
            end(next, Verdict::Failed, ErrorCode::InvalidLambdaFunction, message, Cause::Failure, now);
        }
        (_, Outcome::Denied { message }) => {
            end(next, Verdict::Failed, ErrorCode::IamRolePermissions, message.clone(), Cause::Failure, now);
        }
        (_, Outcome::Refused { message }) => {
            end(
                next,
                Verdict::Failed,
                ErrorCode::InvalidLambdaConfiguration,
                message.clone(),
                Cause::Failure,
                now,
            );
        }
        (_, Outcome::Retry { message }) if next.tries + 1 < FORWARD_TRIES => {
            return retry(plan, next, message, now);
        }
        (_, Outcome::InDoubt { message }) if next.tries + 1 < FORWARD_TRIES => {
            return retry(plan, next, &unanswered(message), now);
        }
        (_, Outcome::Retry { message } | Outcome::InDoubt { message }) => {
            let message = format!("Gave up after {FORWARD_TRIES} tries: {message}");
            end(next, Verdict::Failed, ErrorCode::Throttled, message, Cause::Failure, now);
        }
        (_, other) => return retry(plan, next, &format!("unexpected answer: {other:?}"), now),
    }
    settle(plan, next, now);
}

/// The alias must name the current version and carry no weights (behaviour: Lambda, at start).
fn resolved(plan: &Plan, next: &mut Deployment, observed: &AliasState, now: Timestamp) {
    let wanted = AliasState::whole(&plan.shift.current);
    if *observed == wanted {
        next.ledger = vec![LedgerEntry::new(plan.shift.alias.clone(), observed.clone())];
        return step_done(next, now);
    }
    let message = elsewhere_message(&plan.shift.alias, &wanted, observed);
    end(next, Verdict::Failed, ErrorCode::InvalidLambdaConfiguration, message, Cause::Failure, now);
}

fn foreign(plan: &Plan, next: &mut Deployment, observed: &AliasState, now: Timestamp) {
    if next.ledger.is_empty() {
        let message = format!(
            "The alias {} must be at {}, but it is at {observed}.",
            plan.shift.alias,
            AliasState::whole(&plan.shift.target)
        );
        return end(
            next,
            Verdict::Failed,
            ErrorCode::InvalidLambdaConfiguration,
            message,
            Cause::Failure,
            now,
        );
    }
    yield_to(next, 0, observed, now);
}

/// Somebody else wrote the resource: it is theirs, nothing is overwritten, and the deployment failed
/// whatever it was about to become.
fn yield_to(next: &mut Deployment, place: usize, observed: &AliasState, now: Timestamp) {
    let entry = &mut next.ledger[place];
    let expected: Vec<String> = entry.ours().iter().map(ToString::to_string).collect();
    let message = format!(
        "The alias {} was changed by somebody else: expected {}, observed {observed}. It is left as it is.",
        entry.resource,
        expected.join(" or ")
    );
    entry.fate = Fate::Yielded { observed: observed.clone() };
    next.mark(now, MarkKind::Yielded, Some(message.clone()));
    let earlier = next.ending.take().or_else(|| next.signals.end.take());
    let message = match &earlier {
        Some(first) => format!("{message} It was being undone because: {}", first.message),
        None => message,
    };
    next.signals.end = Some(Ending {
        verdict: Verdict::Failed,
        code: ErrorCode::InvalidLambdaConfiguration,
        message,
        cause: Cause::Failure,
        at: now,
        rollback: Some(false),
    });
}

/// What a try that may have been carried out says in the log.
pub(super) fn unanswered(message: &str) -> String {
    format!("{UNANSWERED}{message}")
}

/// Tries the same act again later.
pub(super) fn retry(plan: &Plan, next: &mut Deployment, message: &str, now: Timestamp) {
    next.tries = next.tries.saturating_add(1);
    next.mark(now, MarkKind::Retried, Some(message.to_owned()));
    let must_turn = next.signals.end.is_some() || next.signals.abandoned_by.is_some();
    if must_turn {
        return settle(plan, next, now);
    }
    let salt =
        next.id.as_str().bytes().fold(0_u64, |hash, b| hash.wrapping_mul(31).wrapping_add(u64::from(b)));
    let reading_alarms = next.ending.is_none() && plan.step(next.cursor) == Some(&Step::CheckAlarms);
    let least = if reading_alarms { ALARM_READ_PAUSE_MS } else { 0 };
    let pause = backoff_ms(next.tries - 1, next.is_leaving(plan), salt).max(least);
    next.phase = Phase::Ready;
    next.wake_at = Some(undoubted(next, now.plus_ms(pause)));
}
