//! Triggers and pushes.

use cutover_wire::api::trigger::*;
use serde_json::Value;

use super::Api;
use crate::failure::Failure;

impl Api {
    /// Makes a trigger.
    pub(crate) async fn create_trigger(
        &self,
        input: &CreateTriggerInput,
    ) -> Result<CreateTriggerOutput, Failure> {
        self.own("CreateTrigger", input).await
    }

    /// All triggers, by name.
    pub(crate) async fn triggers(&self) -> Result<Vec<TriggerInfo>, Failure> {
        let all: ListTriggersOutput = self.own("ListTriggers", &ListTriggersInput::default()).await?;
        Ok(all.triggers)
    }

    /// Deletes a trigger.
    pub(crate) async fn delete_trigger(&self, name: &str) -> Result<DeleteTriggerOutput, Failure> {
        self.own("DeleteTrigger", &DeleteTriggerInput { trigger_name: Some(name.to_owned()) }).await
    }

    /// What an event would do.
    pub(crate) async fn test_trigger(&self, name: &str, event: Value) -> Result<TestTriggerOutput, Failure> {
        let input = TestTriggerInput { trigger_name: Some(name.to_owned()), event: Some(event) };
        self.own("TestTrigger", &input).await
    }

    /// Up to `most` pushes, newest first.
    pub(crate) async fn pushes(
        &self,
        trigger: Option<String>,
        most: usize,
    ) -> Result<Vec<PushInfo>, Failure> {
        let (mut pushes, mut input) =
            (Vec::new(), ListPushesInput { trigger_name: trigger, next_token: None });
        loop {
            let page: ListPushesOutput = self.own("ListPushes", &input).await?;
            pushes.extend(page.pushes);
            input.next_token = page.next_token;
            if pushes.len() >= most || input.next_token.is_none() {
                pushes.truncate(most);
                return Ok(pushes);
            }
        }
    }
}
