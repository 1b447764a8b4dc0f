//! Deployments: created, read, stopped, planned, explained.

use serde::Deserialize;
use serde_json::{Value, json};

use cutover_core::explain::Explanation;
use cutover_core::fleet::preview::Preview;
use cutover_core::mark::Mark;
use cutover_core::timeline::Timeline;
use cutover_wire::api::deployment::{
    BatchGetDeploymentsOutput, CreateDeploymentInput, CreateDeploymentOutput, DeploymentInfo,
    GetDeploymentOutput, ListDeploymentsInput, ListDeploymentsOutput, StopDeploymentInput,
    StopDeploymentOutput,
};
use cutover_wire::api::own::AbandonDeploymentOutput;
use cutover_wire::api::target::{BatchGetDeploymentTargetsOutput, LambdaTarget, ListDeploymentTargetsOutput};

use super::Api;
use crate::failure::Failure;

/// What ExplainDeployment answers.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Explained {
    /// Why it is where it is.
    pub(crate) explanation: Explanation,
    /// The plan that it follows, from services that tell it.
    #[serde(default)]
    pub(crate) timeline: Option<Timeline>,
}

/// What a deployment would do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Planned {
    /// A shift.
    Timeline(Timeline),
    /// The roll-out over a fleet.
    Fleet(Preview),
}

impl Planned {
    /// Of a shift.
    pub(crate) fn timeline(self) -> Option<Timeline> {
        match self {
            Self::Timeline(timeline) => Some(timeline),
            Self::Fleet(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Exported {
    export: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marks {
    marks: Vec<Mark>,
    #[serde(default)]
    next_token: Option<String>,
}

/// How many deployments one request asks for.
const BATCH: usize = 25;

impl Api {
    /// Starts a deployment and returns its id.
    pub(crate) async fn create_deployment(&self, input: &CreateDeploymentInput) -> Result<String, Failure> {
        let answer: CreateDeploymentOutput = self.codedeploy("CreateDeployment", input).await?;
        Ok(answer.deployment_id)
    }

    /// What a deployment would do.
    pub(crate) async fn plan(&self, input: &CreateDeploymentInput) -> Result<Planned, Failure> {
        self.own("PlanDeployment", input).await
    }

    /// A deployment group as GetDeploymentGroup shows it.
    pub(crate) async fn deployment_group(&self, application: &str, group: &str) -> Result<Value, Failure> {
        let input = json!({ "applicationName": application, "deploymentGroupName": group });
        self.codedeploy("GetDeploymentGroup", &input).await
    }

    /// A deployment configuration as GetDeploymentConfig shows it.
    pub(crate) async fn deployment_config(&self, name: &str) -> Result<Value, Failure> {
        self.codedeploy("GetDeploymentConfig", &json!({ "deploymentConfigName": name })).await
    }

    /// A deployment.
    pub(crate) async fn deployment(&self, id: &str) -> Result<DeploymentInfo, Failure> {
        let answer: GetDeploymentOutput = self.codedeploy("GetDeployment", &named(id)).await?;
        Ok(answer.deployment_info)
    }

    /// Ids of deployments, newest first, at most `limit`.
    pub(crate) async fn list(
        &self,
        input: &ListDeploymentsInput,
        limit: usize,
    ) -> Result<Vec<String>, Failure> {
        let mut input = input.clone();
        let mut ids = Vec::new();
        loop {
            let page: ListDeploymentsOutput = self.codedeploy("ListDeployments", &input).await?;
            ids.extend(page.deployments);
            input.next_token = page.next_token;
            if ids.len() >= limit || input.next_token.is_none() {
                ids.truncate(limit);
                return Ok(ids);
            }
        }
    }

    /// Several deployments, in the order of their ids.
    pub(crate) async fn deployments(&self, ids: &[String]) -> Result<Vec<DeploymentInfo>, Failure> {
        let mut infos = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let input = json!({ "deploymentIds": batch });
            let answer: BatchGetDeploymentsOutput = self.codedeploy("BatchGetDeployments", &input).await?;
            infos.extend(answer.deployments_info);
        }
        infos.sort_by_key(|info| ids.iter().position(|id| *id == info.deployment_id));
        Ok(infos)
    }

    /// The alias that a deployment moves, if it has one.
    pub(crate) async fn target(&self, id: &str) -> Result<Option<LambdaTarget>, Failure> {
        let listed: ListDeploymentTargetsOutput =
            self.codedeploy("ListDeploymentTargets", &named(id)).await?;
        let Some(target) = listed.target_ids.first() else { return Ok(None) };
        let input = json!({ "deploymentId": id, "targetIds": [target] });
        let answer: BatchGetDeploymentTargetsOutput =
            self.codedeploy("BatchGetDeploymentTargets", &input).await?;
        Ok(answer.deployment_targets.into_iter().find_map(|t| t.lambda_target))
    }

    /// Asks a deployment to stop; `rollback` overrides what its group says.
    pub(crate) async fn stop(
        &self,
        id: &str,
        rollback: Option<bool>,
    ) -> Result<StopDeploymentOutput, Failure> {
        let input =
            StopDeploymentInput { deployment_id: Some(id.to_owned()), auto_rollback_enabled: rollback };
        self.codedeploy("StopDeployment", &input).await
    }

    /// Why a deployment is where it is.
    pub(crate) async fn explain(&self, id: &str) -> Result<Explained, Failure> {
        self.own("ExplainDeployment", &named(id)).await
    }

    /// All that is stored about a deployment, as the service tells it.
    pub(crate) async fn export(&self, id: &str) -> Result<Value, Failure> {
        Ok(self.own::<Exported>("ExportDeployment", &named(id)).await?.export)
    }

    /// Gives up undoing what a deployment did, and releases its group.
    pub(crate) async fn abandon(&self, id: &str) -> Result<AbandonDeploymentOutput, Failure> {
        self.own("AbandonDeployment", &named(id)).await
    }

    /// The whole log of a deployment, oldest first.
    pub(crate) async fn marks(&self, id: &str) -> Result<Vec<Mark>, Failure> {
        let (mut marks, mut token) = (Vec::new(), None::<String>);
        loop {
            let input = json!({ "deploymentId": id, "nextToken": token });
            let page: Marks = self.own("ListMarks", &input).await?;
            marks.extend(page.marks);
            token = page.next_token;
            if token.is_none() {
                return Ok(marks);
            }
        }
    }

    /// Answers for a hook.
    pub(crate) async fn answer_hook(
        &self,
        id: &str,
        execution: &str,
        status: &str,
    ) -> Result<Value, Failure> {
        let input = json!({
            "deploymentId": id,
            "lifecycleEventHookExecutionId": execution,
            "status": status,
        });
        self.codedeploy("PutLifecycleEventHookExecutionStatus", &input).await
    }
}

fn named(id: &str) -> Value {
    json!({ "deploymentId": id })
}
