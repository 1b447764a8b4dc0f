//! The top of an unpacked archive: a lone directory around everything is taken away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::BundleType;
use super::error::BundleError;

/// Puts the unpacked tree where it belongs. GitHub's archives, and many that people pack, hold one directory
/// with everything, AppSpec included, in it.
pub(super) fn settle(partial: &Path, into: &Path, kind: BundleType) -> Result<(), BundleError> {
    let lone = if kind == BundleType::Directory { Ok(None) } else { lone(partial) };
    let moved = lone.and_then(|lone| match lone {
        Some(inner) => fs::rename(inner, into).and_then(|()| fs::remove_dir(partial)),
        None => fs::rename(partial, into),
    });
    moved.map_err(|error| BundleError::Write { path: into.to_owned(), error })
}

fn lone(partial: &Path) -> io::Result<Option<PathBuf>> {
    let mut entries = fs::read_dir(partial)?;
    let (Some(first), None) = (entries.next().transpose()?, entries.next()) else { return Ok(None) };
    if !first.file_type()?.is_dir() {
        return Ok(None);
    }
    for entry in fs::read_dir(first.path())? {
        if entry?.file_name().to_string_lossy().to_ascii_lowercase().contains("appspec") {
            return Ok(Some(first.path()));
        }
    }
    Ok(None)
}
