//! All queues of a process, and those who wait at them.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_ports::clock::Clock;
use cutover_ports::queue::{Delivery, Outgoing, QueueError};
use tokio::sync::Notify;

use super::changes::{Changes, Row};
use super::dead::DeadLetter;
use super::lane::Lane;

/// How long a report stays invisible: well below the time that a host may be silent.
const REPORTS_VISIBILITY: Duration = Duration::from_secs(30);

/// The queues.
pub(crate) struct Board {
    clock: Arc<dyn Clock>,
    visibility: Duration,
    next_id: AtomicU64,
    posts: [Post; QueueName::ALL.len()],
}

/// A queue and its waiters.
struct Post {
    state: Mutex<State>,
    /// Wakes one waiter: there is something to take, or an earlier time to sleep until.
    bell: Notify,
}

struct State {
    lane: Lane,
    /// The one waiter whose timer is set, and for when. The others sleep until the bell.
    watch: Option<(Timestamp, u64)>,
    waiters: u64,
}

impl Board {
    pub(crate) fn new(clock: Arc<dyn Clock>, visibility: Duration) -> Self {
        Self::build(clock, visibility, false)
    }

    /// A board whose changes are collected for a disk, with what the disk had.
    pub(crate) fn durable(clock: Arc<dyn Clock>, visibility: Duration, rows: Vec<Row>) -> Self {
        let board = Self::build(clock, visibility, true);
        let next_id = rows.iter().map(|row| row.id + 1).max().unwrap_or(1);
        board.next_id.store(next_id, Ordering::Relaxed);
        for row in rows {
            board.post(row.queue).state().lane.restore(row);
        }
        board
    }

    fn build(clock: Arc<dyn Clock>, visibility: Duration, durable: bool) -> Self {
        let posts = QueueName::ALL.map(|queue| Post {
            state: Mutex::new(State { lane: Lane::new(queue, durable), watch: None, waiters: 0 }),
            bell: Notify::new(),
        });
        Self { clock, visibility, next_id: AtomicU64::new(1), posts }
    }

    /// Reports that were not taken in come again while their hosts still count as heard.
    fn visibility(&self, queue: QueueName) -> Duration {
        match queue {
            QueueName::FleetReport => self.visibility.min(REPORTS_VISIBILITY),
            _ => self.visibility,
        }
    }

    fn post(&self, queue: QueueName) -> &Post {
        &self.posts[queue as usize]
    }

    pub(crate) fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        let Outgoing { queue, body, delay_ms } = message;
        if delay_ms > MAX_QUEUE_DELAY_MS {
            let message = format!("a message cannot wait {delay_ms} ms; at most {MAX_QUEUE_DELAY_MS}");
            return Err(QueueError { message });
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let post = self.post(queue);
        let mut state = post.state();
        state.lane.push(id, body, self.clock.now().plus_ms(delay_ms));
        let ring = state.needs_watch();
        drop(state);
        if ring {
            post.bell.notify_one();
        }
        Ok(())
    }

    pub(crate) async fn receive(&self, queue: QueueName, most: usize, wait: Duration) -> Vec<Delivery> {
        let post = self.post(queue);
        let end = tokio::time::Instant::now() + wait;
        let turn = Turn::begin(post);
        loop {
            // Listening begins before looking, so that nothing is missed in between.
            let mut bell = pin!(post.bell.notified());
            bell.as_mut().enable();
            let now = self.clock.now();
            let due = {
                let mut state = post.state();
                turn.stop_watch(&mut state);
                let taken = state.lane.take(now, most, self.visibility(queue));
                if !taken.is_empty() || most == 0 {
                    return taken;
                }
                turn.watch(&mut state)
            };
            let until = due.map_or(end, |due| {
                end.min(tokio::time::Instant::now() + Duration::from_millis(due.ms_since(now)))
            });
            if tokio::time::Instant::now() >= end {
                return Vec::new();
            }
            tokio::select! {
                () = bell => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    pub(crate) fn delete(&self, delivery: &Delivery) -> Result<(), QueueError> {
        let id = delivery.receipt.split('.').next().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| QueueError { message: format!("no receipt: {:?}", delivery.receipt) })?;
        self.post(delivery.queue).state().lane.delete(id);
        Ok(())
    }

    pub(crate) fn wake(&self) {
        for post in &self.posts {
            post.bell.notify_waiters();
        }
    }

    pub(crate) fn len(&self, queue: QueueName) -> usize {
        self.post(queue).state().lane.len()
    }

    pub(crate) fn dead_letters(&self, queue: QueueName) -> Vec<DeadLetter> {
        self.post(queue).state().lane.dead_letters()
    }

    pub(crate) fn lags(&self) -> bool {
        self.posts.iter().any(|post| post.state().lane.lags())
    }

    /// What changed before that instant and is to be written.
    pub(crate) fn take_changes(&self, before: Instant) -> Changes {
        let mut changes = Changes::default();
        for post in &self.posts {
            post.state().lane.take_changes(before, &mut changes);
        }
        changes
    }

    /// Takes changes back that could not be written; they are tried again.
    pub(crate) fn put_back(&self, changes: Changes) {
        for row in &changes.saved {
            self.post(row.queue).state().lane.touch(row.id);
        }
        for id in changes.gone {
            self.posts[0].state().lane.still_on_disk(id);
        }
    }
}

impl Post {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a waiter has to be woken because nobody will be awake when the next message is due.
    fn needs_watch(&self) -> bool {
        let Some(due) = self.lane.next_due() else { return false };
        self.waiters > 0 && self.watch.is_none_or(|(until, _)| due < until)
    }
}

/// A waiter's place. When it leaves, by whatever way, somebody else keeps the watch.
struct Turn<'a> {
    post: &'a Post,
    id: u64,
}

impl<'a> Turn<'a> {
    fn begin(post: &'a Post) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        post.state().waiters += 1;
        Self { post, id: IDS.fetch_add(1, Ordering::Relaxed) }
    }

    /// Takes the watch if the next message is due before the present one ends.
    fn watch(&self, state: &mut State) -> Option<Timestamp> {
        let due = state.lane.next_due()?;
        if state.watch.is_some_and(|(until, _)| until <= due) {
            return None;
        }
        state.watch = Some((due, self.id));
        Some(due)
    }

    fn stop_watch(&self, state: &mut State) {
        if state.watch.is_some_and(|(_, id)| id == self.id) {
            state.watch = None;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.post.state();
        state.waiters -= 1;
        self.stop_watch(&mut state);
        if state.needs_watch() {
            self.post.bell.notify_one();
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("visibility", &self.visibility).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_stand_at_their_own_places() {
        for (place, queue) in QueueName::ALL.into_iter().enumerate() {
            assert_eq!(queue as usize, place);
        }
    }
}
