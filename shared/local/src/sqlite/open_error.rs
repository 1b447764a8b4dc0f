//! Why a store cannot be opened.

use std::path::PathBuf;

/// Why a store cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the store in {} is in use by another process; stop that one first, or choose another directory", .dir.display())]
    InUse {
        /// The store's directory.
        dir: PathBuf,
    },
    /// A later Cutover wrote it.
    #[error("the store file {} has layout {found}, and this version knows layouts up to {known}; use the newer version that wrote it", .file.display())]
    Newer {
        /// The store file.
        file: PathBuf,
        /// Its layout.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It is damaged or something else.
    #[error("the store file {} is not a readable Cutover store: {why}; restore it from a backup or move it away", .file.display())]
    Unreadable {
        /// The store file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file system refuses.
    #[error("cannot use {}: {why}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
}

impl OpenError {
    pub(crate) fn io(path: impl Into<PathBuf>, why: impl ToString) -> Self {
        Self::Io { path: path.into(), why: why.to_string() }
    }
}
