//! A phase: one function, one queue, a few acts.

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::queue::QueueName;

/// What a phase function does and nothing else: performs the acts of its queue.
#[async_trait]
pub trait Phase: Send + Sync {
    /// The queue whose acts it performs.
    fn queue(&self) -> QueueName;

    /// Performs an act. Every failure is an outcome; it never panics and answers within the act's time.
    async fn perform(&self, act: &Act) -> Outcome;
}

/// The outcome of an act that does not belong to the phase: it was routed wrongly, and trying again at
/// the same place cannot help.
pub fn not_mine(queue: QueueName, act: &Act) -> Outcome {
    Outcome::Refused { message: format!("{queue} cannot perform {act:?}") }
}
