//! How a deployment gets on, for the pipeline that waits for it.

use std::collections::BTreeMap;

use cutover_core::explain::Explanation;
use cutover_ports::pipelines::{FailureKind, JobResult, Progress};
use cutover_service::rules::Valid;
use cutover_service::service::Caller;
use cutover_wire::api::deployment::{DeploymentInfo, DeploymentInput, DeploymentOverview};
use cutover_wire::api::own::OwnDeploymentInput;

use crate::action::PipelineAction;
use crate::text::{MESSAGE, SUMMARY, cut};
use crate::token::Token;
use crate::trouble::Trouble;

/// How long after the end of a deployment its rollback deployment is waited for.
const ROLLBACK_MS: u64 = 2 * 3_600_000;

impl PipelineAction {
    /// What CodePipeline is told of the deployment.
    pub(crate) async fn look(&self, id: &str, token: Token) -> Result<JobResult, Trouble> {
        let info = self.info(id).await?;
        match info.status.as_str() {
            "Succeeded" => {
                let summary = format!("The deployment {id} has succeeded.");
                Ok(success(id, summary, &token))
            }
            "Failed" | "Stopped" => self.lost(info, token).await,
            _ => {
                let told = self.explained(id).await?;
                let percent = percent(&info, told.as_ref());
                let told = told.map(|told| told.now).unwrap_or_default();
                Ok(going_on(id, &format!("The deployment {id} is {}. {told}", info.status), percent, token))
            }
        }
    }

    /// Of a deployment that did not succeed: the failure, once its rollback deployment is over as well.
    async fn lost(&self, info: DeploymentInfo, token: Token) -> Result<JobResult, Trouble> {
        let id = &info.deployment_id;
        let status = info.status.to_lowercase();
        let rollback = info.rollback_info.as_ref().and_then(|told| told.rollback_deployment_id.clone());
        let mut message = match &info.error_information {
            Some(error) => format!("The deployment {id} has {status}: {} ({}).", error.message, error.code),
            None => format!("The deployment {id} has {status}."),
        };
        if status == "stopped" {
            message = message.replacen("has stopped", "was stopped", 1);
        }
        if let Some(rollback) = rollback {
            let back = self.info(&rollback).await?.status;
            let ended = info.complete_time.map_or(self.clock.now(), |at| at.0);
            let late = self.clock.now() > ended.plus_ms(ROLLBACK_MS);
            if !over(&back) && !late {
                let summary = format!("{message} The rollback deployment {rollback} is {back}.");
                return Ok(going_on(id, &summary, None, token));
            }
            message.push_str(&format!(" Its rollback deployment {rollback} is {back}."));
        }
        let told = self.explained(id).await?.map(|told| told.why.join(" ")).unwrap_or_default();
        let message = cut(format!("{message} {told}").trim_end(), MESSAGE);
        let code = info.error_information.map(|error| error.code).unwrap_or_default();
        Ok(JobResult::Failure { kind: kind(&code), message, execution: Some(id.clone()) })
    }

    async fn info(&self, id: &str) -> Result<DeploymentInfo, Trouble> {
        let input = DeploymentInput { deployment_id: Some(id.to_owned()) };
        Ok(self.service.get_deployment(&self.scope, Valid::of(input)?).await?.deployment_info)
    }

    async fn explained(&self, id: &str) -> Result<Option<Explanation>, Trouble> {
        let input = OwnDeploymentInput { deployment_id: Some(id.to_owned()) };
        let caller = Caller { scope: self.scope.clone(), principal: None };
        let told = self.service.explain_deployment(&caller, Valid::of(input)?).await?;
        Ok(serde_json::from_value(told.explanation).ok())
    }
}

/// The pipeline asks again.
pub(crate) fn going_on(id: &str, summary: &str, percent: Option<u8>, token: Token) -> JobResult {
    let token = Token { deployment: Some(id.to_owned()), tries: 0, ..token };
    let progress =
        Progress { summary: cut(summary.trim_end(), SUMMARY), execution: Some(id.to_owned()), percent };
    JobResult::Continue { token: token.text(), progress }
}

fn success(id: &str, summary: String, token: &Token) -> JobResult {
    let mut variables: BTreeMap<_, _> = [("deploymentId".to_owned(), id.to_owned())].into();
    if let Some(arn) = &token.task_definition {
        variables.insert("taskDefinitionArn".to_owned(), arn.clone());
    }
    let progress = Progress { summary, execution: Some(id.to_owned()), percent: Some(100) };
    JobResult::Success { progress, variables }
}

fn over(status: &str) -> bool {
    ["Succeeded", "Failed", "Stopped"].contains(&status)
}

/// The share of hosts that are done, or of the traffic at the new version; none while something is undone.
fn percent(info: &DeploymentInfo, told: Option<&Explanation>) -> Option<u8> {
    if let Some(overview) = &info.deployment_overview {
        let DeploymentOverview { pending, in_progress, succeeded, failed, skipped, ready } = *overview;
        let done = succeeded + failed + skipped;
        let all = done + pending + in_progress + ready;
        return u8::try_from(done * 100 / all.max(1)).ok();
    }
    let weight = told.filter(|told| !told.undoing)?.target_weight?;
    // All of the traffic is not yet the end.
    Some((weight.clamp(0.0, 0.99) * 100.0) as u8)
}

/// What kind of failure an error code of a deployment is.
fn kind(code: &str) -> FailureKind {
    match code {
        "INVALID_REVISION"
        | "INVALID_LAMBDA_CONFIGURATION"
        | "INVALID_LAMBDA_FUNCTION"
        | "NO_INSTANCES"
        | "HEALTH_CONSTRAINTS_INVALID"
        | "OVER_MAX_INSTANCES"
        | "AUTO_SCALING_CONFIGURATION" => FailureKind::ConfigurationError,
        "IAM_ROLE_PERMISSIONS" => FailureKind::PermissionError,
        "THROTTLED" => FailureKind::SystemUnavailable,
        _ => FailureKind::JobFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kinds_of_failures() {
        for (code, expected) in [
            ("ALARM_ACTIVE", FailureKind::JobFailed),
            ("MANUAL_STOP", FailureKind::JobFailed),
            ("", FailureKind::JobFailed),
            ("INVALID_REVISION", FailureKind::ConfigurationError),
            ("IAM_ROLE_PERMISSIONS", FailureKind::PermissionError),
            ("THROTTLED", FailureKind::SystemUnavailable),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
