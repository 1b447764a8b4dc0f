//! Processes of Auto Scaling groups.

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_core::scaling::{Processes, Suspended};

use crate::call::CallError;

/// Reads, suspends and resumes processes of Auto Scaling groups. Suspending what is suspended, and resuming what
/// runs, changes nothing.
#[async_trait]
pub trait ScalingProcesses: Send + Sync {
    /// The suspended processes of those of these groups that exist.
    async fn suspended(&self, scope: &Scope, groups: &[String]) -> Result<Suspended, CallError>;

    /// Suspends processes of a group.
    async fn suspend(&self, scope: &Scope, of: &Processes) -> Result<(), CallError>;

    /// Lets processes of a group run again.
    async fn resume(&self, scope: &Scope, of: &Processes) -> Result<(), CallError>;
}
