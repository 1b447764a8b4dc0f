//! Triggers: made, listed, deleted, and asked what they would do.

use cutover_core::ids::Scope;
use cutover_core::trigger::push::{Push, Source};
use cutover_core::trigger::queue::{self, OnPush, Policy, Standing};
use cutover_core::trigger::rule::{TRIGGER_VERSION, Trigger};
use cutover_driver::pushes::{Made, Maker, push_id};
use cutover_store::lists::Names;
use cutover_store::pushes::{self, Waiting};
use cutover_store::triggers;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::git_hub::Secret;
use cutover_wire::api::trigger::*;
use cutover_wire::push::{Heard, of_event, webhook};
use serde_json::Value;

use crate::error::{Answer, ServiceError, refuse};
use crate::rules::{Valid, given};
use crate::service::Service;

/// Bytes of a template.
const TEMPLATE_BYTES: usize = 65_536;
/// Characters of a secret.
const SECRET: std::ops::RangeInclusive<usize> = 16..=1_024;
/// Requests of a group that a test looks at.
const LOOK: usize = 1_000;

/// A template of a revision: an object that is not too large.
pub(crate) fn revision(template: &Value) -> Result<(), ApiError> {
    if template.is_object() && template.to_string().len() <= TEMPLATE_BYTES {
        return Ok(());
    }
    Err(invalid(format!(
        "revision must be an object, a revision location, of at most {TEMPLATE_BYTES} bytes"
    )))
}

/// What a webhook is signed with. No message shows it.
pub(crate) fn secret(secret: &Secret) -> Result<(), ApiError> {
    if SECRET.contains(&secret.0.len()) && secret.0.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let (least, most) = (SECRET.start(), SECRET.end());
    Err(invalid(format!("The secret must be {least} to {most} ASCII characters without spaces.")))
}

pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::refused("InvalidTriggerException", message)
}

impl Service {
    /// CreateTrigger. What it could never deploy is refused here, not at the first push.
    pub async fn create_trigger(
        &self,
        scope: &Scope,
        input: Valid<CreateTriggerInput>,
    ) -> Answer<CreateTriggerOutput> {
        let name = given(&input.trigger_name);
        let source =
            Source::parse(given(&input.source)).ok_or_else(|| invalid("There is no such source."))?;
        let mut trigger = Trigger {
            v: TRIGGER_VERSION,
            name: name.to_owned(),
            source,
            place: input
                .place
                .clone()
                .ok_or_else(|| invalid(format!("A trigger needs a place: {}.", place(source))))?,
            reference: input.reference.clone().unwrap_or_else(|| every(source).to_owned()),
            application: given(&input.application_name).to_owned(),
            group: given(&input.deployment_group_name).to_owned(),
            policy: input.policy.as_deref().and_then(Policy::parse).unwrap_or_default(),
            revision: input.revision.clone(),
            archive: self.archive(scope, name, &input).await?,
            order: input.order_key.clone(),
            sealed: None,
            created_at: self.now(),
        };
        if let Some(fault) = trigger.fault() {
            return Err(invalid(fault).into());
        }
        let (application, _) = self.application(scope, &trigger.application).await?;
        self.group(scope, &application.id, &trigger.group).await?;
        self.one_order(scope, &trigger).await?;
        self.room_for(scope, Names::Triggers).await?;
        trigger.sealed = self.sealed_secret(scope, &trigger, input.secret.as_ref()).await?;
        if !triggers::create(self.table(), scope, &trigger).await? {
            return Err(refuse(
                "TriggerAlreadyExistsException",
                format!("There is a trigger {name} already."),
            ));
        }
        let webhook_url = self.webhooks.as_ref().filter(|_| trigger.sealed.is_some());
        let webhook_url = webhook_url.map(|url| format!("{url}{name}"));
        Ok(CreateTriggerOutput { trigger: shown(&trigger), webhook_url })
    }

    /// ListTriggers, by name.
    pub async fn list_triggers(
        &self,
        scope: &Scope,
        _: Valid<ListTriggersInput>,
    ) -> Answer<ListTriggersOutput> {
        let all = triggers::all(self.table(), scope).await?;
        Ok(ListTriggersOutput { triggers: all.iter().map(shown).collect() })
    }

    /// DeleteTrigger. What waits goes on waiting.
    pub async fn delete_trigger(
        &self,
        scope: &Scope,
        input: Valid<DeleteTriggerInput>,
    ) -> Answer<DeleteTriggerOutput> {
        let name = given(&input.trigger_name);
        if !triggers::delete(self.table(), scope, name).await? {
            return Err(unknown(name));
        }
        Ok(DeleteTriggerOutput { trigger_name: name.to_owned() })
    }

    /// TestTrigger: what an event would do now. Does nothing.
    pub async fn test_trigger(
        &self,
        scope: &Scope,
        input: Valid<TestTriggerInput>,
    ) -> Answer<TestTriggerOutput> {
        let name = given(&input.trigger_name);
        let trigger = triggers::find(self.table(), scope, name).await?.ok_or_else(|| unknown(name))?;
        let event = input.event.as_ref().ok_or_else(|| invalid("A test needs an event."))?;
        let heard = told(trigger.source, event);
        let mut tested = Vec::new();
        for push in &heard.pushes {
            tested.push(self.tested(scope, &trigger, push).await?);
        }
        Ok(TestTriggerOutput { pushes: tested, ignored: heard.ignored })
    }

    async fn tested(&self, scope: &Scope, trigger: &Trigger, push: &Push) -> Answer<TestedPush> {
        let mut tested = TestedPush {
            place: push.place.clone(),
            reference: push.reference.clone(),
            matches: trigger.matches(push),
            ..TestedPush::default()
        };
        if !tested.matches {
            return Ok(tested);
        }
        let (outcome, reason) = self.would_be(scope, trigger, push, &mut tested).await?;
        (tested.outcome, tested.reason) = (Some(outcome.to_owned()), reason);
        Ok(tested)
    }

    async fn would_be(
        &self,
        scope: &Scope,
        trigger: &Trigger,
        push: &Push,
        tested: &mut TestedPush,
    ) -> Answer<(&'static str, Option<String>)> {
        if let Some(known) = pushes::find(self.table(), scope, &push_id(&trigger.name, push)).await? {
            return Ok((
                known.outcome.word(),
                Some("it was heard of before, and nothing would happen".to_owned()),
            ));
        }
        let wanted = match trigger.wanted(push) {
            Ok(wanted) => wanted,
            Err(why) => return Ok(("Refused", Some(why))),
        };
        tested.order_key = Some(wanted.order.as_str().to_owned());
        tested.request = Some(wanted.request.clone());
        let ready = match self.make(scope, &wanted.request).await {
            Ok(Made::Ready(ready)) => ready,
            Ok(Made::Refused(why)) => return Ok(("Refused", Some(why))),
            Err(error) => return Err(ApiError::unavailable(error.to_string()).into()),
        };
        let (waiting, _) = pushes::waiting(self.table(), scope, &ready.group.id, LOOK).await?;
        let standing = Standing {
            active: ready.group.active.is_some(),
            last: ready.group.last_order.as_ref().map(|last| &last.key),
            waiting: waiting.iter().map(Waiting::in_line).collect(),
        };
        Ok(match queue::on_push(trigger.policy, &standing, &wanted.order) {
            OnPush::Start => ("Created", None),
            OnPush::Wait => ("Waiting", None),
            OnPush::Replace => ("Waiting", Some("the running deployment would be stopped".to_owned())),
            OnPush::Superseded => ("Superseded", Some("something newer was started, or waits".to_owned())),
            OnPush::Busy => ("Refused", Some("the group is deploying".to_owned())),
            OnPush::Crowded => ("Refused", Some("too many requests wait for the group".to_owned())),
        })
    }

    /// Keys of different kinds say nothing about each other.
    async fn one_order(&self, scope: &Scope, new: &Trigger) -> Answer<()> {
        let of_group =
            |other: &&Trigger| (&other.application, &other.group) == (&new.application, &new.group);
        let all = triggers::all(self.table(), scope).await?;
        match all.iter().filter(of_group).find(|other| other.order != new.order) {
            None => Ok(()),
            Some(other) => {
                let by = other.order.as_deref().unwrap_or("the time");
                let message = format!(
                    "The trigger {} of this group orders its pushes by {by}, and this one would by {}: nobody could tell \
                     which of two is the older one.",
                    other.name,
                    new.order.as_deref().unwrap_or("the time"),
                );
                Err(invalid(message).into())
            }
        }
    }

    async fn sealed_secret(
        &self,
        scope: &Scope,
        trigger: &Trigger,
        secret: Option<&Secret>,
    ) -> Answer<Option<String>> {
        let Some(secret) = secret else { return Ok(None) };
        if !trigger.source.has_webhook() {
            let message = format!(
                "{} sends no webhooks, so there is nothing that a secret could sign.",
                trigger.source
            );
            return Err(invalid(message).into());
        }
        let place = triggers::sealed_for(scope, &trigger.name);
        Ok(Some(self.sealed("secrets of webhooks", &place, &secret.0).await?))
    }
}

/// What an event tells, or a webhook's payload without its headers.
fn told(source: Source, event: &Value) -> Heard {
    let kind = match source {
        _ if event.get("detail-type").is_some() => return of_event(event),
        Source::GitHub => "push",
        Source::Bitbucket if event.get("push").is_some() => "repo:push",
        Source::Bitbucket => "repo:refs_changed",
        _ => return of_event(event),
    };
    webhook::heard(source, Some(kind), event.to_string().as_bytes())
}

fn place(source: Source) -> &'static str {
    match source {
        Source::S3 => "a bucket",
        Source::CodePipeline => "a pipeline",
        Source::CodeCommit | Source::GitHub | Source::Bitbucket | Source::Ecr => "a repository",
    }
}

/// The pattern of references that a trigger has if it names none.
fn every(source: Source) -> &'static str {
    match source {
        Source::CodeCommit | Source::GitHub | Source::Bitbucket => "refs/heads/main",
        Source::Ecr | Source::S3 => "*",
        Source::CodePipeline => "SUCCEEDED",
    }
}

fn unknown(name: &str) -> ServiceError {
    refuse("TriggerDoesNotExistException", format!("No trigger found for name: {name}"))
}

fn shown(trigger: &Trigger) -> TriggerInfo {
    TriggerInfo {
        trigger_name: trigger.name.clone(),
        source: trigger.source.to_string(),
        place: trigger.place.clone(),
        reference: trigger.reference.clone(),
        application_name: trigger.application.clone(),
        deployment_group_name: trigger.group.clone(),
        policy: trigger.policy.as_str().to_owned(),
        revision: trigger.revision.clone(),
        archive_bucket: trigger.archive.as_ref().map(|archive| archive.bucket.clone()),
        archive_prefix: trigger
            .archive
            .as_ref()
            .map(|archive| archive.prefix.clone())
            .filter(|p| !p.is_empty()),
        has_access_token: trigger.archive.as_ref().is_some_and(|archive| archive.sealed_token.is_some()),
        order_key: trigger.order.clone(),
        has_secret: trigger.sealed.is_some(),
        create_time: Some(trigger.created_at.into()),
    }
}
