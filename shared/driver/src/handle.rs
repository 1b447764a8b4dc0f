//! One delivery: load, decide, commit, publish, act; at most a few times round.

use std::sync::Arc;

use cutover_core::act::Outcome;
use cutover_core::decide::decide;
use cutover_core::deployment::{Deployment, Phase as State};
use cutover_core::event::{Decision, Event};
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::limits::{ACT_TIMEOUT_MS, CLOCK_SKEW_MS};
use cutover_core::route::{act, route};
use cutover_core::time::Timestamp;
use cutover_ports::queue::Delivery;
use cutover_store::codec::StoreError;
use cutover_store::plans::Planned;
use cutover_store::state::Stored;
use cutover_wire::envelope::{Envelope, Message};

use crate::driver::{Driver, DriverError, ROUNDS};
use crate::phase::Phase;

impl Driver {
    /// Handles a delivery of the phase's queue. `Ok` means that the delivery may be deleted; after an error
    /// it must come again.
    pub async fn handle(&self, delivery: &Delivery, phase: &dyn Phase) -> Result<(), DriverError> {
        let (scope, deployment, epoch, due_at) = match Envelope::decode(&delivery.body)?.message {
            Message::Wake { scope, deployment, epoch, due_at } => (scope, deployment, epoch, due_at),
            Message::ShardWake { shard, epoch, again, .. } => {
                return phase.shard_wake(&shard, epoch, again || delivery.receive_count > 1).await;
            }
            Message::Push { .. } | Message::Turn { .. } => {
                tracing::warn!(queue = %delivery.queue, "a push came to the wrong queue");
                return Ok(());
            }
            Message::Notify { scope, deployment, shard } => {
                return phase.notify(&scope, &deployment, shard).await;
            }
        };
        if due_at > self.clock.now() {
            return self.later(&scope, &deployment, delivery, epoch, due_at).await;
        }
        let mut event = Event::Wake { epoch };
        // What this worker committed last: nobody can have changed it unless the next commit conflicts.
        let mut held = None;
        for _ in 0..ROUNDS {
            let Some((planned, stored)) = self.held_or_load(held.take(), &scope, &deployment).await? else {
                return Ok(());
            };
            let wake = matches!(event, Event::Wake { .. });
            if wake
                && stored.deployment.epoch == epoch
                && route(&planned.plan, &stored.deployment) != phase.queue()
            {
                return Ok(self.publish(&planned.plan, &stored.deployment).await?);
            }
            let next = match decide(&planned.plan, &stored.deployment, &event, self.clock.now()) {
                // A redelivery may mean that a worker died between its commit and its message.
                Decision::Ignore(_) if delivery.receive_count > 1 => {
                    return Ok(self.publish(&planned.plan, &stored.deployment).await?);
                }
                Decision::Ignore(_) => return Ok(()),
                Decision::Later(at) => return self.later(&scope, &deployment, delivery, epoch, at).await,
                Decision::Commit(next) => *next,
            };
            let committed = match self.commit(&planned, &stored, next).await {
                Ok(committed) => committed,
                Err(StoreError::Conflict) => continue,
                Err(source) => return Err(DriverError::Store { deployment, source }),
            };
            let State::Acting { token, .. } = committed.deployment.phase else { return Ok(()) };
            if !wake || token != committed.deployment.epoch {
                return Ok(());
            }
            let outcome = self.perform(&planned, &committed.deployment, phase).await;
            event = Event::Acted { token, outcome };
            held = Some((planned, committed));
        }
        Err(DriverError::Contended(deployment))
    }

    async fn held_or_load(
        &self,
        held: Option<(Arc<Planned>, Stored)>,
        scope: &Scope,
        id: &DeploymentId,
    ) -> Result<Option<(Arc<Planned>, Stored)>, DriverError> {
        match held {
            Some(held) => Ok(Some(held)),
            None => self.load(scope, id).await,
        }
    }

    /// Commits the next state and sends its wake. A claim's wake is not sent: the delivery that this
    /// worker holds stands for it, and comes back if the worker does not.
    pub(crate) async fn commit(
        &self,
        planned: &Planned,
        stored: &Stored,
        next: Deployment,
    ) -> Result<Stored, StoreError> {
        let now = self.clock.now();
        if matches!(next.phase, State::Done { .. }) {
            let finished = self.deployments.finish(planned, stored, next, now).await?;
            self.hint_or_leave(planned, 0).await;
            if let Some((successor, state)) = finished.successor {
                self.publish_or_leave(&successor, &state.deployment).await;
                self.hint_or_leave(&successor, successor.plan.start_at.ms_since(now)).await;
            }
            if let Some(group) = finished.released {
                self.turn_or_leave(&planned.plan.scope, &group).await;
            }
            return Ok(finished.done);
        }
        let committed = self.deployments.commit(&planned.plan, stored, next, now).await?;
        let state = &committed.deployment;
        let claimed = matches!(state.phase, State::Acting { token, .. } if token == state.epoch);
        if !claimed {
            self.publish_or_leave(planned, state).await;
        }
        Ok(committed)
    }

    /// The state is committed; a wake that cannot be sent now is sent by the sweep.
    async fn publish_or_leave(&self, planned: &Planned, state: &Deployment) {
        if let Err(error) = self.publish(&planned.plan, state).await {
            tracing::warn!(deployment = %state.id, epoch = state.epoch, %error, "wake left to the sweep");
        }
    }

    async fn later(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        delivery: &Delivery,
        epoch: u64,
        at: Timestamp,
    ) -> Result<(), DriverError> {
        Ok(self.send_wake(scope, id, delivery.queue, epoch, at).await?)
    }

    /// Performs the act that was claimed, unless storing the claim took so long that the act could outlive it.
    async fn perform(&self, planned: &Planned, claimed: &Deployment, phase: &dyn Phase) -> Outcome {
        let ends = self.clock.now().plus_ms(ACT_TIMEOUT_MS + CLOCK_SKEW_MS);
        if matches!(claimed.phase, State::Acting { lease_until, .. } if ends > lease_until) {
            return Outcome::Retry { message: "storing the claim took too long".to_owned() };
        }
        match act(&planned.plan, claimed) {
            Some(act) => phase.perform(&act).await,
            None => Outcome::Retry { message: "nothing to do at this step".to_owned() },
        }
    }
}
