//! StopDeployment.

use cutover_core::deployment::{Deployment, Phase, Verdict};
use cutover_core::event::Event;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_driver::signal::Signalled;
use cutover_wire::api::deployment::{StopDeploymentInput, StopDeploymentOutput};

use crate::error::{Answer, ServiceError, refuse};
use crate::rules::{Valid, given};
use crate::service::{Service, no_deployment};

impl Service {
    /// StopDeployment: Pending while the deployment still undoes what it did, Succeeded when nothing is left
    /// to do (behaviour: statuses). Asking again is fine until the deployment is over.
    pub async fn stop_deployment(
        &self,
        scope: &Scope,
        input: Valid<StopDeploymentInput>,
    ) -> Answer<StopDeploymentOutput> {
        let id = DeploymentId::new(given(&input.deployment_id));
        let event = Event::StopRequested { rollback: input.auto_rollback_enabled };
        match self.driver.signal(scope, &id, event).await? {
            Signalled::Unknown => Err(no_deployment(&id)),
            Signalled::Committed(state) | Signalled::Ignored(_, state) => stopping(&state),
        }
    }
}

fn stopping(state: &Deployment) -> Answer<StopDeploymentOutput> {
    let (status, message) = match state.phase {
        Phase::Done { .. } | Phase::Closing { verdict: Verdict::Succeeded } => return Err(completed(state)),
        Phase::Closing { .. } => ("Succeeded", "Nothing is left to do: no more traffic will be shifted."),
        _ => ("Pending", "The deployment is stopping: what it changed is being put back."),
    };
    Ok(StopDeploymentOutput { status: status.to_owned(), status_message: message.to_owned() })
}

pub(crate) fn completed(state: &Deployment) -> ServiceError {
    let message = format!("The deployment {} is already complete", state.id);
    refuse("DeploymentAlreadyCompletedException", message)
}
