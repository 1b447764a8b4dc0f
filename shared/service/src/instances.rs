//! The deprecated operations on a deployment's instances, which CI tools still use. Only deployments to the
//! compute platform Server have instances; others have targets.

use cutover_core::config::ComputePlatform;
use cutover_core::ids::Scope;
use cutover_wire::api::instance::*;

use crate::error::{Answer, refuse};
use crate::rules::rule::shortened;
use crate::rules::{Valid, given};
use crate::service::Service;

impl Service {
    /// ListDeploymentInstances.
    pub async fn list_deployment_instances(
        &self,
        scope: &Scope,
        input: Valid<ListDeploymentInstancesInput>,
    ) -> Answer<ListDeploymentInstancesOutput> {
        self.on_server(scope, &input.deployment_id).await?;
        // There is one page, so no token has ever been given out.
        self.tokens.read::<()>(scope, "instances", &input.next_token)?;
        Ok(ListDeploymentInstancesOutput::default())
    }

    /// GetDeploymentInstance.
    pub async fn get_deployment_instance(
        &self,
        scope: &Scope,
        input: Valid<GetDeploymentInstanceInput>,
    ) -> Answer<GetDeploymentInstanceOutput> {
        self.on_server(scope, &input.deployment_id).await?;
        let message = unknown(&input.deployment_id, &[given(&input.instance_id)]);
        Err(refuse("InstanceDoesNotExistException", message))
    }

    /// BatchGetDeploymentInstances. Those that do not take part are left out and named in errorMessage.
    pub async fn batch_get_deployment_instances(
        &self,
        scope: &Scope,
        input: Valid<BatchGetDeploymentInstancesInput>,
    ) -> Answer<BatchGetDeploymentInstancesOutput> {
        self.on_server(scope, &input.deployment_id).await?;
        let ids: Vec<&str> = input.instance_ids.iter().flatten().map(String::as_str).collect();
        let error_message = Some(unknown(&input.deployment_id, &ids));
        Ok(BatchGetDeploymentInstancesOutput { instances_summary: Vec::new(), error_message })
    }

    /// A deployment to the compute platform Server; no host can take part in one yet.
    async fn on_server(&self, scope: &Scope, id: &Option<String>) -> Answer<()> {
        let (planned, _) = self.deployment(scope, id).await?;
        match planned.plan.platform {
            ComputePlatform::Server => Ok(()),
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
