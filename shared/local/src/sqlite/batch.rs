//! Group commit: what many callers wait for goes to the disk in one transaction.

use cutover_ports::table::{Expect, Item, TableError, Write};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{apply, fault, queue_rows};
use crate::queue::changes::Changes;

/// Where a caller's answer goes.
pub(crate) type Answer = oneshot::Sender<Result<(), TableError>>;

/// What one caller wants written.
#[derive(Debug)]
pub(crate) enum Job {
    /// One item.
    Put(Box<Item>, Expect),
    /// All or nothing.
    Transact(Vec<Write>),
}

/// Writes all jobs and changes in one transaction and answers every job once it is on the disk. When the
/// transaction fails nothing is written and every job gets the same error.
pub(crate) fn commit(
    conn: &Connection,
    jobs: &mut Vec<(Job, Answer)>,
    changes: &Changes,
) -> rusqlite::Result<()> {
    match write(conn, jobs, changes) {
        Ok(results) => {
            for ((_, answer), result) in jobs.drain(..).zip(results) {
                // A caller that went away does not want its answer.
                let _ = answer.send(result.map_err(TableError::Condition));
            }
            Ok(())
        }
        Err(error) => {
            roll_back(conn);
            let answer = fault::table_error(&error);
            for (_, to) in jobs.drain(..) {
                let _ = to.send(Err(answer.clone()));
            }
            Err(error)
        }
    }
}

fn write(
    conn: &Connection,
    jobs: &[(Job, Answer)],
    changes: &Changes,
) -> rusqlite::Result<Vec<Result<(), usize>>> {
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut results = Vec::with_capacity(jobs.len());
    for (job, _) in jobs {
        results.push(match job {
            Job::Put(item, expect) => apply::put_if(conn, item, *expect)?.then_some(()).ok_or(0),
            Job::Transact(writes) => apply::transact(conn, writes)?,
        });
    }
    queue_rows::write(conn, changes)?;
    conn.prepare_cached("COMMIT")?.execute([])?;
    Ok(results)
}

/// SQLite has ended the transaction by itself after some errors and not after others.
fn roll_back(conn: &Connection) {
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back");
    }
}
