//! The queues of hosts: one for each, by name, in memory.
//!
//! Memory is enough: an order stands in the table until its host has reported, and the engine sends it again
//! from there. What a restart loses comes again, and what is delivered twice is the same order by its id.

mod lane;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_ports::host_channel::{HostChannel, MOST_BYTES};
use cutover_ports::queue::QueueError;
use tokio::sync::Notify;
use tokio::time::Instant;

use lane::Lane;

/// How long a received message stays invisible unless its receiver says otherwise: SQS's own default.
pub const VISIBILITY: Duration = Duration::from_secs(30);
/// Messages that a queue holds: beyond, the oldest goes, whose deployment has given up on it long since.
const MOST_MESSAGES: usize = 64;
/// How long a message is kept that nobody fetches. No order is waited for that long.
const KEPT: Duration = Duration::from_secs(3_600);

/// A message as a host receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostMessage {
    /// Names the message.
    pub id: String,
    /// Names this delivery of it.
    pub receipt: String,
    /// The text that was sent.
    pub body: String,
    /// How often it has been delivered, this time included.
    pub receive_count: u32,
}

/// What a receipt names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// A message that its receiver holds at this moment.
    Held,
    /// A message that is gone, visible again, or with another receiver.
    Past,
    /// Nothing that this queue ever gave out.
    Unreadable,
}

/// The queues. Share them by `Arc`.
#[derive(Debug, Default)]
pub struct HostQueues {
    lanes: Mutex<Lanes>,
    closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Lanes {
    by_host: HashMap<(Scope, String), Lane>,
    swept: Option<Instant>,
}

impl HostQueues {
    /// Empty queues.
    pub fn new() -> Self {
        Self::default()
    }

    /// Up to `most` messages of a host's queue, waiting up to `wait` for the first; they stay invisible for
    /// `visibility`. Dropping the future takes nothing.
    pub async fn receive(
        &self,
        scope: &Scope,
        host: &str,
        (most, visibility, wait): (usize, Duration, Duration),
    ) -> Vec<HostMessage> {
        let key = (scope.clone(), host.to_owned());
        let until = Instant::now() + wait;
        let waiting = self.wait_in(key);
        loop {
            let changed = waiting.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed, also one that comes before the wait begins.
            changed.as_mut().enable();
            let now = Instant::now();
            let (taken, next, cleared) = match self.lock().by_host.get_mut(&waiting.key) {
                Some(lane) => (lane.take(now, most, visibility), lane.next_visible(), lane.cleared()),
                None => (Vec::new(), None, waiting.cleared),
            };
            let over = now >= until || cleared != waiting.cleared || self.closed.load(Ordering::SeqCst);
            if !taken.is_empty() || over {
                return taken;
            }
            let wake = next.map_or(until, |next| next.min(until));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Deletes the message of a receipt. Only the newest delivery's receipt counts, as with SQS.
    pub fn delete(&self, scope: &Scope, host: &str, receipt: &str) -> Receipt {
        self.with(scope, host, receipt, |lane, id, count| lane.delete(id, count))
    }

    /// Makes the message of a receipt visible after this long from now; at once with zero.
    pub fn change_visibility(&self, scope: &Scope, host: &str, receipt: &str, after: Duration) -> Receipt {
        let at = Instant::now() + after;
        self.with(scope, host, receipt, |lane, id, count| lane.change(id, count, at))
    }

    /// Forgets every message of a host and ends its polls.
    pub fn clear(&self, scope: &Scope, host: &str) {
        let (mut lanes, key) = (self.lock(), (scope.clone(), host.to_owned()));
        if let Some(lane) = lanes.by_host.get_mut(&key) {
            lane.clear();
            if lane.is_idle() {
                lanes.by_host.remove(&key);
            }
        }
    }

    /// Ends every poll, and all later ones at once: the service stops.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.lock().by_host.values().for_each(Lane::wake);
    }

    /// How many messages wait for a host, invisible ones included.
    pub fn len(&self, scope: &Scope, host: &str) -> usize {
        self.lock().by_host.get(&(scope.clone(), host.to_owned())).map_or(0, Lane::len)
    }

    fn with(
        &self,
        scope: &Scope,
        host: &str,
        receipt: &str,
        act: impl FnOnce(&mut Lane, &str, u32) -> bool,
    ) -> Receipt {
        let Some((id, count)) = lane::read_receipt(receipt) else { return Receipt::Unreadable };
        let mut lanes = self.lock();
        let lane = lanes.by_host.get_mut(&(scope.clone(), host.to_owned()));
        match lane.is_some_and(|lane| act(lane, id, count)) {
            true => Receipt::Held,
            false => Receipt::Past,
        }
    }

    /// Notes that somebody polls this queue, until the answer is dropped.
    fn wait_in(&self, key: (Scope, String)) -> Waiting<'_> {
        let mut lanes = self.lock();
        let lane = lanes.by_host.entry(key.clone()).or_default();
        let (changed, cleared) = (lane.begin_wait(), lane.cleared());
        Waiting { queues: self, key, changed, cleared }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HostChannel for HostQueues {
    async fn send(&self, scope: &Scope, host: &str, body: String) -> Result<(), QueueError> {
        if body.len() > MOST_BYTES {
            let message = format!("a message of {} bytes is longer than {MOST_BYTES}", body.len());
            return Err(QueueError { message });
        }
        let now = Instant::now();
        let mut lanes = self.lock();
        if lanes.swept.is_none_or(|swept| now - swept >= KEPT) {
            // Hosts that are gone for good: nobody looks into their queues any more.
            lanes.swept = Some(now);
            lanes.by_host.retain(|_, lane| {
                lane.forget(now);
                !lane.is_idle()
            });
        }
        lanes.by_host.entry((scope.clone(), host.to_owned())).or_default().push(now, body);
        Ok(())
    }
}

/// Somebody who polls a queue.
struct Waiting<'a> {
    queues: &'a HostQueues,
    key: (Scope, String),
    changed: Arc<Notify>,
    /// How often the queue had been emptied for good when the wait began.
    cleared: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut lanes = self.queues.lock();
        if let Some(lane) = lanes.by_host.get_mut(&self.key) {
            lane.end_wait();
            if lane.is_idle() {
                lanes.by_host.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
#[path = "host_queues_tests.rs"]
mod tests;
