//! A host's own queue: messages received, deleted, held for longer.

use std::collections::BTreeMap;
use std::time::Duration;

use cutover_access::error::unknown_key;
use cutover_local::host_queues::{HostMessage, Receipt, VISIBILITY};
use cutover_wire::api::error::ApiError;
use md5::{Digest, Md5};
use serde_json::json;

use super::shapes::{Message, ReceiptRequest, ReceiveMessageRequest, ReceiveMessageResult};
use super::{Answered, Call, answer, error};

/// The attribute that is told of a message.
const RECEIVE_COUNT: &str = "ApproximateReceiveCount";
/// The longest that a message stays invisible, in seconds.
const MOST_VISIBILITY_S: u64 = 43_200;

/// ReceiveMessage. Whoever hangs up meanwhile takes nothing, and the end of the service ends the wait.
pub(super) async fn receive(call: &Call<'_>) -> Answered {
    let input: ReceiveMessageRequest = call.read()?;
    let most = error::bounded(("MaxNumberOfMessages", input.max_number_of_messages), 1, (1, 10))?;
    let wait = error::bounded(("WaitTimeSeconds", input.wait_time_seconds), 0, (0, 20))?;
    let visibility = error::bounded(
        ("VisibilityTimeout", input.visibility_timeout),
        VISIBILITY.as_secs(),
        (0, MOST_VISIBILITY_S),
    )?;
    let host = call.own_queue(input.queue_url.as_deref()).await?;
    let scope = &call.known.caller.scope;
    let (most, visibility, wait) =
        (usize::try_from(most).unwrap_or(1), Duration::from_secs(visibility), Duration::from_secs(wait));
    let mut gone = call.gone.clone();
    let messages = tokio::select! {
        messages = call.front.hosts.queues.receive(scope, &host, (most, visibility, wait)) => messages,
        () = gone.wait() => Vec::new(),
    };
    if !messages.is_empty() {
        // Cut off while it waited.
        call.front.hosts.check(call.known).await?;
        if !call.front.auth.is_live(call.known) {
            return Err(unknown_key());
        }
    }
    let mut names = input.attribute_names.iter().chain(&input.message_system_attribute_names).flatten();
    let counted = names.any(|name| name == "All" || name == RECEIVE_COUNT);
    let messages = messages.into_iter().map(|message| shown(message, counted)).collect();
    answer(&ReceiveMessageResult { messages })
}

/// DeleteMessage. One that is gone already is fine.
pub(super) async fn delete(call: &Call<'_>) -> Answered {
    let input: ReceiptRequest = call.read()?;
    let host = call.own_queue(input.queue_url.as_deref()).await?;
    let receipt = receipt(&input)?;
    match call.front.hosts.queues.delete(&call.known.caller.scope, &host, receipt) {
        Receipt::Unreadable => Err(error::wrong_receipt(receipt)),
        Receipt::Held | Receipt::Past => answer(&json!({})),
    }
}

/// ChangeMessageVisibility.
pub(super) async fn change_visibility(call: &Call<'_>) -> Answered {
    let input: ReceiptRequest = call.read()?;
    let host = call.own_queue(input.queue_url.as_deref()).await?;
    let receipt = receipt(&input)?;
    let name = "VisibilityTimeout";
    let given = input.visibility_timeout.ok_or_else(|| error::missing(name))?;
    let after = Duration::from_secs(error::bounded((name, Some(given)), 0, (0, MOST_VISIBILITY_S))?);
    match call.front.hosts.queues.change_visibility(&call.known.caller.scope, &host, receipt, after) {
        Receipt::Held => answer(&json!({})),
        Receipt::Past => Err(error::not_in_flight()),
        Receipt::Unreadable => Err(error::wrong_receipt(receipt)),
    }
}

fn receipt(input: &ReceiptRequest) -> Result<&str, ApiError> {
    let receipt = input.receipt_handle.as_deref().filter(|receipt| !receipt.is_empty());
    receipt.ok_or_else(|| error::missing("ReceiptHandle"))
}

fn shown(message: HostMessage, counted: bool) -> Message {
    let count = counted.then(|| (RECEIVE_COUNT, message.receive_count.to_string()));
    Message {
        message_id: message.id,
        receipt_handle: message.receipt,
        md5_of_body: md5(&message.body),
        body: message.body,
        attributes: BTreeMap::from_iter(count),
    }
}

/// The MD5 by which clients check that a text arrived as it was sent; it protects against nobody.
pub(super) fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_as_sqs_shows_it() {
        let message =
            HostMessage { id: "m".into(), receipt: "m#1".into(), body: "abc".into(), receive_count: 1 };
        let written = |counted| json!(shown(message.clone(), counted)).to_string();
        let plain = r#"{"Body":"abc","MD5OfBody":"900150983cd24fb0d6963f7d28e17f72","MessageId":"m","ReceiptHandle":"m#1"}"#;
        assert_eq!(written(false), plain);
        assert!(written(true).contains(r#""Attributes":{"ApproximateReceiveCount":"1"}"#));
        assert_eq!(json!(ReceiveMessageResult::default()).to_string(), "{}");
    }
}
