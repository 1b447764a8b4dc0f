//! A table that counts what goes through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cutover_ports::table::{Expect, Item, Key, Page, Query, Table, TableError, Write};

/// Counts durable commits and the bytes of their bodies.
pub struct CountingTable {
    inner: Arc<dyn Table>,
    commits: AtomicU64,
    bytes: AtomicU64,
}

impl CountingTable {
    /// Around this table.
    pub fn new(inner: Arc<dyn Table>) -> Self {
        Self { inner, commits: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Commits and bytes so far.
    pub fn totals(&self) -> (u64, u64) {
        (self.commits.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    fn count(&self, bytes: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

#[async_trait]
impl Table for CountingTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.inner.get(key).await
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        self.inner.batch_get(keys).await
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        self.count(item.body.len());
        self.inner.put_if(item, expect).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        let size = |w: &Write| if let Write::Put { item, .. } = w { item.body.len() } else { 0 };
        self.count(writes.iter().map(size).sum());
        self.inner.transact(writes).await
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        self.inner.query(query).await
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        self.inner.due(wake_pk, until, limit).await
    }
}
