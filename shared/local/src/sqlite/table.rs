//! The table in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_ports::table::{Expect, Item, Key, Page, Query, SortKeys, Table, TableError, Write};
use rusqlite::Connection;

use super::batch::Job;
use super::readers::Readers;
use super::recent::Recent;
use super::writer::Writer;
use super::{fault, rows};
use crate::rules;

/// The table in SQLite. An acknowledged write survives loss of power, and every later read sees it.
#[derive(Debug)]
pub struct SqliteTable {
    readers: Readers,
    recent: Arc<Recent>,
    writer: Arc<Writer>,
}

impl SqliteTable {
    pub(crate) fn new(readers: Readers, recent: Arc<Recent>, writer: Arc<Writer>) -> Self {
        Self { readers, recent, writer }
    }

    /// Deletes every item whose partition is not to be kept: a way to begin anew, for tests.
    pub async fn clear(&self, kept: fn(&str) -> bool) -> Result<(), TableError> {
        self.writer.write(Job::Clear(kept)).await
    }

    /// Why nothing is written any more, if that is so: a disk that failed, until a restart.
    pub fn failure(&self) -> Option<TableError> {
        self.writer.failure()
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, TableError> {
        self.readers.with(read).map_err(|error| fault::table_error(&error))
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        rules::check_key(key)?;
        if let Some(item) = self.recent.get(key) {
            return Ok(Some(item));
        }
        let before = self.recent.moment();
        let found = self.read(|conn| rows::get(conn, key))?;
        if let (Some(before), Some(item)) = (before, &found) {
            self.recent.keep_read(before, item);
        }
        Ok(found)
    }

    async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, TableError> {
        rules::check_keys(keys)?;
        self.read(|conn| rows::batch_get(conn, keys))
    }

    async fn put_if(&self, item: Item, expect: Expect) -> Result<(), TableError> {
        rules::check_item(&item)?;
        self.writer.write(Job::Put(Box::new(item), expect)).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        rules::check_writes(&writes)?;
        self.writer.write(Job::Transact(writes)).await
    }

    async fn query(&self, query: Query) -> Result<Page, TableError> {
        rules::check_query(&query)?;
        self.read(|conn| rows::page(conn, &query))
    }

    async fn sort_keys(&self, query: Query) -> Result<SortKeys, TableError> {
        rules::check_query(&query)?;
        self.read(|conn| rows::sort_keys(conn, &query))
    }

    async fn due(&self, wake_pk: &str, until: &str, limit: usize) -> Result<Vec<Key>, TableError> {
        self.read(|conn| rows::due(conn, wake_pk, until, limit))
    }
}
