//! One directory, one store.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cutover_ports::clock::Clock;
use cutover_ports::queue::VISIBILITY;
use cutover_ports::table::TableError;

use super::open_error::OpenError;
use super::queue::SqliteQueue;
use super::readers::Readers;
use super::recent::Recent;
use super::table::SqliteTable;
use super::writer::Writer;
use super::{connection, lock, queue_rows, schema};
use crate::queue::board::Board;

/// What tests set otherwise.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// How long a received message stays invisible.
    pub visibility: Duration,
    /// The most pages of 4 KiB that the file may have: a small disk.
    pub max_pages: Option<u32>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { visibility: VISIBILITY, max_pages: None }
    }
}

/// Table and queues in `DIR/cutover.db`, for this process alone.
#[derive(Debug)]
pub struct LocalStore {
    table: Arc<SqliteTable>,
    queue: Arc<SqliteQueue>,
    writer: Arc<Writer>,
}

impl LocalStore {
    /// Opens the store of this directory; makes both where there are none.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_with(dir, clock, StoreOptions::default())
    }

    /// The same, with options.
    pub fn open_with(dir: &Path, clock: Arc<dyn Clock>, options: StoreOptions) -> Result<Self, OpenError> {
        fs::create_dir_all(dir).map_err(|error| OpenError::io(dir, error))?;
        let lock = lock::lock(dir)?;
        let file = dir.join("cutover.db");
        let fail = |error: rusqlite::Error| schema::unreadable(&file, &error);
        // A clean end leaves no log behind.
        let unclean = fs::metadata(dir.join("cutover.db-wal")).is_ok_and(|log| log.len() > 0);
        let mut conn = connection::writer(&file).map_err(fail)?;
        schema::prepare(&mut conn, &file, unclean)?;
        if let Some(pages) = options.max_pages {
            conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(fail)?;
        }
        let rows = queue_rows::load(&conn).map_err(fail)?;
        let board = Arc::new(Board::durable(Arc::clone(&clock), options.visibility, rows));
        let recent = Arc::new(Recent::default());
        let readers = Readers::open(&file).map_err(fail)?;
        let writer = Writer::start(conn, Arc::clone(&board), clock, Arc::clone(&recent), lock)
            .map_err(|error| OpenError::io(dir, error))?;
        let writer = Arc::new(writer);
        Ok(Self {
            table: Arc::new(SqliteTable::new(readers, recent, Arc::clone(&writer))),
            queue: Arc::new(SqliteQueue::new(board, Arc::clone(&writer))),
            writer,
        })
    }

    /// The table.
    pub fn table(&self) -> Arc<SqliteTable> {
        Arc::clone(&self.table)
    }

    /// The queues.
    pub fn queue(&self) -> Arc<SqliteQueue> {
        Arc::clone(&self.queue)
    }

    /// Writes what the queues still hold in memory, empties the log and lets the directory go. Writes
    /// that come later are refused.
    pub async fn close(self) -> Result<(), TableError> {
        self.writer.close().await
    }
}
