//! Acts on processes of Auto Scaling groups: look, suspend, resume.

use cutover_core::act::{Act, Outcome};
use cutover_core::ids::Scope;
use cutover_core::scaling::{Processes, Suspended};
use cutover_ports::call::CallError;
use cutover_ports::scaling::ScalingProcesses;
use futures_util::future::join_all;

use super::alias::{failed, unanswered};

/// Performs an act on processes; nothing for any other act. Who has no Auto Scaling has no such groups.
pub async fn perform(scaling: Option<&dyn ScalingProcesses>, act: &Act) -> Option<Outcome> {
    let none = || Outcome::Processes { suspended: Suspended::new(), failed: None };
    let outcome = match (act, scaling) {
        (Act::LookAtProcesses { scope, groups }, Some(scaling)) => look(scaling, scope, groups).await,
        (Act::SuspendProcesses { scope, of }, Some(scaling)) => suspend(scaling, scope, of).await,
        (Act::ResumeProcesses { scope, of }, Some(scaling)) => resume(scaling, scope, of).await,
        (Act::LookAtProcesses { .. } | Act::SuspendProcesses { .. } | Act::ResumeProcesses { .. }, None) => {
            none()
        }
        _ => return None,
    };
    Some(outcome)
}

async fn look(scaling: &dyn ScalingProcesses, scope: &Scope, groups: &[String]) -> Outcome {
    match scaling.suspended(scope, groups).await {
        Ok(suspended) => Outcome::Processes { suspended, failed: None },
        Err(error) => failed(error),
    }
}

/// Suspends what runs of these. Whoever finds them suspended asks for nothing, so that after a lost answer there is
/// one try that leaves nothing in doubt.
async fn suspend(scaling: &dyn ScalingProcesses, scope: &Scope, of: &[Processes]) -> Outcome {
    let names = names(of);
    let found = match scaling.suspended(scope, &names).await {
        Ok(found) => found,
        Err(error) => return failed(error),
    };
    let due = lacking(of, |process, suspended| !suspended.contains(process), &found);
    if due.is_empty() {
        return Outcome::Processes { suspended: found, failed: None };
    }
    let errors = errors(join_all(due.iter().map(|one| scaling.suspend(scope, one))).await);
    if let Some(error) = transient(&errors) {
        return unanswered(error);
    }
    let found = match scaling.suspended(scope, &names).await {
        Ok(found) => found,
        Err(error) => return failed(error),
    };
    let left = lacking(of, |process, suspended| !suspended.contains(process), &found);
    match (left.first(), errors.into_iter().next()) {
        (None, _) => Outcome::Processes { suspended: found, failed: None },
        (Some(_), Some(error)) => failed(error),
        (Some(one), None) => Outcome::Retry { message: format!("{one} is not suspended") },
    }
}

/// Resumes what is suspended of these, each group for itself, so that one that refuses keeps none of the others.
async fn resume(scaling: &dyn ScalingProcesses, scope: &Scope, of: &[Processes]) -> Outcome {
    let names = names(of);
    let found = match scaling.suspended(scope, &names).await {
        Ok(found) => found,
        Err(error) => return failed(error),
    };
    let due = lacking(of, |process, suspended| suspended.contains(process), &found);
    if due.is_empty() {
        return Outcome::Processes { suspended: found, failed: None };
    }
    let errors = errors(join_all(due.iter().map(|one| scaling.resume(scope, one))).await);
    if let Some(error) = transient(&errors) {
        return unanswered(error);
    }
    match scaling.suspended(scope, &names).await {
        Ok(suspended) => Outcome::Processes { suspended, failed: errors.first().map(ToString::to_string) },
        Err(error) => failed(error),
    }
}

fn names(of: &[Processes]) -> Vec<String> {
    of.iter().map(|one| one.group.clone()).collect()
}

/// The processes of groups that exist and are not as they must be.
fn lacking(
    of: &[Processes],
    is_due: impl Fn(&String, &[String]) -> bool,
    found: &Suspended,
) -> Vec<Processes> {
    let due = of.iter().filter_map(|one| {
        let suspended = found.get(&one.group)?;
        let names = one.names.iter().filter(|process| is_due(process, suspended)).cloned();
        Some(Processes { group: one.group.clone(), names: names.collect() })
    });
    due.filter(|one| !one.names.is_empty()).collect()
}

fn errors(answers: Vec<Result<(), CallError>>) -> Vec<CallError> {
    answers.into_iter().filter_map(Result::err).collect()
}

/// A call that may yet land.
fn transient(errors: &[CallError]) -> Option<CallError> {
    errors.iter().find(|error| matches!(error, CallError::Transient { .. })).cloned()
}
