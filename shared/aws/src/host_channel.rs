//! The channel of a host's agent: orders from its own queue, reports to the one that all hosts share. On AWS and
//! at `cutover serve` alike, which answers for the few actions of SQS that stand here.

use std::time::Duration;

use crate::error::Fault;
use crate::long_poll;
use crate::sdk::Sdk;

/// The longest that a receive may wait, by SQS's rules.
pub const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A message as it came: nothing in it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What was sent.
    pub body: String,
    /// Stands for this delivery when the message is deleted or kept hidden.
    pub receipt: String,
}

/// Both queues of a host. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HostChannel {
    sdk: Sdk,
    orders: String,
    reports: String,
}

impl HostChannel {
    /// Orders come from the one queue, reports go to the other; both are URLs.
    pub fn new(sdk: Sdk, orders: impl Into<String>, reports: impl Into<String>) -> Self {
        Self { sdk, orders: orders.into(), reports: reports.into() }
    }

    /// Waits for one message: whole seconds, at most [`LONGEST_WAIT`]. It is then hidden for `hidden_secs`.
    ///
    /// # Errors
    /// When the queue cannot be reached or refuses.
    pub async fn receive(&self, wait: Duration, hidden_secs: u32) -> Result<Option<Received>, Fault> {
        let wait = wait.min(LONGEST_WAIT);
        let request = self.sdk.sqs().await.receive_message().queue_url(&self.orders);
        let seconds = i32::try_from(wait.as_secs()).unwrap_or(0);
        let hidden = i32::try_from(hidden_secs).unwrap_or(i32::MAX);
        let request = request.max_number_of_messages(1).wait_time_seconds(seconds).visibility_timeout(hidden);
        let answer = request.customize().config_override(long_poll::patience(wait)).send().await;
        let messages = answer.map_err(|error| Fault::of(&error))?.messages.unwrap_or_default();
        let received = messages.into_iter().find_map(|message| {
            Some(Received { receipt: message.receipt_handle?, body: message.body.unwrap_or_default() })
        });
        Ok(received)
    }

    /// Takes a message from the queue for good. One that is gone, or out again, is no error.
    ///
    /// # Errors
    /// When the queue cannot be reached or refuses.
    pub async fn delete(&self, receipt: &str) -> Result<(), Fault> {
        let request = self.sdk.sqs().await.delete_message().queue_url(&self.orders);
        let answer = request.receipt_handle(receipt).send().await;
        stale_is_fine(answer.map(|_| ()).map_err(|error| Fault::of(&error)))
    }

    /// Keeps a message hidden for so many seconds from now.
    ///
    /// # Errors
    /// When the queue cannot be reached or refuses.
    pub async fn extend(&self, receipt: &str, seconds: u32) -> Result<(), Fault> {
        let request = self.sdk.sqs().await.change_message_visibility().queue_url(&self.orders);
        let seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
        let answer = request.receipt_handle(receipt).visibility_timeout(seconds).send().await;
        stale_is_fine(answer.map(|_| ()).map_err(|error| Fault::of(&error)))
    }

    /// Sends a signed report.
    ///
    /// # Errors
    /// When the queue cannot be reached or refuses; it may have taken the report all the same.
    pub async fn report(&self, token: String) -> Result<(), Fault> {
        let request = self.sdk.sqs().await.send_message().queue_url(&self.reports);
        let answer = request.message_body(token).send().await;
        answer.map(|_| ()).map_err(|error| Fault::of(&error))
    }
}

/// A receipt that no longer stands for a delivery: the message is gone, or out again.
fn stale_is_fine(answer: Result<(), Fault>) -> Result<(), Fault> {
    // SQS's older protocol, whose names its clients still go by, puts words in front of one of them.
    let stale = ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"];
    let is_stale = |code: &String| stale.iter().any(|end| code.ends_with(end));
    match answer {
        Err(fault) if fault.code.as_ref().is_some_and(is_stale) => Ok(()),
        answer => answer,
    }
}
