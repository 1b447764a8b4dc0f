//! One store, one process.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::open_error::OpenError;

/// Locks the directory until the file is dropped; the system unlocks it when the process dies.
pub(crate) fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("cutover.lock");
    let file = File::create(&path).map_err(|error| OpenError::io(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(OpenError::io(&path, error)),
    }
}
