//! The steps of an install, in the words of its journal.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::settings::Settings;

/// One change on disk. Each can be undone from the world alone, whether it was done, half done or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Moves what the previous install left, and the new one does not have, out of the way.
    Aside {
        /// Its place.
        path: PathBuf,
        /// Its name until the end.
        aside: PathBuf,
    },
    /// Makes a directory beside its place, or in one that was made so.
    Mkdir {
        /// The directory, by its name until the switch.
        path: PathBuf,
    },
    /// Writes a new file beside its place, or in a directory that was made beside its own.
    Stage {
        /// The file in the bundle.
        source: PathBuf,
        /// Its name until the switch.
        fresh: PathBuf,
        /// What is set on it.
        set: Settings,
    },
    /// Writes all plain files of a directory of the bundle into a directory that was made beside its place.
    Fill {
        /// The directory in the bundle.
        source: PathBuf,
        /// The new directory, by its name until the switch.
        fresh: PathBuf,
        /// What is set on every file; what is not said here is as in the bundle.
        set: Settings,
    },
    /// From here on the previous version changes: every new file has been written.
    Switch,
    /// Gives a staged file, or a new directory with all that is in it, its name. What is replaced keeps a second name until
    /// the end.
    Swap {
        /// Its name until now.
        fresh: PathBuf,
        /// Its place.
        path: PathBuf,
        /// The second name of what was there; `None` when nothing was.
        aside: Option<PathBuf>,
    },
    /// Makes a directory for new files, hidden in the one where they belong, which is there.
    Hide {
        /// The hidden directory.
        path: PathBuf,
    },
    /// Gives all files of a hidden directory their names in the one above it, and moves out of the way what the previous
    /// install left there and the new one does not have. What is replaced or goes keeps a second name until the end, in
    /// another hidden directory.
    Renew {
        /// The hidden directory; it may never have been made, if nothing new comes.
        fresh: PathBuf,
        /// The new files that replace nothing.
        new: Names,
        /// What goes.
        gone: Names,
    },
    /// Sets owner, group, mode and access control list of a directory.
    Set {
        /// The directory.
        path: PathBuf,
        /// What is set on it.
        set: Settings,
        /// What it was before; `None` for a directory that the install made.
        before: Option<Box<Settings>>,
    },
}
