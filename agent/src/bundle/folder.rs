//! Directories as bundles.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::attributes::Attributes;
use super::error::BundleError;
use super::name;
use super::tree::{self, Tree};
use crate::crew;

/// Copies a directory; links are copied as links.
pub(super) fn copy(from: &Path, mut tree: Tree) -> Result<(), BundleError> {
    let unreadable = |path: &Path, error| BundleError::Read { path: path.to_owned(), error };
    let from = fs::canonicalize(from).map_err(|error| unreadable(from, error))?;
    if !from.is_dir() {
        return Err(unreadable(&from, io::ErrorKind::NotADirectory.into()));
    }
    if fs::canonicalize(tree.root()).is_ok_and(|root| root.starts_with(&from)) {
        let problem = "the deployment root lies in it. Choose another --root-dir or --bundle-location.";
        return Err(unreadable(&from, io::Error::other(problem)));
    }
    let (mut open, mut jobs) = (vec![PathBuf::new()], Vec::new());
    while let Some(folder) = open.pop() {
        let path = from.join(&folder);
        for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, error))? {
            let entry = entry.map_err(|error| unreadable(&path, error))?;
            let relative = folder.join(entry.file_name());
            let shown = name::text(relative.as_os_str().as_encoded_bytes())?.to_owned();
            let about = entry.metadata().map_err(|error| unreadable(&entry.path(), error))?;
            if about.is_dir() {
                tree.folder(&shown, attributes(&about))?;
                open.push(relative);
            } else if about.is_symlink() {
                let target = fs::read_link(entry.path()).map_err(|error| unreadable(&entry.path(), error))?;
                tree.link(&shown, name::text(target.as_os_str().as_encoded_bytes())?)?;
            } else if about.is_file() {
                let to = tree.file(&shown, about.len())?;
                jobs.push((relative, to, about.len(), attributes(&about)));
            } else {
                return Err(BundleError::entry(&shown, "is neither a file nor a directory nor a link."));
            }
        }
    }
    crew::each(&jobs, Vec::new, |buffer, _, (relative, to, size, attributes)| {
        let path = from.join(relative);
        let mut file = File::open(&path).map_err(|error| unreadable(&path, error))?;
        tree::copy(to, &mut file, *size, buffer, *attributes)
            .map_err(|error| BundleError::Write { path: to.clone(), error })
    })?;
    tree.finish()
}

fn attributes(about: &Metadata) -> Attributes {
    Attributes {
        mode: about.permissions().mode() & 0o7777,
        owner: geteuid().is_root().then(|| (about.uid(), about.gid())),
        modified: about.modified().ok(),
    }
}
