//! Reports: how a host gets on with an order.

use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::order::Seat;

/// The most characters of a script's output that a report carries.
pub const LOG_CHARS: usize = 2_048;

/// One report of one host about one order. The agent keeps it until the queue has taken it; the first final
/// report counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`AGENT_VERSION`](super::message::AGENT_VERSION).
    pub v: u16,
    /// The order's id.
    pub order: String,
    /// The host; its key signs.
    pub host: String,
    /// Where the deployment lives.
    pub scope: Scope,
    /// The deployment.
    pub deployment: DeploymentId,
    /// As in the order.
    pub seat: Seat,
    /// Grows with every report about the order.
    pub seq: u32,
    /// When it was written, by the host's clock.
    pub at: Timestamp,
    /// What it says.
    pub news: News,
    /// Milliseconds that the agent rests between two polls when nothing goes on.
    #[serde(default)]
    pub idle_gap_ms: u64,
    /// Every lifecycle event that has begun, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventResult>,
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// The order has come and waits: the host works on one of another group. It has not been accepted. A service that
    /// does not know this drops the report.
    Busy,
    /// The order was accepted; the first event begins.
    Accepted,
    /// Still at work.
    Beat,
    /// Over, all well.
    Succeeded,
    /// Over, something failed.
    Failed,
}

impl News {
    /// Whether nothing comes after it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// One lifecycle event on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventResult {
    /// Its name.
    pub event: String,
    /// What became of it.
    pub status: EventStatus,
    /// When it began, by the host's clock.
    pub started_at: Timestamp,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it ended, unless all was well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
}

/// What became of a lifecycle event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventStatus {
    /// It runs.
    InProgress,
    /// All went well, or there was nothing to do.
    Succeeded,
    /// Something failed; later events are skipped.
    Failed,
    /// Something failed and that was to be ignored.
    Ignored,
    /// An earlier event failed.
    Skipped,
}

/// How an event ended (agent: diagnostics).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// The official agent's error code: 0 to 7.
    pub error_code: u8,
    /// The script that failed, as the AppSpec spells it; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub script_name: String,
    /// A sentence.
    pub message: String,
    /// The last lines that the event's scripts wrote: at most [`LOG_CHARS`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
}

#[cfg(test)]
mod tests {
    use super::super::message::{AGENT_VERSION, from_bytes, to_bytes};
    use super::*;

    const GOLDEN: &str = r#"{"v":1,"order":"00ff","host":"web-1","scope":{"account":"123456789012","region":"us-east-1"},"deployment":"d-ABCDEFGHI","seat":{"shard":0,"index":3,"segment":0,"attempt":1},"seq":4,"at":2000,"news":"failed","idle_gap_ms":0,"events":[{"event":"AfterInstall","status":"failed","started_at":1000,"ended_at":1500,"diagnostics":{"error_code":4,"script_name":"a.sh","message":"No.","log":"[stderr]x"}}]}"#;

    #[test]
    fn a_report_is_golden() {
        let report = Report {
            v: AGENT_VERSION,
            order: "00ff".into(),
            host: "web-1".into(),
            scope: Scope::new("123456789012", "us-east-1"),
            deployment: DeploymentId::new("d-ABCDEFGHI"),
            seat: Seat { shard: 0, index: 3, segment: 0, attempt: 1 },
            seq: 4,
            at: Timestamp::from_millis(2_000),
            news: News::Failed,
            idle_gap_ms: 0,
            events: vec![EventResult {
                event: "AfterInstall".into(),
                status: EventStatus::Failed,
                started_at: Timestamp::from_millis(1_000),
                ended_at: Some(Timestamp::from_millis(1_500)),
                diagnostics: Some(Diagnostics {
                    error_code: 4,
                    script_name: "a.sh".into(),
                    message: "No.".into(),
                    log: "[stderr]x".into(),
                }),
            }],
        };
        assert_eq!(String::from_utf8(to_bytes(&report)).expect("text"), GOLDEN);
        assert_eq!(from_bytes::<Report>(GOLDEN.as_bytes()).expect("a report"), report);
    }
}
