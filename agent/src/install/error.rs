//! Why an install is refused or failed. Where the official agent has a message, it is used.

use std::io;
use std::path::PathBuf;

/// Why an install is refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Files are there already that no earlier install of the group has put there.
    #[error("The deployment failed because a specified file already exists at this location: {first}{}. Nothing was changed. Remove what is there, or set file_exists_behavior to OVERWRITE or RETAIN.", more(.others, *.unnamed))]
    Exists {
        /// The first of them.
        first: PathBuf,
        /// The others, or the first of them.
        others: Vec<PathBuf>,
        /// How many more there are.
        unnamed: usize,
    },
    /// A directory is where a file belongs, or the other way round.
    #[error(
        "{path} is {found}, but the revision has {wanted} there. Nothing was changed. Move it away and deploy again."
    )]
    InTheWay {
        /// The place.
        path: PathBuf,
        /// What is there.
        found: &'static str,
        /// What should come there.
        wanted: &'static str,
    },
    /// Two sources for one place.
    #[error(
        "The deployment failed because the application specification file specifies two source files named {first} and {second} for the same destination ({destination}). Remove one of the source file paths from the AppSpec file, and then try again."
    )]
    SameDestination {
        /// The one.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The place.
        destination: PathBuf,
    },
    /// A place below something of the same revision that is not a directory.
    #[error(
        "{path} would lie below {above}, which the revision makes {kind}. Change the destinations in the AppSpec."
    )]
    Below {
        /// The place.
        path: PathBuf,
        /// What is above it.
        above: PathBuf,
        /// `a file` or `a link`.
        kind: &'static str,
    },
    /// A source that is missing, leads out of the bundle or is of no use.
    #[error("the source {path} of the AppSpec's files {problem}")]
    Source {
        /// As the AppSpec spells it, or the file in the bundle.
        path: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A destination that is not a place on this host.
    #[error(
        "the destination {0:?} of the AppSpec's files is not a whole path. Write one that starts with /."
    )]
    Destination(String),
    /// A permission that cannot be given.
    #[error("the AppSpec's permission for {object} {problem}")]
    Permission {
        /// The object of the permission, or the file.
        object: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Something could not be done on disk.
    #[error("{path} {what}: {error}")]
    Disk {
        /// What was touched.
        path: PathBuf,
        /// `cannot be …`.
        what: &'static str,
        /// Why.
        error: io::Error,
    },
    /// A journal of another version or a broken one.
    #[error("the journal {path} of an interrupted install {problem}")]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Both the install and its undo failed.
    #[error(
        "{error}. Undoing the install failed, too: {undo}. Mend that and start the agent again: it goes on undoing."
    )]
    NotUndone {
        /// Why the install failed.
        error: Box<InstallError>,
        /// Why it could not be undone.
        undo: Box<InstallError>,
    },
}

impl InstallError {
    /// Whether the revision is right and it is the host that is in the way: its files, its users, its disk.
    pub(crate) fn depends_on_the_host(&self) -> bool {
        use InstallError::{Disk, Exists, InTheWay, Permission};
        matches!(self, Exists { .. } | InTheWay { .. } | Permission { .. } | Disk { .. })
    }
}

fn more(others: &[PathBuf], unnamed: usize) -> String {
    if others.is_empty() {
        return String::new();
    }
    let names: Vec<_> = others.iter().map(|path| path.display().to_string()).collect();
    let rest = if unnamed > 0 { format!(", and {unnamed} that are not named here") } else { String::new() };
    format!(" (and {} more: {}{rest})", others.len() + unnamed, names.join(", "))
}

/// Names the path in an I/O error.
pub(super) trait At<T> {
    fn at(self, path: &std::path::Path, what: &'static str) -> Result<T, InstallError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &std::path::Path, what: &'static str) -> Result<T, InstallError> {
        self.map_err(|error| InstallError::Disk { path: path.to_owned(), what, error })
    }
}

/// A missing file is no error, nor is one below what is no directory.
pub(super) fn or_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            Ok(())
        }
        other => other,
    }
}
