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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_core::fleet::board::{BOARD_VERSION, Board};
use cutover_core::fleet::roster::{ROSTER_VERSION, Roster};
use cutover_core::fleet::rule::FleetRule;
use cutover_core::ids::{DeploymentId, ShardId};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use cutover_wire::agent::report::Report;
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::divided::Divided;
use crate::key;
use crate::state::Sweep;

/// The stored version of [`Target`].
pub const TARGET_VERSION: u16 = 1;
/// Rosters that are kept in memory.
const CACHED: usize = 256;
/// Boards that are read at once: 16 KB each.
const BOARDS: usize = 100;

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
    /// The deployment that knows of hosts which this one left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<DeploymentId>,
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

#[derive(Deserialize)]
struct Body {
    board: Board,
    sweep: Sweep,
}

/// The same while it is written.
#[derive(Serialize)]
struct BodyOf<'a> {
    board: &'a Board,
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

/// The same while it is written.
#[derive(Serialize)]
struct TargetOf<'a> {
    v: u16,
    report: &'a Report,
    received_at: Timestamp,
}

/// The repository of fleets.
pub struct Fleets {
    pub(crate) table: Arc<dyn Table>,
    kept: Mutex<Kept>,
}

/// What never changes, in memory.
#[derive(Default)]
pub(crate) struct Kept {
    rosters: HashMap<ShardId, Arc<Rostered>>,
    /// By their first shards.
    pub(crate) divided: HashMap<ShardId, Arc<Divided>>,
}

impl StoredBoard {
    /// The board of one shard of many that has not heard anything yet: it is not stored.
    pub fn unwritten(roster: &Roster, now: Timestamp) -> Self {
        let board = Board::new(roster, now);
        let sweep = Sweep::fresh(board.wake_at, now);
        Self { version: 0, board, sweep }
    }
}

impl Fleets {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, kept: Mutex::default() }
    }

    /// Creates a shard; false if it is there already.
    pub async fn create(&self, id: &ShardId, rostered: &Rostered, board: &Board) -> Result<bool, StoreError> {
        let sweep = Sweep::fresh(board.wake_at, board.created_at);
        let stored = StoredBoard { version: 1, board: board.clone(), sweep };
        let roster = Item::new(key::roster(id), 1, encode(rostered)?);
        let writes = vec![
            Write::Put { item: roster, expect: Expect::Absent },
            Write::Put { item: to_item(id, &stored)?, expect: Expect::Absent },
            // Whoever found more hosts may have divided them.
            Write::Check { key: key::fleet(&id.scope, &id.deployment), expect: Expect::Absent },
        ];
        match self.table.transact(writes).await {
            Ok(()) => Ok(true),
            Err(TableError::Condition(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A shard's rule and roster, if there is such a shard.
    pub async fn roster(&self, id: &ShardId) -> Result<Option<Arc<Rostered>>, StoreError> {
        if let Some(found) = self.kept().rosters.get(id) {
            return Ok(Some(found.clone()));
        }
        let lone = if id.shard == 0 { self.table.get(&key::roster(id)).await? } else { None };
        let Some(item) = (match lone {
            Some(item) => Some(item),
            None => self.drawn_roster(id).await?,
        }) else {
            return Ok(None);
        };
        let found: Arc<Rostered> = Arc::new(decode(&item)?);
        known(&item, found.roster.v, ROSTER_VERSION)?;
        let mut kept = self.kept();
        if kept.rosters.len() >= CACHED {
            *kept = Kept::default();
        }
        kept.rosters.insert(id.clone(), found.clone());
        Ok(Some(found))
    }

    async fn drawn_roster(&self, id: &ShardId) -> Result<Option<Item>, StoreError> {
        let Some(divided) = self.divided(&id.scope, &id.deployment).await? else { return Ok(None) };
        Ok(self.table.get(&key::drawn_roster(id, &divided.drawn)).await?)
    }

    /// A shard's board, strongly consistent.
    pub async fn board(&self, id: &ShardId) -> Result<Option<StoredBoard>, StoreError> {
        let Some(item) = self.table.get(&key::board(id)).await? else { return Ok(None) };
        from_item(&item).map(Some)
    }

    /// These shards' boards, strongly consistent, where they have one.
    pub async fn boards(&self, ids: &[ShardId]) -> Result<HashMap<u16, StoredBoard>, StoreError> {
        let mut found = HashMap::new();
        for ids in ids.chunks(BOARDS) {
            let shards: HashMap<_, _> = ids.iter().map(|id| (key::board(id), id.shard)).collect();
            let keys: Vec<_> = ids.iter().map(key::board).collect();
            for item in self.table.batch_get(&keys).await? {
                if let Some(shard) = shards.get(&item.key) {
                    found.insert(*shard, from_item(&item)?);
                }
            }
        }
        Ok(found)
    }

    /// Puts the next board over the one that was loaded, which has version 0 if it was not there;
    /// [`StoreError::Conflict`] if it is no longer that.
    pub async fn commit(
        &self,
        id: &ShardId,
        loaded: &StoredBoard,
        next: Board,
        now: Timestamp,
    ) -> Result<StoredBoard, StoreError> {
        let sweep = Sweep::fresh(next.wake_at, now);
        let stored = StoredBoard { version: loaded.version + 1, board: next, sweep };
        let expect = if loaded.version == 0 { Expect::Absent } else { Expect::Version(loaded.version) };
        self.table.put_if(to_item(id, &stored)?, expect).await?;
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

    /// Keeps a host's final report that came now, unless there is one.
    pub async fn keep(&self, id: &ShardId, report: &Report, now: Timestamp) -> Result<(), StoreError> {
        let target = TargetOf { v: TARGET_VERSION, report, received_at: now };
        let item = Item::new(key::target(id, &report.host), 1, encode(&target)?);
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

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn from_item(item: &Item) -> Result<StoredBoard, StoreError> {
    let body: Body = decode(item)?;
    known(item, body.board.v, BOARD_VERSION)?;
    Ok(StoredBoard { version: item.version, board: body.board, sweep: body.sweep })
}

fn to_item(id: &ShardId, stored: &StoredBoard) -> Result<Item, StoreError> {
    let body = encode(&BodyOf { board: &stored.board, sweep: stored.sweep })?;
    let mut item = Item::new(key::board(id), stored.version, body);
    item.wake = stored.board.wake_at.map(|at| key::shard_wake(id, at));
    Ok(item)
}
