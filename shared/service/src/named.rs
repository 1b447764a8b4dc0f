//! What a request names, for those who decide whether it may be made.

use cutover_core::ids::Scope;

use crate::error::Answer;
use crate::service::Service;

impl Service {
    /// The name that the application of a deployment has now, or had last. Errors are those of any operation
    /// on a deployment that there is not.
    pub async fn application_of(&self, scope: &Scope, deployment: &str) -> Answer<String> {
        let (planned, _) = self.deployment(scope, &Some(deployment.to_owned())).await?;
        let group = &planned.plan.group;
        let now = self.applications.name_of(scope, &group.application_id).await?;
        Ok(now.unwrap_or_else(|| group.application.clone()))
    }
}
