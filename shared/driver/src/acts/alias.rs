//! Acts on a Lambda alias: look, set, verify.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::queue::QueueName;
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::call::CallError;

use crate::phase::{Phase, not_mine};

/// Reads the alias and sees that the target version exists.
pub async fn resolve(aliases: &dyn FunctionAliases, alias: &AliasRef, target: &str) -> Outcome {
    let reading = match aliases.read(alias).await {
        Ok(reading) => reading,
        Err(error) => return failed(error),
    };
    match aliases.version_exists(&alias.function, target).await {
        Ok(()) => Outcome::Resolved { observed: reading.state },
        Err(error) => failed(error),
    }
}

/// Brings the alias to `set`. It is read first: already there is done, one of `ours` is changed under the
/// precondition of the revision just read, anything else is somebody else's and stays.
pub async fn set(
    aliases: &dyn FunctionAliases,
    alias: &AliasRef,
    set: &AliasState,
    ours: &[AliasState],
) -> Outcome {
    let reading = match aliases.read(alias).await {
        Ok(reading) => reading,
        Err(error) => return failed(error),
    };
    if reading.state == *set {
        return Outcome::AliasSet;
    }
    if !ours.contains(&reading.state) {
        return Outcome::Foreign { observed: reading.state };
    }
    match aliases.set(alias, set, &reading.revision_id).await {
        Ok(()) => Outcome::AliasSet,
        // The alias was read a moment ago: what is missing is a version. If not, the next reading tells.
        Err(CallError::Gone { what }) => Outcome::Refused { message: format!("{what} does not exist") },
        Err(error) => unanswered(error),
    }
}

/// Reads the alias back.
pub async fn verify(aliases: &dyn FunctionAliases, alias: &AliasRef, expected: &AliasState) -> Outcome {
    match aliases.read(alias).await {
        Ok(reading) if reading.state == *expected => Outcome::Verified,
        Ok(reading) => Outcome::Foreign { observed: reading.state },
        Err(error) => failed(error),
    }
}

/// The outcome of a failed call. A lost race is tried again: the next reading tells who won.
pub(super) fn failed(error: CallError) -> Outcome {
    match error {
        CallError::Gone { what } => Outcome::Gone { what },
        CallError::Denied { message } => Outcome::Denied { message },
        CallError::Refused { message } => Outcome::Refused { message },
        CallError::Conflict | CallError::Transient { .. } => Outcome::Retry { message: error.to_string() },
    }
}

/// The outcome of a failed call that changes something: if it may pass, it may also have been done.
pub(super) fn unanswered(error: CallError) -> Outcome {
    match error {
        CallError::Transient { message } => Outcome::InDoubt { message },
        other => failed(other),
    }
}

/// The phase of a queue whose function moves aliases. The queues differ in what their functions may touch,
/// not in what they do.
pub struct AliasPhase {
    queue: QueueName,
    aliases: Arc<dyn FunctionAliases>,
}

impl AliasPhase {
    /// For this queue, over these aliases.
    pub fn new(queue: QueueName, aliases: Arc<dyn FunctionAliases>) -> Self {
        Self { queue, aliases }
    }
}

#[async_trait]
impl Phase for AliasPhase {
    fn queue(&self) -> QueueName {
        self.queue
    }

    async fn perform(&self, act: &Act) -> Outcome {
        let aliases = self.aliases.as_ref();
        match act {
            Act::ResolveAlias { alias, target } => resolve(aliases, alias, target).await,
            Act::SetAlias { alias, set: wanted, ours } => set(aliases, alias, wanted, ours).await,
            Act::VerifyAlias { alias, expected } => verify(aliases, alias, expected).await,
            other => not_mine(self.queue, other),
        }
    }
}
