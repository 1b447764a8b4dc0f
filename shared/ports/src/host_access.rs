//! What a host may reach: its own queue, and credentials for it that end soon.

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;

use crate::call::CallError;

/// Where a host takes orders from and reports to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostQueues {
    /// The URL of its own queue.
    pub orders: String,
    /// The URL of the queue that all hosts report to.
    pub reports: String,
}

/// Credentials that a host was lent.
#[derive(Clone, PartialEq, Eq)]
pub struct Lent {
    /// The id of the access key.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The token that goes with them.
    pub token: String,
    /// When they end.
    pub expires_at: Timestamp,
}

/// No secrets in logs.
impl std::fmt::Debug for Lent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lent").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Opens and closes what hosts reach.
#[async_trait]
pub trait HostAccess: Send + Sync {
    /// Makes the queue of a host; one that is there already is fine.
    ///
    /// # Errors
    /// When it cannot be made, or not yet: a queue of that name was closed a moment ago.
    async fn open(&self, scope: &Scope, host: &str) -> Result<HostQueues, CallError>;

    /// Removes the queue of a host with all that is in it; one that is not there is fine.
    ///
    /// # Errors
    /// When it cannot be removed.
    async fn close(&self, scope: &Scope, host: &str) -> Result<(), CallError>;

    /// Credentials that reach the host's own queue and the one of reports, and nothing of any other host's.
    ///
    /// # Errors
    /// When there are none to be had.
    async fn lend(&self, scope: &Scope, host: &str) -> Result<Lent, CallError>;
}
