//! Cutover's own operations on a deployment: explain it, read its log, export it, abandon it.

use cutover_core::deployment::Deployment;
use cutover_core::event::{Event, Why};
use cutover_core::explain::explain;
use cutover_core::export::Export;
use cutover_core::ids::DeploymentId;
use cutover_core::ledger::Fate;
use cutover_core::plan::PlanKind;
use cutover_core::timeline::timeline;
use cutover_driver::signal::Signalled;
use cutover_store::log;
use cutover_store::plans::Planned;
use cutover_wire::api::own::*;
use serde_json::json;

use crate::error::{Answer, refuse};
use crate::rules::{Valid, given};
use crate::service::{Caller, Service, no_deployment};
use crate::stop::completed;

/// Marks on one page.
const MARKS: usize = 500;

impl Service {
    /// ExplainDeployment: from the stored state alone, why it is where it is and what happens next.
    pub async fn explain_deployment(
        &self,
        caller: &Caller,
        input: Valid<OwnDeploymentInput>,
    ) -> Answer<ExplainDeploymentOutput> {
        let (planned, stored) = self.deployment(&caller.scope, &input.deployment_id).await?;
        let quarantined = stored.sweep.is_quarantined();
        let explanation = explain(&planned.plan, &stored.deployment, quarantined, self.now());
        Ok(ExplainDeploymentOutput {
            explanation: json!(explanation),
            timeline: json!(timeline(&planned.plan)),
        })
    }

    /// ListMarks: the deployment's log, oldest first.
    pub async fn list_marks(&self, caller: &Caller, input: Valid<ListMarksInput>) -> Answer<ListMarksOutput> {
        let scope = &caller.scope;
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let list = format!("marks of {}", planned.plan.deployment);
        let from: u32 = self.tokens.read(scope, &list, &input.next_token)?.unwrap_or(0);
        let marks = log::marks(self.table(), scope, &stored.deployment).await?;
        let mut rest = marks.iter().filter(|mark| mark.seq >= from);
        let page: Vec<_> = rest.by_ref().take(MARKS).map(|mark| json!(mark)).collect();
        let next = rest.next().map(|mark| self.tokens.issue(scope, &list, &mark.seq));
        Ok(ListMarksOutput { marks: page, next_token: next })
    }

    /// ExportDeployment: all that is stored about it, to be kept or replayed elsewhere.
    pub async fn export_deployment(
        &self,
        caller: &Caller,
        input: Valid<OwnDeploymentInput>,
    ) -> Answer<ExportDeploymentOutput> {
        let scope = &caller.scope;
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let Planned { plan, record } = planned.as_ref().clone();
        let log = log::marks(self.table(), scope, &stored.deployment).await?;
        let rollback = match plan.kind {
            PlanKind::Forward => self.deployments().load(scope, &plan.rollback_id).await?,
            PlanKind::Rollback { .. } | PlanKind::FollowUp { .. } => None,
        };
        let export = Export::new(plan, record, stored.deployment, log, rollback.map(|r| r.deployment));
        Ok(ExportDeploymentOutput { export: json!(export) })
    }

    /// AbandonDeployment: releases a group whose undo cannot succeed. Who did it is written to the log;
    /// what stays changed is in the answer.
    pub async fn abandon_deployment(
        &self,
        caller: &Caller,
        input: Valid<OwnDeploymentInput>,
    ) -> Answer<AbandonDeploymentOutput> {
        let id = DeploymentId::new(given(&input.deployment_id));
        let by = caller.principal.clone().unwrap_or_else(|| "an unnamed caller".to_owned());
        let state = match self.driver.signal(&caller.scope, &id, Event::AbandonRequested { by }).await? {
            Signalled::Unknown => return Err(no_deployment(&id)),
            Signalled::Committed(state) => state,
            Signalled::Ignored(Why::Over, state) => return Err(completed(&state)),
            // Asked before: the same answer again.
            Signalled::Ignored(_, state) if state.signals.abandoned_by.is_some() => state,
            Signalled::Ignored(..) => {
                let message = format!(
                    "The deployment {id} is not trying to undo anything, so there is nothing to abandon. \
                     Stop it instead."
                );
                return Err(refuse("InvalidOperationException", message));
            }
        };
        tracing::warn!(deployment = %id, by = state.signals.abandoned_by, "deployment abandoned");
        Ok(AbandonDeploymentOutput { deployment_id: id.to_string(), left: left(&state) })
    }
}

fn left(state: &Deployment) -> Vec<LeftBehind> {
    let stays = |fate: &Fate| matches!(fate, Fate::Open | Fate::Abandoned);
    state
        .ledger
        .iter()
        .filter(|entry| stays(&entry.fate) && entry.may_differ())
        .map(|entry| LeftBehind {
            resource: entry.resource.to_string(),
            before: entry.before.to_string(),
            last_seen: entry.confirmed.to_string(),
        })
        .collect()
}
