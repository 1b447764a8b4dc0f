//! Fleets: the shards of a deployment's hosts.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | rule and roster | `S/D#id#S#nnn` | `ROSTER` | never | 100 B a host |
//! | board | `S/D#id#S#nnn` | `BOARD` | every commit of the shard | 1–16 KB |
//! | target | `S/D#id#S#nnn` | `T#host` | never: a host's final report | 0.5–10 KB |
//!
//! A board that is not over stands in the wake index. A target is written before the board that counts it, and only
//! if it is absent: the first final report stays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cutover_core::fleet::board::{BOARD_VERSION, Board};
use cutover_core::fleet::roster::{ROSTER_VERSION, Roster};
use cutover_core::fleet::rule::FleetRule;
use cutover_core::ids::ShardId;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use cutover_wire::agent::report::Report;
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;
use crate::state::Sweep;

/// The stored version of [`Target`].
pub const TARGET_VERSION: u16 = 1;
/// Rosters that are kept in memory.
const CACHED: usize = 256;

/// The immutable half of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rostered {
    /// How many at a time.
    pub rule: FleetRule,
    /// The hosts, in picking order.
    pub roster: Roster,
    /// What tells the deployment's revision from others.
    pub revision: String,
    /// What every host of the roster had before, where that is known.
    pub before: Vec<Option<String>>,
}

/// The mutable half of a shard, with the version that the next write must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBoard {
    /// Grows with every write, by one.
    pub version: u64,
    /// The board.
    pub board: Board,
    /// The sweep's notes on the current epoch.
    pub sweep: Sweep,
}

#[derive(Serialize, Deserialize)]
struct Body {
    board: Board,
    sweep: Sweep,
}

/// What a host reported in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// [`TARGET_VERSION`].
    pub v: u16,
    /// Its final report.
    pub report: Report,
    /// When it came, by the service's clock.
    pub received_at: Timestamp,
}

/// The repository of fleets.
pub struct Fleets {
    table: Arc<dyn Table>,
    rosters: Mutex<HashMap<ShardId, Arc<Rostered>>>,
}

impl Fleets {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, rosters: Mutex::default() }
    }

    /// Creates a shard; false if it is there already.
    pub async fn create(&self, id: &ShardId, rostered: &Rostered, board: &Board) -> Result<bool, StoreError> {
        let sweep = Sweep::fresh(board.wake_at, board.created_at);
        let stored = StoredBoard { version: 1, board: board.clone(), sweep };
        let roster = Item::new(key::roster(id), 1, encode(rostered)?);
        let writes = vec![
            Write::Put { item: roster, expect: Expect::Absent },
            Write::Put { item: to_item(id, &stored)?, expect: Expect::Absent },
        ];
        match self.table.transact(writes).await {
            Ok(()) => Ok(true),
            Err(TableError::Condition(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A shard's rule and roster, if there is such a shard.
    pub async fn roster(&self, id: &ShardId) -> Result<Option<Arc<Rostered>>, StoreError> {
        if let Some(found) = self.rosters().get(id) {
            return Ok(Some(found.clone()));
        }
        let Some(item) = self.table.get(&key::roster(id)).await? else { return Ok(None) };
        let found: Arc<Rostered> = Arc::new(decode(&item)?);
        known(&item, found.roster.v, ROSTER_VERSION)?;
        let mut kept = self.rosters();
        if kept.len() >= CACHED {
            kept.clear();
        }
        kept.insert(id.clone(), found.clone());
        Ok(Some(found))
    }

    /// A shard's board, strongly consistent.
    pub async fn board(&self, id: &ShardId) -> Result<Option<StoredBoard>, StoreError> {
        let Some(item) = self.table.get(&key::board(id)).await? else { return Ok(None) };
        let body: Body = decode(&item)?;
        known(&item, body.board.v, BOARD_VERSION)?;
        Ok(Some(StoredBoard { version: item.version, board: body.board, sweep: body.sweep }))
    }

    /// Puts the next board over the one that was loaded; [`StoreError::Conflict`] if it is no longer that.
    pub async fn commit(
        &self,
        id: &ShardId,
        loaded: &StoredBoard,
        next: Board,
        now: Timestamp,
    ) -> Result<StoredBoard, StoreError> {
        let sweep = Sweep::fresh(next.wake_at, now);
        let stored = StoredBoard { version: loaded.version + 1, board: next, sweep };
        self.table.put_if(to_item(id, &stored)?, Expect::Version(loaded.version)).await?;
        Ok(stored)
    }

    /// Notes what the sweep did about the current epoch.
    pub async fn note_sweep(
        &self,
        id: &ShardId,
        loaded: &StoredBoard,
        sweep: Sweep,
    ) -> Result<(), StoreError> {
        let stored = StoredBoard { version: loaded.version + 1, board: loaded.board.clone(), sweep };
        Ok(self.table.put_if(to_item(id, &stored)?, Expect::Version(loaded.version)).await?)
    }

    /// Keeps a host's final report, unless there is one.
    pub async fn keep(&self, id: &ShardId, target: &Target) -> Result<(), StoreError> {
        let item = Item::new(key::target(id, &target.report.host), 1, encode(target)?);
        match self.table.put_if(item, Expect::Absent).await {
            Ok(()) | Err(TableError::Condition(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The final reports of those of up to 100 hosts that have one.
    pub async fn targets(&self, id: &ShardId, hosts: &[&str]) -> Result<Vec<Target>, StoreError> {
        let keys: Vec<_> = hosts.iter().map(|host| key::target(id, host)).collect();
        let items = self.table.batch_get(&keys).await?;
        let read = |item: &Item| {
            let target: Target = decode(item)?;
            known(item, target.v, TARGET_VERSION)?;
            Ok(target)
        };
        items.iter().map(read).collect()
    }

    fn rosters(&self) -> std::sync::MutexGuard<'_, HashMap<ShardId, Arc<Rostered>>> {
        self.rosters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_item(id: &ShardId, stored: &StoredBoard) -> Result<Item, StoreError> {
    let body = encode(&Body { board: stored.board.clone(), sweep: stored.sweep })?;
    let mut item = Item::new(key::board(id), stored.version, body);
    item.wake = stored.board.wake_at.map(|at| key::shard_wake(id, at));
    Ok(item)
}
