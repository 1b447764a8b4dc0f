//! The timer of the current epoch is due.

use super::fleet;
use super::settle::{begin_events, end, settle, step_done};
use crate::act::{Act, FleetAsk};
use crate::deployment::{Cause, Deployment, ErrorCode, Phase, Verdict};
use crate::ledger::Fate;
use crate::limits::{FORWARD_TRIES, LEASE_MS};
use crate::mark::MarkKind;
use crate::plan::{Plan, Step};
use crate::route;
use crate::scaling::Stand;
use crate::time::{Timestamp, span_text};

pub(super) fn wake(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    match next.phase {
        Phase::Ready => claim(plan, next, now),
        Phase::Acting { .. } => take_over(plan, next, now),
        Phase::Awaiting { .. } => hook_timed_out(plan, next, now),
        Phase::Baking { .. } => {
            next.mark(now, MarkKind::StepDone, None);
            next.cursor += 1;
            settle(plan, next, now);
        }
        Phase::Watching { .. } => settle(plan, next, now),
        Phase::Closing { verdict } => close(next, verdict, now),
        Phase::Done { .. } => {}
    }
}

/// Intent before act: the claim, and what is about to be asked for, are committed first.
fn claim(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    let Some(act) = route::act(plan, next) else {
        return settle(plan, next, now);
    };
    match &act {
        Act::SetAlias { set, .. } => {
            let place = next.to_undo().unwrap_or(0);
            next.ledger[place].intend(set);
        }
        Act::SuspendProcesses { .. } => {
            for seen in next.suspensions.iter_mut().filter(|one| one.stand == Stand::Seen) {
                seen.stand = Stand::Asked;
            }
        }
        Act::Fleet { ask, .. } => {
            if let Some(fleet) = &mut next.fleet {
                fleet.begun |= *ask == FleetAsk::Run;
                fleet.calls = false;
            }
        }
        _ => {}
    }
    let lease_until = now.plus_ms(LEASE_MS);
    next.started_at.get_or_insert(now);
    next.phase = Phase::Acting { token: next.epoch + 1, lease_until };
    next.wake_at = Some(lease_until);
    next.doubt_until = None;
    next.mark(now, MarkKind::Claimed, None);
    begin_events(plan, next, now);
}

/// The worker that claimed the act did not come back in its lease: whatever it sent has landed by now.
fn take_over(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    next.mark(now, MarkKind::LeaseLost, None);
    next.tries = next.tries.saturating_add(1);
    if next.tries >= FORWARD_TRIES && !next.resumes(plan) {
        let message = format!("{} workers in a row did not come back from the same step.", next.tries);
        if !next.is_leaving(plan) {
            end(next, Verdict::Failed, ErrorCode::Throttled, message, Cause::Failure, now);
        } else if next.ending.is_none() && plan.step(next.cursor) == Some(&Step::LookAgain) {
            fleet::not_looked_again(next, &message, now);
            step_done(next, now);
        }
    }
    settle(plan, next, now);
}

fn hook_timed_out(plan: &Plan, next: &mut Deployment, now: Timestamp) {
    if let Some(Step::Hook { event, function, timeout_ms, .. }) = plan.step(next.cursor) {
        let message = format!(
            "The lifecycle event hook {} (function {function}) did not answer within {}.",
            event.as_str(),
            span_text(*timeout_ms)
        );
        end(next, Verdict::Failed, ErrorCode::HookExecutionFailure, message, Cause::Failure, now);
    }
    settle(plan, next, now);
}

fn close(next: &mut Deployment, verdict: Verdict, now: Timestamp) {
    let fate = if verdict == Verdict::Succeeded { Fate::Kept } else { Fate::Undone };
    for entry in next.ledger.iter_mut().filter(|e| e.fate == Fate::Open) {
        entry.fate = fate.clone();
    }
    next.phase = Phase::Done { verdict };
    next.wake_at = None;
    next.completed_at = Some(now);
    next.mark(now, MarkKind::Done, Some(verdict.as_str().to_owned()));
}
