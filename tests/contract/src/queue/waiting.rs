//! When messages are delivered, and to whom.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cutover_core::queue::QueueName;
use cutover_ports::queue::{Inbox, Queue};
use tokio::time::Instant;

use super::{await_body, send};
use crate::names::unique;
use crate::pace::Pace;

/// A second, which is the step of SQS's delays; never early, and late by no more than the pace allows.
pub(super) async fn a_delay_is_kept<Q: Queue + Inbox>(queue: &Q, pace: &Pace) {
    let (name, body, delay) = (QueueName::LinearShift, unique("delayed"), Duration::from_secs(1));
    let sent = Instant::now();
    send(queue, name, &body, delay).await;
    let delivery = await_body(queue, name, &body, delay + pace.prompt * 5).await.expect("delivered");
    let waited = sent.elapsed();
    assert!(waited + Duration::from_millis(1) >= delay, "early: {waited:?}");
    assert!(waited <= delay + pace.prompt * 2, "late: {waited:?}");
    queue.delete(&delivery).await.expect("delete");
}

pub(super) async fn an_empty_queue_answers_after_the_wait<Q: Queue + Inbox>(queue: &Q, pace: &Pace) {
    let wait = Duration::from_secs(1);
    let (name, begun) = (QueueName::PostTrafficHook, Instant::now());
    assert_eq!(queue.receive(name, 10, wait).await, Ok(Vec::new()));
    let waited = begun.elapsed();
    assert!(waited >= wait * 9 / 10 && waited <= wait + pace.prompt * 2, "{waited:?}");
    assert_eq!(queue.receive(name, 10, Duration::ZERO).await, Ok(Vec::new()));
}

pub(super) async fn a_waiter_is_woken<Q: Queue + Inbox + 'static>(queue: &Arc<Q>, pace: &Pace) {
    let name = QueueName::PreTrafficHook;
    for round in 0..3 {
        let (waiter, body) = (Arc::clone(queue), unique("wake"));
        let (wanted, patience) = (body.clone(), pace.prompt * 20);
        let waiting = tokio::spawn(async move {
            let delivery = await_body(&*waiter, name, &wanted, patience).await.expect("delivered");
            (Instant::now(), delivery)
        });
        tokio::time::sleep(pace.prompt).await;
        let sent = Instant::now();
        send(&**queue, name, &body, Duration::ZERO).await;
        let (received, delivery) = waiting.await.expect("no panic");
        assert!(received - sent <= pace.prompt * 2, "round {round}: {:?}", received - sent);
        queue.delete(&delivery).await.expect("delete");
    }
}

/// While they are invisible, nobody gets the messages of another.
pub(super) async fn many_receivers_share_the_messages<Q: Queue + Inbox + 'static>(
    queue: &Arc<Q>,
    pace: &Pace,
) {
    const RECEIVERS: usize = 8;
    const MESSAGES: usize = 64;
    let (name, run) = (QueueName::CanaryShift, unique("shared"));
    let (sink, mut received) = tokio::sync::mpsc::unbounded_channel();
    let receivers: Vec<_> = (0..RECEIVERS)
        .map(|_| {
            let (queue, sink, patience) = (Arc::clone(queue), sink.clone(), pace.prompt * 2);
            tokio::spawn(async move {
                loop {
                    let found = queue.receive(name, 3, patience).await.expect("receive");
                    if found.is_empty() {
                        return;
                    }
                    for delivery in found {
                        queue.delete(&delivery).await.expect("delete");
                        sink.send(delivery.body).expect("the test listens");
                    }
                }
            })
        })
        .collect();
    drop(sink);
    for n in 0..MESSAGES {
        let delay = if n % 8 == 0 { Duration::from_secs(1) } else { Duration::ZERO };
        send(&**queue, name, &format!("{run}/{n:02}"), delay).await;
    }
    for receiver in receivers {
        receiver.await.expect("no panic");
    }
    let mut bodies = Vec::new();
    while let Some(body) = received.recv().await {
        bodies.push(body);
    }
    // Receivers may have given up before the delayed ones were due.
    let end = Instant::now() + Duration::from_secs(1) + pace.prompt * 3;
    while bodies.len() < MESSAGES && Instant::now() < end {
        for delivery in queue.receive(name, 10, pace.prompt).await.expect("receive") {
            queue.delete(&delivery).await.expect("delete");
            bodies.push(delivery.body);
        }
    }
    bodies.retain(|body| body.starts_with(&run));
    let different: BTreeSet<_> = bodies.iter().collect();
    assert_eq!((bodies.len(), different.len()), (MESSAGES, MESSAGES));
}
