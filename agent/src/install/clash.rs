//! What a revision cannot have: one place for a file and a directory, and places below a file or a link.

use std::fs;

use super::error::InstallError;
use super::sources::Wanted;

pub(super) fn check(wanted: &Wanted) -> Result<(), InstallError> {
    for (folder, source) in &wanted.folders {
        let Some(file) = wanted.files.get(folder) else { continue };
        let below = wanted.folders.keys().chain(wanted.files.keys());
        let inner = below.into_iter().find(|path| *path != folder && path.starts_with(folder));
        let Some(inner) = inner else {
            return Err(InstallError::SameDestination {
                first: file.clone(),
                second: source.clone(),
                destination: folder.clone(),
            });
        };
        let link = fs::symlink_metadata(file).is_ok_and(|about| about.is_symlink());
        return Err(InstallError::Below {
            path: inner.clone(),
            above: folder.clone(),
            kind: if link { "a link" } else { "a file" },
        });
    }
    Ok(())
}
