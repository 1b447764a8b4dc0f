//! The connections that read.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use rusqlite::Connection;

const READERS: usize = 4;

/// A few read connections. A read runs on the caller's thread: it takes microseconds, and handing it to
/// another thread would take longer.
#[derive(Debug)]
pub(crate) struct Readers {
    connections: Vec<Mutex<Connection>>,
}

impl Readers {
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connections = (0..READERS).map(|_| super::connection::reader(file).map(Mutex::new));
        Ok(Self { connections: connections.collect::<Result<_, _>>()? })
    }

    /// Runs `read` on a free connection, the same one for the same thread where possible.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        let own = own_place();
        for at in own..own + READERS {
            match self.connections[at % READERS].try_lock() {
                Ok(conn) => return read(&conn),
                Err(TryLockError::Poisoned(conn)) => return read(&conn.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        read(&self.connections[own % READERS].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A number for each thread.
fn own_place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    OWN.with(|own| own % READERS)
}
