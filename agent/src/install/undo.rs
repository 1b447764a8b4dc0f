//! Undoing an install, from its plan and what is on disk.
//!
//! Every step is undone so that doing it again changes nothing: an undo may be killed like everything else.

use std::fs::{self, Permissions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::error::{At, InstallError, or_missing};
use super::execute::{Gate, remove_empty};
use super::fill;
use super::journal::{Journal, Phase};
use super::plan::Plan;
use super::renew;
use super::step::Step;

/// Brings back what was there before.
pub(super) fn undo(plan: &Plan, journal: &mut Journal, gate: Gate<'_>) -> Result<(), InstallError> {
    let phase = journal.phase();
    let room = plan.room();
    // Before and after, the new places may lead through old links to files of others.
    if ![Phase::Clearing, Phase::Restoring].contains(&phase) {
        back(plan, room..plan.steps.len(), phase, gate)?;
        if room > 0 {
            journal.restoring()?;
        }
    }
    back(plan, 0..room, phase, gate)
}

fn back(plan: &Plan, steps: Range<usize>, phase: Phase, gate: Gate<'_>) -> Result<(), InstallError> {
    for index in steps.rev() {
        gate(index)?;
        let step = &plan.steps[index];
        let path = match step {
            Step::Aside { path, .. } | Step::Mkdir { path } | Step::Swap { path, .. } => path,
            Step::Hide { path } | Step::Set { path, .. } => path,
            Step::Stage { fresh, .. } | Step::Fill { fresh, .. } => fresh,
            Step::Renew { fresh, new, .. } => {
                renew::take_back(fresh, new, phase == Phase::Switching, &|| gate(index))?;
                continue;
            }
            Step::Switch => continue,
        };
        take_back(step, phase).at(path, "cannot be put back")?;
    }
    Ok(())
}

fn take_back(step: &Step, phase: Phase) -> io::Result<()> {
    match step {
        Step::Aside { path, aside } => put_back(aside, path),
        Step::Mkdir { path } | Step::Hide { path } => remove_empty(path),
        Step::Stage { fresh, .. } => or_missing(fs::remove_file(fresh)),
        Step::Fill { source, fresh, .. } => fill::take_back(source, fresh),
        // Renewed directories are taken back file by file.
        Step::Switch | Step::Renew { .. } => Ok(()),
        Step::Swap { path, aside: Some(aside), .. } => put_back(aside, path),
        Step::Swap { fresh, path, aside: None } => {
            // What has no name of its own any more is the one in place. A directory goes back, and is emptied by the
            // steps that filled it.
            match fs::symlink_metadata(path) {
                _ if phase != Phase::Switching || exists(fresh) => Ok(()),
                Ok(about) if about.is_dir() => or_missing(fs::rename(path, fresh)),
                _ => or_missing(fs::remove_file(path)),
            }
        }
        Step::Set { path, before: Some(before), .. } if phase == Phase::Switching => {
            or_missing(before.apply(path))
        }
        Step::Set { path, before: None, .. } if phase == Phase::Switching => {
            or_missing(fs::set_permissions(path, Permissions::from_mode(0o700)))
        }
        Step::Set { .. } => Ok(()),
    }
}

/// Gives back its name. Two names of one file are not exchanged by a rename, so the second one is removed.
pub(super) fn put_back(aside: &Path, path: &Path) -> io::Result<()> {
    if !exists(aside) {
        return Ok(());
    }
    fs::rename(aside, path)?;
    or_missing(fs::remove_file(aside))
}

pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
