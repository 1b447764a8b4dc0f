//! The store file's layout.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::open_error::OpenError;

/// Stands in the file's header, so that no other program's database is taken for a store: "Cuto".
const APPLICATION_ID: i64 = 0x4375_746f;
/// The layout that this code writes, kept as `user_version`.
const LAYOUT: i64 = 1;
/// An unclean end is followed by a look through the whole file up to this size (about 0.2 s).
const CHECK_BYTES: u64 = 256 * 1024 * 1024;

/// `items` is the table of the Table port; an item stands in an index only while it has a key there.
/// A table with row ids, because rows of some kilobytes fit its leaves: WITHOUT ROWID they spill into
/// overflow pages, which cost 40 % more processor time a write and a read.
/// `messages` are those that no one has deleted yet, and the dead letters (`dead_at`).
const CREATE: &str = "
CREATE TABLE items(
  pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  g1pk TEXT, g1sk TEXT, g2pk TEXT, g2sk TEXT, wpk TEXT, wsk TEXT, expires_at INTEGER,
  PRIMARY KEY(pk, sk)
) STRICT;
CREATE INDEX items_gsi1 ON items(g1pk, g1sk, pk, sk) WHERE g1pk IS NOT NULL;
CREATE INDEX items_gsi2 ON items(g2pk, g2sk, pk, sk) WHERE g2pk IS NOT NULL;
CREATE INDEX items_wake ON items(wpk, wsk, pk, sk) WHERE wpk IS NOT NULL;
CREATE INDEX items_expiry ON items(expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE messages(
  id INTEGER PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL,
  not_before INTEGER NOT NULL, receives INTEGER NOT NULL, dead_at INTEGER
) STRICT;
";

/// Creates the layout in a new file; in an old one, sees that it is ours and readable.
pub(crate) fn prepare(conn: &mut Connection, file: &Path, unclean: bool) -> Result<(), OpenError> {
    let fail = |error: rusqlite::Error| unreadable(file, &error);
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
    let [application, layout] = ["application_id", "user_version"]
        .map(|name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)));
    let (application, layout) = (application.map_err(fail)?, layout.map_err(fail)?);
    if tables == 0 && application == 0 && layout == 0 {
        return create(conn).map_err(fail);
    }
    if application != APPLICATION_ID {
        let why = "it belongs to another program".to_owned();
        return Err(OpenError::Unreadable { file: file.to_owned(), why });
    }
    if layout > LAYOUT {
        return Err(OpenError::Newer { file: file.to_owned(), found: layout, known: LAYOUT });
    }
    let small = std::fs::metadata(file).is_ok_and(|meta| meta.len() <= CHECK_BYTES);
    if unclean && small {
        let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
        if found != "ok" {
            return Err(OpenError::Unreadable { file: file.to_owned(), why: found });
        }
    }
    Ok(())
}

fn create(conn: &mut Connection) -> rusqlite::Result<()> {
    let tx = conn.transaction()?;
    tx.execute_batch(CREATE)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", LAYOUT)?;
    tx.commit()
}

/// What an error at opening says of the file.
pub(crate) fn unreadable(file: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            OpenError::InUse { dir: file.parent().unwrap_or(file).to_owned() }
        }
        Some(
            code @ (ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure),
        ) => OpenError::io(file, format!("{error} ({code:?})")),
        _ => OpenError::Unreadable { file: file.to_owned(), why: error.to_string() },
    }
}
