//! A create or an update that goes forward: traffic is to move to another version.

use std::time::Instant;

use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::audience::Callback;
use cutover_ports::call::CallError;
use cutover_service::create::Asker;
use cutover_service::error::ServiceError;
use cutover_service::holding::Held;
use cutover_service::rules::Valid;
use cutover_store::requests::Answer;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::revision::{RawString, RevisionLocation};
use serde_json::{Value, json};

use crate::letters;
use crate::properties::Properties;
use crate::provider::Provider;
use crate::register::register;
use crate::request::Request;
use crate::trouble::Trouble;

/// What one look came to.
enum Looked {
    /// Clear how it goes on.
    Answer(Answer),
    /// The group is at another deployment.
    Busy(String),
}

impl Provider {
    /// Answers once a deployment was started that tells the wait condition, or once it was told that there is nothing
    /// to wait for.
    pub(crate) async fn forward(&self, request: &Request, deadline: Instant) -> Result<Answer, Trouble> {
        let properties = Properties::read(&request.resource_properties)?;
        let old = |name: &str| request.old_resource_properties.get(name).and_then(Value::as_str);
        let waits = old("CallbackUrl") != Some(properties.callback_url.as_str());
        if !waits && old("TargetVersion").is_some_and(|version| version != properties.target_version) {
            let message = "TargetVersion is another one and CallbackUrl is not, so nothing would wait for the \
                           deployment: a new version needs a wait condition and a handle with new logical ids";
            return Err(Trouble::Refused(message.to_owned()));
        }
        if !properties.enabled() {
            return self
                .nothing_to_do(request, &properties, waits, "shifting is not enabled", deadline)
                .await;
        }
        self.again(deadline, async || register(&self.service, &self.scope, &properties).await).await?;
        if !waits {
            return Ok(Answer::done(None));
        }
        loop {
            let looked =
                self.again(deadline, async || self.look(request, &properties, deadline).await).await?;
            match looked {
                Looked::Answer(answer) => return Ok(answer),
                Looked::Busy(why) if Instant::now() + self.pace.rest >= deadline => {
                    return Err(Trouble::Refused(why));
                }
                Looked::Busy(_) => tokio::time::sleep(self.pace.rest).await,
            }
        }
    }

    async fn look(
        &self,
        request: &Request,
        properties: &Properties,
        deadline: Instant,
    ) -> Result<Looked, Trouble> {
        let Properties { application_name, deployment_group_name, .. } = properties;
        let holding = self.service.holding(&self.scope, application_name, deployment_group_name).await?;
        let ours =
            |held: &&Held| held.callback.as_ref().is_some_and(|one| one.url == properties.callback_url);
        // Started by a delivery of this request that did not live to answer.
        if let Some(ours) = holding.active.iter().chain(&holding.last).find(ours) {
            return Ok(Looked::Answer(Answer::done(Some(ours.id.to_string()))));
        }
        let alias = alias(properties);
        let state = match self.aliases.read(&alias).await {
            Ok(reading) => reading.state,
            Err(CallError::Gone { .. }) => {
                let why = format!("there is no alias {alias} yet");
                return self
                    .nothing_to_do(request, properties, true, &why, deadline)
                    .await
                    .map(Looked::Answer);
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(active) = holding.active {
            return Ok(Looked::Busy(format!(
                "the deployment group {deployment_group_name} is at another deployment, {}: try again when it is over",
                active.id
            )));
        }
        if state == AliasState::whole(&properties.target_version) {
            let why = format!("{alias} is at version {} already", properties.target_version);
            return self.nothing_to_do(request, properties, true, &why, deadline).await.map(Looked::Answer);
        }
        let input = Valid::of(self.deployment(request, properties, &alias, &state)?)?;
        let callback = Some(Callback { url: properties.callback_url.clone() });
        let asker = Asker { callback, job: None };
        match self.service.create_deployment_for(&self.scope, input, asker).await {
            Ok(created) => Ok(Looked::Answer(Answer::done(Some(created.deployment_id)))),
            Err(ServiceError::Refused(error)) if error.code == "DeploymentLimitExceededException" => {
                Ok(Looked::Busy(error.message))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn deployment(
        &self,
        request: &Request,
        properties: &Properties,
        alias: &AliasRef,
        state: &AliasState,
    ) -> Result<CreateDeploymentInput, Trouble> {
        if !state.weights.is_empty() {
            let message =
                format!("{alias} is between two versions ({state}), and no deployment is at work on it");
            return Err(Trouble::Refused(message));
        }
        let target = json!({
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Name": alias.function,
                "Alias": alias.alias,
                "CurrentVersion": state.version,
                "TargetVersion": properties.target_version,
            },
        });
        let hooks = [
            ("BeforeAllowTraffic", &properties.before_allow_traffic_hook),
            ("AfterAllowTraffic", &properties.after_allow_traffic_hook),
        ];
        let hooks: Vec<_> = hooks
            .into_iter()
            .filter_map(|(event, function)| Some(json!({ event: function.as_ref()? })))
            .collect();
        let mut content = json!({ "version": 0.0, "Resources": [{ "Function": target }] });
        if !hooks.is_empty() {
            content["Hooks"] = json!(hooks);
        }
        Ok(CreateDeploymentInput {
            application_name: Some(properties.application_name.clone()),
            deployment_group_name: Some(properties.deployment_group_name.clone()),
            description: Some(format!("CloudFormation stack {}", request.stack())),
            revision: Some(RevisionLocation {
                revision_type: Some("AppSpecContent".to_owned()),
                app_spec_content: Some(RawString { content: Some(content.to_string()), sha256: None }),
                ..RevisionLocation::default()
            }),
            ..CreateDeploymentInput::default()
        })
    }

    /// Tells the wait condition, if one waits, that it may go on.
    async fn nothing_to_do(
        &self,
        request: &Request,
        properties: &Properties,
        waits: bool,
        why: &str,
        deadline: Instant,
    ) -> Result<Answer, Trouble> {
        if waits {
            let signal = request.signal(why);
            let told = letters::put(self.letters.as_ref(), &properties.callback_url, &signal, deadline).await;
            told.map_err(|error| Trouble::Passing(format!("the wait condition cannot be told: {error}")))?;
        }
        tracing::info!(
            stack = request.stack(),
            resource = request.logical_resource_id,
            why,
            "nothing to shift"
        );
        Ok(Answer::done(None))
    }
}

/// The alias of the properties.
pub(crate) fn alias(properties: &Properties) -> AliasRef {
    AliasRef { function: properties.function_name.clone(), alias: properties.alias_name.clone() }
}
