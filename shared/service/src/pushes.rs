//! Deployments that pushes ask for: made by the rules of CreateDeployment.

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::rule::{Fetch, Trigger};
use cutover_driver::pushes::{Made, Maker, PushError, Ready};
use cutover_store::pushes::{self, PushRecord};
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::trigger::{ListPushesInput, ListPushesOutput, PushInfo};
use serde_json::Value;

use crate::error::{Answer, ServiceError};
use crate::rules::Valid;
use crate::service::{PAGE, Service};
use crate::tokens::PlaceBody;

impl Service {
    /// ListPushes, newest first.
    pub async fn list_pushes(
        &self,
        scope: &Scope,
        input: Valid<ListPushesInput>,
    ) -> Answer<ListPushesOutput> {
        let trigger = input.trigger_name.as_deref();
        let list = format!("pushes of {trigger:?}");
        let after: Option<PlaceBody> = self.tokens.read(scope, &list, &input.next_token)?;
        let page = pushes::list(self.table(), scope, trigger, after.map(Into::into), PAGE).await?;
        Ok(ListPushesOutput {
            pushes: page.found.into_iter().map(shown).collect(),
            next_token: page.next.map(|place| self.tokens.issue(scope, &list, &PlaceBody::from(place))),
        })
    }

    async fn made(&self, scope: &Scope, request: &Value) -> Answer<Ready> {
        let input: CreateDeploymentInput = serde_json::from_value(request.clone())
            .map_err(|error| cutover_wire::api::error::ApiError::unreadable(error.to_string()))?;
        let checked = self.checked(scope, &Valid::of(input)?).await?;
        let (group, version) = (checked.group.clone(), checked.group_version);
        let full = match &group.active {
            Some(_) => None,
            None => match self.room_for_deployment(scope).await {
                Ok(()) => None,
                Err(ServiceError::Refused(error)) => Some(error.message),
                Err(error) => return Err(error),
            },
        };
        let planned = self.planned(scope, self.deployment_id(), checked)?;
        let more = self.revision_used(scope, &group.application_id, &planned).await?;
        Ok(Ready { planned, group, version, more, full })
    }
}

#[async_trait]
impl Maker for Service {
    async fn make(&self, scope: &Scope, request: &Value) -> Result<Made, PushError> {
        match self.made(scope, request).await {
            Ok(ready) => Ok(Made::Ready(Box::new(ready))),
            Err(ServiceError::Refused(error)) => Ok(Made::Refused(error.message)),
            Err(ServiceError::Store(error)) => Err(error.into()),
            Err(error) => Err(PushError::Making(error.to_string())),
        }
    }

    async fn bring(
        &self,
        scope: &Scope,
        trigger: &Trigger,
        fetch: &Fetch,
    ) -> Result<Option<String>, PushError> {
        self.brought(scope, trigger, fetch).await.map_err(PushError::Making)
    }

    fn bits(&self) -> u64 {
        self.entropy.bits() as u64
    }
}

fn shown(push: PushRecord) -> PushInfo {
    let (outcome, order_key) =
        (push.outcome.word().to_owned(), push.order.map(|order| order.as_str().to_owned()));
    let (deployment_id, reason) = match push.outcome {
        Outcome::Created(id) => (Some(id.to_string()), None),
        Outcome::Waiting => (None, None),
        Outcome::Superseded(why) | Outcome::Refused(why) => (None, Some(why)),
    };
    PushInfo {
        push_id: push.id,
        trigger_name: push.trigger,
        source: push.source.to_string(),
        place: push.place,
        reference: push.reference,
        order_key,
        push_time: Some(push.pushed_at.into()),
        arrival_time: Some(push.heard_at.into()),
        settle_time: push.settled_at.map(Into::into),
        outcome,
        deployment_id,
        reason,
    }
}
