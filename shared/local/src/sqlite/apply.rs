//! Writing items within a transaction. A failed condition changes nothing, so that many callers' writes
//! can share one transaction.

use cutover_ports::table::{Expect, Item, Key, Write};
use rusqlite::{Connection, OptionalExtension, params};

use crate::rules;

macro_rules! insert {
    ($on_conflict:literal) => {
        concat!(
            "INSERT INTO items(pk, sk, version, body, g1pk, g1sk, g2pk, g2sk, wpk, wsk, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(pk, sk) DO ",
            $on_conflict
        )
    };
}

const INSERT: &str = insert!("NOTHING");
const UPSERT: &str = insert!(
    "UPDATE SET version = ?3, body = ?4, g1pk = ?5, g1sk = ?6, g2pk = ?7, g2sk = ?8, wpk = ?9,
     wsk = ?10, expires_at = ?11"
);
const UPDATE: &str = "UPDATE items SET version = ?3, body = ?4, g1pk = ?5, g1sk = ?6, g2pk = ?7,
    g2sk = ?8, wpk = ?9, wsk = ?10, expires_at = ?11 WHERE pk = ?1 AND sk = ?2 AND version = ?12";
/// The same where only body and timer change, as they mostly do: SQLite rewrites an index entry whenever its
/// columns are named, whether they change or not.
const UPDATE_IN_PLACE: &str = "UPDATE items SET version = ?3, body = ?4, wpk = ?9, wsk = ?10
    WHERE pk = ?1 AND sk = ?2 AND version = ?12 AND g1pk IS ?5 AND g1sk IS ?6 AND g2pk IS ?7
    AND g2sk IS ?8 AND expires_at IS ?11";
const DELETE: &str = "DELETE FROM items WHERE pk = ?1 AND sk = ?2";
const VERSION: &str = "SELECT version FROM items WHERE pk = ?1 AND sk = ?2";
const FORGET: &str = "DELETE FROM items WHERE rowid IN
    (SELECT rowid FROM items WHERE expires_at < ?1 ORDER BY expires_at LIMIT 500)";

/// Puts the item if the condition holds; false when it does not. One statement looks and writes.
pub(crate) fn put_if(conn: &Connection, item: &Item, expect: Expect) -> rusqlite::Result<bool> {
    match expect {
        Expect::Absent => put(conn, INSERT, item, None),
        Expect::Anything => put(conn, UPSERT, item, None),
        Expect::Version(expected) => {
            Ok(put(conn, UPDATE_IN_PLACE, item, Some(expected))? || put(conn, UPDATE, item, Some(expected))?)
        }
    }
}

fn put(conn: &Connection, sql: &str, item: &Item, expected: Option<u64>) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare_cached(sql)?;
    let indexes = [&item.gsi1, &item.gsi2, &item.wake].map(Option::as_ref);
    let [g1, g2, wake] = indexes.map(|key| (key.map(|key| &key.pk), key.map(|key| &key.sk)));
    let Item { key, version, body, expires_at, .. } = item;
    let version = version.cast_signed();
    let changed = if let Some(expected) = expected {
        statement.execute(params![
            key.pk,
            key.sk,
            version,
            body,
            g1.0,
            g1.1,
            g2.0,
            g2.1,
            wake.0,
            wake.1,
            expires_at,
            expected.cast_signed()
        ])?
    } else {
        statement.execute(params![
            key.pk, key.sk, version, body, g1.0, g1.1, g2.0, g2.1, wake.0, wake.1, expires_at
        ])?
    };
    Ok(changed == 1)
}

/// All writes, or none and the place of the first whose condition does not hold.
pub(crate) fn transact(conn: &Connection, writes: &[Write]) -> rusqlite::Result<Result<(), usize>> {
    for (at, write) in writes.iter().enumerate() {
        if !holds(conn, write)? {
            return Ok(Err(at));
        }
    }
    for write in writes {
        match write {
            Write::Put { item, .. } => {
                put_if(conn, item, Expect::Anything)?;
            }
            Write::Delete { key, .. } => delete(conn, key)?,
            Write::Check { .. } => {}
        }
    }
    Ok(Ok(()))
}

fn holds(conn: &Connection, write: &Write) -> rusqlite::Result<bool> {
    let (Write::Put { expect, .. } | Write::Delete { expect, .. } | Write::Check { expect, .. }) = write;
    if *expect == Expect::Anything {
        return Ok(true);
    }
    let key = rules::write_key(write);
    let mut statement = conn.prepare_cached(VERSION)?;
    let found: Option<i64> = statement.query_row(params![key.pk, key.sk], |row| row.get(0)).optional()?;
    Ok(match expect {
        Expect::Absent => found.is_none(),
        Expect::Version(version) => found == Some(version.cast_signed()),
        Expect::Anything => true,
    })
}

fn delete(conn: &Connection, key: &Key) -> rusqlite::Result<()> {
    conn.prepare_cached(DELETE)?.execute(params![key.pk, key.sk])?;
    Ok(())
}

/// Deletes every partition but those that are to be kept.
pub(crate) fn clear(conn: &Connection, kept: fn(&str) -> bool) -> rusqlite::Result<()> {
    let mut partitions = conn.prepare("SELECT DISTINCT pk FROM items")?;
    let partitions: Vec<String> = partitions.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for partition in partitions.iter().filter(|partition| !kept(partition)) {
        conn.prepare_cached("DELETE FROM items WHERE pk = ?1")?.execute([partition])?;
    }
    Ok(())
}

/// Deletes some of the items that expired before `now_secs`.
pub(crate) fn forget(conn: &Connection, now_secs: i64) -> rusqlite::Result<usize> {
    conn.prepare_cached(FORGET)?.execute([now_secs])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_expired_is_forgotten() {
        let mut conn = Connection::open_in_memory().unwrap();
        super::super::schema::prepare(&mut conn, std::path::Path::new("none"), false).unwrap();
        for (sk, expires_at) in
            [("never", None), ("past", Some(99)), ("now", Some(100)), ("later", Some(101))]
        {
            let item = Item { expires_at, ..Item::new(Key::new("P", sk), 1, String::new()) };
            assert!(put_if(&conn, &item, Expect::Absent).unwrap());
        }
        assert_eq!(forget(&conn, 100), Ok(1));
        let left: i64 = conn.query_row("SELECT count(*) FROM items", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 3);
    }
}
