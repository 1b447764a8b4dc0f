//! One at a time: within a process nobody competes with himself for a board. What hosts say while somebody else is at
//! it waits, and is heard together by whoever comes next: a hundred hosts that ask at once cost one commit or two.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_core::fleet::board::Board;
use cutover_core::fleet::event::{Report, ShardEvent};
use cutover_core::ids::ShardId;
use cutover_store::fleets::StoredBoard;
use tokio::sync::oneshot;

use super::Shards;
use crate::driver::DriverError;

/// Who is at which shard.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<ShardId, Arc<Turn>>>);

/// A shard that somebody is at, and what waits to be heard.
#[derive(Default)]
pub(super) struct Turn {
    /// Held by whoever is at it, with the board that the last one committed: the next one need not read it. It may be
    /// outdated where other processes are at the same shard, so only a commit over it counts.
    pub(super) busy: tokio::sync::Mutex<Option<StoredBoard>>,
    waiting: Mutex<Vec<Waiting>>,
}

/// The board after the reports were heard; nothing if there is no such shard. A failure comes as words, since many
/// are told of it.
type Heard = Result<Option<Arc<Board>>, String>;

struct Waiting {
    reports: Vec<Report>,
    answer: oneshot::Sender<Heard>,
}

impl Turns {
    /// The turns at a shard.
    pub(super) fn at(&self, id: &ShardId) -> Arc<Turn> {
        lock(&self.0).entry(id.clone()).or_default().clone()
    }

    /// Forgets a shard that nobody else is at.
    pub(super) fn leave(&self, id: &ShardId, turn: Arc<Turn>) {
        let mut all = lock(&self.0);
        // Ours and the one in the map.
        if Arc::strong_count(&turn) == 2 {
            all.remove(id);
        }
    }
}

impl Shards {
    /// Has reports heard, together with those that others bring at the same time; the board afterwards.
    pub(super) async fn report(
        &self,
        id: &ShardId,
        reports: Vec<Report>,
    ) -> Result<Option<Arc<Board>>, DriverError> {
        let turn = self.turns.at(id);
        let (answer, answered) = oneshot::channel();
        lock(&turn.waiting).push(Waiting { reports, answer });
        let mut busy = turn.busy.lock().await;
        // Empty if whoever was at it before has heard ours, too.
        let batch = std::mem::take(&mut *lock(&turn.waiting));
        if !batch.is_empty() {
            self.hear_together(id, batch, &mut busy).await;
        }
        drop(busy);
        self.turns.leave(id, turn);
        let lost = |why: String| DriverError::Together(id.deployment.clone(), why);
        let heard = answered.await.map_err(|_| lost("whoever was at it went away".to_owned()))?;
        heard.map_err(lost)
    }

    async fn hear_together(&self, id: &ShardId, batch: Vec<Waiting>, last: &mut Option<StoredBoard>) {
        let (mut reports, mut answers) = (Vec::new(), Vec::with_capacity(batch.len()));
        for waiting in batch {
            reports.extend(waiting.reports);
            answers.push(waiting.answer);
        }
        let heard = self.hear_now(id, &ShardEvent::Reports { reports }, last).await;
        let heard = heard.map(|moved| moved.board().map(Arc::new)).map_err(|error| error.to_string());
        for answer in answers {
            // Somebody who does not wait any more.
            let _ = answer.send(heard.clone());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
