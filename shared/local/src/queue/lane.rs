//! One queue's messages. Pure: the time comes in as an argument.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_ports::queue::{Delivery, MAX_RECEIVES};

use super::changes::{Changes, Row, Unwritten};
use super::dead::DeadLetter;

/// The messages of one queue. A message in flight is one that is due when its visibility timeout ends.
#[derive(Debug)]
pub(crate) struct Lane {
    queue: QueueName,
    /// Earliest first, in the order of sending among equals.
    order: BTreeSet<(Timestamp, u64)>,
    messages: HashMap<u64, Message>,
    dead: BTreeMap<u64, DeadLetter>,
    /// Kept where a disk follows.
    unwritten: Option<Unwritten>,
}

#[derive(Debug)]
struct Message {
    body: String,
    not_before: Timestamp,
    due: Timestamp,
    receives: u32,
    on_disk: bool,
}

impl Lane {
    pub(crate) fn new(queue: QueueName, durable: bool) -> Self {
        Self {
            queue,
            order: BTreeSet::new(),
            messages: HashMap::new(),
            dead: BTreeMap::new(),
            unwritten: durable.then(Unwritten::default),
        }
    }

    pub(crate) fn push(&mut self, id: u64, body: String, not_before: Timestamp) {
        self.insert(id, Message { body, not_before, due: not_before, receives: 0, on_disk: false });
        self.touch(id);
    }

    /// Puts back what the disk had. A message that was in flight is visible again.
    pub(crate) fn restore(&mut self, row: Row) {
        let Row { id, body, not_before, receives, dead_at, .. } = row;
        match dead_at {
            Some(dead_at) => {
                self.dead.insert(id, DeadLetter { body, receive_count: receives, dead_at });
            }
            None => {
                self.insert(id, Message { body, not_before, due: not_before, receives, on_disk: true });
            }
        }
    }

    /// Up to `most` messages that are due, invisible to others from now on for `visibility`.
    pub(crate) fn take(&mut self, now: Timestamp, most: usize, visibility: Duration) -> Vec<Delivery> {
        let hidden_until = now.plus_ms(u64::try_from(visibility.as_millis()).unwrap_or(u64::MAX));
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(&(due, id)) = self.order.first().filter(|(due, _)| *due <= now) else { break };
            self.order.remove(&(due, id));
            self.touch(id);
            let Some(message) = self.messages.get_mut(&id) else { continue };
            if message.receives >= MAX_RECEIVES {
                self.bury(id, now);
                continue;
            }
            message.receives += 1;
            message.due = hidden_until;
            taken.push(Delivery {
                queue: self.queue,
                body: message.body.clone(),
                receive_count: message.receives,
                receipt: format!("{id}.{}", message.receives),
            });
            self.order.insert((hidden_until, id));
        }
        taken
    }

    pub(crate) fn delete(&mut self, id: u64) {
        let Some(message) = self.messages.remove(&id) else { return };
        self.order.remove(&(message.due, id));
        if let Some(unwritten) = &mut self.unwritten {
            unwritten.dirty.remove(&id);
            if message.on_disk {
                unwritten.gone.push(id);
            }
        }
    }

    /// When the next message is due, or was.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.order.first().map(|(due, _)| *due)
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.dead.values().cloned().collect()
    }

    /// Whether the disk lags behind.
    pub(crate) fn lags(&self) -> bool {
        self.unwritten.as_ref().is_some_and(|unwritten| !unwritten.is_empty())
    }

    /// Moves what changed before that instant into `changes`; the disk is taken to have it then.
    pub(crate) fn take_changes(&mut self, before: Instant, changes: &mut Changes) {
        let Some(unwritten) = &mut self.unwritten else { return };
        changes.gone.append(&mut unwritten.gone);
        for id in unwritten.take_dirty(before) {
            if let Some(message) = self.messages.get_mut(&id) {
                message.on_disk = true;
                changes.saved.push(Row {
                    id,
                    queue: self.queue,
                    body: message.body.clone(),
                    not_before: message.not_before,
                    receives: message.receives,
                    dead_at: None,
                });
            } else if let Some(letter) = self.dead.get(&id) {
                changes.saved.push(Row {
                    id,
                    queue: self.queue,
                    body: letter.body.clone(),
                    not_before: letter.dead_at,
                    receives: letter.receive_count,
                    dead_at: Some(letter.dead_at),
                });
            }
        }
    }

    /// Notes that a change did not reach the disk after all.
    pub(crate) fn touch(&mut self, id: u64) {
        if let Some(unwritten) = &mut self.unwritten {
            unwritten.touch(id);
        }
    }

    /// Notes that a deletion did not reach the disk after all.
    pub(crate) fn still_on_disk(&mut self, id: u64) {
        if let Some(unwritten) = &mut self.unwritten {
            unwritten.gone.push(id);
        }
    }

    fn insert(&mut self, id: u64, message: Message) {
        self.order.insert((message.due, id));
        self.messages.insert(id, message);
    }

    fn bury(&mut self, id: u64, now: Timestamp) {
        if let Some(Message { body, receives, .. }) = self.messages.remove(&id) {
            self.dead.insert(id, DeadLetter { body, receive_count: receives, dead_at: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIBLE_AFTER: Duration = Duration::from_millis(90);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_message_comes_five_times_and_is_then_a_dead_letter() {
        let mut lane = Lane::new(QueueName::Rollback, false);
        lane.push(1, "m".to_owned(), at(10));
        assert!(lane.take(at(9), 10, VISIBLE_AFTER).is_empty());
        for (count, now) in [(1, 10), (2, 100), (3, 190), (4, 280), (5, 370)] {
            assert!(lane.take(at(now - 1), 10, VISIBLE_AFTER).is_empty());
            assert_eq!(lane.take(at(now), 10, VISIBLE_AFTER)[0].receive_count, count);
        }
        assert!(lane.take(at(460), 10, VISIBLE_AFTER).is_empty());
        assert_eq!(
            lane.dead_letters(),
            [DeadLetter { body: "m".to_owned(), receive_count: 5, dead_at: at(460) }]
        );
        assert_eq!(lane.len(), 0);
    }

    #[test]
    fn what_is_deleted_before_the_disk_saw_it_costs_nothing() {
        let mut lane = Lane::new(QueueName::Rollback, true);
        lane.push(1, "short".to_owned(), at(0));
        lane.push(2, "long".to_owned(), at(0));
        lane.take(at(0), 10, VISIBLE_AFTER);
        lane.delete(1);
        let mut changes = Changes::default();
        lane.take_changes(Instant::now(), &mut changes);
        assert_eq!(changes.saved.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
        assert!(changes.gone.is_empty() && !lane.lags());
        lane.delete(2);
        lane.take_changes(Instant::now(), &mut changes);
        assert_eq!(changes.gone, [2]);
    }
}
