//! What the API shows of a deployment: statuses, the target, messages. Derived, never stored.

use serde::Deserialize;

use crate::deployment::{Deployment, Phase, Verdict};
use crate::ledger::Fate;
use crate::lifecycle::EventStatus;
use crate::time::Timestamp;

/// The deployment's status as the API spells it (behaviour: statuses).
pub fn status(state: &Deployment) -> &'static str {
    match (&state.phase, state.started_at) {
        (Phase::Done { verdict }, _) => verdict.as_str(),
        (_, None) => "Created",
        (_, Some(_)) => "InProgress",
    }
}

/// What of a stored deployment its [`status`] follows from: reads from the same text, and skips the rest.
#[derive(Debug, Clone, Deserialize)]
pub struct Brief {
    /// [`DEPLOYMENT_VERSION`](crate::deployment::DEPLOYMENT_VERSION).
    pub v: u16,
    phase: String,
    #[serde(default)]
    verdict: Option<Verdict>,
    #[serde(default)]
    started_at: Option<Timestamp>,
}

impl Brief {
    /// As [`status`] tells of the whole.
    pub fn status(&self) -> &'static str {
        match (&*self.phase, self.verdict, self.started_at) {
            ("Done", Some(verdict), _) => verdict.as_str(),
            (_, _, None) => "Created",
            (_, _, Some(_)) => "InProgress",
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brief_of_a_deployment_tells_the_status_of_the_whole() {
        let phases = [
            (r#""phase": "Ready""#, "InProgress"),
            (r#""phase": "Acting", "token": 1, "lease_until": 5"#, "InProgress"),
            (r#""phase": "Awaiting", "until": 5"#, "InProgress"),
            (r#""phase": "Baking", "until": 5"#, "InProgress"),
            (r#""phase": "Closing", "verdict": "Failed""#, "InProgress"),
            (r#""phase": "Done", "verdict": "Failed""#, "Failed"),
            (r#""phase": "Done", "verdict": "Stopped""#, "Stopped"),
            (r#""phase": "Done", "verdict": "Succeeded""#, "Succeeded"),
        ];
        for (phase, told) in phases {
            for started in [r#", "started_at": 1"#, ""] {
                let text = format!(
                    r#"{{"v": 1, "id": "d-ABCDEFGHI", "epoch": 1, "cursor": 0, "events": [], {phase}{started}}}"#
                );
                let whole: Deployment = serde_json::from_str(&text).expect("a deployment");
                let brief: Brief = serde_json::from_str(&text).expect("its brief");
                let told = if started.is_empty() && told == "InProgress" { "Created" } else { told };
                assert_eq!((brief.status(), status(&whole)), (told, told), "{text}");
                let stored = serde_json::to_string(&whole).expect("text");
                assert_eq!(serde_json::from_str::<Brief>(&stored).expect("its brief").status(), told);
            }
        }
    }
}
