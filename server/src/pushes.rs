//! Pushes in this process: the path of webhooks, and the workers of their queue.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use cutover_core::queue::QueueName;
use cutover_ports::queue::Inbox;
use cutover_service::webhooks::Webhook;
use push_trigger::{PATH, PushTrigger};
use serde_json::json;
use tokio::sync::watch;

use crate::http::Front;

/// Pushes dealt with at the same time: those of one group would only get in each other's way.
pub(crate) const WORKERS: usize = 4;
/// Messages taken at once.
const BATCH: usize = 8;
/// How long one poll lasts.
const POLL: Duration = Duration::from_secs(20);
/// How long to rest after a failed poll.
const REST: Duration = Duration::from_millis(500);

impl Front {
    /// Answers a webhook.
    pub(crate) async fn webhook(&self, request: Request) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = match self.body(body).await {
            Ok(body) => body,
            Err(error) => return told(error.status, &json!({ "message": error.message })),
        };
        let trigger = head.uri.path().strip_prefix(PATH).unwrap_or_default();
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let answer = self.pushes.webhook(&Webhook { trigger, header: &header, body: &body }).await;
        told(answer.status, &answer.body)
    }
}

fn told(status: u16, body: &serde_json::Value) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

/// Deals with pushes until `stop` turns true.
pub async fn work(pushes: PushTrigger, inbox: Arc<dyn Inbox>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let received = tokio::select! {
            received = inbox.receive(QueueName::PushTrigger, BATCH, POLL) => received,
            _ = stop.changed() => return,
        };
        let deliveries = match received {
            Ok(deliveries) => deliveries,
            Err(error) => {
                tracing::warn!(%error, "poll for pushes failed");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        for delivery in deliveries {
            if let Err(error) = pushes.message(&delivery.body).await {
                tracing::warn!(%error, "a push is left to come again");
            } else if let Err(error) = inbox.delete(&delivery).await {
                tracing::debug!(%error, "a push is delivered once more");
            }
        }
    }
}
