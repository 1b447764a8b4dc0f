//! The purse of a fleet of many shards: shards give it word of what they hold, the deployment looks at it, and whoever
//! changes it calls the shards that have something to hear. A call carries nothing: a shard that is woken, by a call or by
//! its timer, reads what there is to hear. So a lost call is made up for by the next look, and one that comes twice, late
//! or in another order does no harm.

use std::sync::Arc;

use cutover_core::act::FleetSeen;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::holding::Held;
use cutover_core::fleet::purse::Purse;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::time::Timestamp;
use cutover_store::codec::StoreError;
use cutover_store::divided::Divided;
use cutover_store::fleets::Rostered;
use futures_util::stream::{self, StreamExt};

use super::{Shards, failed};
use crate::driver::{DriverError, ROUNDS};

/// Calls on their way at the same time.
const AT_A_TIME: usize = 16;
/// No board has it, so a call moves no timer.
const NO_EPOCH: u64 = 0;

/// A purse before and after somebody was at it.
struct Settled {
    divided: Arc<Divided>,
    before: Purse,
    now: Purse,
}

impl Shards {
    /// The deployment looks at its fleet of many shards, after this change: what all open shards hold, and whether they
    /// have heard what they are to hear.
    pub async fn look(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        change: impl Fn(&mut Purse) + Sync,
    ) -> Result<Option<FleetSeen>, DriverError> {
        let first = ShardId::first(scope, deployment);
        let lost = |source| failed(&first, source);
        let Some(stored) = self.fleets().purse(scope, deployment).await.map_err(lost)? else {
            return Ok(None);
        };
        let of = |shard: u16| ShardId { shard, ..first.clone() };
        let open: Vec<ShardId> = stored.purse.open().into_iter().map(of).collect();
        let boards = self.fleets().boards(&open).await.map_err(lost)?;
        let mut seen = Vec::with_capacity(boards.len());
        for id in &open {
            if let (Some(rostered), Some(stored)) = (self.roster(id).await?, boards.get(&id.shard)) {
                seen.push((id.shard, Held::of(&rostered.roster, &stored.board)));
            }
        }
        let settled = self.settle(&first, |purse| {
            change(purse);
            seen.iter().for_each(|(shard, held)| purse.see(*shard, *held));
        });
        let Some(Settled { divided, before, now }) = settled.await? else { return Ok(None) };
        let deaf = |shard: &u16| match boards.get(shard) {
            Some(stored) => now.unheard(*shard, &stored.board).is_some(),
            None => true,
        };
        self.call(now.open().into_iter().filter(deaf).map(of).collect()).await;
        self.watch_zone(&first, &before, &now).await;
        Ok(Some(FleetSeen {
            hosts: divided.rule.hosts,
            minimum: divided.rule.minimum,
            over: now.over(&divided.rule, &divided.shards),
        }))
    }

    /// The deployment is over, or ends: nothing more begins.
    pub async fn withdraw(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        why: &str,
    ) -> Result<Option<FleetSeen>, DriverError> {
        self.look(scope, deployment, |purse| purse.withdraw(why)).await
    }

    /// A shard gives word of what it holds; the purse afterwards. If that is lost the deployment's next look makes up
    /// for it.
    pub(super) async fn give_word(&self, id: &ShardId, rostered: &Rostered, board: &Board) -> Option<Purse> {
        let held = Held::of(&rostered.roster, board);
        let settled = match self.settle(id, |purse| purse.see(id.shard, held)).await {
            Ok(settled) => settled?,
            Err(error) => {
                tracing::warn!(shard = %id, %error, "its word is left to the next look");
                return None;
            }
        };
        let Settled { divided, before, now } = settled;
        let called = now.to_call(&before).into_iter().map(|shard| ShardId { shard, ..id.clone() });
        self.call(called.collect()).await;
        self.watch_zone(id, &before, &now).await;
        if now.over(&divided.rule, &divided.shards).is_some() {
            self.call_root(id).await;
        }
        Some(now)
    }

    /// What a shard of many has not heard yet.
    pub(super) async fn catch_up(&self, id: &ShardId) -> Result<(), DriverError> {
        if self.roster(id).await?.is_none_or(|rostered| !rostered.rule.is_divided()) {
            return Ok(());
        }
        let Some((_, stored)) = self.load(id).await? else { return Ok(()) };
        let purse = self.fleets().purse(&id.scope, &id.deployment).await;
        let Some(kept) = purse.map_err(|source| failed(id, source))? else { return Ok(()) };
        let mut board = Some(stored.board);
        for _ in 0..ROUNDS {
            let event = board.and_then(|board| kept.purse.unheard(id.shard, &board));
            let Some(event) = event else { return Ok(()) };
            board = self.hear(id, &event).await?.board();
        }
        Ok(())
    }

    /// Changes the purse and settles it; nothing if there is none. Within a process one after the other.
    async fn settle(
        &self,
        id: &ShardId,
        change: impl Fn(&mut Purse) + Sync,
    ) -> Result<Option<Settled>, DriverError> {
        let place = ShardId { shard: u16::MAX, ..id.clone() };
        let turn = self.turns.at(&place);
        let busy = turn.busy.lock().await;
        let settled = self.settle_now(id, change).await;
        drop(busy);
        self.turns.leave(&place, turn);
        settled
    }

    async fn settle_now(
        &self,
        id: &ShardId,
        change: impl Fn(&mut Purse) + Sync,
    ) -> Result<Option<Settled>, DriverError> {
        let (scope, deployment, fleets) = (&id.scope, &id.deployment, self.fleets());
        let lost = |source| failed(id, source);
        let Some(divided) = fleets.divided(scope, deployment).await.map_err(lost)? else { return Ok(None) };
        for _ in 0..ROUNDS {
            let Some(stored) = fleets.purse(scope, deployment).await.map_err(lost)? else { return Ok(None) };
            let mut now = stored.purse.clone();
            change(&mut now);
            now.settle(&divided.rule, &divided.shards, self.driver.clock.now());
            let committed = if now == stored.purse {
                Ok(())
            } else {
                fleets.commit_purse(scope, deployment, &stored, &now).await
            };
            match committed {
                Ok(()) => return Ok(Some(Settled { divided, before: stored.purse, now })),
                Err(StoreError::Conflict) => {}
                Err(source) => return Err(lost(source)),
            }
        }
        Err(DriverError::Contended(deployment.clone()))
    }

    async fn call(&self, shards: Vec<ShardId>) {
        let now = self.driver.clock.now();
        let call = |id: ShardId| async move { self.send_call(&id, now).await };
        stream::iter(shards).for_each_concurrent(AT_A_TIME, call).await;
    }

    /// The next zone begins when its wait is over, which the first shard is called for: it is over by then.
    async fn watch_zone(&self, id: &ShardId, before: &Purse, now: &Purse) {
        if let Some(until) = now.monitor_until.filter(|_| now.monitor_until != before.monitor_until) {
            self.send_call(&ShardId { shard: 0, ..id.clone() }, until).await;
        }
    }

    /// Wakes a shard at that time, if nothing gets lost.
    pub(super) async fn send_call(&self, id: &ShardId, at: Timestamp) {
        if let Err(error) = self.driver.send_shard_wake(id, NO_EPOCH, at, false).await {
            tracing::warn!(shard = %id, %error, "the shard was not called");
        }
    }
}
