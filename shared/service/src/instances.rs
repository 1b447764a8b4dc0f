//! The deprecated operations on a deployment's instances, which CI tools still use. Only deployments to the
//! compute platform Server have instances; others have targets.

use std::sync::Arc;

use cutover_core::config::ComputePlatform;
use cutover_core::ids::Scope;
use cutover_core::plan::Plan;
use cutover_store::plans::Planned;
use cutover_wire::api::instance::*;

use crate::error::{Answer, refuse};
use crate::fleet_targets::as_summary;
use crate::rules::rule::shortened;
use crate::rules::{Valid, given};
use crate::service::Service;

const LIST: &str = "instances";

impl Service {
    /// ListDeploymentInstances.
    pub async fn list_deployment_instances(
        &self,
        scope: &Scope,
        input: Valid<ListDeploymentInstancesInput>,
    ) -> Answer<ListDeploymentInstancesOutput> {
        let planned = self.on_server(scope, &input.deployment_id).await?;
        let from: usize = self.tokens.read(scope, LIST, &input.next_token)?.unwrap_or(0);
        // Hosts deployed to in place are neither blue nor green.
        let coloured = input.instance_type_filter.as_ref().is_some_and(|kinds| !kinds.is_empty());
        let Some(fleet) = self.fleet(&planned.plan).await?.filter(|_| !coloured) else {
            return Ok(ListDeploymentInstancesOutput::default());
        };
        let statuses = input.instance_status_filter.as_deref().filter(|statuses| !statuses.is_empty());
        let (instances_list, next) = fleet.names(from, statuses);
        let next_token = next.map(|place| self.tokens.issue(scope, LIST, &place));
        Ok(ListDeploymentInstancesOutput { instances_list, next_token })
    }

    /// GetDeploymentInstance.
    pub async fn get_deployment_instance(
        &self,
        scope: &Scope,
        input: Valid<GetDeploymentInstanceInput>,
    ) -> Answer<GetDeploymentInstanceOutput> {
        let planned = self.on_server(scope, &input.deployment_id).await?;
        let (mut found, missing) = self.instances(&planned.plan, &[given(&input.instance_id)]).await?;
        match found.pop() {
            Some(instance_summary) => Ok(GetDeploymentInstanceOutput { instance_summary }),
            None => Err(refuse("InstanceDoesNotExistException", unknown(&input.deployment_id, &missing))),
        }
    }

    /// BatchGetDeploymentInstances. Those that do not take part are left out and named in errorMessage.
    pub async fn batch_get_deployment_instances(
        &self,
        scope: &Scope,
        input: Valid<BatchGetDeploymentInstancesInput>,
    ) -> Answer<BatchGetDeploymentInstancesOutput> {
        let planned = self.on_server(scope, &input.deployment_id).await?;
        let ids: Vec<&str> = input.instance_ids.iter().flatten().map(String::as_str).collect();
        let (instances_summary, missing) = self.instances(&planned.plan, &ids).await?;
        let error_message = (!missing.is_empty()).then(|| unknown(&input.deployment_id, &missing));
        Ok(BatchGetDeploymentInstancesOutput { instances_summary, error_message })
    }

    /// Those of these hosts that take part, and the others.
    async fn instances<'a>(
        &self,
        plan: &Plan,
        ids: &[&'a str],
    ) -> Answer<(Vec<InstanceSummary>, Vec<&'a str>)> {
        let Some(fleet) = self.fleet(plan).await? else { return Ok((Vec::new(), ids.to_vec())) };
        let (known, missing): (Vec<_>, Vec<_>) = ids.iter().partition(|id| fleet.index(id).is_some());
        let found = self.host_targets(plan, &fleet, &known).await?;
        Ok((found.into_iter().map(as_summary).collect(), missing))
    }

    /// A deployment to the compute platform Server.
    async fn on_server(&self, scope: &Scope, id: &Option<String>) -> Answer<Arc<Planned>> {
        let (planned, _) = self.deployment(scope, id).await?;
        match planned.plan.platform {
            ComputePlatform::Server => Ok(planned),
            other => {
                let message = format!(
                    "The deployment {} is one to {}: ask for its targets (GetDeploymentTarget) instead.",
                    planned.plan.deployment,
                    other.as_str()
                );
                Err(refuse("InvalidComputePlatformException", message))
            }
        }
    }
}

fn unknown(deployment: &Option<String>, ids: &[&str]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| shortened(id)).collect();
    format!("No such instance in the deployment {}: {}", given(deployment), ids.join(", "))
}
