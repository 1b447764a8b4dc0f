//! A table under turns that reads what waits for a group before it reads the group.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cutover_driver::driver::Driver;
use cutover_ports::table::{Expect, Index, Item, Key, Page, Query, Range, Table, TableError, Write};
use cutover_store::deployments::Deployments;
use cutover_store::key;

use crate::world::Ports;

/// Requests of a group that are read at once.
const MANY: usize = 1_000;

/// A driver for one turn: what it is told of a group's queue was read before the group.
pub(crate) fn queue_first(ports: Ports) -> Driver {
    let ports = Arc::new(ports);
    let table = QueueFirst { inner: ports.clone(), seen: Mutex::default() };
    Driver::new(Arc::new(Deployments::new(Arc::new(table))), ports.clone(), ports)
}

struct QueueFirst {
    inner: Arc<Ports>,
    /// The queue as it was before the group was read.
    seen: Mutex<Option<Page>>,
}

impl QueueFirst {
    fn keep(&self, page: Option<Page>) -> Option<Page> {
        std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), page)
    }
}

#[async_trait]
impl Table for QueueFirst {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        if key.sk == "META" && key.pk.contains("/G#") {
            let queue = Query {
                index: Index::Main,
                pk: key.pk.clone(),
                range: Range::Prefix(key::WAITING.to_owned()),
                descending: false,
                limit: MANY,
                after: None,
            };
            self.keep(Some(self.inner.query(queue).await?));
        }
        self.inner.get(key).await
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        self.inner.batch_get(keys).await
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        self.inner.put_if(item, expect).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        self.inner.transact(writes).await
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        let is_queue = query.range == Range::Prefix(key::WAITING.to_owned());
        match is_queue.then(|| self.keep(None)).flatten() {
            Some(page) => Ok(page),
            None => self.inner.query(query).await,
        }
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        self.inner.due(wake_pk, until, limit).await
    }
}
