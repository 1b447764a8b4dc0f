//! Reading items: statements and row decoding.

use cutover_ports::table::{Index, Item, Key, Page, Place, Query, SortKeys};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use crate::rules::{self, PAGE_BYTES, Span};

/// The columns of an item, as [`item`] and [`key`] read them.
macro_rules! columns {
    () => {
        "version, body, g1pk, g1sk, g2pk, g2sk, wpk, wsk, expires_at, pk, sk"
    };
}

/// The statements of queries, one for each index and direction, that take these columns of the main table, of the
/// first index and of the second one.
macro_rules! statements {
    ($name:ident: $main:expr, $gsi1:expr, $gsi2:expr) => {
        fn $name(index: Index, descending: bool) -> &'static str {
            match (index, descending) {
                (Index::Main, false) => {
                    concat!("SELECT ", $main, " FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3 ORDER BY sk")
                }
                (Index::Main, true) => concat!(
                    "SELECT ",
                    $main,
                    " FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3 ORDER BY sk DESC"
                ),
                (Index::Gsi1, false) => concat!(
                    "SELECT ",
                    $gsi1,
                    " FROM items INDEXED BY items_gsi1
                      WHERE g1pk = ?1 AND (g1sk, pk, sk) > (?2, ?4, ?5) AND g1sk < ?3 ORDER BY g1sk, pk, sk"
                ),
                (Index::Gsi1, true) => concat!(
                    "SELECT ",
                    $gsi1,
                    " FROM items INDEXED BY items_gsi1
                      WHERE g1pk = ?1 AND g1sk >= ?2 AND (g1sk, pk, sk) < (?3, ?4, ?5)
                      ORDER BY g1sk DESC, pk DESC, sk DESC"
                ),
                (Index::Gsi2, false) => concat!(
                    "SELECT ",
                    $gsi2,
                    " FROM items INDEXED BY items_gsi2
                      WHERE g2pk = ?1 AND (g2sk, pk, sk) > (?2, ?4, ?5) AND g2sk < ?3 ORDER BY g2sk, pk, sk"
                ),
                (Index::Gsi2, true) => concat!(
                    "SELECT ",
                    $gsi2,
                    " FROM items INDEXED BY items_gsi2
                      WHERE g2pk = ?1 AND g2sk >= ?2 AND (g2sk, pk, sk) < (?3, ?4, ?5)
                      ORDER BY g2sk DESC, pk DESC, sk DESC"
                ),
            }
        }
    };
}

statements!(items: columns!(), columns!(), columns!());
// All of them stand in the index itself, so that no row is looked up.
statements!(places: "sk, pk, sk", "g1sk, pk, sk", "g2sk, pk, sk");

const GET: &str = concat!("SELECT ", columns!(), " FROM items WHERE pk = ?1 AND sk = ?2");
const DUE: &str = "SELECT pk, sk FROM items INDEXED BY items_wake
    WHERE wpk = ?1 AND wsk <= ?2 ORDER BY wsk, pk, sk LIMIT ?3";

/// The item of that key.
pub(crate) fn get(conn: &Connection, key: &Key) -> rusqlite::Result<Option<Item>> {
    let mut statement = conn.prepare_cached(GET)?;
    statement.query_row(params![key.pk, key.sk], |row| item(row, key.clone())).optional()
}

/// The items of those keys that exist, all as of one moment.
pub(crate) fn batch_get(conn: &Connection, keys: &[Key]) -> rusqlite::Result<Vec<Item>> {
    let moment = conn.unchecked_transaction()?;
    let mut items = Vec::with_capacity(keys.len());
    for key in keys {
        items.extend(get(&moment, key)?);
    }
    moment.commit()?;
    Ok(items)
}

/// Keys that are due, earliest first.
pub(crate) fn due(conn: &Connection, pk: &str, until: &str, limit: usize) -> rusqlite::Result<Vec<Key>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(DUE)?;
    let keys = statement.query_map(params![pk, until, limit], |row| key(row, 0))?;
    keys.collect()
}

/// A page of an index. Rows are taken one by one off the index, so nothing beyond the page is read.
pub(crate) fn page(conn: &Connection, query: &Query) -> rusqlite::Result<Page> {
    let mut statement = bound(conn, query, items)?;
    let mut rows = statement.raw_query();
    let (mut page, mut bytes) = (Page::default(), 0);
    while let Some(row) = rows.next()? {
        if page.items.len() == query.limit || bytes >= PAGE_BYTES {
            page.next = page.items.last().map(|item| place(item, query.index));
            break;
        }
        let item = item(row, key(row, 9)?)?;
        bytes += rules::item_bytes(&item);
        page.items.push(item);
    }
    Ok(page)
}

/// The sort keys of a page of an index.
pub(crate) fn sort_keys(conn: &Connection, query: &Query) -> rusqlite::Result<SortKeys> {
    let mut statement = bound(conn, query, places)?;
    let mut rows = statement.raw_query();
    let mut page = SortKeys { found: Vec::with_capacity(query.limit), next: None };
    let mut last = None;
    while let Some(row) = rows.next()? {
        if page.found.len() == query.limit {
            page.next = last;
            break;
        }
        page.found.push(row.get(0)?);
        if page.found.len() == query.limit {
            last = Some(Place { sk: row.get(0)?, key: key(row, 1)? });
        }
    }
    Ok(page)
}

/// The statement of a query, with its span bound. In an index the order of equal sort keys is that of
/// the primary keys, so that a page can end between them.
fn bound<'a>(
    conn: &'a Connection,
    query: &Query,
    sql: fn(Index, bool) -> &'static str,
) -> rusqlite::Result<CachedStatement<'a>> {
    let Span { mut from, mut to } = Span::of(&query.range);
    let mut beyond = ("", "");
    match &query.after {
        Some(after) if query.descending && to.as_ref().is_none_or(|to| after.sk < *to) => {
            beyond = (&after.key.pk, &after.key.sk);
            to = Some(after.sk.clone());
        }
        Some(after) if !query.descending && after.sk >= from => {
            beyond = (&after.key.pk, &after.key.sk);
            from = match query.index {
                Index::Main => rules::right_after(&after.sk),
                Index::Gsi1 | Index::Gsi2 => after.sk.clone(),
            };
        }
        _ => {}
    }
    let mut statement = conn.prepare_cached(sql(query.index, query.descending))?;
    statement.raw_bind_parameter(1, &query.pk)?;
    statement.raw_bind_parameter(2, from)?;
    match to {
        Some(to) => statement.raw_bind_parameter(3, to)?,
        // A blob is above every text.
        None => statement.raw_bind_parameter(3, [0_u8; 0].as_slice())?,
    }
    if query.index != Index::Main {
        statement.raw_bind_parameter(4, beyond.0)?;
        statement.raw_bind_parameter(5, beyond.1)?;
    }
    Ok(statement)
}

fn place(item: &Item, index: Index) -> Place {
    let at = match index {
        Index::Main => None,
        Index::Gsi1 => item.gsi1.as_ref(),
        Index::Gsi2 => item.gsi2.as_ref(),
    };
    Place { sk: at.unwrap_or(&item.key).sk.clone(), key: item.key.clone() }
}

fn item(row: &Row<'_>, key: Key) -> rusqlite::Result<Item> {
    Ok(Item {
        key,
        version: row.get::<_, i64>(0)?.cast_unsigned(),
        body: row.get(1)?,
        gsi1: index_key(row, 2)?,
        gsi2: index_key(row, 4)?,
        wake: index_key(row, 6)?,
        expires_at: row.get(8)?,
    })
}

fn key(row: &Row<'_>, at: usize) -> rusqlite::Result<Key> {
    Ok(Key { pk: row.get(at)?, sk: row.get(at + 1)? })
}

fn index_key(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Key>> {
    let Some(pk) = row.get(at)? else { return Ok(None) };
    Ok(Some(Key { pk, sk: row.get(at + 1)? }))
}

#[cfg(test)]
mod tests {
    use cutover_ports::table::Range;
    use rusqlite::StatementStatus;

    use super::super::{connection, schema};
    use super::*;

    #[test]
    fn every_statement_walks_an_index_in_order() {
        let file = std::env::temp_dir().join(format!("cutover-plans-{}.db", std::process::id()));
        let mut conn = Connection::open_in_memory().unwrap();
        schema::prepare(&mut conn, &file, false).unwrap();
        let indexes = [Index::Main, Index::Gsi1, Index::Gsi2];
        let of = |sql: fn(Index, bool) -> &'static str| {
            indexes.into_iter().flat_map(move |index| [sql(index, false), sql(index, true)])
        };
        let covered: Vec<_> = of(places).collect();
        let queries = of(items).chain(of(places));
        for text in queries.chain([GET, DUE]) {
            let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
            let mut steps = explain.raw_query();
            let mut plan = Vec::new();
            while let Some(step) = steps.next().unwrap() {
                plan.push(step.get::<_, String>(3).unwrap());
            }
            assert!(plan.len() == 1 && plan[0].starts_with("SEARCH items USING"), "{text}: {plan:?}");
            assert!(!covered.contains(&text) || plan[0].contains("USING COVERING INDEX"), "{text}: {plan:?}");
        }
    }

    #[test]
    fn a_statement_is_prepared_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cutover.db");
        let mut writer = connection::writer(&file).unwrap();
        schema::prepare(&mut writer, &file, false).unwrap();
        let conn = connection::reader(&file).unwrap();
        for index in [Index::Main, Index::Gsi1, Index::Gsi2] {
            for (descending, sql) in [(false, items as fn(_, _) -> _), (true, places)] {
                for pk in ["a", "b", "c"] {
                    let (pk, range) = (pk.to_owned(), Range::Prefix("x".to_owned()));
                    let query = Query { index, pk, range, descending, limit: 1, after: None };
                    let mut statement = bound(&conn, &query, sql).unwrap();
                    assert!(statement.raw_query().next().unwrap().is_none());
                    assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{query:?}");
                }
            }
        }
    }
}
