//! The deployment group item: its definition, and who holds it.

use cutover_core::config::ComputePlatform;
use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_core::trigger::order::OrderKey;
use cutover_ports::table::{Item, Table};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`Group`].
pub const GROUP_VERSION: u16 = 1;

/// A deployment group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// [`GROUP_VERSION`].
    pub v: u16,
    /// Its id, which a rename does not change.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Its application.
    pub application_id: ApplicationId,
    /// The application's platform.
    pub platform: ComputePlatform,
    /// The members of deploymentGroupInfo that a user sets, as the API spells them.
    pub definition: serde_json::Map<String, serde_json::Value>,
    /// The deployment that holds the group: at most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<DeploymentId>,
    /// lastAttemptedDeployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempted: Option<LastDeployment>,
    /// lastSuccessfulDeployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful: Option<LastDeployment>,
    /// The last deployment that looked up hosts: what became of them is the history of the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fleet: Option<DeploymentId>,
    /// targetRevision: that of the last successful deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_revision: Option<serde_json::Value>,
    /// What a push started last: nothing older starts any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order: Option<LastOrder>,
    /// Whether a request has ever waited for it: then somebody is told when it is released.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waited_for: bool,
}

/// What a push started last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastOrder {
    /// Its order key.
    pub key: OrderKey,
    /// The deployment.
    pub deployment: DeploymentId,
}

/// A deployment as its group remembers it. Its status is read from the deployment itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDeployment {
    /// Which.
    pub id: DeploymentId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Group {
    /// The item.
    pub fn to_item(&self, scope: &Scope, version: u64) -> Result<Item, StoreError> {
        Ok(Item::new(key::group(scope, &self.id), version, encode(self)?))
    }
}

/// The group of that id and its stored version.
pub async fn load(
    table: &dyn Table,
    scope: &Scope,
    id: &GroupId,
) -> Result<Option<(Group, u64)>, StoreError> {
    match table.get(&key::group(scope, id)).await? {
        Some(item) => {
            let group: Group = decode(&item)?;
            known(&item, group.v, GROUP_VERSION)?;
            Ok(Some((group, item.version)))
        }
        None => Ok(None),
    }
}
