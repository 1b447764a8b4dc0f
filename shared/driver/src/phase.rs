//! A phase: one function, one queue, a few acts.

use std::time::Duration;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::limits::ACT_TIMEOUT_MS;
use cutover_core::queue::QueueName;

use crate::driver::DriverError;

/// What a phase function does and nothing else: performs the acts of its queue.
#[async_trait]
pub trait Phase: Send + Sync {
    /// The queue whose acts it performs.
    fn queue(&self) -> QueueName;

    /// Performs an act. Every failure is an outcome; it never panics and answers within the act's time.
    async fn perform(&self, act: &Act) -> Outcome;

    /// Hears the timer of a shard; only those who drive fleets are sent any.
    async fn shard_wake(&self, id: &ShardId, _epoch: u64, _again: bool) -> Result<(), DriverError> {
        tracing::warn!(shard = %id, queue = %self.queue(), "a shard's timer came to the wrong queue");
        Ok(())
    }

    /// Hears that somebody may have to be told; only who tells is sent any.
    async fn notify(
        &self,
        _scope: &Scope,
        deployment: &DeploymentId,
        _shard: Option<u16>,
    ) -> Result<(), DriverError> {
        tracing::warn!(%deployment, queue = %self.queue(), "a hint to tell somebody came to the wrong queue");
        Ok(())
    }
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

    async fn shard_wake(&self, id: &ShardId, epoch: u64, again: bool) -> Result<(), DriverError> {
        self.0.shard_wake(id, epoch, again).await
    }

    async fn notify(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        shard: Option<u16>,
    ) -> Result<(), DriverError> {
        self.0.notify(scope, deployment, shard).await
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

    async fn shard_wake(&self, id: &ShardId, epoch: u64, again: bool) -> Result<(), DriverError> {
        self.as_ref().shard_wake(id, epoch, again).await
    }

    async fn notify(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        shard: Option<u16>,
    ) -> Result<(), DriverError> {
        self.as_ref().notify(scope, deployment, shard).await
    }
}
