//! Why a bundle cannot be unpacked.

use std::io;
use std::path::PathBuf;

/// Why a bundle cannot be unpacked; entries are named as the archive spells them.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The bundle cannot be opened or read at all.
    #[error("the bundle {path} cannot be read: {error}")]
    Read {
        /// The bundle.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The archive is not what its type says, is damaged or cut off.
    #[error("the bundle is not a whole {kind} archive: {problem}. Check its type, and pack it again.")]
    Damaged {
        /// `zip` or `tar`.
        kind: &'static str,
        /// What the reader stumbled over.
        problem: String,
    },
    /// An entry that no bundle may have.
    #[error("the bundle's entry {entry:?} {problem}")]
    Entry {
        /// Its name in the archive.
        entry: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// More bytes than may be unpacked.
    #[error(
        "the bundle comes to more than {limit} bytes when unpacked (at entry {entry:?}); the limit guards the disk against archive bombs and can be raised"
    )]
    TooLarge {
        /// The entry that passed the limit.
        entry: String,
        /// The limit.
        limit: u64,
    },
    /// More entries than may be unpacked.
    #[error(
        "the bundle has more than {limit} entries; the limit guards the disk against archive bombs and can be raised"
    )]
    TooMany {
        /// The limit.
        limit: u64,
    },
    /// Something cannot be written.
    #[error("{path} cannot be written: {error}")]
    Write {
        /// What was being written.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl BundleError {
    pub(super) fn entry(entry: &str, problem: impl Into<String>) -> Self {
        Self::Entry { entry: entry.to_owned(), problem: problem.into() }
    }
}
