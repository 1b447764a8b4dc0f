//! The hosts of a deployment.

use serde_json::json;

use cutover_wire::api::target::{
    BatchGetDeploymentTargetsOutput, InstanceTarget, ListDeploymentTargetsOutput,
};

use super::Api;
use crate::failure::Failure;

/// Targets that one request may ask for (behaviour: quotas).
const A_BATCH: usize = 25;
/// Pages of names that are read.
const MOST_PAGES: usize = 100;

impl Api {
    /// Up to that many hosts whose status is one of these, or any.
    pub(crate) async fn hosts_of(
        &self,
        id: &str,
        statuses: &[&str],
        most: usize,
    ) -> Result<Vec<InstanceTarget>, Failure> {
        let (mut names, mut token) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let filters = if statuses.is_empty() { json!({}) } else { json!({ "TargetStatus": statuses }) };
            let mut input = json!({ "deploymentId": id, "targetFilters": filters });
            if let Some(token) = token.take() {
                input["nextToken"] = token;
            }
            let page: ListDeploymentTargetsOutput = self.codedeploy("ListDeploymentTargets", &input).await?;
            names.extend(page.target_ids);
            token = page.next_token.map(Into::into);
            if token.is_none() || names.len() >= most {
                break;
            }
        }
        names.truncate(most);
        let mut hosts = Vec::with_capacity(names.len());
        for names in names.chunks(A_BATCH) {
            hosts.extend(self.named_hosts(id, names).await?);
        }
        Ok(hosts)
    }

    /// These hosts of a deployment: at most 25.
    pub(crate) async fn named_hosts(
        &self,
        id: &str,
        names: &[String],
    ) -> Result<Vec<InstanceTarget>, Failure> {
        let input = json!({ "deploymentId": id, "targetIds": names });
        let answer: BatchGetDeploymentTargetsOutput =
            self.codedeploy("BatchGetDeploymentTargets", &input).await?;
        Ok(answer.deployment_targets.into_iter().filter_map(|target| target.instance_target).collect())
    }
}
