//! Shards of fleets: the same loop as for deployments, around `decide_shard()`.
//!
//! ```text
//! wake, reports, acts of the root ──► shards::Shards ──► decide_shard ──► commit ──► orders, wake
//!                                                                          └── over: the root is called
//! one of many: it also reads what the purse has for it, and gives the purse word of what it holds
//! ```

mod orders;
mod purse;
mod reports;
mod turns;

use std::sync::Arc;

use cutover_core::event::Event;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::decide::decide_shard;
use cutover_core::fleet::event::{ShardDecision, ShardEvent, Why};
use cutover_core::fleet::holding::worth_a_word;
use cutover_core::ids::ShardId;
use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_ports::host_channel::HostChannel;
use cutover_ports::queue::{Outgoing, QueueError};
use cutover_signing::handover::Current;
use cutover_store::codec::StoreError;
use cutover_store::fleets::{Fleets, Rostered, StoredBoard};
use cutover_wire::envelope::Envelope;

use crate::driver::{Driver, DriverError, ROUNDS};

use orders::Post;
use turns::Turns;

pub use reports::Taken;

/// Carries messages to `decide_shard()`. Cheap to clone.
#[derive(Clone)]
pub struct Shards {
    driver: Driver,
    post: Option<Arc<Post>>,
    turns: Arc<Turns>,
}

/// What became of an event.
#[derive(Debug)]
pub enum Moved {
    /// It was committed; this is the board now.
    Committed(Box<StoredBoard>),
    /// It changes nothing.
    Ignored(Why, Box<StoredBoard>),
    /// It came too early: hear it again when the board's timer is due.
    Later(Box<StoredBoard>),
    /// There is no such shard.
    Unknown,
}

impl Moved {
    /// The board as it is now.
    pub fn board(self) -> Option<Board> {
        match self {
            Self::Committed(stored) | Self::Ignored(_, stored) | Self::Later(stored) => Some(stored.board),
            Self::Unknown => None,
        }
    }
}

impl Shards {
    /// Over this driver, its store and this channel; orders are signed with the newest of these keys.
    pub fn new(driver: Driver, channel: Arc<dyn HostChannel>, keys: Arc<Current>) -> Self {
        Self { driver, post: Some(Arc::new(Post { channel, keys })), turns: Arc::default() }
    }

    /// The same for whoever has no key to sign with: fleet-dispatch is called to send the orders of its commits.
    pub fn without_key(driver: Driver) -> Self {
        Self { driver, post: None, turns: Arc::default() }
    }

    /// The repository of fleets.
    pub fn fleets(&self) -> &Fleets {
        self.driver.fleets()
    }

    /// The driver of the deployments.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// A new shard's first wake. If that is lost, the sweep sends it.
    pub async fn start(&self, id: &ShardId, board: &Board) {
        self.wake_or_leave(id, board).await;
    }

    /// The timer of an epoch came. `again` says that its orders may have been lost.
    pub async fn wake(&self, id: &ShardId, epoch: u64, again: bool) -> Result<(), DriverError> {
        self.catch_up(id).await?;
        match self.hear(id, &ShardEvent::Wake { epoch }).await? {
            // A worker may have died between its commit and its messages.
            Moved::Later(stored) | Moved::Ignored(Why::StaleEpoch, stored) if again => {
                if let Some(rostered) = self.roster(id).await? {
                    self.publish(id, &rostered, &stored.board, 0).await;
                }
                self.wake_or_leave(id, &stored.board).await;
            }
            Moved::Later(stored) => self.wake_or_leave(id, &stored.board).await,
            Moved::Ignored(Why::Over, stored) => self.tell_again(id, &stored.board).await?,
            Moved::Committed(stored) => {
                // What was left to us to send, or was lost, went out with no commit of ours.
                if again && let Some(rostered) = self.roster(id).await? {
                    self.publish(id, &rostered, &stored.board, 0).await;
                }
                self.end_if_left(id, &stored.board).await?;
            }
            Moved::Ignored(..) | Moved::Unknown => {}
        }
        Ok(())
    }

    /// It is over: whoever should have heard may not have.
    async fn tell_again(&self, id: &ShardId, board: &Board) -> Result<(), DriverError> {
        match self.roster(id).await? {
            Some(rostered) if rostered.rule.is_divided() => {
                let purse = self.give_word(id, &rostered, board).await;
                if let Some(until) = purse.and_then(|purse| purse.monitor_until) {
                    self.send_call(id, until).await;
                }
            }
            _ => self.call_root(id).await,
        }
        Ok(())
    }

    /// A deployment may end without withdrawing its fleet: before the roll-out was asked for, without ever having
    /// heard that there is a roster, or because somebody abandoned it. Nobody else would ever end such a shard.
    async fn end_if_left(&self, id: &ShardId, board: &Board) -> Result<(), DriverError> {
        if board.end.is_some() || board.withdrawn.is_some() {
            return Ok(());
        }
        let root = self.driver.deployments.load(&id.scope, &id.deployment).await;
        let root = root.map_err(|source| failed(id, source))?;
        if root.is_none_or(|root| root.deployment.verdict().is_some()) {
            let why = "The deployment is over.".to_owned();
            if self.withdraw(&id.scope, &id.deployment, &why).await?.is_none() {
                self.hear(id, &ShardEvent::WithdrawAll { why }).await?;
            }
        }
        Ok(())
    }

    /// Hears an event: decides, commits, sends what follows from it.
    pub async fn hear(&self, id: &ShardId, event: &ShardEvent) -> Result<Moved, DriverError> {
        let turn = self.turns.at(id);
        let mut busy = turn.busy.lock().await;
        let moved = self.hear_now(id, event, &mut busy).await;
        drop(busy);
        self.turns.leave(id, turn);
        moved
    }

    /// The same, for whoever is at the shard and knows the board that was committed last.
    async fn hear_now(
        &self,
        id: &ShardId,
        event: &ShardEvent,
        last: &mut Option<StoredBoard>,
    ) -> Result<Moved, DriverError> {
        for _ in 0..ROUNDS {
            let known = last.take();
            let is_read = known.is_none();
            let loaded = match known {
                Some(stored) => self.roster(id).await?.map(|rostered| (rostered, stored)),
                None => self.load(id).await?,
            };
            let Some((rostered, stored)) = loaded else { return Ok(Moved::Unknown) };
            let now = self.driver.clock.now();
            let uncounted = self.uncounted(id, &rostered, &stored.board, now).await?;
            let heard = uncounted.as_ref().unwrap_or(event);
            match decide_shard(&rostered.rule, &rostered.roster, &stored.board, heard, now) {
                // Somebody else may have committed meanwhile, which only reading tells.
                ShardDecision::Ignore(_) | ShardDecision::Later(_) if !is_read => {}
                ShardDecision::Ignore(why) => return Ok(Moved::Ignored(why, Box::new(stored))),
                ShardDecision::Later(_) => return Ok(Moved::Later(Box::new(stored))),
                ShardDecision::Commit(next) => match self.commit(id, &rostered, &stored, *next).await {
                    Ok(_) if uncounted.is_some() => {}
                    Ok(committed) => {
                        *last = Some(committed.clone());
                        return Ok(Moved::Committed(Box::new(committed)));
                    }
                    Err(StoreError::Conflict) => {}
                    Err(source) => return Err(failed(id, source)),
                },
            }
        }
        Err(DriverError::Contended(id.deployment.clone()))
    }

    async fn commit(
        &self,
        id: &ShardId,
        rostered: &Rostered,
        stored: &StoredBoard,
        next: Board,
    ) -> Result<StoredBoard, StoreError> {
        let committed = self.fleets().commit(id, stored, next, self.driver.clock.now()).await?;
        self.publish(id, rostered, &committed.board, stored.board.wave).await;
        self.wake_or_leave(id, &committed.board).await;
        let divided = rostered.rule.is_divided();
        if divided && worth_a_word(&rostered.roster, &stored.board, &committed.board) {
            self.give_word(id, rostered, &committed.board).await;
        }
        if !divided && committed.board.end.is_some() {
            self.call_root(id).await;
        }
        Ok(committed)
    }

    /// The deployment looks at its fleet now; if this is lost it does so a minute later.
    async fn call_root(&self, id: &ShardId) {
        if let Err(error) = self.driver.signal(&id.scope, &id.deployment, Event::FleetOver).await {
            tracing::warn!(shard = %id, %error, "the deployment was not called");
        }
    }

    /// The board is committed; a wake that cannot be sent now is sent by the sweep.
    async fn wake_or_leave(&self, id: &ShardId, board: &Board) {
        let Some(due) = board.wake_at else { return };
        if due.ms_since(self.driver.clock.now()) > MAX_QUEUE_DELAY_MS {
            return;
        }
        if let Err(error) = self.driver.send_shard_wake(id, board.epoch, due, false).await {
            tracing::warn!(shard = %id, epoch = board.epoch, %error, "wake left to the sweep");
        }
    }

    async fn load(&self, id: &ShardId) -> Result<Option<(Arc<Rostered>, StoredBoard)>, DriverError> {
        let Some(rostered) = self.roster(id).await? else { return Ok(None) };
        let board = self.fleets().board(id).await.map_err(|source| failed(id, source))?;
        let unwritten = || StoredBoard::unwritten(&rostered.roster, self.driver.clock.now());
        let board = board.or_else(|| rostered.rule.is_divided().then(unwritten));
        Ok(board.map(|board| (rostered, board)))
    }

    async fn roster(&self, id: &ShardId) -> Result<Option<Arc<Rostered>>, DriverError> {
        self.fleets().roster(id).await.map_err(|source| failed(id, source))
    }
}

impl Driver {
    /// Sends a shard's wake; a far one is sent as far as the queue can hold it and comes early.
    pub(crate) async fn send_shard_wake(
        &self,
        id: &ShardId,
        epoch: u64,
        due: Timestamp,
        again: bool,
    ) -> Result<(), QueueError> {
        let now = self.clock.now();
        let body = Envelope::shard_wake(id.clone(), epoch, due, again, now).encode();
        let delay_ms = if again { 0 } else { due.ms_since(now).min(MAX_QUEUE_DELAY_MS) };
        self.queue.send(Outgoing { queue: QueueName::FleetDispatch, body, delay_ms }).await
    }
}

fn failed(id: &ShardId, source: StoreError) -> DriverError {
    DriverError::Store { deployment: id.deployment.clone(), source }
}
