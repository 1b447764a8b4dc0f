//! Sending to SQS.

use async_trait::async_trait;
use cutover_core::limits::MAX_QUEUE_DELAY_MS;
use cutover_ports::queue::{Outgoing, Queue, QueueError};

use crate::error::Fault;
use crate::queue_urls::QueueUrls;
use crate::sdk::Sdk;

/// Sends to standard queues.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    sdk: Sdk,
    urls: QueueUrls,
}

impl SqsQueue {
    /// Sends to these queues.
    pub fn new(sdk: Sdk, urls: QueueUrls) -> Self {
        Self { sdk, urls }
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        let url = self.urls.get(message.queue)?;
        let delay = delay_seconds(message.delay_ms)?;
        let request = self.sdk.sqs().await.send_message().queue_url(url).message_body(message.body);
        let answer = request.delay_seconds(delay).send().await;
        answer.map(|_| ()).map_err(|error| queue_error(Fault::of(&error)))
    }
}

/// SQS delays by whole seconds. A span is rounded up: the engine answers a message that comes too early by
/// sending it again, so rounding down would go round in circles until the second is over.
fn delay_seconds(delay_ms: u64) -> Result<i32, QueueError> {
    if delay_ms > MAX_QUEUE_DELAY_MS {
        let message = format!("a delay of {delay_ms} ms is longer than SQS's {MAX_QUEUE_DELAY_MS} ms");
        return Err(QueueError { message });
    }
    i32::try_from(delay_ms.div_ceil(1000)).map_err(|error| QueueError { message: error.to_string() })
}

pub(crate) fn queue_error(fault: Fault) -> QueueError {
    QueueError { message: fault.message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_whole_seconds() {
        for (ms, seconds) in [
            (0, Some(0)),
            (1, Some(1)),
            (999, Some(1)),
            (1_000, Some(1)),
            (1_001, Some(2)),
            (899_001, Some(900)),
            (900_000, Some(900)),
            (900_001, None),
            (u64::MAX, None),
        ] {
            assert_eq!(delay_seconds(ms).ok(), seconds, "{ms}");
        }
    }
}
