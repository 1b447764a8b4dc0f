//! What a plan is for.

use serde::{Deserialize, Serialize};

use crate::ids::DeploymentId;

/// What the plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum PlanKind {
    /// A deployment that a user asked for.
    Forward,
    /// The record that a victim's traffic is back; its steps only verify.
    Rollback {
        /// The victim.
        of: DeploymentId,
    },
    /// The same revision for hosts that were launched during the one before.
    FollowUp {
        /// The first of the row.
        root: DeploymentId,
        /// Its number in the row, from 1.
        nth: u32,
    },
}
