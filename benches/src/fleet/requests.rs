//! Queues whose requests are counted as those of SQS would be: at most ten messages each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Delivery, Inbox, Outgoing, Queue, QueueError};

/// Messages of one request.
const MOST: u64 = 10;

/// Counts requests.
#[derive(Default)]
pub struct Requests(AtomicU64);

impl Requests {
    /// So far.
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds some.
    pub fn add(&self, requests: u64) {
        self.0.fetch_add(requests, Ordering::Relaxed);
    }
}

/// A counted queue.
pub struct Counted<Q> {
    inner: Arc<Q>,
    requests: Arc<Requests>,
}

impl<Q> Counted<Q> {
    /// Around this queue.
    pub fn new(inner: Arc<Q>, requests: Arc<Requests>) -> Self {
        Self { inner, requests }
    }
}

#[async_trait]
impl<Q: Queue> Queue for Counted<Q> {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        self.requests.add(1);
        self.inner.send(message).await
    }
}

#[async_trait]
impl<Q: Inbox> Inbox for Counted<Q> {
    async fn receive(
        &self,
        queue: QueueName,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let received = self.inner.receive(queue, most, wait).await?;
        let messages = received.len() as u64;
        // Receiving them, and deleting them as many at a time.
        self.requests.add(2 * messages.div_ceil(MOST));
        Ok(received)
    }

    async fn delete(&self, delivery: &Delivery) -> Result<(), QueueError> {
        self.inner.delete(delivery).await
    }
}
