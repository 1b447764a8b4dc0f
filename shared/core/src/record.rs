//! The facts of a deployment that the API returns and that never change: stored beside the plan.

use serde::{Deserialize, Serialize};

use crate::audience::Audience;
use crate::ids::DeploymentId;

/// Who made a deployment, as the API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Creator {
    /// A caller of CreateDeployment.
    User,
    /// The engine, to put the last good version back.
    CodeDeployRollback,
    /// The engine, for hosts that were launched meanwhile.
    CodeDeployAutoUpdate,
}

impl Creator {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::CodeDeployRollback => "codeDeployRollback",
            Self::CodeDeployAutoUpdate => "CodeDeployAutoUpdate",
        }
    }
}

/// What CreateDeployment was told, as far as GetDeployment gives it back. JSON members are kept as the
/// caller wrote them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// deploymentConfigName, resolved.
    pub config: String,
    /// Who.
    pub creator: Creator,
    /// description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// revision.
    pub revision: serde_json::Value,
    /// The group's revision when this one was created (previousRevision).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_revision: Option<serde_json::Value>,
    /// autoRollbackConfiguration in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_rollback: Option<serde_json::Value>,
    /// overrideAlarmConfiguration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_alarms: Option<serde_json::Value>,
    /// fileExistsBehavior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_exists_behavior: Option<String>,
    /// Further members that GetDeployment gives back: of the request, and of the group as it was then.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub more: serde_json::Map<String, serde_json::Value>,
    /// The deployment that this one rolls back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_of: Option<DeploymentId>,
    /// Who is to hear of it.
    #[serde(default, skip_serializing_if = "Audience::is_empty")]
    pub audience: Audience,
}
