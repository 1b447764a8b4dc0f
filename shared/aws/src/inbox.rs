//! Receiving from SQS where no event source does it for us.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Delivery, Inbox, QueueError};

use crate::error::Fault;
use crate::long_poll;
use crate::queue::queue_error;
use crate::queue_urls::QueueUrls;
use crate::sdk::Sdk;

/// SQS's bounds of one receive.
const MOST: usize = 10;
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Receives from standard queues. Visibility timeout and dead letters are the queue's own settings.
#[derive(Debug, Clone)]
pub struct SqsInbox {
    sdk: Sdk,
    urls: QueueUrls,
}

impl SqsInbox {
    /// Receives from these queues.
    pub fn new(sdk: Sdk, urls: QueueUrls) -> Self {
        Self { sdk, urls }
    }
}

#[async_trait]
impl Inbox for SqsInbox {
    /// At most 10 messages and 20 s, whatever was asked for; a wait is rounded up to whole seconds.
    async fn receive(
        &self,
        queue: QueueName,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let wait = wait.min(LONGEST_WAIT);
        let request = self
            .sdk
            .sqs()
            .await
            .receive_message()
            .queue_url(self.urls.get(queue)?)
            .max_number_of_messages(i32::try_from(most.clamp(1, MOST)).unwrap_or(1))
            .wait_time_seconds(i32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(0))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let answer = request.customize().config_override(long_poll::patience(wait)).send().await;
        let answer = answer.map_err(|error| queue_error(Fault::of(&error)))?;
        let deliveries = answer.messages.into_iter().flatten();
        Ok(deliveries.filter_map(|message| delivery(queue, message)).collect())
    }

    async fn delete(&self, delivery: &Delivery) -> Result<(), QueueError> {
        let url = self.urls.get(delivery.queue)?;
        let request = self.sdk.sqs().await.delete_message().queue_url(url);
        let Err(error) = request.receipt_handle(&delivery.receipt).send().await else {
            return Ok(());
        };
        let fault = Fault::of(&error);
        // A handle that no longer stands for a delivery: the message is gone, or somebody else's by now.
        if fault.is("ReceiptHandleIsInvalid") { Ok(()) } else { Err(queue_error(fault)) }
    }
}

fn delivery(queue: QueueName, message: Message) -> Option<Delivery> {
    let received = message.attributes.unwrap_or_default();
    let received = received.get(&MessageSystemAttributeName::ApproximateReceiveCount);
    Some(Delivery {
        queue,
        body: message.body.unwrap_or_default(),
        receive_count: received.and_then(|count| count.parse().ok()).unwrap_or(1),
        receipt: message.receipt_handle?,
    })
}
