//! Lifecycle events of a target and their statuses.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A lifecycle event of a Lambda deployment, in run order (behaviour: lifecycle events).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LifecycleEvent {
    /// A hook may run before any traffic moves.
    BeforeAllowTraffic,
    /// The traffic moves; no hook runs here.
    AllowTraffic,
    /// A hook may run after all traffic moved.
    AfterAllowTraffic,
}

impl LifecycleEvent {
    /// The events of a Lambda deployment in run order.
    pub const LAMBDA: [Self; 3] = [Self::BeforeAllowTraffic, Self::AllowTraffic, Self::AfterAllowTraffic];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeAllowTraffic => "BeforeAllowTraffic",
            Self::AllowTraffic => "AllowTraffic",
            Self::AfterAllowTraffic => "AfterAllowTraffic",
        }
    }
}

/// How a lifecycle event stands, as the API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventStatus {
    /// Not begun.
    Pending,
    /// Running.
    InProgress,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// Never ran, since an earlier one failed or the deployment was stopped.
    Skipped,
}

impl EventStatus {
    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::InProgress)
    }
}

/// One event of the target, as GetDeploymentTarget shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// Which event.
    pub event: LifecycleEvent,
    /// How it stands.
    pub status: EventStatus,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended, also for skipped ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What went wrong, for a failed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl EventRecord {
    /// An event that has not begun.
    pub fn pending(event: LifecycleEvent) -> Self {
        Self { event, status: EventStatus::Pending, started_at: None, ended_at: None, message: None }
    }
}
