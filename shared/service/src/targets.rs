//! Deployment targets: a Lambda deployment has exactly one, known from its creation.

use cutover_core::deployment::Deployment;
use cutover_core::ids::Scope;
use cutover_core::lifecycle::{EventRecord, EventStatus};
use cutover_core::plan::{Plan, Step};
use cutover_core::view;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::target::*;

use crate::arn::{alias_arn, alias_id};
use crate::error::{Answer, refuse};
use crate::fields::{shortened, within_batch};
use crate::service::Service;

/// Most ids of one BatchGetDeploymentTargets (behaviour: quotas).
const BATCH: usize = 25;
const STATUSES: [&str; 7] = ["Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown", "Ready"];

impl Service {
    /// ListDeploymentTargets.
    pub async fn list_deployment_targets(
        &self,
        scope: &Scope,
        input: ListDeploymentTargetsInput,
    ) -> Answer<ListDeploymentTargetsOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        // There is one page, so no token has ever been given out.
        self.tokens.read::<()>(scope, "targets", &input.next_token)?;
        let status = view::target_status(&stored.deployment);
        let mut shown = true;
        for (name, values) in input.target_filters.unwrap_or_default() {
            shown &= match name.as_str() {
                "TargetStatus" => {
                    known(&values, &STATUSES, "InvalidInstanceStatusException")?.any(|value| value == status)
                }
                // Aliases are neither blue nor green.
                "ServerInstanceLabel" => {
                    known(&values, &["Blue", "Green"], "InvalidInstanceTypeException")?.next().is_none()
                }
                stranger => {
                    let message = format!(
                        "The filter {:?} is none of TargetStatus, ServerInstanceLabel.",
                        shortened(stranger)
                    );
                    return Err(refuse("InvalidTargetFilterNameException", message));
                }
            };
        }
        let id = alias_id(&planned.plan.shift.alias);
        Ok(ListDeploymentTargetsOutput {
            target_ids: shown.then_some(id).into_iter().collect(),
            next_token: None,
        })
    }

    /// GetDeploymentTarget.
    pub async fn get_deployment_target(
        &self,
        scope: &Scope,
        input: GetDeploymentTargetInput,
    ) -> Answer<GetDeploymentTargetOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        is_target(&planned.plan, &input.target_id.unwrap_or_default())?;
        Ok(GetDeploymentTargetOutput { deployment_target: target(&planned.plan, &stored.deployment) })
    }

    /// BatchGetDeploymentTargets.
    pub async fn batch_get_deployment_targets(
        &self,
        scope: &Scope,
        input: BatchGetDeploymentTargetsInput,
    ) -> Answer<BatchGetDeploymentTargetsOutput> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        let ids = input.target_ids.unwrap_or_default();
        if ids.is_empty() {
            is_target(&planned.plan, "")?;
        }
        within_batch(ids.len(), BATCH)
            .map_err(|error| ApiError::refused("DeploymentTargetListSizeExceededException", error.message))?;
        let one =
            |id: &String| is_target(&planned.plan, id).map(|()| target(&planned.plan, &stored.deployment));
        Ok(BatchGetDeploymentTargetsOutput {
            deployment_targets: ids.iter().map(one).collect::<Result<_, _>>()?,
        })
    }
}

fn known<'a>(
    values: &'a [String],
    words: &[&str],
    code: &'static str,
) -> Result<impl Iterator<Item = &'a str>, ApiError> {
    match values.iter().find(|v| !words.contains(&v.as_str())) {
        Some(stranger) => {
            let message = format!("{:?} is none of {}.", shortened(stranger), words.join(", "));
            Err(ApiError::refused(code, message))
        }
        None => Ok(values.iter().map(String::as_str)),
    }
}

fn is_target(plan: &Plan, id: &str) -> Result<(), ApiError> {
    if id.is_empty() {
        return Err(ApiError::refused("DeploymentTargetIdRequiredException", "The target id is required."));
    }
    let target = alias_id(&plan.shift.alias);
    if id == target {
        return Ok(());
    }
    let message = format!(
        "The target {:?} is not one of the deployment {}, whose target is {target}.",
        shortened(id),
        plan.deployment
    );
    Err(ApiError::refused("DeploymentTargetDoesNotExistException", message))
}

fn target(plan: &Plan, state: &Deployment) -> DeploymentTarget {
    let shift = &plan.shift;
    let updated = state.marks.last().map_or(plan.created_at, |mark| mark.at);
    DeploymentTarget {
        deployment_target_type: "LambdaTarget".to_owned(),
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
