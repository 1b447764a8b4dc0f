//! SQLite's errors in the port's words.

use cutover_ports::table::TableError;
use rusqlite::ErrorCode;

/// Sorts an error by what can be done about it.
pub(crate) fn table_error(error: &rusqlite::Error) -> TableError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => TableError::Broken(
            "the disk is full; nothing of this write was kept; free some space and try again".to_owned(),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            TableError::Unavailable(error.to_string())
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            TableError::Broken(format!("the store file is damaged: {error}; restore it from a backup"))
        }
        Some(ErrorCode::SystemIoFailure) => TableError::Broken(format!("the disk failed: {error}")),
        _ => TableError::Broken(error.to_string()),
    }
}

/// Whether later commits could not be trusted: after a failed sync the system may drop what it had.
pub(crate) fn is_disk_failure(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt))
}
