//! The phase queues.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A phase queue: one per function that acts. Spelt as the function's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueName {
    /// Invokes BeforeAllowTraffic hooks.
    PreTrafficHook,
    /// Resolves and shifts aliases of canary and all-at-once plans.
    CanaryShift,
    /// Resolves and shifts aliases of linear plans.
    LinearShift,
    /// Reads alarms.
    AlarmCheck,
    /// Invokes AfterAllowTraffic hooks.
    PostTrafficHook,
    /// Looks up the hosts of a fleet.
    FleetPlan,
    /// Rolls a revision out over a fleet.
    FleetDispatch,
    /// Takes the reports of hosts in.
    FleetReport,
    /// Undoes, verifies rollbacks, closes.
    Rollback,
    /// Takes pushes in, and gives waiting requests their turn.
    PushTrigger,
    /// Tells who listens.
    Notify,
}

impl QueueName {
    /// Every queue.
    pub const ALL: [Self; 11] = [
        Self::PreTrafficHook,
        Self::CanaryShift,
        Self::LinearShift,
        Self::AlarmCheck,
        Self::PostTrafficHook,
        Self::FleetPlan,
        Self::FleetDispatch,
        Self::FleetReport,
        Self::Rollback,
        Self::PushTrigger,
        Self::Notify,
    ];

    /// The queue's name, which is its function's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreTrafficHook => "pre-traffic-hook",
            Self::CanaryShift => "canary-shift",
            Self::LinearShift => "linear-shift",
            Self::AlarmCheck => "alarm-check",
            Self::PostTrafficHook => "post-traffic-hook",
            Self::FleetPlan => "fleet-plan",
            Self::FleetDispatch => "fleet-dispatch",
            Self::FleetReport => "fleet-report",
            Self::Rollback => "rollback",
            Self::PushTrigger => "push-trigger",
            Self::Notify => "notify",
        }
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
