//! A stack that rolls back, or is deleted. Neither may fail: CloudFormation would leave the stack where nobody but a
//! person can free it. What could not be done is in the log, and the engine goes on undoing by itself.

use std::time::Instant;

use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::plan::AliasShift;
use cutover_ports::call::CallError;
use cutover_service::holding::Held;
use cutover_service::rules::Valid;
use cutover_wire::api::deployment::StopDeploymentInput;
use serde_json::Value;

use crate::forward::alias;
use crate::properties::Properties;
use crate::provider::Provider;
use crate::register::{register, unregister};
use crate::request::Request;
use crate::trouble::Trouble;

impl Provider {
    /// Ends the deployment at work and has the alias where the rolled back template wants it.
    pub(crate) async fn back(&self, request: &Request, deadline: Instant) {
        let done = async {
            let properties = Properties::read(&request.resource_properties)?;
            self.ended(&properties, deadline).await?;
            let left = request.old_resource_properties.get("TargetVersion").and_then(Value::as_str);
            let versions = (left.unwrap_or_default(), properties.target_version.as_str());
            self.again(deadline, async || self.put_back(&alias(&properties), versions).await).await?;
            register(&self.service, &self.scope, &properties).await
        };
        tell(request, "roll back", done.await);
    }

    /// Ends the deployment at work, and what the template had registered.
    pub(crate) async fn delete(&self, request: &Request, deadline: Instant) {
        let done = async {
            let properties = Properties::read(&request.resource_properties)?;
            if !self.again(deadline, async || self.stop(&properties).await).await? {
                self.again(deadline, async || self.taken_back(request, &properties).await).await?;
            }
            match properties.deployment_group {
                // A group that stood elsewhere stays.
                None => Ok(()),
                Some(_) => unregister(&self.service, &self.scope, &properties).await,
            }
        };
        tell(request, "delete", done.await);
    }

    /// Brings the alias back where the update that created this resource rolls back, for CloudFormation knows of no
    /// request to go back to. The deployment knows which version was there before it.
    async fn taken_back(&self, request: &Request, properties: &Properties) -> Result<(), Trouble> {
        let Properties { application_name, deployment_group_name, .. } = properties;
        let holding = match self.service.holding(&self.scope, application_name, deployment_group_name).await {
            // Not registered, or no longer.
            Err(error) if !error.may_pass() => return Ok(()),
            holding => holding?,
        };
        let ours = |held: &Held| held.callback.as_ref().is_some_and(|one| one.url == properties.callback_url);
        let Some(shift) = holding.last.filter(ours).and_then(|last| last.shift) else { return Ok(()) };
        if !self.stacks.status(&request.stack_id).await?.starts_with("UPDATE_ROLLBACK") {
            return Ok(());
        }
        self.put_back(&shift.alias, (&shift.target, &shift.current)).await
    }

    /// Waits until no deployment moves the alias.
    async fn ended(&self, properties: &Properties, deadline: Instant) -> Result<(), Trouble> {
        while self.again(deadline, async || self.stop(properties).await).await? {
            if Instant::now() + self.pace.rest >= deadline {
                return Err(Trouble::Passing("the deployment is still undoing what it did".to_owned()));
            }
            tokio::time::sleep(self.pace.rest).await;
        }
        Ok(())
    }

    /// Asks the deployment of the alias to end; false if there is none.
    async fn stop(&self, properties: &Properties) -> Result<bool, Trouble> {
        let Properties { application_name, deployment_group_name, .. } = properties;
        let holding = match self.service.holding(&self.scope, application_name, deployment_group_name).await {
            // Not registered, or no longer.
            Err(error) if !error.may_pass() => return Ok(false),
            holding => holding?,
        };
        let mine = |shift: &AliasShift| shift.alias == alias(properties);
        // One group may serve several aliases; the deployments of others are left alone.
        let Some(active) = holding.active.filter(|held| held.shift.as_ref().is_none_or(mine)) else {
            return Ok(false);
        };
        // It only sees that the traffic is back.
        if active.rollback {
            return Ok(true);
        }
        let input =
            StopDeploymentInput { deployment_id: Some(active.id.to_string()), auto_rollback_enabled: None };
        match self.service.stop_deployment(&self.scope, Valid::of(input)?).await {
            Ok(_) => Ok(true),
            Err(error) if error.may_pass() => Err(error.into()),
            // Over in between.
            Err(_) => Ok(true),
        }
    }

    /// Brings the alias from one version back to the other in one step, if nothing else is in it.
    async fn put_back(&self, alias: &AliasRef, (left, wanted): (&str, &str)) -> Result<(), Trouble> {
        let reading = match self.aliases.read(alias).await {
            Err(CallError::Gone { .. }) => return Ok(()),
            reading => reading?,
        };
        let wanted = AliasState::whole(wanted);
        if reading.state == wanted {
            return Ok(());
        }
        let between = |version: &String| *version == left || *version == wanted.version;
        let versions = || std::iter::once(&reading.state.version).chain(reading.state.weights.keys());
        if !versions().all(between) {
            return Err(Trouble::Refused(format!("{alias} is somebody else's: {}", reading.state)));
        }
        Ok(self.aliases.set(alias, &wanted, &reading.revision_id).await?)
    }
}

fn tell(request: &Request, what: &str, done: Result<(), Trouble>) {
    if let Err(trouble) = done {
        let (stack, resource) = (request.stack(), &request.logical_resource_id);
        tracing::error!(stack, resource, error = %trouble, "failed to {what}; the stack goes on");
    }
}
