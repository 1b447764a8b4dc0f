//! The queues in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::queue::QueueName;
use cutover_ports::clock::Clock;
use cutover_ports::queue::{Delivery, Inbox, Outgoing, Queue, QueueError, VISIBILITY};

use crate::queue::board::Board;
use crate::queue::dead::DeadLetter;

/// Queues that are gone with the process.
#[derive(Debug)]
pub struct MemoryQueue {
    board: Board,
}

impl MemoryQueue {
    /// Empty queues under this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_visibility(clock, VISIBILITY)
    }

    /// The same with another visibility timeout.
    pub fn with_visibility(clock: Arc<dyn Clock>, visibility: Duration) -> Self {
        Self { board: Board::new(clock, visibility) }
    }

    /// Makes those who wait look again: call it after moving a clock by hand.
    pub fn wake(&self) {
        self.board.wake();
    }

    /// How many messages a queue holds, delayed and invisible ones included.
    pub fn len(&self, queue: QueueName) -> usize {
        self.board.len(queue)
    }

    /// What was delivered too often.
    pub fn dead_letters(&self, queue: QueueName) -> Vec<DeadLetter> {
        self.board.dead_letters(queue)
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        self.board.send(message)
    }
}

#[async_trait]
impl Inbox for MemoryQueue {
    async fn receive(
        &self,
        queue: QueueName,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        Ok(self.board.receive(queue, most, wait).await)
    }

    async fn delete(&self, delivery: &Delivery) -> Result<(), QueueError> {
        self.board.delete(delivery)
    }
}
