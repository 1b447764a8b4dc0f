//! Directories as bundles.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use nix::unistd::geteuid;

use super::attributes::Attributes;
use super::error::BundleError;
use super::name;
use super::tree::Tree;
use crate::duplicate::{Batch, Trouble, Wish};

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
    let (root, limit, bytes) = (tree.root().to_owned(), tree.limits().bytes, AtomicU64::new(0));
    let admit = |more| bytes.fetch_add(more, Ordering::Relaxed).saturating_add(more) <= limit;
    let failed = |trouble, folder: &PathBuf, name: &_| {
        let path = folder.join(name);
        match trouble {
            Trouble::Reading(error) => unreadable(&from.join(path), error),
            Trouble::Writing(error) => BundleError::Write { path: root.join(path), error },
            Trouble::Full => BundleError::TooLarge { entry: path.display().to_string(), limit },
        }
    };
    let (mut open, mut batch) = (vec![PathBuf::new()], Batch::new());
    while let Some(folder) = open.pop() {
        let path = from.join(&folder);
        if batch.has_enough_folders() {
            batch.work(admit, failed)?;
        }
        let known = folder.clone();
        let begun = batch.folder(&path, &root.join(&folder), Wish::default(), known);
        begun.map_err(|trouble| failed(trouble, &folder, &".".into()))?;
        for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, error))? {
            let entry = entry.map_err(|error| unreadable(&path, error))?;
            let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), error))?;
            let plain = entry.file_name();
            if kind.is_file() && plain.to_str().is_some_and(|name| !name.contains(char::is_control)) {
                tree.lone_file()?;
                batch.name(plain);
                if batch.has_enough() {
                    batch.work(admit, failed)?;
                }
                continue;
            }
            let relative = folder.join(plain);
            let shown = name::text(relative.as_os_str().as_bytes())?.to_owned();
            if kind.is_dir() {
                let about = entry.metadata().map_err(|error| unreadable(&entry.path(), error))?;
                tree.folder(&shown, attributes(&about))?;
                open.push(relative);
            } else if kind.is_symlink() {
                let target = fs::read_link(entry.path()).map_err(|error| unreadable(&entry.path(), error))?;
                tree.link(&shown, name::text(target.as_os_str().as_bytes())?)?;
            } else {
                // Of a file it is the name that is wrong.
                name::relative(&shown)?;
                return Err(BundleError::entry(&shown, "is neither a file nor a directory nor a link."));
            }
        }
    }
    batch.work(admit, failed)?;
    tree.finish()
}

fn attributes(about: &Metadata) -> Attributes {
    Attributes {
        mode: about.permissions().mode() & 0o7777,
        owner: geteuid().is_root().then(|| (about.uid(), about.gid())),
        modified: about.modified().ok(),
    }
}
