//! The queue of one host.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use cutover_core::ids::uuid_from_bits;
use cutover_ports::clock::Entropy;
use cutover_ports::system::OsEntropy;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{HostMessage, KEPT, MOST_MESSAGES};

/// Messages, oldest first, and those who wait for one.
#[derive(Debug, Default)]
pub(super) struct Lane {
    messages: VecDeque<Message>,
    changed: Arc<Notify>,
    waiting: usize,
    /// Counts the times that it was emptied for good: who waited then is answered.
    cleared: u64,
}

#[derive(Debug)]
struct Message {
    id: String,
    body: String,
    sent: Instant,
    visible: Instant,
    receives: u32,
}

impl Lane {
    pub(super) fn push(&mut self, now: Instant, body: String) {
        self.forget(now);
        if self.messages.len() >= MOST_MESSAGES {
            self.messages.pop_front();
        }
        let id = uuid_from_bits(OsEntropy.bits());
        self.messages.push_back(Message { id, body, sent: now, visible: now, receives: 0 });
        self.wake();
    }

    /// Takes what is visible, oldest first.
    pub(super) fn take(&mut self, now: Instant, most: usize, visibility: Duration) -> Vec<HostMessage> {
        self.forget(now);
        let visible = self.messages.iter_mut().filter(|message| message.visible <= now).take(most);
        visible
            .map(|message| {
                message.receives = message.receives.saturating_add(1);
                message.visible = now + visibility;
                HostMessage {
                    id: message.id.clone(),
                    receipt: format!("{}#{}", message.id, message.receives),
                    body: message.body.clone(),
                    receive_count: message.receives,
                }
            })
            .collect()
    }

    /// When the next message can be taken that cannot be now.
    pub(super) fn next_visible(&self) -> Option<Instant> {
        self.messages.iter().map(|message| message.visible).min()
    }

    pub(super) fn delete(&mut self, id: &str, count: u32) -> bool {
        let found = self.messages.iter().position(|m| m.id == id && m.receives == count);
        found.and_then(|at| self.messages.remove(at)).is_some()
    }

    pub(super) fn change(&mut self, id: &str, count: u32, visible: Instant) -> bool {
        let now = Instant::now();
        let held = |m: &&mut Message| m.id == id && m.receives == count && m.visible > now;
        let Some(message) = self.messages.iter_mut().find(held) else { return false };
        message.visible = visible;
        self.wake();
        true
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.cleared += 1;
        self.wake();
    }

    /// How often it was emptied for good.
    pub(super) fn cleared(&self) -> u64 {
        self.cleared
    }

    /// Drops what nobody fetched in time.
    pub(super) fn forget(&mut self, now: Instant) {
        self.messages.retain(|message| now - message.sent < KEPT);
    }

    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    pub(super) fn begin_wait(&mut self) -> Arc<Notify> {
        self.waiting += 1;
        self.changed.clone()
    }

    pub(super) fn end_wait(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Whether it can be forgotten.
    pub(super) fn is_idle(&self) -> bool {
        self.messages.is_empty() && self.waiting == 0
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }
}

/// The message and the delivery that a receipt names, if it is one.
pub(super) fn read_receipt(receipt: &str) -> Option<(&str, u32)> {
    let (id, count) = receipt.split_once('#')?;
    let uuid = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    uuid.then_some(())?;
    Some((id, count.parse().ok()?))
}
