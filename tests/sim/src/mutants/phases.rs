//! Phases that do one thing wrongly.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, FleetAsk, FleetOver, Outcome};
use cutover_core::alias::AliasState;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::queue::QueueName;
use cutover_driver::driver::DriverError;
use cutover_driver::phase::Phase;
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::hooks::{HookPayload, Hooks};

use super::Mutant;
use crate::world::Ports;

/// A phase that does one thing wrongly.
pub(crate) struct BentPhase {
    inner: Arc<dyn Phase>,
    mutant: Mutant,
    ports: Arc<Ports>,
}

impl BentPhase {
    pub(crate) fn around(inner: Arc<dyn Phase>, mutant: Mutant, ports: Arc<Ports>) -> Arc<dyn Phase> {
        Arc::new(Self { inner, mutant, ports })
    }
}

#[async_trait]
impl Phase for BentPhase {
    fn queue(&self) -> QueueName {
        self.inner.queue()
    }

    async fn shard_wake(&self, id: &ShardId, epoch: u64, again: bool) -> Result<(), DriverError> {
        self.inner.shard_wake(id, epoch, again).await
    }

    async fn notify(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        shard: Option<u16>,
    ) -> Result<(), DriverError> {
        self.inner.notify(scope, deployment, shard).await
    }

    async fn perform(&self, act: &Act) -> Outcome {
        match (self.mutant, act) {
            (Mutant::OverwriteForeign, Act::SetAlias { alias, set, .. }) => {
                let Ok(reading) = self.ports.read(alias).await else { return self.inner.perform(act).await };
                let ours = vec![reading.state];
                self.inner.perform(&Act::SetAlias { alias: alias.clone(), set: set.clone(), ours }).await
            }
            (Mutant::AddInsteadOfSet, Act::SetAlias { alias, set, ours }) if !set.weights.is_empty() => {
                let Ok(reading) = self.ports.read(alias).await else { return self.inner.perform(act).await };
                let mut set: AliasState = set.clone();
                for (version, weight) in &mut set.weights {
                    *weight += reading.state.weights.get(version).copied().unwrap_or(0);
                }
                let ours = ours.clone();
                self.inner.perform(&Act::SetAlias { alias: alias.clone(), set, ours }).await
            }
            (Mutant::VerifyBlindly, Act::VerifyAlias { .. }) => Outcome::Verified,
            (Mutant::NoDataIsFine, Act::CheckAlarms { .. }) => match self.inner.perform(act).await {
                Outcome::Retry { .. } | Outcome::Denied { .. } | Outcome::Refused { .. } => {
                    Outcome::AlarmsRead { red: Vec::new() }
                }
                other => other,
            },
            (Mutant::NewExecutionId, Act::InvokeHook { function, deployment_id, execution_id }) => {
                let payload = HookPayload {
                    deployment_id: deployment_id.clone(),
                    lifecycle_event_hook_execution_id: format!("{execution_id}-again"),
                };
                match self.ports.invoke(function, &payload).await {
                    Ok(()) => Outcome::HookInvoked,
                    Err(error) => Outcome::Retry { message: error.to_string() },
                }
            }
            (Mutant::ErrorsBurnReceives, _) => match self.inner.perform(act).await {
                // Whoever waits for nothing is ended, and its message comes again.
                Outcome::Retry { .. } | Outcome::InDoubt { .. } => std::future::pending().await,
                other => other,
            },
            (Mutant::GoneIsAnError, _) => match self.inner.perform(act).await {
                Outcome::Gone { what } => Outcome::Retry { message: format!("{what} is gone") },
                other => other,
            },
            (Mutant::FailedResumeCounts, Act::ResumeProcesses { of, .. }) => {
                match self.inner.perform(act).await {
                    Outcome::Processes { suspended, failed: None } => {
                        Outcome::Processes { suspended, failed: None }
                    }
                    _ => {
                        let suspended = of.iter().map(|one| (one.group.clone(), Vec::new())).collect();
                        Outcome::Processes { suspended, failed: None }
                    }
                }
            }
            (Mutant::ResumesWhatOthersSuspended, Act::LookAtProcesses { .. }) => {
                let mut outcome = self.inner.perform(act).await;
                if let Outcome::Processes { suspended, .. } = &mut outcome {
                    suspended.values_mut().for_each(Vec::clear);
                }
                outcome
            }
            (Mutant::LaunchedNotLookedFor, Act::Fleet { ask: FleetAsk::LookAgain, .. }) => {
                Outcome::Launched { hosts: 0 }
            }
            (Mutant::ClosesOverItsFleet, Act::Fleet { ask: FleetAsk::Withdraw, .. }) => {
                let mut outcome = self.inner.perform(act).await;
                if let Outcome::Fleet { seen } = &mut outcome {
                    let over = FleetOver { succeeded: false, message: String::new(), attempted: true };
                    seen.over.get_or_insert(over);
                }
                outcome
            }
            (Mutant::UndoThroughTheSteps, Act::SetAlias { alias, set, ours })
                if self.queue() == QueueName::Rollback =>
            {
                let half = AliasState::shifted(&set.version, "2", 50);
                let ours: Vec<_> = ours.iter().cloned().chain([half.clone()]).collect();
                for set in [half, set.clone()] {
                    let step = Act::SetAlias { alias: alias.clone(), set, ours: ours.clone() };
                    let outcome = self.inner.perform(&step).await;
                    if outcome != Outcome::AliasSet {
                        return outcome;
                    }
                }
                Outcome::AliasSet
            }
            _ => self.inner.perform(act).await,
        }
    }
}
