//! Who is to hear of a deployment: looked up when it is created.

use cutover_core::audience::{Audience, Topic};
use cutover_core::ids::Scope;
use cutover_store::group::Group;
use cutover_store::webhook;
use cutover_wire::api::group::TriggerConfig;
use serde::Deserialize;

use crate::error::Answer;
use crate::service::Service;

impl Service {
    pub(crate) async fn audience(&self, scope: &Scope, group: &Group) -> Answer<Audience> {
        let webhooks = match self.outgoing.webhooks {
            true => !webhook::all(self.deployments().table(), scope).await?.is_empty(),
            false => false,
        };
        Ok(Audience { topics: topics(group), bus: self.outgoing.bus, webhooks, callback: None })
    }
}

/// The group's triggers. One that an older Cutover stored without checking it is nobody.
fn topics(group: &Group) -> Vec<Topic> {
    let stored = group.definition.get("triggerConfigurations");
    let all = stored.and_then(|stored| Vec::<TriggerConfig>::deserialize(stored).ok()).unwrap_or_default();
    let topic = |trigger: TriggerConfig| {
        Some(Topic {
            name: trigger.trigger_name?,
            arn: trigger.trigger_target_arn?,
            events: trigger.trigger_events.unwrap_or_default(),
        })
    };
    all.into_iter().filter_map(topic).collect()
}
