//! Carrying a plan out.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with, syncfs};

use crate::layout::{self, Group};

use super::cleanup;
use super::error::{At, InstallError, or_missing};
use super::journal::{self, Journal};
use super::plan::Plan;
use super::settings::Settings;
use super::step::Step;

/// Tests stop an install before its n-th step; nobody else does.
pub(super) type Gate<'a> = &'a mut dyn FnMut(usize) -> Result<(), InstallError>;

/// Takes every step and notes in the journal that all are done.
pub(super) fn steps(plan: &Plan, journal: &mut Journal, gate: Gate<'_>) -> Result<(), InstallError> {
    let room = plan.room();
    for (index, step) in plan.steps.iter().enumerate() {
        gate(index)?;
        if index == room {
            journal.staging()?;
        }
        take(plan, step, journal)?;
    }
    sync(plan)?;
    gate(plan.steps.len())?;
    journal.done()
}

/// Tidies up after the last step; may be repeated.
pub(super) fn finish(plan: &Plan, group: &Group) -> Result<(), InstallError> {
    layout::replace(&group.cleanup(), &cleanup::text(&plan.cleanup))
        .at(&group.cleanup(), "cannot be written")?;
    for step in &plan.steps {
        if let Step::Aside { aside, .. } | Step::Swap { aside: Some(aside), .. } = step {
            remove(aside).at(aside, "cannot be removed")?;
        }
    }
    for folder in plan.old_folders.iter().rev() {
        remove_empty(folder).at(folder, "cannot be removed")?;
    }
    journal::remove(&group.journal())
}

fn take(plan: &Plan, step: &Step, journal: &mut Journal) -> Result<(), InstallError> {
    match step {
        Step::Aside { path, aside } => or_missing(fs::rename(path, aside)).at(path, "cannot be moved aside"),
        Step::Mkdir { path } => {
            let made = DirBuilder::new().mode(0o755).create(path);
            made.at(path, "cannot be made")
        }
        Step::Stage { source, fresh, set } => stage(source, fresh, set),
        Step::Switch => {
            sync(plan)?;
            journal.switching()
        }
        Step::Swap { fresh, path, aside: None } => {
            // Whoever put something there after the plan was made keeps it.
            let moved = renameat_with(CWD, fresh, CWD, path, RenameFlags::NOREPLACE);
            let moved = match moved {
                Err(error) if error == rustix::io::Errno::INVAL => fs::rename(fresh, path),
                other => other.map_err(io::Error::from),
            };
            moved.at(path, "cannot be put in place")
        }
        Step::Swap { fresh, path, aside: Some(aside) } => {
            let kept = fs::hard_link(path, aside).or_else(|_| or_missing(fs::rename(path, aside)));
            kept.and_then(|()| fs::rename(fresh, path)).at(path, "cannot be replaced")
        }
        Step::Set { path, set, .. } => set.apply(path).at(path, "cannot be given its permissions"),
    }
}

fn stage(source: &Path, fresh: &Path, set: &Settings) -> Result<(), InstallError> {
    let about = fs::symlink_metadata(source).at(source, "cannot be read")?;
    if about.is_symlink() {
        let target = fs::read_link(source).at(source, "cannot be read")?;
        symlink(target, fresh).at(fresh, "cannot be made")?;
        return set.apply(fresh).at(fresh, "cannot be given its permissions");
    }
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let from = OpenOptions::new().read(true).custom_flags(no_link).open(source);
    let mut from = from.at(source, "cannot be read")?;
    let to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh);
    let mut to = to.at(fresh, "cannot be made")?;
    io::copy(&mut from, &mut to).at(fresh, "cannot be written")?;
    if let Ok(modified) = about.modified() {
        to.set_modified(modified).at(fresh, "cannot be given its time")?;
    }
    set.apply(fresh).at(fresh, "cannot be given its permissions")
}

/// Waits until everything written is on disk, on each of the file systems concerned.
fn sync(plan: &Plan) -> Result<(), InstallError> {
    let mut systems = BTreeMap::new();
    for step in &plan.steps {
        let (Step::Stage { fresh: path, .. } | Step::Aside { path, .. }) = step else { continue };
        let Some(folder) = path.parent() else { continue };
        if let Ok(about) = fs::metadata(folder) {
            systems.entry(about.dev()).or_insert_with(|| folder.to_owned());
        }
    }
    for folder in systems.values() {
        let synced = File::open(folder).and_then(|open| syncfs(open).map_err(io::Error::from));
        synced.at(folder, "cannot be written to disk")?;
    }
    Ok(())
}

/// Removes a file, a link or a directory that was moved aside.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => or_missing(fs::remove_file(path)),
        Err(error) => or_missing(Err(error)),
    }
}

/// Removes a directory unless something is in it.
pub(super) fn remove_empty(path: &Path) -> io::Result<()> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => or_missing(other),
    }
}
