//! What the previous install left, as it is on disk now.
//!
//! There may be very many files, so none of them is in memory: the cleanup file is read again whenever they are needed, and
//! whether it lists a path is asked of digests.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use super::cleanup;
use super::error::InstallError;

/// Files and directories that an earlier install made and that are still there.
#[derive(Debug)]
pub(super) struct Behind {
    cleanup: PathBuf,
    /// Of all that is listed, in order. The hasher is another one each time, so that nobody can find paths with one digest.
    digests: Vec<u64>,
    hasher: RandomState,
    /// Directories.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Left alone: a directory above them has been replaced by a link, so they are somebody else's.
    pub(super) foreign: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Foreign,
}

impl Behind {
    /// Looks at all that this cleanup file lists.
    pub(super) fn find(cleanup: &Path) -> Result<Self, InstallError> {
        let hasher = RandomState::new();
        let mut digests = Vec::new();
        cleanup::each(cleanup, |path| digests.push(hasher.hash_one(path)))?;
        digests.sort_unstable();
        digests.dedup();
        let (folders, foreign) = (BTreeSet::new(), Vec::new());
        let mut behind = Self { cleanup: cleanup.to_owned(), digests, hasher, folders, foreign };
        let (mut folders, mut foreign) = (BTreeSet::new(), Vec::new());
        behind.each(|path, kind| match kind {
            Kind::File => {}
            Kind::Folder => drop(folders.insert(path.to_owned())),
            Kind::Foreign => foreign.push(path.to_owned()),
        })?;
        (behind.folders, behind.foreign) = (folders, foreign);
        Ok(behind)
    }

    /// Every file and link, in no order; one may come twice.
    pub(super) fn files(&self, mut take: impl FnMut(&Path)) -> Result<(), InstallError> {
        self.each(|path, kind| {
            if kind == Kind::File {
                take(path);
            }
        })
    }

    /// Whether it is a file or link of the previous install.
    pub(super) fn has_file(&self, path: &Path) -> bool {
        self.lists(path)
            && fs::symlink_metadata(path).is_ok_and(|about| !about.is_dir())
            && !path.parent().is_some_and(|folder| self.leads_away(folder))
    }

    /// Whether an earlier install made it; it may be gone, or belong to others by now.
    pub(super) fn lists(&self, path: &Path) -> bool {
        self.digests.binary_search(&self.hasher.hash_one(path)).is_ok()
    }

    /// Whether a directory, or one above it, was made by an earlier install and has been replaced by a link since.
    pub(super) fn leads_away(&self, folder: &Path) -> bool {
        let is_link = |path| fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
        folder.ancestors().any(|above| self.lists(above) && is_link(above))
    }

    /// Whether a directory and all that is in it came from the previous install.
    pub(super) fn owns_all(&self, folder: &Path) -> bool {
        let Ok(entries) = fs::read_dir(folder) else { return false };
        self.folders.contains(folder)
            && entries.into_iter().all(|entry| {
                entry.is_ok_and(|entry| {
                    let path = entry.path();
                    self.has_file(&path) || self.owns_all(&path)
                })
            })
    }

    fn each(&self, mut take: impl FnMut(&Path, Kind)) -> Result<(), InstallError> {
        // Neighbours in the list lie in the same directory.
        let mut last = (PathBuf::new(), false);
        cleanup::each(&self.cleanup, |path| {
            let (Ok(about), Some(folder)) = (fs::symlink_metadata(path), path.parent()) else { return };
            if last.0 != folder {
                last = (folder.to_owned(), self.leads_away(folder));
            }
            let kind = match about.is_dir() {
                _ if last.1 => Kind::Foreign,
                true => Kind::Folder,
                false => Kind::File,
            };
            take(path, kind);
        })
    }
}
