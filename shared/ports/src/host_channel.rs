//! What goes between the service and its hosts: orders out, reports in. Both are signed; how they travel decides
//! nothing.

use async_trait::async_trait;
use cutover_core::ids::Scope;

use crate::queue::QueueError;

/// The name of the queue that all hosts send their reports to.
pub const REPORTS: &str = "fleet-report";
/// How the name of a host's own queue begins; its name follows.
pub const HOST_PREFIX: &str = "host-";
/// The longest message, in bytes: what SQS takes.
pub const MOST_BYTES: usize = 256 << 10;

/// Sends signed orders to the queues of hosts. At least once, in any order; one may be lost: the engine sends it
/// again from the table.
#[async_trait]
pub trait HostChannel: Send + Sync {
    /// Sends the text of a signed order to the host of that name.
    ///
    /// # Errors
    /// When the queue cannot be reached, or the text is longer than [`MOST_BYTES`].
    async fn send(&self, scope: &Scope, host: &str, body: String) -> Result<(), QueueError>;
}

/// Takes in the reports of hosts.
#[async_trait]
pub trait ReportInbox: Send + Sync {
    /// Takes the text of a report whose signature is that of the host of that name. Once this returns, the host
    /// forgets the report.
    ///
    /// # Errors
    /// When it was not taken in; the host sends it again.
    async fn report(&self, scope: &Scope, host: &str, jws: String) -> Result<(), QueueError>;
}
