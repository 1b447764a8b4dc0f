//! What the writer's thread does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cutover_ports::clock::Clock;
use cutover_ports::table::TableError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::batch::{self, Answer, Job};
use super::recent::Recent;
use super::writer::Message;
use super::{apply, fault};
use crate::queue::board::Board;
use crate::queue::changes::{Changes, WRITE_LAG};

/// Jobs of one transaction.
const BATCH: usize = 512;
/// Pages in the log at which it is copied into the file.
const CHECKPOINT_PAGES: u64 = 8_000;
/// How long nothing has to happen before the log is copied into the file anyway.
const IDLE: Duration = Duration::from_secs(2);
/// How often expired items are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(60);
/// How long queue changes rest after they could not be written.
const RETRY_LAG: Duration = Duration::from_secs(2);

/// All that the thread has.
pub(super) struct Work {
    conn: Connection,
    inbox: Receiver<Message>,
    board: Arc<Board>,
    clock: Arc<dyn Clock>,
    recent: Arc<Recent>,
    /// Set while a message about the queues is on its way, or their next look is planned.
    told: Arc<AtomicBool>,
    /// Pages in the log after the last commit.
    pages: Arc<AtomicU64>,
    checkpoint_at: u64,
    flush_at: Option<Instant>,
    forget_at: Instant,
    /// Set once the disk has failed: what it acknowledges later is worth nothing.
    failed: Arc<OnceLock<TableError>>,
}

impl Work {
    pub(super) fn new(
        mut conn: Connection,
        inbox: Receiver<Message>,
        board: Arc<Board>,
        clock: Arc<dyn Clock>,
        recent: Arc<Recent>,
        (told, failed): (Arc<AtomicBool>, Arc<OnceLock<TableError>>),
    ) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&pages);
        conn.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, in_log: i32| {
            counted.store(u64::try_from(in_log).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self {
            conn,
            inbox,
            board,
            clock,
            recent,
            told,
            pages,
            checkpoint_at: CHECKPOINT_PAGES,
            flush_at: None,
            forget_at: Instant::now() + FORGET_EVERY,
            failed,
        })
    }

    /// Works until it is told to close or nobody is left to tell it anything.
    pub(super) fn run(mut self) {
        let mut jobs = Vec::with_capacity(BATCH);
        let closing = loop {
            match self.next() {
                Ok(Message::Write(job, answer)) => jobs.push((job, answer)),
                Ok(Message::QueuesChanged) => self.flush_at = Some(Instant::now() + WRITE_LAG),
                Ok(Message::Close(answer)) => break Some(answer),
                Err(RecvTimeoutError::Timeout) if self.flush_at.is_none() => self.rest(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            let closing = self.gather(&mut jobs);
            self.commit(&mut jobs);
            if closing.is_some() {
                break closing;
            }
        };
        let result = self.end();
        // The connection is closed before anybody hears of the end.
        drop(self);
        if let Some(answer) = closing {
            let _ = answer.send(result);
        }
    }

    fn next(&self) -> Result<Message, RecvTimeoutError> {
        let wait = self.flush_at.map_or(IDLE, |at| at.saturating_duration_since(Instant::now()));
        self.inbox.recv_timeout(wait)
    }

    /// Takes what else is waiting, up to a batch.
    fn gather(&mut self, jobs: &mut Vec<(Job, Answer)>) -> Option<oneshot::Sender<Result<(), TableError>>> {
        while !jobs.is_empty() && jobs.len() < BATCH {
            match self.inbox.try_recv() {
                Ok(Message::Write(job, answer)) => jobs.push((job, answer)),
                Ok(Message::QueuesChanged) => self.flush_at = Some(Instant::now() + WRITE_LAG),
                Ok(Message::Close(answer)) => return Some(answer),
                Err(_) => break,
            }
        }
        None
    }

    fn commit(&mut self, jobs: &mut Vec<(Job, Answer)>) {
        let now = Instant::now();
        let changes = match self.flush_at {
            Some(at) if at <= now => self.changes(now),
            _ => Changes::default(),
        };
        if let Some(error) = self.failed.get() {
            batch::refuse(jobs, error);
            return;
        }
        if jobs.is_empty() && changes.is_empty() {
            return;
        }
        if let Err(error) = batch::commit(&self.conn, jobs, &changes, &self.recent) {
            self.could_not(&error, changes);
            // Whoever hears of a failed disk finds it told by `failure` too.
            batch::refuse(jobs, &fault::table_error(&error));
        } else if self.pages.load(Ordering::Relaxed) >= self.checkpoint_at {
            self.checkpoint("PASSIVE");
        }
    }

    /// The queues' changes that are old enough, and when to look again.
    fn changes(&mut self, now: Instant) -> Changes {
        self.flush_at = None;
        self.told.store(false, Ordering::Release);
        let changes = self.board.take_changes(now.checked_sub(WRITE_LAG).unwrap_or(now));
        if self.board.lags() && !self.told.swap(true, Ordering::AcqRel) {
            self.flush_at = Some(now + WRITE_LAG);
        }
        changes
    }

    fn could_not(&mut self, error: &rusqlite::Error, changes: Changes) {
        tracing::error!(%error, "the store could not write");
        if fault::is_disk_failure(error) {
            let why = format!("the disk failed earlier ({error}); nothing is written until a restart");
            let _ = self.failed.set(TableError::Broken(why));
        }
        if !changes.is_empty() {
            self.board.put_back(changes);
            self.told.store(true, Ordering::Release);
            self.flush_at = Some(Instant::now() + RETRY_LAG);
        }
    }

    /// Housekeeping while nothing else is to be done.
    fn rest(&mut self) {
        if self.pages.load(Ordering::Relaxed) > 0 {
            self.checkpoint("PASSIVE");
            self.pages.store(0, Ordering::Relaxed);
        }
        if Instant::now() >= self.forget_at {
            self.forget_at = Instant::now() + FORGET_EVERY;
            let now_secs = self.clock.now().as_millis() / 1000;
            if let Err(error) = apply::forget(&self.conn, now_secs) {
                tracing::warn!(%error, "cannot delete expired items");
            }
            // What is gone must not be found here; readers that saw it before keep nothing.
            self.recent.clear();
        }
    }

    /// Copies the log into the file. Whatever readers still need stays in the log until the next time.
    fn checkpoint(&mut self, mode: &str) {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        let pages = self.conn.query_row(&sql, [], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
        match pages {
            Ok((log, copied)) => {
                let left = u64::try_from(log - copied).unwrap_or(0);
                self.checkpoint_at = CHECKPOINT_PAGES + left;
            }
            Err(error) => tracing::warn!(%error, "cannot checkpoint the store"),
        }
    }

    fn end(&mut self) -> Result<(), TableError> {
        self.told.store(true, Ordering::Release);
        let changes = self.board.take_changes(Instant::now());
        let written = match self.failed.get() {
            Some(error) => Err(error.clone()),
            None if changes.is_empty() => Ok(()),
            None => batch::commit(&self.conn, &mut Vec::new(), &changes, &self.recent)
                .map_err(|error| fault::table_error(&error)),
        };
        if self.failed.get().is_none() {
            self.checkpoint("TRUNCATE");
        }
        written
    }
}
