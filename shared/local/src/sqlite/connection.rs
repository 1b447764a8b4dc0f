//! How connections are set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Only read at the creation of a file.
const PAGE_SIZE: i64 = 4096;
const MMAP_BYTES: i64 = 1 << 30;
/// What a log that grew in a burst is cut back to.
const LOG_BYTES: i64 = 64 << 20;
const CACHED_STATEMENTS: usize = 64;

/// The one connection that writes. Every commit is on the disk when it returns (`synchronous=FULL`).
/// Checkpoints are not made within commits but by the writer, after it has answered.
pub(crate) fn writer(file: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(file)?;
    conn.pragma_update(None, "page_size", PAGE_SIZE)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    conn.pragma_update(None, "cache_size", -32_000)?;
    tune(&conn)?;
    Ok(conn)
}

/// A connection that reads.
pub(crate) fn reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    conn.pragma_update(None, "cache_size", -8_000)?;
    conn.pragma_update(None, "query_only", true)?;
    tune(&conn)?;
    Ok(conn)
}

fn tune(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update_and_check(None, "mmap_size", MMAP_BYTES, |_| Ok(()))?;
    conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Which index is right never depends on a value: without this a statement that may use a partial index is
    // prepared anew whenever another value is bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
