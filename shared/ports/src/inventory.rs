//! Which hosts there are.

use async_trait::async_trait;
use cutover_core::fleet_plan::Selection;
use cutover_core::ids::Scope;

use crate::call::CallError;

/// A host that belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundHost {
    /// Instance id or on-premises name: also the name of its queue.
    pub name: String,
    /// Its availability zone, where it has one.
    pub zone: Option<String>,
    /// How long it said it would rest between two polls, in milliseconds.
    pub poll_gap_ms: u64,
}

/// Lists hosts.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Every host that the selection names, once.
    async fn select(&self, scope: &Scope, selection: &Selection) -> Result<Vec<FoundHost>, CallError>;
}
