//! Publishing: the wake of the current epoch, which follows from plan and state.

use cutover_core::deployment::Deployment;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::plan::Plan;
use cutover_core::queue::QueueName;
use cutover_core::route::route;
use cutover_core::time::Timestamp;
use cutover_ports::queue::{Outgoing, QueueError};
use cutover_wire::envelope::Envelope;

use crate::driver::Driver;

impl Driver {
    /// Sends the wake of the deployment's epoch to the queue that drives it on. One that is due later than
    /// a queue can hold it is left to the sweep.
    pub(crate) async fn publish(&self, plan: &Plan, state: &Deployment) -> Result<(), QueueError> {
        let Some(due) = state.wake_at else { return Ok(()) };
        if due.ms_since(self.clock.now()) > MAX_QUEUE_DELAY_MS {
            return Ok(());
        }
        self.send_wake(&plan.scope, &state.id, route(plan, state), state.epoch, due).await
    }

    /// Sends one wake; a far one is sent as far as the queue can hold it and comes early.
    pub(crate) async fn send_wake(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        queue: QueueName,
        epoch: u64,
        due: Timestamp,
    ) -> Result<(), QueueError> {
        let now = self.clock.now();
        let body = Envelope::wake(scope.clone(), id.clone(), epoch, due, now).encode();
        self.queue.send(Outgoing { queue, body, delay_ms: due.ms_since(now).min(MAX_QUEUE_DELAY_MS) }).await
    }
}
