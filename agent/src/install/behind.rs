//! What the previous install left, as it is on disk now.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Files and directories that an earlier install made and that are still there.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// Files and links.
    pub(super) files: BTreeSet<PathBuf>,
    /// Directories.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Left alone: a directory above them has been replaced by a link, so they are somebody else's.
    pub(super) foreign: Vec<PathBuf>,
}

impl Behind {
    pub(super) fn find(cleanup: &[PathBuf]) -> Self {
        let listed: HashSet<&Path> = cleanup.iter().map(PathBuf::as_path).collect();
        let mut links: HashMap<&Path, bool> = HashMap::new();
        let mut is_link = |path| {
            let look = || fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
            *links.entry(path).or_insert_with(look)
        };
        let mut behind = Self::default();
        for path in cleanup {
            let Ok(about) = fs::symlink_metadata(path) else { continue };
            let mut replaced = |above| listed.contains(above) && is_link(above);
            if path.ancestors().skip(1).any(&mut replaced) {
                behind.foreign.push(path.clone());
            } else if about.is_dir() {
                behind.folders.insert(path.clone());
            } else {
                behind.files.insert(path.clone());
            }
        }
        behind
    }

    /// Whether a directory and all that is in it came from the previous install.
    pub(super) fn owns_all(&self, folder: &Path) -> bool {
        let Ok(entries) = fs::read_dir(folder) else { return false };
        self.folders.contains(folder)
            && entries.into_iter().all(|entry| {
                entry.is_ok_and(|entry| {
                    let path = entry.path();
                    self.files.contains(&path) || self.owns_all(&path)
                })
            })
    }
}
