//! Directories that are there and get all plain files of one directory of the bundle. The files are staged in a hidden
//! directory in each of them, and are not listed in plan and journal, but for those that replace nothing: an undo may
//! remove these, and only these.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::error::{At, InstallError, or_missing};
use super::execute::{remove_empty, replace, take_name};
use super::fill;
use super::names::Names;
use super::undo::{exists, put_back};

/// Names of a directory that are in memory at the same time.
const NAMES: usize = 4_096;

/// Asked before every change: tests end an install there.
pub(super) type Gate<'a> = &'a dyn Fn() -> Result<(), InstallError>;

/// Makes a hidden directory. It needs no more rights than those of the agent: what is in it leaves it by a rename.
pub(super) fn hide(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Where the second names are.
pub(super) fn aside(fresh: &Path) -> PathBuf {
    fresh.with_extension("old")
}

pub(super) fn take(fresh: &Path, new: &Names, gone: &Names, gate: Gate<'_>) -> Result<(), InstallError> {
    let (folder, aside) = (above(fresh), aside(fresh));
    gate()?;
    hide(&aside).at(&aside, "cannot be made")?;
    let new = new.sorted();
    let is_new = |name: &OsString| name.to_str().is_some_and(|name| new.binary_search(&name).is_ok());
    while let names @ [_, ..] = &some(fresh).at(fresh, "cannot be read")?[..] {
        for name in names {
            let (from, to) = (fresh.join(name), folder.join(name));
            gate()?;
            if is_new(name) {
                take_name(&from, &to).at(&to, "cannot be put in place")?;
            } else {
                replace(&from, &to, &aside.join(name), gate)?;
            }
        }
    }
    for name in gone.iter() {
        let path = folder.join(name);
        gate()?;
        or_missing(fs::rename(&path, aside.join(name))).at(&path, "cannot be moved aside")?;
    }
    Ok(())
}

/// Brings back what was there; new files are removed unless they have not got their names yet.
pub(super) fn take_back(
    fresh: &Path,
    new: &Names,
    has_switched: bool,
    gate: Gate<'_>,
) -> Result<(), InstallError> {
    const WHAT: &str = "cannot be put back";
    let (folder, aside) = (above(fresh), aside(fresh));
    while let names @ [_, ..] = &some(&aside).at(&aside, "cannot be read")?[..] {
        for name in names {
            let path = folder.join(name);
            gate()?;
            put_back(&aside.join(name), &path).at(&path, WHAT)?;
        }
    }
    remove_empty(&aside).at(&aside, WHAT)?;
    for name in new.iter().filter(|name| has_switched && !exists(&fresh.join(name))) {
        let path = folder.join(name);
        gate()?;
        or_missing(fs::remove_file(&path)).at(&path, WHAT)?;
    }
    Ok(())
}

/// The places of the files that a renewed directory got; where the bundle is gone, of those that are new or have replaced
/// something, as long as that has its second name.
pub(super) fn places(
    source: &Path,
    fresh: &Path,
    new: &Names,
    mut take: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = above(fresh);
    if exists(source) {
        return fill::places(source, folder, take);
    }
    new.iter().try_for_each(|name| take(&folder.join(name)))?;
    let replaced = match fs::read_dir(aside(fresh)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    for entry in replaced {
        let path = folder.join(entry?.file_name());
        if exists(&path) {
            take(&path)?;
        }
    }
    Ok(())
}

/// Some of the names in a directory; none if it is not there.
fn some(folder: &Path) -> io::Result<Vec<OsString>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read?.take(NAMES).map(|entry| entry.map(|entry| entry.file_name())).collect(),
    }
}

fn above(fresh: &Path) -> &Path {
    fresh.parent().unwrap_or(fresh)
}
