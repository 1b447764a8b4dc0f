//! Triggers and pushes: Cutover's own operations on what starts deployments by itself.

use serde_json::Value;

use super::git_hub::Secret;
use super::time::Time;

shapes! {
    /// CreateTrigger.
    CreateTriggerInput {
        trigger_name: Option<String>,
        source: Option<String>,
        place: Option<String>,
        reference: Option<String>,
        application_name: Option<String>,
        deployment_group_name: Option<String>,
        policy: Option<String>,
        revision: Option<Value>,
        archive_bucket: Option<String>,
        archive_prefix: Option<String>,
        access_token: Option<Secret>,
        order_key: Option<String>,
        secret: Option<Secret>,
    }

    /// What CreateTrigger answers. Where the webhook is to call, if there is one and that is known.
    CreateTriggerOutput {
        trigger: TriggerInfo,
        webhook_url: Option<String>,
    }

    /// A trigger without its secrets.
    TriggerInfo {
        trigger_name: String,
        source: String,
        place: String,
        reference: String,
        application_name: String,
        deployment_group_name: String,
        policy: String,
        revision: Option<Value>,
        archive_bucket: Option<String>,
        archive_prefix: Option<String>,
        has_access_token: bool,
        order_key: Option<String>,
        has_secret: bool,
        create_time: Option<Time>,
    }

    /// ListTriggers.
    ListTriggersInput {
        next_token: Option<String>,
    }

    /// What ListTriggers answers, by name: all of them.
    ListTriggersOutput {
        triggers: Vec<TriggerInfo>,
    }

    /// DeleteTrigger.
    DeleteTriggerInput {
        trigger_name: Option<String>,
    }

    /// What DeleteTrigger answers.
    DeleteTriggerOutput {
        trigger_name: String,
    }

    /// TestTrigger: what this event, or payload of a webhook, would do.
    TestTriggerInput {
        trigger_name: Option<String>,
        event: Option<Value>,
    }

    /// What TestTrigger answers.
    TestTriggerOutput {
        pushes: Vec<TestedPush>,
        ignored: Vec<String>,
    }

    /// A push and what would become of it. Without a match there is no outcome.
    TestedPush {
        place: String,
        reference: String,
        matches: bool,
        outcome: Option<String>,
        reason: Option<String>,
        order_key: Option<String>,
        request: Option<Value>,
    }

    /// ListPushes.
    ListPushesInput {
        trigger_name: Option<String>,
        next_token: Option<String>,
    }

    /// What ListPushes answers, newest first.
    ListPushesOutput {
        pushes: Vec<PushInfo>,
        next_token: Option<String>,
    }

    /// What became of a push: Created, Waiting, Superseded or Refused.
    PushInfo {
        push_id: String,
        trigger_name: String,
        source: String,
        place: String,
        reference: String,
        order_key: Option<String>,
        push_time: Option<Time>,
        arrival_time: Option<Time>,
        settle_time: Option<Time>,
        outcome: String,
        deployment_id: Option<String>,
        reason: Option<String>,
    }
}
