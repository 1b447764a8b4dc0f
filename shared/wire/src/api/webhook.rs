//! Webhooks and dead letters: Cutover's own operations on who hears of deployments.

use crate::api::git_hub::Secret;
use crate::api::time::Time;

shapes! {
    /// CreateWebhook. A format is json, slack or teams; no events are all events, no applications all of them. Without a
    /// secret one is made.
    CreateWebhookInput {
        webhook_name: Option<String>,
        url: Option<Secret>,
        secret: Option<Secret>,
        format: Option<String>,
        events: Option<Vec<String>>,
        applications: Option<Vec<String>>,
    }

    /// What CreateWebhook answers: the only time that the secret is told.
    CreateWebhookOutput {
        webhook: WebhookInfo,
        secret: Option<Secret>,
    }

    /// A webhook without what is secret about it.
    WebhookInfo {
        webhook_name: String,
        webhook_id: String,
        address: String,
        format: String,
        events: Vec<String>,
        applications: Vec<String>,
        create_time: Option<Time>,
    }

    /// What ListWebhooks answers, by name.
    ListWebhooksOutput {
        webhooks: Vec<WebhookInfo>,
    }

    /// ListWebhooks.
    ListWebhooksInput {
        next_token: Option<String>,
    }

    /// DeleteWebhook and TestWebhook.
    WebhookNameInput {
        webhook_name: Option<String>,
    }

    /// What DeleteWebhook answers.
    DeleteWebhookOutput {
        webhook_name: String,
    }

    /// What TestWebhook answers: the status of the webhook's answer, or why there is none.
    TestWebhookOutput {
        webhook_name: String,
        delivered: bool,
        status: Option<u16>,
        message: Option<String>,
    }

    /// ListDeadLetters.
    ListDeadLettersInput {
        next_token: Option<String>,
    }

    /// What ListDeadLetters answers, oldest first.
    ListDeadLettersOutput {
        dead_letters: Vec<DeadLetterInfo>,
        next_token: Option<String>,
    }

    /// What a listener was not reached with.
    DeadLetterInfo {
        dead_letter_id: String,
        listener: String,
        deployment_id: String,
        event: String,
        tries: u32,
        error: String,
        time: Option<Time>,
    }

    /// ReplayDeadLetters: these, or up to 100 of all.
    ReplayDeadLettersInput {
        dead_letter_ids: Option<Vec<String>>,
    }

    /// What ReplayDeadLetters answers: those that are sent again.
    ReplayDeadLettersOutput {
        replayed: Vec<String>,
    }
}
