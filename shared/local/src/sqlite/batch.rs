//! Group commit: what many callers wait for goes to the disk in one transaction.

use cutover_ports::table::{Expect, Item, Key, TableError, Write};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::recent::Recent;
use super::{apply, queue_rows};
use crate::queue::changes::Changes;
use crate::rules;

/// Where a caller's answer goes.
pub(crate) type Answer = oneshot::Sender<Result<(), TableError>>;

/// What one caller wants written.
#[derive(Debug)]
pub(crate) enum Job {
    /// One item.
    Put(Box<Item>, Expect),
    /// All or nothing.
    Transact(Vec<Write>),
    /// Every item goes whose partition is not to be kept.
    Clear(fn(&str) -> bool),
}

impl Job {
    fn keys(&self) -> impl Iterator<Item = &Key> {
        let (one, many) = match self {
            Self::Put(item, _) => (Some(&item.key), [].as_slice()),
            Self::Transact(writes) => (None, writes.as_slice()),
            Self::Clear(_) => (None, [].as_slice()),
        };
        one.into_iter().chain(many.iter().map(rules::write_key))
    }

    fn into_items(self) -> impl Iterator<Item = Item> {
        let (one, many) = match self {
            Self::Put(item, _) => (Some(*item), Vec::new()),
            Self::Transact(writes) => (None, writes),
            Self::Clear(_) => (None, Vec::new()),
        };
        let put = |write| if let Write::Put { item, .. } = write { Some(item) } else { None };
        one.into_iter().chain(many.into_iter().filter_map(put))
    }
}

/// Writes all jobs and changes in one transaction and answers every job once it is on the disk. When the
/// transaction fails nothing is written and the jobs stay, for [`refuse`].
pub(crate) fn commit(
    conn: &Connection,
    jobs: &mut Vec<(Job, Answer)>,
    changes: &Changes,
    recent: &Recent,
) -> rusqlite::Result<()> {
    let clears = jobs.iter().any(|(job, _)| matches!(job, Job::Clear(_)));
    if clears {
        recent.clear();
    }
    recent.forget(jobs.iter().flat_map(|(job, _)| job.keys()));
    match write(conn, jobs, changes) {
        Ok(results) => {
            let mut answers = Vec::with_capacity(jobs.len());
            let written = jobs.drain(..).zip(results).filter_map(|((job, answer), result)| {
                answers.push((answer, result));
                (result.is_ok() && !clears).then_some(job)
            });
            recent.keep(written.flat_map(Job::into_items));
            recent.settled();
            for (answer, result) in answers {
                // A caller that went away does not want its answer.
                let _ = answer.send(result.map_err(TableError::Condition));
            }
            Ok(())
        }
        Err(error) => {
            roll_back(conn);
            recent.settled();
            Err(error)
        }
    }
}

/// Gives every job the same error.
pub(crate) fn refuse(jobs: &mut Vec<(Job, Answer)>, error: &TableError) {
    for (_, answer) in jobs.drain(..) {
        // A caller that went away does not want its answer.
        let _ = answer.send(Err(error.clone()));
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
            Job::Clear(kept) => Ok(apply::clear(conn, *kept)?),
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
