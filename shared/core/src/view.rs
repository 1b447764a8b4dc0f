//! What the API shows of a deployment: statuses, the target, messages. Derived, never stored.

use serde::Deserialize;

use crate::deployment::{Deployment, Ending, Phase, Verdict};
use crate::ids::DeploymentId;
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

/// What the API shows of a stored deployment without its log and its ledger: reads from the same text, and skips
/// the rest.
#[derive(Debug, Clone, Deserialize)]
pub struct Brief {
    /// [`DEPLOYMENT_VERSION`](crate::deployment::DEPLOYMENT_VERSION).
    pub v: u16,
    /// Its id.
    pub id: DeploymentId,
    phase: PhaseName,
    #[serde(default)]
    verdict: Option<Verdict>,
    /// When the first step was claimed.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// When it was over.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// Set once it will not succeed.
    #[serde(default)]
    pub ending: Option<Ending>,
    events: Vec<BriefEvent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum PhaseName {
    Done,
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, Deserialize)]
struct BriefEvent {
    status: EventStatus,
}

impl Brief {
    /// As [`status`] tells of the whole.
    pub fn status(&self) -> &'static str {
        match (self.verdict(), self.started_at) {
            (Some(verdict), _) => verdict.as_str(),
            (None, None) => "Created",
            (None, Some(_)) => "InProgress",
        }
    }

    /// How it ended, once it is over.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict.filter(|_| self.phase == PhaseName::Done)
    }

    /// As [`target_status`] tells of the whole.
    pub fn target_status(&self) -> &'static str {
        let statuses = self.events.iter().map(|event| event.status);
        told_of_target(self.verdict(), self.started_at.is_none() && self.ending.is_none(), statuses)
    }
}

/// The status of the deployment's one target.
pub fn target_status(state: &Deployment) -> &'static str {
    let untouched = state.started_at.is_none() && state.ending.is_none();
    told_of_target(state.verdict(), untouched, state.events.iter().map(|event| event.status))
}

/// `untouched` is a deployment that has neither begun nor been told to end.
fn told_of_target(
    verdict: Option<Verdict>,
    untouched: bool,
    mut events: impl Iterator<Item = EventStatus>,
) -> &'static str {
    match verdict {
        Some(Verdict::Succeeded) => "Succeeded",
        _ if untouched => "Pending",
        Some(_) if events.all(|status| status == EventStatus::Skipped) => "Skipped",
        Some(_) => "Failed",
        None => "InProgress",
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
    fn the_brief_of_a_deployment_tells_the_statuses_of_the_whole() {
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
        let ending = r#", "ending": {"verdict": "Failed", "code": "ALARM_ACTIVE", "message": "m", "cause": "Alarm",
            "at": 7}, "completed_at": 9"#;
        let (skipped, failed) = (
            r#"{"event": "BeforeAllowTraffic", "status": "Skipped"}"#,
            r#"{"event": "AllowTraffic", "status": "Failed", "started_at": 1, "message": "m"}"#,
        );
        let events = [String::new(), skipped.to_owned(), format!("{skipped},{failed}")];
        for (phase, told) in phases {
            for (started, ending, events) in ["", r#", "started_at": 1"#]
                .into_iter()
                .flat_map(|s| ["", ending].map(|e| (s, e)))
                .flat_map(|(s, e)| events.each_ref().map(|events| (s, e, events)))
            {
                let text = format!(
                    r#"{{"v": 1, "id": "d-ABCDEFGHI", "epoch": 1, "cursor": 0, "events": [{events}],
                        {phase}{started}{ending}}}"#
                );
                let whole: Deployment = serde_json::from_str(&text).expect("a deployment");
                let told = if started.is_empty() && told == "InProgress" { "Created" } else { told };
                let stored = serde_json::to_string(&whole).expect("text");
                for text in [text, stored] {
                    let brief: Brief = serde_json::from_str(&text).expect("its brief");
                    assert_eq!((brief.status(), status(&whole)), (told, told), "{text}");
                    assert_eq!(brief.target_status(), target_status(&whole), "{text}");
                    assert_eq!((brief.verdict(), &brief.ending), (whole.verdict(), &whole.ending));
                    assert_eq!((brief.v, &brief.id), (whole.v, &whole.id));
                    assert_eq!(
                        (brief.started_at, brief.completed_at),
                        (whole.started_at, whole.completed_at)
                    );
                }
            }
        }
    }
}
