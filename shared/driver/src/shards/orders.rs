//! Orders: read off the board, written out for each host, signed and sent.

use std::sync::Arc;

use cutover_core::fleet::board::Board;
use cutover_core::fleet::orders;
use cutover_core::hex::push_hex;
use cutover_core::ids::ShardId;
use cutover_core::plan::Plan;
use cutover_ports::host_channel::HostChannel;
use cutover_signing::handover::Current;
use cutover_signing::jws::{self, Kind};

use cutover_store::fleets::Rostered;
use cutover_wire::agent::message::{AGENT_VERSION, to_bytes};
use cutover_wire::agent::order::{Order, Seat};
use futures_util::stream::{self, StreamExt};
use sha2::{Digest, Sha256};

use super::Shards;

/// Orders on their way at the same time.
const AT_A_TIME: usize = 32;

/// What orders go out with.
pub(super) struct Post {
    pub(super) channel: Arc<dyn HostChannel>,
    pub(super) keys: Arc<Current>,
}

impl Shards {
    /// Sends the orders of the waves after `sent`, or has them sent by fleet-dispatch, which reads them off the board.
    /// One that cannot be sent is given out anew once its host should have accepted it.
    pub(super) async fn publish(&self, id: &ShardId, rostered: &Rostered, board: &Board, sent: u32) {
        let open = board.orders(sent);
        if open.is_empty() {
            return;
        }
        let Some(post) = &self.post else {
            let now = self.driver.clock.now();
            if let Err(error) = self.driver.send_shard_wake(id, board.epoch, now, true).await {
                tracing::warn!(shard = %id, %error, "fleet-dispatch was not called to send orders");
            }
            return;
        };
        let planned = match self.driver.deployments.planned(&id.scope, &id.deployment).await {
            Ok(Some(planned)) => planned,
            Ok(None) => return,
            Err(error) => return tracing::warn!(shard = %id, %error, "orders are not sent"),
        };
        let sends = open.into_iter().filter_map(|order| self.written(id, rostered, &planned.plan, order));
        let keys = &post.keys.get();
        let send = |order: Order| async move {
            let signed = jws::sign(keys.signer(), Kind::Order, &to_bytes(&order));
            if let Err(error) = post.channel.send(&id.scope, &order.host, signed).await {
                tracing::warn!(shard = %id, host = order.host, %error, "an order was not sent");
            }
        };
        stream::iter(sends).for_each_concurrent(AT_A_TIME, send).await;
    }

    fn written(&self, id: &ShardId, rostered: &Rostered, plan: &Plan, order: orders::Order) -> Option<Order> {
        let host = &rostered.roster.hosts.get(usize::from(order.index))?.name;
        let seat = Seat { shard: id.shard, index: order.index, segment: 0, attempt: order.attempt };
        Some(Order {
            v: AGENT_VERSION,
            id: order_id(id, host, seat),
            host: host.clone(),
            scope: id.scope.clone(),
            deployment: id.deployment.clone(),
            seat,
            generation: u64::try_from(plan.created_at.as_millis()).unwrap_or(0),
            issued_at: self.driver.clock.now(),
            accept_by: order.accept_by,
            work: plan.fleet.as_ref()?.work.clone(),
        })
    }
}

/// 32 hexadecimal digits that follow from deployment, host, segment and attempt.
pub(super) fn order_id(id: &ShardId, host: &str, seat: Seat) -> String {
    let text = format!("{}/{}/{host}/{}/{}", id.scope, id.deployment, seat.segment, seat.attempt);
    let mut order = String::with_capacity(32);
    push_hex(&mut order, &Sha256::digest(text.as_bytes())[..16]);
    order
}
