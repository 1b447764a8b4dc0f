//! How far listeners are with the hosts of a shard: a letter per host for each listener. What there is to tell is read
//! off the shard's board, so that nothing is written for a host on its deployment's way.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover_core::ids::ShardId;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`HostsTold`].
pub const HOSTS_TOLD_VERSION: u16 = 1;

/// Which hosts of a shard were told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostsTold {
    /// [`HOSTS_TOLD_VERSION`].
    pub v: u16,
    /// When to look at the board next; absent once nothing is left to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// How far each listener is, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub heard: BTreeMap<String, HostsHeard>,
}

/// How far one listener is with the hosts of a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostsHeard {
    /// A letter per host in roster order: `-` nothing, `s` its start, `e` its end.
    pub told: String,
    /// Tries in a row that failed.
    #[serde(default)]
    pub tries: u32,
    /// Not again before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Whether it was given up: a dead letter tells of it.
    #[serde(default)]
    pub dead: bool,
}

/// It with the version that the next write must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHostsTold {
    /// Grows with every write, by one.
    pub version: u64,
    /// It.
    pub told: HostsTold,
}

/// Makes it, if it is not there.
pub async fn create(table: &Arc<dyn Table>, id: &ShardId, due: Timestamp) -> Result<(), StoreError> {
    let told = HostsTold { v: HOSTS_TOLD_VERSION, due: Some(due), heard: BTreeMap::new() };
    match table.put_if(to_item(id, &told, 1)?, Expect::Absent).await {
        Ok(()) | Err(TableError::Condition(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Of that shard.
pub async fn find(table: &Arc<dyn Table>, id: &ShardId) -> Result<Option<StoredHostsTold>, StoreError> {
    let Some(item) = table.get(&key::hosts_told(id)).await? else { return Ok(None) };
    let told: HostsTold = decode(&item)?;
    known(&item, told.v, HOSTS_TOLD_VERSION)?;
    Ok(Some(StoredHostsTold { version: item.version, told }))
}

/// Puts `next` over what was loaded, with `more`; [`StoreError::Conflict`] if it is no longer that.
pub async fn keep(
    table: &Arc<dyn Table>,
    id: &ShardId,
    loaded: &StoredHostsTold,
    next: &HostsTold,
    more: Vec<Write>,
) -> Result<(), StoreError> {
    let (item, expect) = (to_item(id, next, loaded.version + 1)?, Expect::Version(loaded.version));
    if more.is_empty() {
        return Ok(table.put_if(item, expect).await?);
    }
    let mut writes = vec![Write::Put { item, expect }];
    writes.extend(more);
    Ok(table.transact(writes).await?)
}

fn to_item(id: &ShardId, told: &HostsTold, version: u64) -> Result<Item, StoreError> {
    let mut item = Item::new(key::hosts_told(id), version, encode(told)?);
    item.wake = told.due.map(|due| key::notice_wake(&id.scope, &id.deployment, due));
    Ok(item)
}
