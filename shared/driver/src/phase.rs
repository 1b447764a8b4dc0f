//! A phase: one function, one queue, a few acts.

use std::time::Duration;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::limits::ACT_TIMEOUT_MS;
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

/// A phase whose acts end in time, however many calls they are made of: the lease is counted on that. Needs
/// tokio's timers; a world with its own time bounds its acts itself.
pub struct Bounded<P>(pub P);

#[async_trait]
impl<P: Phase> Phase for Bounded<P> {
    fn queue(&self) -> QueueName {
        self.0.queue()
    }

    async fn perform(&self, act: &Act) -> Outcome {
        match tokio::time::timeout(Duration::from_millis(ACT_TIMEOUT_MS), self.0.perform(act)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::InDoubt { message: format!("no answer within {} s", ACT_TIMEOUT_MS / 1_000) },
        }
    }
}

#[async_trait]
impl Phase for std::sync::Arc<dyn Phase> {
    fn queue(&self) -> QueueName {
        self.as_ref().queue()
    }

    async fn perform(&self, act: &Act) -> Outcome {
        self.as_ref().perform(act).await
    }
}
