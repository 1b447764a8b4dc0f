//! push-trigger: hears of pushes, and deals with them one after the other.
//!
//! ```text
//! event of EventBridge ──┐
//! webhook, signed ───────┴─► a message for each push that a trigger is about ─► queue ─► exactly one outcome
//! a group is released, or its timer ─────────────────────────────────────────► queue ─► whose turn it is
//! ```
//! Whoever tells is answered as soon as the message is sent. The queue bounds how many pushes are dealt with at the same
//! time, however many come at once.

use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_driver::pushes::{PushError, Pushes};
use cutover_service::service::Service;
use cutover_service::webhooks::Webhook;
use cutover_wire::push::webhook::MOST_BYTES;
use cutover_wire::push::{Heard, of_event};
use serde_json::{Value, json};

/// Takes pushes in. Cheap to clone.
#[derive(Clone)]
pub struct PushTrigger {
    pushes: Pushes,
    service: Arc<Service>,
    scope: Scope,
}

/// Where webhooks are: the name of their trigger stands behind it.
pub const PATH: &str = "/webhooks/";

/// What a webhook is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Value,
}

impl PushTrigger {
    /// For the triggers of this scope; deployments are made by the service.
    pub fn new(pushes: Pushes, service: Arc<Service>, scope: Scope) -> Self {
        Self { pushes, service, scope }
    }

    /// Deals with a message of the queue.
    ///
    /// # Errors
    /// When it must come again.
    pub async fn message(&self, body: &str) -> Result<(), PushError> {
        self.pushes.handle(body).await
    }

    /// Hears an event of EventBridge. Gives how many pushes it told of that triggers are about.
    ///
    /// # Errors
    /// When it must come again.
    pub async fn event(&self, event: &Value) -> Result<usize, PushError> {
        let heard = of_event(event);
        let mut told = 0;
        for push in &heard.pushes {
            if self.pushes.is_wanted(&self.scope, push).await? {
                self.pushes.tell(&self.scope, None, push).await?;
                told += 1;
            }
        }
        tracing::info!(pushes = heard.pushes.len(), told, ignored = ?heard.ignored, "heard an event");
        Ok(told)
    }

    /// Hears a webhook. Who is not believed is not told why.
    pub async fn webhook(&self, request: &Webhook<'_>) -> Answer {
        if request.body.len() > MOST_BYTES {
            return refused(413, &format!("A webhook is at most {MOST_BYTES} bytes long."));
        }
        let told = match self.service.webhook(&self.scope, request).await {
            Ok(Ok(heard)) => self.tell(request.trigger, heard).await,
            Ok(Err(disbelief)) => {
                tracing::warn!(trigger = request.trigger, %disbelief, "a webhook was not believed");
                return refused(401, "This webhook is not believed.");
            }
            Err(error) => Err(error.to_string()),
        };
        told.unwrap_or_else(|error| {
            tracing::error!(trigger = request.trigger, error, "a webhook could not be taken in");
            refused(503, "Try again in a moment.")
        })
    }

    async fn tell(&self, trigger: &str, heard: Heard) -> Result<Answer, String> {
        for push in &heard.pushes {
            self.pushes.tell(&self.scope, Some(trigger), push).await.map_err(|error| error.to_string())?;
        }
        let body = json!({ "accepted": heard.pushes.len(), "ignored": heard.ignored });
        Ok(Answer { status: 202, body })
    }
}

fn refused(status: u16, message: &str) -> Answer {
    Answer { status, body: json!({ "message": message }) }
}
