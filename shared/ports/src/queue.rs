//! Queues: at least once, in any order, delayed by at most 15 minutes. A hint, never the truth.

use std::time::Duration;

use async_trait::async_trait;
use cutover_core::queue::QueueName;

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// To which queue.
    pub queue: QueueName,
    /// An encoded envelope.
    pub body: String,
    /// Not before; at most 15 minutes (`MAX_QUEUE_DELAY_MS`), and longer ones are refused.
    pub delay_ms: u64,
}

/// A message received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// From which queue.
    pub queue: QueueName,
    /// An encoded envelope.
    pub body: String,
    /// How often it has been delivered, this time included; 1 at first.
    pub receive_count: u32,
    /// Names this delivery when it is deleted.
    pub receipt: String,
}

/// A failed queue call. All of them may pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reach the queue: {message}")]
pub struct QueueError {
    /// The client's words.
    pub message: String,
}

/// Sends messages.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends one message.
    async fn send(&self, message: Outgoing) -> Result<(), QueueError>;
}

/// Receives messages where no event source does it for us. A message that is not deleted comes again
/// after the queue's visibility timeout; one delivered five times in vain goes to the dead letters.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Up to `most` messages, waiting up to `wait` for the first.
    async fn receive(
        &self,
        queue: QueueName,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError>;

    /// Deletes a received message; one that is gone already is fine.
    async fn delete(&self, delivery: &Delivery) -> Result<(), QueueError>;
}

/// How long a received message stays invisible.
pub const VISIBILITY: Duration = Duration::from_secs(90);
/// Deliveries after which a message goes to the dead letters.
pub const MAX_RECEIVES: u32 = 5;
