//! The queues in SQLite.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Delivery, Inbox, Outgoing, Queue, QueueError};

use super::writer::Writer;
use crate::queue::board::Board;
use crate::queue::dead::DeadLetter;

/// The queues: they work in memory, and the disk follows within a tenth of a second.
///
/// `send` does not wait for the disk. What must not be lost stands in the table; a message only hints at
/// it, and after a start the sweep sends again what is due. So a crash may lose the messages of the last
/// moments, or bring a deleted one again, and neither does harm. At opening every message that was not
/// deleted is there again and visible, apart from those sent with a delay that has not passed.
#[derive(Debug)]
pub struct SqliteQueue {
    board: Arc<Board>,
    writer: Arc<Writer>,
}

impl SqliteQueue {
    pub(crate) fn new(board: Arc<Board>, writer: Arc<Writer>) -> Self {
        Self { board, writer }
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
impl Queue for SqliteQueue {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        self.board.send(message)?;
        self.writer.queues_changed();
        Ok(())
    }
}

#[async_trait]
impl Inbox for SqliteQueue {
    async fn receive(
        &self,
        queue: QueueName,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let taken = self.board.receive(queue, most, wait).await;
        if !taken.is_empty() || self.board.lags() {
            self.writer.queues_changed();
        }
        Ok(taken)
    }

    async fn delete(&self, delivery: &Delivery) -> Result<(), QueueError> {
        self.board.delete(delivery)?;
        self.writer.queues_changed();
        Ok(())
    }
}
