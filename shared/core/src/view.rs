//! What the API shows of a deployment: statuses, the target, messages. Derived, never stored.

use crate::deployment::{Deployment, Phase, Verdict};
use crate::ledger::Fate;
use crate::lifecycle::EventStatus;

/// The deployment's status as the API spells it (behaviour: statuses).
pub fn status(state: &Deployment) -> &'static str {
    match (&state.phase, state.started_at) {
        (Phase::Done { verdict }, _) => verdict.as_str(),
        (_, None) => "Created",
        (_, Some(_)) => "InProgress",
    }
}

/// The status of the deployment's one target.
pub fn target_status(state: &Deployment) -> &'static str {
    match &state.phase {
        Phase::Done { verdict: Verdict::Succeeded } => "Succeeded",
        _ if state.started_at.is_none() && state.ending.is_none() => "Pending",
        Phase::Done { .. } => {
            if state.events.iter().all(|e| e.status == EventStatus::Skipped) {
                "Skipped"
            } else {
                "Failed"
            }
        }
        _ => "InProgress",
    }
}

/// The share of the traffic that the target version is known to have, 0.0..=1.0 (targetVersionWeight).
pub fn target_weight(state: &Deployment, target: &str) -> f64 {
    let Some(entry) = state.ledger.first() else {
        // A rollback deployment changes nothing itself: it succeeded when it saw all traffic on its target.
        return if state.verdict() == Some(Verdict::Succeeded) { 1.0 } else { 0.0 };
    };
    let seen = match &entry.fate {
        Fate::Yielded { observed } => observed,
        Fate::Gone => return 0.0,
        _ => &entry.confirmed,
    };
    f64::from(seen.share(target)) / 10_000.0
}
