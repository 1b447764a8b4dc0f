//! Nobody sleeps past a message, whoever else comes and goes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cutover_core::queue::QueueName;
use cutover_local::memory_queue::MemoryQueue;
use cutover_ports::clock::Clock;
use cutover_ports::queue::{Inbox, Outgoing, Queue};
use cutover_ports::system::SystemClock;
use tokio::sync::mpsc;

const MESSAGES: u64 = 600;
/// Far below the receivers' patience, so that a lost wake-up shows; far above a busy machine's delays.
const LATE_MS: u64 = 1_000;

/// Twelve receivers wait long; half of them are cut off again and again in the middle of their wait, while
/// messages come with delays that get shorter and longer.
#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_received_when_it_is_due() {
    let queue = Arc::new(MemoryQueue::new(Arc::new(SystemClock)));
    let (sink, mut received) = mpsc::unbounded_channel();
    let receivers: Vec<_> = (0..12_u64)
        .map(|n| {
            let (queue, sink) = (queue.clone(), sink.clone());
            tokio::spawn(async move {
                loop {
                    let most = 1 + n as usize % 3;
                    let receive = queue.receive(QueueName::Rollback, most, Duration::from_secs(60));
                    let patience = Duration::from_millis(if n % 2 == 0 { 60_000 } else { 3 + n });
                    let Ok(taken) = tokio::time::timeout(patience, receive).await else { continue };
                    for delivery in taken.unwrap() {
                        queue.delete(&delivery).await.unwrap();
                        sink.send((delivery.body, SystemClock.now())).unwrap();
                    }
                }
            })
        })
        .collect();
    for n in 0..MESSAGES {
        let delay_ms = (n * 7919) % 400;
        let due = SystemClock.now().plus_ms(delay_ms).as_millis();
        let body = format!("{n} {due}");
        queue.send(Outgoing { queue: QueueName::Rollback, body, delay_ms }).await.unwrap();
        if n % 10 == 0 {
            tokio::time::sleep(Duration::from_millis(n % 30)).await;
        }
    }
    let mut seen = HashSet::new();
    while (seen.len() as u64) < MESSAGES {
        let (body, at) = tokio::time::timeout(Duration::from_secs(5), received.recv())
            .await
            .expect("a message was slept past")
            .unwrap();
        let due: i64 = body.split(' ').nth(1).unwrap().parse().unwrap();
        let late = at.as_millis() - due;
        assert!((-1..=LATE_MS as i64).contains(&late), "{body} came {late} ms late");
        assert!(seen.insert(body));
    }
    receivers.iter().for_each(tokio::task::JoinHandle::abort);
}

/// Receives one message; how long after `begun` it came.
async fn first(queue: Arc<MemoryQueue>, begun: Instant) -> Duration {
    let taken = queue.receive(QueueName::Rollback, 1, Duration::from_secs(5)).await.expect("receive");
    assert_eq!(taken.len(), 1);
    begun.elapsed()
}

/// Two wait, so that one of them has no timer of its own; then something happens to the other.
#[tokio::test]
async fn the_watch_is_handed_on() {
    for case in ["the watcher leaves", "a message comes back", "an earlier message comes"] {
        let visibility = Duration::from_millis(200);
        let queue = Arc::new(MemoryQueue::with_visibility(Arc::new(SystemClock), visibility));
        let send = async |delay_ms| {
            let message = Outgoing { queue: QueueName::Rollback, body: "m".to_owned(), delay_ms };
            queue.send(message).await.unwrap();
        };
        let begun = Instant::now();
        let waiters = [(); 2].map(|()| tokio::spawn(first(queue.clone(), begun)));
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (came, at) = match case {
            "the watcher leaves" => {
                send(200).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                let [watcher, other] = waiters;
                watcher.abort();
                (other.await.unwrap(), 220)
            }
            "a message comes back" => {
                send(0).await;
                let [one, other] = waiters;
                let (one, other) = (one.await.unwrap(), other.await.unwrap());
                (one.max(other), 220)
            }
            _ => {
                send(2_000).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                send(180).await;
                let [one, other] = waiters;
                tokio::select! {
                    came = one => (came.unwrap(), 220),
                    came = other => (came.unwrap(), 220),
                }
            }
        };
        let came = came.as_millis();
        assert!((at - 5..at + LATE_MS as u128).contains(&came), "{case}: came after {came} ms");
    }
}
