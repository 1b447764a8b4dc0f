//! PutLifecycleEventHookExecutionStatus: how a hook answers.

use cutover_core::event::{Event, HookStatus, Why};
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::Step;
use cutover_driver::signal::Signalled;
use cutover_wire::api::hook::{PutHookStatusInput, PutHookStatusOutput};

use crate::error::{Answer, ServiceError, refuse};
use crate::rules::rule::shortened;
use crate::rules::{Valid, given};
use crate::service::{Service, no_deployment};

impl Service {
    /// PutLifecycleEventHookExecutionStatus. The first answer counts; a late or repeated one has no effect
    /// and is told so.
    pub async fn put_hook_status(
        &self,
        scope: &Scope,
        input: Valid<PutHookStatusInput>,
    ) -> Answer<PutHookStatusOutput> {
        let id = DeploymentId::new(given(&input.deployment_id));
        let execution_id = given(&input.lifecycle_event_hook_execution_id).to_owned();
        let status = match given(&input.status) {
            "Succeeded" => HookStatus::Succeeded,
            _ => HookStatus::Failed,
        };
        let planned = self.deployments().planned(scope, &id).await?.ok_or_else(|| no_deployment(&id))?;
        let of_plan =
            |step: &Step| matches!(step, Step::Hook { execution_id: known, .. } if *known == execution_id);
        if !planned.plan.steps.iter().any(of_plan) {
            return Err(unknown(&execution_id));
        }
        let event = Event::HookReported { execution_id: execution_id.clone(), status };
        match self.driver.signal(scope, &id, event).await? {
            Signalled::Committed(_) => {
                Ok(PutHookStatusOutput { lifecycle_event_hook_execution_id: execution_id })
            }
            Signalled::Unknown => Err(no_deployment(&id)),
            Signalled::Ignored(Why::UnknownExecution, _) => Err(unknown(&execution_id)),
            Signalled::Ignored(..) => {
                let message = "The lifecycle event is over, or its hook has answered before.";
                Err(refuse("LifecycleEventAlreadyCompletedException", message))
            }
        }
    }
}

fn unknown(execution_id: &str) -> ServiceError {
    let message =
        format!("No hook of the deployment runs under the execution id {:?}.", shortened(execution_id));
    refuse("InvalidLifecycleEventHookExecutionIdException", message)
}
