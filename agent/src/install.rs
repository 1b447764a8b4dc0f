//! Install: files of a revision into their places, all of them or none.
//!
//! An install is planned, then journaled, then carried out. The [plan](plan) knows every file, every directory
//! and every collision before anything is touched. New files are written beside their places under names of
//! their own; when all are there, the switch is a row of renames that keeps what it replaces. The
//! [journal](journal) names all of it before the first change, so that whoever finds a journal whose install
//! did not end can [undo](undo) it, as often as that takes.

mod acl;
mod behind;
mod clash;
mod cleanup;
mod context;
mod error;
mod execute;
mod fill;
mod journal;
mod names;
mod owners;
mod permissions;
mod places;
mod plan;
mod record;
mod renew;
mod settings;
mod sources;
mod step;
mod survey;
mod undo;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod plan_tests;

use std::path::Path;

use cutover_appspec::{FileExistsBehavior, ServerSpec};

use crate::layout::Group;

pub use error::InstallError;
pub use names::Names;
pub use plan::Plan;
pub use settings::Settings;
pub use step::Step;

/// What is to be installed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The id of the deployment; it is part of the names of files under way.
    pub deployment: &'a str,
    /// The unpacked revision.
    pub archive: &'a Path,
    /// Its AppSpec.
    pub spec: &'a ServerSpec,
    /// What to do about files that are there already, unless the AppSpec says it.
    pub file_exists: FileExistsBehavior,
}

/// Plans an install against the host as it is, and touches nothing.
///
/// # Errors
/// Everything that would make the install fail and can be known before.
pub fn plan(request: Request<'_>, group: &Group) -> Result<Plan, InstallError> {
    plan::plan(request, &group.cleanup())
}

/// Carries a plan out.
///
/// # Errors
/// When a step fails; everything is then as it was before, unless the error says otherwise.
pub fn install(plan: &Plan, group: &Group) -> Result<(), InstallError> {
    record::write(plan, &group.install_record())?;
    if plan.is_idle() {
        return execute::finish(plan, group);
    }
    let mut journal = journal::Journal::create(&group.journal(), plan)?;
    let done = execute::steps(plan, &mut journal, &|_| Ok(()));
    if let Err(error) = done {
        return match undo::undo(plan, &mut journal, &|_| Ok(()))
            .and_then(|()| journal::remove(&group.journal()))
        {
            Ok(()) => Err(error),
            Err(undo) => Err(InstallError::NotUndone { error: Box::new(error), undo: Box::new(undo) }),
        };
    }
    execute::finish(plan, group)
}

/// What [`recover`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// No install was under way.
    Nothing,
    /// An install had not ended: the previous files are back.
    Undone,
    /// An install had ended but for its tidying, which is done now.
    Finished,
}

/// Ends what a killed agent left: an install that had not switched wholly is undone, any other is finished.
///
/// # Errors
/// When the journal cannot be read or a step cannot be undone; the journal then stays, to try again.
pub fn recover(group: &Group) -> Result<Recovered, InstallError> {
    let Some((plan, mut journal)) = journal::read(&group.journal())? else { return Ok(Recovered::Nothing) };
    if journal.phase() == journal::Phase::Done {
        return execute::finish(&plan, group).map(|()| Recovered::Finished);
    }
    undo::undo(&plan, &mut journal, &|_| Ok(()))?;
    journal::remove(&group.journal())?;
    Ok(Recovered::Undone)
}
