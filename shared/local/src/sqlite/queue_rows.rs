//! The queues' messages on the disk.

use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use rusqlite::{Connection, params};

use crate::queue::changes::{Changes, Row};

const SAVE: &str = "INSERT OR REPLACE INTO messages(id, queue, body, not_before, receives, dead_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Brings the disk up to what the queues hold in memory.
pub(crate) fn write(conn: &Connection, changes: &Changes) -> rusqlite::Result<()> {
    let mut save = conn.prepare_cached(SAVE)?;
    for row in &changes.saved {
        save.execute(params![
            row.id.cast_signed(),
            row.queue.as_str(),
            row.body,
            row.not_before.as_millis(),
            row.receives,
            row.dead_at.map(Timestamp::as_millis)
        ])?;
    }
    let mut delete = conn.prepare_cached("DELETE FROM messages WHERE id = ?1")?;
    for id in &changes.gone {
        delete.execute([id.cast_signed()])?;
    }
    Ok(())
}

/// Everything that was not deleted. Messages of queues that this version does not have stay where they are.
pub(crate) fn load(conn: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut statement =
        conn.prepare("SELECT id, queue, body, not_before, receives, dead_at FROM messages ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let name: String = row.get(1)?;
        let Some(queue) = QueueName::ALL.into_iter().find(|queue| queue.as_str() == name) else {
            return Ok(None);
        };
        Ok(Some(Row {
            id: row.get::<_, i64>(0)?.cast_unsigned(),
            queue,
            body: row.get(2)?,
            not_before: Timestamp::from_millis(row.get(3)?),
            receives: row.get(4)?,
            dead_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
        }))
    })?;
    rows.filter_map(Result::transpose).collect()
}
