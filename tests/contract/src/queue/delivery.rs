//! What is delivered, and how often.

use std::time::Duration;

use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Inbox, MAX_RECEIVES, Outgoing, Queue};

use super::{await_body, send};
use crate::names::unique;
use crate::pace::Pace;

pub(super) async fn sent_received_deleted<Q: Queue + Inbox>(queue: &Q, pace: &Pace) {
    let body = format!("{{\"text\":\"{} Grüße 日本 🚢 \\\" < > &\"}}", unique("m"));
    send(queue, QueueName::CanaryShift, &body, Duration::ZERO).await;
    let delivery =
        await_body(queue, QueueName::CanaryShift, &body, pace.prompt * 3).await.expect("delivered");
    assert_eq!((delivery.queue, delivery.receive_count), (QueueName::CanaryShift, 1));
    queue.delete(&delivery).await.expect("delete");
    queue.delete(&delivery).await.expect("delete again");
    let again = await_body(queue, QueueName::CanaryShift, &body, pace.visibility + pace.prompt * 2).await;
    assert_eq!(again, None);
}

pub(super) async fn queues_are_apart<Q: Queue + Inbox>(queue: &Q, pace: &Pace) {
    let names = QueueName::ALL.map(|name| (name, unique(name.as_str())));
    for (name, body) in &names {
        send(queue, *name, body, Duration::ZERO).await;
    }
    for (name, body) in names {
        let delivery = await_body(queue, name, &body, pace.prompt * 3).await.expect("delivered");
        assert_eq!(delivery.queue, name);
        queue.delete(&delivery).await.expect("delete");
    }
}

pub(super) async fn comes_again_until_deleted<Q: Queue + Inbox>(queue: &Q, pace: &Pace) {
    let (name, body) = (QueueName::Rollback, unique("again"));
    send(queue, name, &body, Duration::ZERO).await;
    let first = await_body(queue, name, &body, pace.prompt * 3).await.expect("delivered");
    assert_eq!(await_body(queue, name, &body, pace.visibility / 2).await, None, "it is invisible");
    let second = await_body(queue, name, &body, pace.visibility + pace.prompt * 2).await.expect("again");
    assert_eq!((first.receive_count, second.receive_count), (1, 2));
    queue.delete(&second).await.expect("delete");
    assert_eq!(await_body(queue, name, &body, pace.visibility + pace.prompt * 2).await, None);
}

pub(super) async fn dead_after_five<Q: Queue + Inbox>(
    queue: &Q,
    dead: impl AsyncFn(&Q, QueueName) -> usize,
    pace: &Pace,
) {
    let (name, body) = (QueueName::AlarmCheck, unique("poison"));
    let before = dead(queue, name).await;
    send(queue, name, &body, Duration::ZERO).await;
    let patience = pace.visibility + pace.prompt * 3;
    for count in 1..=MAX_RECEIVES {
        let delivery = await_body(queue, name, &body, patience).await.expect("delivered");
        assert_eq!(delivery.receive_count, count);
    }
    assert_eq!(await_body(queue, name, &body, patience).await, None);
    pace.settles("dead letters", before + 1, async || dead(queue, name).await).await;
}

pub(super) async fn too_long_a_delay_is_refused<Q: Queue + Inbox>(queue: &Q) {
    let body = unique("late");
    let message = Outgoing { queue: QueueName::Rollback, body, delay_ms: MAX_QUEUE_DELAY_MS + 1 };
    assert!(queue.send(message).await.is_err());
}
