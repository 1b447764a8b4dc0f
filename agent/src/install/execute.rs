//! Carrying a plan out.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::mem::discriminant;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with, syncfs};

use crate::layout::{self, Group};
use crate::{copy, crew};

use super::cleanup;
use super::error::{At, InstallError, or_missing};
use super::fill;
use super::journal::{self, Journal, Phase};
use super::places::Places;
use super::plan::Plan;
use super::renew;
use super::settings::Settings;
use super::step::Step;

/// Tests stop an install before its n-th step; nobody else does.
pub(super) type Gate<'a> = &'a (dyn Fn(usize) -> Result<(), InstallError> + Sync);

/// Takes every step and notes in the journal that all are done. Steps that do not need one another are taken by several
/// threads: a kill may find any of them done.
pub(super) fn steps(plan: &Plan, journal: &mut Journal, gate: Gate<'_>) -> Result<(), InstallError> {
    let (room, mut next) = (plan.room(), 0);
    for steps in plan.steps.chunk_by(are_free) {
        let first = next;
        next += steps.len();
        gate(first)?;
        if first == room && journal.phase() == Phase::Clearing {
            journal.staging()?;
        }
        if let [Step::Switch] = steps {
            journal.switching()?;
            continue;
        }
        if let [Step::Fill { .. }, ..] = steps {
            fill::take(steps, first, gate).map_err(|error| named(error, plan))?;
            continue;
        }
        crew::each(steps, Vec::new, |buffer, at, step| {
            gate(first + at)?;
            take(step, buffer, &|| gate(first + at)).map_err(|error| named(error, plan))
        })?;
    }
    sync(plan)?;
    gate(plan.steps.len())?;
    journal.done()
}

/// Tidies up after the last step; may be repeated.
pub(super) fn finish(plan: &Plan, group: &Group) -> Result<(), InstallError> {
    let path = group.cleanup();
    // The same after every deployment of scripts alone.
    if !plan.is_idle() || fs::read_to_string(&path).ok() != Some(cleanup::text(&plan.cleanup)) {
        layout::replace_by(&path, |file| cleanup::write(plan, file)).at(&path, "cannot be written")?;
    }
    for step in &plan.steps {
        match step {
            Step::Aside { aside, .. } | Step::Swap { aside: Some(aside), .. } => {
                remove(aside).at(aside, "cannot be removed")?;
            }
            Step::Hide { path } => remove_empty(path).at(path, "cannot be removed")?,
            Step::Renew { fresh, .. } => {
                let aside = renew::aside(fresh);
                remove(&aside).at(&aside, "cannot be removed")?;
            }
            _ => {}
        }
    }
    for folder in plan.old_folders.iter().rev() {
        remove_empty(folder).at(folder, "cannot be removed")?;
    }
    journal::remove(&group.journal())
}

/// New files, and names for them, do not need one another.
fn are_free(one: &Step, other: &Step) -> bool {
    let free = matches!(one, Step::Stage { .. } | Step::Fill { .. } | Step::Swap { .. } | Step::Renew { .. });
    free && discriminant(one) == discriminant(other)
}

/// Nobody knows a file by its name until the switch.
fn named(error: InstallError, plan: &Plan) -> InstallError {
    match error {
        InstallError::Disk { path, what, error } => {
            InstallError::Disk { path: Places::of(plan).place(&path).into_owned(), what, error }
        }
        other => other,
    }
}

fn take(step: &Step, buffer: &mut Vec<u8>, gate: renew::Gate<'_>) -> Result<(), InstallError> {
    match step {
        Step::Aside { path, aside } => or_missing(fs::rename(path, aside)).at(path, "cannot be moved aside"),
        Step::Mkdir { path } => {
            let made = DirBuilder::new().mode(0o755).create(path);
            made.at(path, "cannot be made")
        }
        Step::Stage { source, fresh, set } => stage(source, fresh, set, buffer),
        // Many at a time, by their own way.
        Step::Fill { .. } | Step::Switch => Ok(()),
        Step::Swap { fresh, path, aside: None } => take_name(fresh, path).at(path, "cannot be put in place"),
        Step::Swap { fresh, path, aside: Some(aside) } => replace(fresh, path, aside, gate),
        Step::Hide { path } => renew::hide(path).at(path, "cannot be made"),
        Step::Renew { fresh, new, gone } => renew::take(fresh, new, gone, gate),
        Step::Set { path, set, .. } => set.apply(path).at(path, "cannot be given its permissions"),
    }
}

/// Whoever put something there after the plan was made keeps it.
pub(super) fn take_name(fresh: &Path, path: &Path) -> io::Result<()> {
    match renameat_with(CWD, fresh, CWD, path, RenameFlags::NOREPLACE) {
        Err(error) if error == rustix::io::Errno::INVAL => fs::rename(fresh, path),
        other => other.map_err(io::Error::from),
    }
}

/// What is there gets a second name first.
pub(super) fn replace(
    fresh: &Path,
    path: &Path,
    aside: &Path,
    gate: renew::Gate<'_>,
) -> Result<(), InstallError> {
    let kept = fs::hard_link(path, aside).or_else(|_| or_missing(fs::rename(path, aside)));
    kept.at(path, "cannot be replaced")?;
    gate()?;
    fs::rename(fresh, path).at(path, "cannot be replaced")
}

fn stage(source: &Path, fresh: &Path, set: &Settings, buffer: &mut Vec<u8>) -> Result<(), InstallError> {
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let from = OpenOptions::new().read(true).custom_flags(no_link).open(source);
    let mut from = match from {
        Err(error) if is_link(&error) => {
            let target = fs::read_link(source).at(source, "cannot be read")?;
            symlink(target, fresh).at(fresh, "cannot be made")?;
            return set.apply(fresh).at(fresh, "cannot be given its permissions");
        }
        from => from.at(source, "cannot be read")?,
    };
    let about = from.metadata().at(source, "cannot be read")?;
    // An access control list may give less than the mode says.
    let mode = set.mode.filter(|_| set.acl.is_empty()).map_or(0o600, |mode| mode & 0o777);
    let to = OpenOptions::new().write(true).create_new(true).mode(mode).open(fresh);
    let mut to = to.at(fresh, "cannot be made")?;
    copy::file(&mut from, &mut to, about.len(), buffer).at(fresh, "cannot be written")?;
    set.apply_to(&to, fresh).at(fresh, "cannot be given its permissions")?;
    let modified = about.modified().and_then(|modified| to.set_modified(modified));
    modified.at(fresh, "cannot be given its time")
}

fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Waits until everything written is on disk, on each of the file systems concerned: the one of the unpacked revision,
/// whose scripts the next deployment runs, among them.
fn sync(plan: &Plan) -> Result<(), InstallError> {
    let mut systems = BTreeMap::new();
    let mut last = None;
    for step in &plan.steps {
        // New directories have their names by now, and lie on the file system of the one above.
        let (Step::Stage { source: path, .. }
        | Step::Fill { source: path, .. }
        | Step::Aside { path, .. }
        | Step::Renew { fresh: path, .. }
        | Step::Swap { path, .. }) = step
        else {
            continue;
        };
        let folder = path.parent().filter(|folder| last != Some(folder.as_os_str()));
        let Some(folder) = folder else { continue };
        last = Some(folder.as_os_str());
        if let Ok(about) = fs::metadata(folder) {
            systems.entry(about.dev()).or_insert(folder);
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
