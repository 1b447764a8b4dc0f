//! Broken rules. Each is a wrapper or a world that behaves as if the rule did not exist; the product's
//! code knows nothing of them. A mutant that no seed catches is a hole in the simulator.

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::alias::AliasState;
use cutover_core::decide::decide;
use cutover_core::deployment::Phase as State;
use cutover_core::event::{Decision, Event};
use cutover_core::queue::QueueName;
use cutover_core::route;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::hooks::{HookPayload, Hooks};
use cutover_ports::queue::Delivery;
use cutover_wire::envelope::{Envelope, Message};

use crate::generate;
use crate::report::Violation;
use crate::world::{self, Output, Ports};

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// The table does not look at versions.
    NoVersionCondition,
    /// Acts are performed before their claim is committed.
    ActBeforeCommit,
    /// Whatever the alias is, it is overwritten.
    OverwriteForeign,
    /// A share is added to the one that stands, not set.
    AddInsteadOfSet,
    /// The sweep never runs.
    NoSweep,
    /// Late calls land after the lease.
    LandsAfterLease,
    /// Alarms that cannot be read count as fine.
    NoDataIsFine,
    /// Reading back always finds what was expected.
    VerifyBlindly,
    /// Every invocation of a hook has a new execution id.
    NewExecutionId,
    /// A request to stop is acknowledged and forgotten.
    DeafToStop,
}

impl Mutant {
    /// Every mutant with its name.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::NoVersionCondition, "no-version-condition"),
        (Self::ActBeforeCommit, "act-before-commit"),
        (Self::OverwriteForeign, "overwrite-foreign"),
        (Self::AddInsteadOfSet, "add-instead-of-set"),
        (Self::NoSweep, "no-sweep"),
        (Self::LandsAfterLease, "lands-after-lease"),
        (Self::NoDataIsFine, "no-data-is-fine"),
        (Self::VerifyBlindly, "verify-blindly"),
        (Self::NewExecutionId, "new-execution-id"),
        (Self::DeafToStop, "deaf-to-stop"),
    ];

    /// The first of these seeds that catches it, and what it violated.
    pub fn caught(self, seeds: std::ops::Range<u64>) -> Option<(u64, Violation)> {
        seeds.into_iter().find_map(|seed| {
            let mut setup = generate::setup(seed);
            setup.mutant = Some(self);
            world::run(&setup, seed, false).violation.map(|violation| (seed, violation))
        })
    }
}

/// A phase that does one thing wrongly.
pub(crate) struct Bent {
    inner: Arc<dyn Phase>,
    mutant: Mutant,
    ports: Arc<Ports>,
}

impl Bent {
    pub(crate) fn around(inner: Arc<dyn Phase>, mutant: Mutant, ports: Arc<Ports>) -> Arc<dyn Phase> {
        Arc::new(Self { inner, mutant, ports })
    }
}

#[async_trait]
impl Phase for Bent {
    fn queue(&self) -> QueueName {
        self.inner.queue()
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
            _ => self.inner.perform(act).await,
        }
    }
}

/// A driver that performs first and claims afterwards.
pub(crate) async fn act_before_commit(
    driver: &Driver,
    delivery: &Delivery,
    phase: &dyn Phase,
) -> Result<Output, String> {
    let envelope = Envelope::decode(&delivery.body).map_err(|e| e.to_string())?;
    let Message::Wake { scope, deployment, epoch, due_at } = envelope.message;
    let deployments = driver.deployments();
    let stored = deployments.load(&scope, &deployment).await.map_err(|e| e.to_string())?;
    let planned = deployments.planned(&scope, &deployment).await.map_err(|e| e.to_string())?;
    if let (Some(stored), Some(planned)) = (stored, planned)
        && let Decision::Commit(next) =
            decide(&planned.plan, &stored.deployment, &Event::Wake { epoch }, due_at)
        && matches!(next.phase, State::Acting { .. })
        && let Some(act) = route::act(&planned.plan, &next)
    {
        let _ = phase.perform(&act).await;
    }
    driver.handle(delivery, phase).await.map_err(|e| e.to_string())?;
    Ok(Output::Nothing)
}
