//! Deployment targets: a Lambda deployment has exactly one, known from its creation; a fleet's are its hosts, known
//! once they are looked up.

use std::collections::BTreeMap;

use cutover_core::deployment::Deployment;
use cutover_core::ids::Scope;
use cutover_core::lifecycle::{EventRecord, EventStatus};
use cutover_core::plan::{Plan, Step};
use cutover_core::view;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::target::*;

use crate::arn::{alias_arn, alias_id};
use crate::error::{Answer, refuse};
use crate::fleet_targets::as_target;
use crate::rules::rule::{Rule, shortened};
use crate::rules::words::{TARGET_LABELS, TARGET_STATUSES};
use crate::rules::{Valid, given};
use crate::service::Service;

impl Service {
    /// ListDeploymentTargets.
    pub async fn list_deployment_targets(
        &self,
        scope: &Scope,
        input: Valid<ListDeploymentTargetsInput>,
    ) -> Answer<ListDeploymentTargetsOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let from: usize = self.tokens.read(scope, LIST, &input.next_token)?.unwrap_or(0);
        if let Some(fleet) = self.fleet(&planned.plan).await? {
            let (target_ids, next) = fleet.names(from, statuses(&input.target_filters).as_deref());
            let next_token = next.map(|place| self.tokens.issue(scope, LIST, &place));
            return Ok(ListDeploymentTargetsOutput { target_ids, next_token });
        }
        let status = view::target_status(&stored.deployment);
        // Aliases are neither blue nor green.
        let shown = input.target_filters.iter().flatten().all(|(name, values)| match name.as_str() {
            STATUS_FILTER => values.iter().any(|value| value == status),
            _ => values.is_empty(),
        });
        let id = planned.plan.moves().map(|shift| alias_id(&shift.alias));
        Ok(ListDeploymentTargetsOutput {
            target_ids: id.filter(|_| shown).into_iter().collect(),
            next_token: None,
        })
    }

    /// GetDeploymentTarget.
    pub async fn get_deployment_target(
        &self,
        scope: &Scope,
        input: Valid<GetDeploymentTargetInput>,
    ) -> Answer<GetDeploymentTargetOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let mut found = self.targets(&planned.plan, &stored.deployment, &[given(&input.target_id)]).await?;
        Ok(GetDeploymentTargetOutput { deployment_target: found.pop().unwrap_or_default() })
    }

    /// BatchGetDeploymentTargets.
    pub async fn batch_get_deployment_targets(
        &self,
        scope: &Scope,
        input: Valid<BatchGetDeploymentTargetsInput>,
    ) -> Answer<BatchGetDeploymentTargetsOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let ids: Vec<&str> = input.target_ids.iter().flatten().map(String::as_str).collect();
        let deployment_targets = self.targets(&planned.plan, &stored.deployment, &ids).await?;
        Ok(BatchGetDeploymentTargetsOutput { deployment_targets })
    }

    /// These targets of the deployment; DeploymentTargetDoesNotExistException if one is not.
    async fn targets(&self, plan: &Plan, state: &Deployment, ids: &[&str]) -> Answer<Vec<DeploymentTarget>> {
        let Some(fleet) = self.fleet(plan).await? else {
            ids.iter().try_for_each(|id| is_target(plan, id))?;
            return Ok(ids.iter().map(|_| target(plan, state)).collect());
        };
        if let Some(stranger) = ids.iter().find(|id| fleet.index(id).is_none()) {
            let message = format!(
                "The target {:?} is not one of the hosts of the deployment {}.",
                shortened(stranger),
                plan.deployment
            );
            return Err(refuse("DeploymentTargetDoesNotExistException", message));
        }
        let found = self.host_targets(plan, &fleet, ids).await?;
        Ok(found.into_iter().map(as_target).collect())
    }
}

const LIST: &str = "targets";
const STATUS_FILTER: &str = "TargetStatus";

/// The statuses that a list of hosts is about; none selects all. Hosts deployed to in place are neither blue nor green.
fn statuses(filters: &Option<BTreeMap<String, Vec<String>>>) -> Option<Vec<String>> {
    let filters = filters.as_ref()?;
    let labelled = filters.iter().any(|(name, values)| name != STATUS_FILTER && !values.is_empty());
    if labelled {
        return Some(Vec::new());
    }
    filters.get(STATUS_FILTER).cloned()
}

/// Filters by status and by label, with their own words.
pub(crate) fn filters(filters: &BTreeMap<String, Vec<String>>) -> Result<(), ApiError> {
    filters.iter().try_for_each(|(name, values)| match name.as_str() {
        STATUS_FILTER => TARGET_STATUSES.check(&Some(values.clone())),
        "ServerInstanceLabel" => TARGET_LABELS.check(&Some(values.clone())),
        stranger => {
            let message = format!(
                "The filter {:?} is none of {STATUS_FILTER}, ServerInstanceLabel.",
                shortened(stranger)
            );
            Err(ApiError::refused("InvalidTargetFilterNameException", message))
        }
    })
}

fn is_target(plan: &Plan, id: &str) -> Result<(), ApiError> {
    let target = plan.moves().map(|shift| alias_id(&shift.alias));
    if target.as_deref() == Some(id) {
        return Ok(());
    }
    let message = format!(
        "The target {:?} is not one of the deployment {}, whose target is {}.",
        shortened(id),
        plan.deployment,
        target.as_deref().unwrap_or("none")
    );
    Err(ApiError::refused("DeploymentTargetDoesNotExistException", message))
}

fn target(plan: &Plan, state: &Deployment) -> DeploymentTarget {
    let shift = &plan.shift;
    let updated = state.marks.last().map_or(plan.created_at, |mark| mark.at);
    DeploymentTarget {
        deployment_target_type: "LambdaTarget".to_owned(),
        instance_target: None,
        lambda_target: Some(LambdaTarget {
            deployment_id: plan.deployment.to_string(),
            target_id: alias_id(&shift.alias),
            target_arn: alias_arn(&plan.scope, &shift.alias),
            status: view::target_status(state).to_owned(),
            last_updated_at: Some(updated.into()),
            lifecycle_events: state.events.iter().map(|record| event(plan, record)).collect(),
            lambda_function_info: LambdaFunctionInfo {
                function_name: shift.alias.function.clone(),
                function_alias: shift.alias.alias.clone(),
                current_version: shift.current.clone(),
                target_version: shift.target.clone(),
                target_version_weight: view::target_weight(state, &plan.shift.target),
            },
        }),
    }
}

fn event(plan: &Plan, record: &EventRecord) -> LifecycleEvent {
    LifecycleEvent {
        lifecycle_event_name: record.event.as_str().to_owned(),
        diagnostics: diagnostics(plan, record),
        start_time: record.started_at.map(Into::into),
        end_time: record.ended_at.map(Into::into),
        status: format!("{:?}", record.status),
    }
}

/// For events that ran to an end: what came of it, and which hook ran.
fn diagnostics(plan: &Plan, record: &EventRecord) -> Option<Diagnostics> {
    let error_code = match record.status {
        EventStatus::Succeeded => "Success",
        EventStatus::Failed => "UnknownError",
        EventStatus::Pending | EventStatus::InProgress | EventStatus::Skipped => return None,
    };
    let hook = plan.steps.iter().find_map(|step| match step {
        Step::Hook { event, function, .. } if *event == record.event => Some(function.clone()),
        _ => None,
    });
    Some(Diagnostics {
        error_code: error_code.to_owned(),
        script_name: hook.unwrap_or_default(),
        message: record.message.clone().unwrap_or_default(),
        log_tail: String::new(),
    })
}
