//! ContinueDeployment, and its older form SkipWaitTimeForInstanceTermination.

use cutover_core::ids::Scope;
use cutover_wire::api::deployment::ContinueDeploymentInput;

use crate::error::{Answer, refuse};
use crate::rules::Valid;
use crate::service::Service;
use crate::stop::completed;

impl Service {
    /// ContinueDeployment. No deployment that can be made waits for it: that takes blue/green instances or ECS.
    pub async fn continue_deployment(
        &self,
        scope: &Scope,
        input: Valid<ContinueDeploymentInput>,
    ) -> Answer<()> {
        let (planned, stored) = self.deployment(scope, &input.deployment_id).await?;
        if stored.deployment.verdict().is_some() {
            return Err(completed(&stored.deployment));
        }
        let message = format!(
            "A deployment to {} has no wait that a request could end.",
            planned.plan.platform.as_str()
        );
        Err(refuse("UnsupportedActionForDeploymentTypeException", message))
    }
}
