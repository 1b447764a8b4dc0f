//! What was seen of the processes of Auto Scaling groups, and what follows from it.

use super::acted::{retry, unanswered};
use super::settle::{settle, step_done};
use crate::act::Outcome;
use crate::deployment::Deployment;
use crate::mark::MarkKind;
use crate::plan::Plan;
use crate::scaling::{Stand, Suspended, Suspension};
use crate::time::Timestamp;

/// They were looked at before anything was changed.
pub(super) fn looked_at(plan: &Plan, next: &mut Deployment, seen: &Suspended, now: Timestamp) {
    if let Some(fleet) = &plan.fleet {
        let groups = fleet.suspended_groups().iter();
        next.suspensions = groups.map(|group| Suspension::looked_at(group, &fleet.suspend, seen)).collect();
    }
    step_done(next, now);
}

/// They are suspended. A group that is gone meanwhile has nothing to suspend.
pub(super) fn suspended(next: &mut Deployment, seen: &Suspended, now: Timestamp) {
    for one in next.suspensions.iter_mut().filter(|one| !seen.contains_key(&one.ours.group)) {
        if one.is_open() {
            one.stand = Stand::Gone;
        }
    }
    step_done(next, now);
}

/// They were asked to run again, group by group, and then looked at. Like every undoing it never gives up; whoever
/// resumed them, they are resumed.
pub(super) fn resumed(plan: &Plan, next: &mut Deployment, outcome: &Outcome, now: Timestamp) {
    let (seen, failed) = match outcome {
        Outcome::Processes { suspended, failed } => (suspended, failed),
        Outcome::InDoubt { message } => return retry(plan, next, &unanswered(message), now),
        Outcome::Retry { message } | Outcome::Denied { message } | Outcome::Refused { message } => {
            return retry(plan, next, message, now);
        }
        other => return retry(plan, next, &format!("unexpected answer of Auto Scaling: {other:?}"), now),
    };
    let mut done = Vec::new();
    for one in next.suspensions.iter_mut().filter(|one| one.is_open()) {
        match seen.get(&one.ours.group) {
            None => {
                one.stand = Stand::Gone;
                done.push(format!("{} is gone", one.ours.group));
            }
            Some(still) if one.ours.names.iter().any(|process| still.contains(process)) => {}
            Some(_) => {
                one.stand = Stand::Resumed;
                done.push(format!("{} resumed", one.ours));
            }
        }
    }
    for detail in done {
        next.mark(now, MarkKind::Undone, Some(detail));
    }
    match next.suspensions.iter().find(|one| one.is_open()) {
        Some(one) => {
            let still = || format!("{} is still suspended", one.ours);
            let message = failed.clone().unwrap_or_else(still);
            retry(plan, next, &message, now);
        }
        None => {
            next.tries = 0;
            settle(plan, next, now);
        }
    }
}
