//! The thread that owns the write connection, seen from outside.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use cutover_ports::clock::Clock;
use cutover_ports::table::TableError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::batch::{Answer, Job};
use super::recent::Recent;
use super::work::Work;
use crate::queue::board::Board;

/// What the thread is sent.
pub(super) enum Message {
    Write(Job, Answer),
    /// The queues have changes.
    QueuesChanged,
    Close(oneshot::Sender<Result<(), TableError>>),
}

/// The thread, seen from outside. It ends, after writing what it was given, when this is dropped.
#[derive(Debug)]
pub(crate) struct Writer {
    sender: Option<Sender<Message>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The thread knows already that the queues have changes.
    told: Arc<AtomicBool>,
    /// Set once the disk has failed.
    failed: Arc<OnceLock<TableError>>,
}

impl Writer {
    /// Starts the thread. It holds `lock` as long as it lives.
    pub(crate) fn start(
        conn: Connection,
        board: Arc<Board>,
        clock: Arc<dyn Clock>,
        recent: Arc<Recent>,
        lock: File,
    ) -> std::io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let told = Arc::new(AtomicBool::new(false));
        let failed = Arc::new(OnceLock::new());
        let work = Work::new(conn, inbox, board, clock, recent, (Arc::clone(&told), Arc::clone(&failed)));
        let work = work.map_err(std::io::Error::other)?;
        let thread = thread::Builder::new().name("cutover-store".to_owned()).spawn(move || {
            work.run();
            drop(lock);
        })?;
        Ok(Self { sender: Some(sender), thread: Mutex::new(Some(thread)), told, failed })
    }

    /// Writes and waits until it is on the disk.
    pub(crate) async fn write(&self, job: Job) -> Result<(), TableError> {
        let (answer, answered) = oneshot::channel();
        self.tell(Message::Write(job, answer))?;
        answered.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Has the queues' changes written some time soon.
    pub(crate) fn queues_changed(&self) {
        if !self.told.swap(true, Ordering::AcqRel) {
            // After the end the queues live on in memory.
            let _ = self.tell(Message::QueuesChanged);
        }
    }

    /// Writes everything, empties the log and ends the thread.
    pub(crate) async fn close(&self) -> Result<(), TableError> {
        let (answer, answered) = oneshot::channel();
        self.tell(Message::Close(answer))?;
        let result = answered.await.unwrap_or_else(|_| Err(ended()));
        self.join();
        result
    }

    /// Why nothing is written any more, if that is so.
    pub(crate) fn failure(&self) -> Option<TableError> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = thread.as_ref().is_none_or(JoinHandle::is_finished);
        self.failed.get().cloned().or_else(|| gone.then(ended))
    }

    fn tell(&self, message: Message) -> Result<(), TableError> {
        self.sender.as_ref().and_then(|sender| sender.send(message).ok()).ok_or_else(ended)
    }

    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's writer ended by a panic");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.sender = None;
        self.join();
    }
}

fn ended() -> TableError {
    TableError::Broken("the store is closed".to_owned())
}
