//! What the disk does not know yet of a queue.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;

/// How long a change stays in memory only. Most messages are received and deleted within it, and those
/// never cost a write.
pub(crate) const WRITE_LAG: Duration = Duration::from_millis(50);

/// A message as the disk keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) queue: QueueName,
    pub(crate) body: String,
    pub(crate) not_before: Timestamp,
    pub(crate) receives: u32,
    pub(crate) dead_at: Option<Timestamp>,
}

/// Rows to write and to delete.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) saved: Vec<Row>,
    pub(crate) gone: Vec<u64>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.saved.is_empty() && self.gone.is_empty()
    }
}

/// Which messages of a lane differ from the disk.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    /// Messages to save, and since when.
    pub(crate) dirty: BTreeMap<u64, Instant>,
    /// Messages that the disk still has.
    pub(crate) gone: Vec<u64>,
}

impl Unwritten {
    /// Notes that a message changed; an earlier change keeps its time.
    pub(crate) fn touch(&mut self, id: u64) {
        self.dirty.entry(id).or_insert_with(Instant::now);
    }

    /// Takes the ids whose change is older than `before`.
    pub(crate) fn take_dirty(&mut self, before: Instant) -> Vec<u64> {
        let ids: Vec<u64> = self.dirty.iter().filter(|(_, at)| **at <= before).map(|(id, _)| *id).collect();
        for id in &ids {
            self.dirty.remove(id);
        }
        ids
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.dirty.is_empty() && self.gone.is_empty()
    }
}
