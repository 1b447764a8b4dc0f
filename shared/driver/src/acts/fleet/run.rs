//! fleet-dispatch: begins a roll-out, withdraws it, and drives its shards.

use async_trait::async_trait;
use cutover_core::act::{Act, FleetAsk, Outcome};
use cutover_core::fleet::event::ShardEvent;
use cutover_core::fleet::grant::Grant;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::queue::QueueName;

use super::{Passing, no_fleet, outcome, seen};
use crate::driver::DriverError;
use crate::phase::{Phase, not_mine};
use crate::shards::Shards;

/// Rolls out.
pub struct RunPhase {
    shards: Shards,
}

impl RunPhase {
    /// Over these shards.
    pub fn new(shards: Shards) -> Self {
        Self { shards }
    }

    /// Doing it twice is doing it once: a shard that has begun, or was withdrawn, just tells how it stands.
    async fn ask(&self, scope: &Scope, id: &DeploymentId, withdraw: bool) -> Result<Outcome, Passing> {
        let shard = ShardId::first(scope, id);
        let Some(rostered) = self.shards.fleets().roster(&shard).await? else { return Ok(no_fleet()) };
        let why = if withdraw { Some(self.why(scope, id).await?) } else { None };
        if rostered.rule.is_divided() {
            let seen = self.shards.look(scope, id, |purse| match &why {
                Some(why) => purse.withdraw(why),
                None => purse.begun = true,
            });
            let seen = seen.await?.ok_or_else(|| Passing("the purse cannot be read".to_owned()))?;
            return Ok(Outcome::Fleet { seen });
        }
        let event = match why {
            Some(why) => ShardEvent::WithdrawAll { why },
            None => ShardEvent::Granted { grant: Grant::whole(&rostered.rule) },
        };
        let board = self.shards.hear(&shard, &event).await?.board();
        let board = board.ok_or_else(|| Passing("the board cannot be read".to_owned()))?;
        Ok(Outcome::Fleet { seen: seen(&rostered.rule, &board) })
    }

    /// Why the deployment ends.
    async fn why(&self, scope: &Scope, id: &DeploymentId) -> Result<String, Passing> {
        let stored = self.shards.driver().deployments().load(scope, id).await?;
        let why = stored.and_then(|stored| stored.deployment.ending).map(|ending| ending.message);
        Ok(why.unwrap_or_default())
    }
}

#[async_trait]
impl Phase for RunPhase {
    fn queue(&self) -> QueueName {
        QueueName::FleetDispatch
    }

    async fn perform(&self, act: &Act) -> Outcome {
        match act {
            Act::Fleet { scope, deployment, ask: FleetAsk::Run } => {
                outcome(self.ask(scope, deployment, false).await)
            }
            Act::Fleet { scope, deployment, ask: FleetAsk::Withdraw } => {
                outcome(self.ask(scope, deployment, true).await)
            }
            _ => not_mine(self.queue(), act),
        }
    }

    async fn shard_wake(&self, id: &ShardId, epoch: u64, again: bool) -> Result<(), DriverError> {
        self.shards.wake(id, epoch, again).await
    }
}
