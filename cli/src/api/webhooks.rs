//! Webhooks and dead letters.

use cutover_wire::api::webhook::{
    CreateWebhookInput, CreateWebhookOutput, DeadLetterInfo, DeleteWebhookOutput, ListDeadLettersInput,
    ListDeadLettersOutput, ListWebhooksInput, ListWebhooksOutput, ReplayDeadLettersInput,
    ReplayDeadLettersOutput, TestWebhookOutput, WebhookNameInput,
};

use super::Api;
use crate::failure::Failure;

impl Api {
    /// Creates a webhook.
    pub(crate) async fn create_webhook(
        &self,
        input: &CreateWebhookInput,
    ) -> Result<CreateWebhookOutput, Failure> {
        self.own("CreateWebhook", input).await
    }

    /// All webhooks.
    pub(crate) async fn webhooks(&self) -> Result<ListWebhooksOutput, Failure> {
        self.own("ListWebhooks", &ListWebhooksInput::default()).await
    }

    /// Deletes a webhook.
    pub(crate) async fn delete_webhook(&self, name: &str) -> Result<DeleteWebhookOutput, Failure> {
        self.own("DeleteWebhook", &named(name)).await
    }

    /// Tries a webhook out.
    pub(crate) async fn test_webhook(&self, name: &str) -> Result<TestWebhookOutput, Failure> {
        self.own("TestWebhook", &named(name)).await
    }

    /// All dead letters.
    pub(crate) async fn dead_letters(&self) -> Result<Vec<DeadLetterInfo>, Failure> {
        let (mut letters, mut input) = (Vec::new(), ListDeadLettersInput::default());
        loop {
            let page: ListDeadLettersOutput = self.own("ListDeadLetters", &input).await?;
            letters.extend(page.dead_letters);
            input.next_token = page.next_token;
            if input.next_token.is_none() {
                return Ok(letters);
            }
        }
    }

    /// Sends these dead letters again, or a hundred of all.
    pub(crate) async fn replay_dead_letters(
        &self,
        ids: Option<Vec<String>>,
    ) -> Result<ReplayDeadLettersOutput, Failure> {
        self.own("ReplayDeadLetters", &ReplayDeadLettersInput { dead_letter_ids: ids }).await
    }
}

fn named(name: &str) -> WebhookNameInput {
    WebhookNameInput { webhook_name: Some(name.to_owned()) }
}
