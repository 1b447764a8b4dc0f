//! The queues' contract.

mod delivery;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use cutover_core::queue::QueueName;
use cutover_ports::queue::{Delivery, Inbox, Outgoing, Queue};
use tokio::time::Instant;

use crate::pace::Pace;

/// Everything the queues must do. `make` gives queues that are empty, or that nobody else uses; their
/// visibility timeout is the pace's. `dead` counts the dead letters of a queue.
///
/// # Panics
/// When the queues do something else.
pub async fn queue_contract<Q: Queue + Inbox + 'static>(
    make: impl Fn() -> Arc<Q>,
    dead: impl AsyncFn(&Q, QueueName) -> usize,
    pace: Pace,
) {
    delivery::sent_received_deleted(&*make(), &pace).await;
    delivery::queues_are_apart(&*make(), &pace).await;
    delivery::comes_again_until_deleted(&*make(), &pace).await;
    delivery::dead_after_five(&*make(), dead, &pace).await;
    delivery::too_long_a_delay_is_refused(&*make()).await;
    waiting::a_delay_is_kept(&*make(), &pace).await;
    waiting::an_empty_queue_answers_after_the_wait(&*make(), &pace).await;
    waiting::a_waiter_is_woken(&make(), &pace).await;
    waiting::many_receivers_share_the_messages(&make(), &pace).await;
}

async fn send(queue: &dyn Queue, to: QueueName, body: &str, delay: Duration) {
    let delay_ms = u64::try_from(delay.as_millis()).expect("short");
    queue.send(Outgoing { queue: to, body: body.to_owned(), delay_ms }).await.expect("send");
}

/// Waits for the message with that body; others are of earlier parts of the contract and deleted.
async fn await_body(inbox: &dyn Inbox, queue: QueueName, body: &str, most: Duration) -> Option<Delivery> {
    let end = Instant::now() + most;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut wanted = None;
        for delivery in inbox.receive(queue, 1, left).await.expect("receive") {
            if delivery.body == body {
                wanted = Some(delivery);
            } else {
                inbox.delete(&delivery).await.expect("delete");
            }
        }
        if wanted.is_some() || left.is_zero() {
            return wanted;
        }
    }
}
