//! A table that watches how many hosts of a fleet are unavailable, board by board.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cutover_ports::table::{Expect, Item, Key, Page, Query, Table, TableError, Write};

/// Counts written items, and hosts that are at work or failed after every board.
pub struct Watched {
    inner: Arc<dyn Table>,
    writes: AtomicU64,
    fleet: Mutex<Fleet>,
}

#[derive(Default)]
struct Fleet {
    /// Of every shard.
    now: HashMap<String, u32>,
    sum: u32,
    most: u32,
    boards: u32,
    targets: u32,
    others: HashMap<String, u32>,
}

impl Watched {
    /// Around this table.
    pub fn new(inner: Arc<dyn Table>) -> Self {
        Self { inner, writes: AtomicU64::new(0), fleet: Mutex::default() }
    }

    /// Items written.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The most hosts that were unavailable at the same time.
    pub fn most_unavailable(&self) -> u32 {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner).most
    }

    /// What was written, by sort key.
    pub fn kinds(&self) -> Vec<(String, u32)> {
        let fleet = self.fleet.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = fleet.others.iter().map(|(kind, n)| (kind.clone(), *n)).collect();
        all.push(("BOARD".to_owned(), fleet.boards));
        all.push(("T".to_owned(), fleet.targets));
        all.sort();
        all
    }

    fn wrote(&self, key: &Key, unavailable: Option<u32>) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let mut fleet = self.fleet.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = unavailable else {
            match key.sk.starts_with("T#") {
                true => fleet.targets += 1,
                false => {
                    *fleet
                        .others
                        .entry(key.sk.split('#').next().unwrap_or_default().to_owned())
                        .or_default() += 1;
                }
            }
            return;
        };
        fleet.boards += 1;
        let before = fleet.now.insert(key.pk.clone(), now).unwrap_or(0);
        fleet.sum = fleet.sum - before + now;
        fleet.most = fleet.most.max(fleet.sum);
    }
}

/// How many hosts are at work or failed on this board, if it is one. Its letters are counted, since reading it as the
/// engine does would be counted among the engine's costs.
fn unavailable(item: &Item) -> Option<u32> {
    if item.key.sk != "BOARD" {
        return None;
    }
    let (_, cells) = item.body.split_once("\"cells\":\"").expect("a board");
    let (cells, _) = cells.split_once('"').expect("its cells");
    Some(cells.bytes().filter(|cell| b"orFULT".contains(cell)).count() as u32)
}

#[async_trait]
impl Table for Watched {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.inner.get(key).await
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        self.inner.batch_get(keys).await
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        let (key, unavailable) = (item.key.clone(), unavailable(&item));
        self.inner.put_if(item, expect).await?;
        self.wrote(&key, unavailable);
        Ok(())
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        let put = |write: &Write| match write {
            Write::Put { item, .. } => (item.key.clone(), unavailable(item)),
            Write::Delete { key, .. } | Write::Check { key, .. } => (key.clone(), None),
        };
        let all: Vec<_> = writes.iter().map(put).collect();
        self.inner.transact(writes).await?;
        all.iter()
            .filter(|(key, seen)| key.sk != "BOARD" || seen.is_some())
            .for_each(|(key, seen)| self.wrote(key, *seen));
        Ok(())
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        self.inner.query(query).await
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        self.inner.due(wake_pk, until, limit).await
    }
}
