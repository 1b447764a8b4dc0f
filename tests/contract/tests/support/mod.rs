//! A directory of one test's own.

use std::path::{Path, PathBuf};

/// A new directory, gone when dropped.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    /// A new directory.
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(contract::names::unique("cutover"));
        std::fs::create_dir_all(&path).expect("a new directory");
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
