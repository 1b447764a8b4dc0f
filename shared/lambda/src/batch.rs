//! A batch of an SQS event source: every record to the driver, the failed ones named in the answer, so
//! that only they come again.

use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_ports::queue::Delivery;
use serde::{Deserialize, Serialize};

/// An SQS event, as far as it is read.
#[derive(Debug, Deserialize)]
pub struct Batch {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Names it in the answer.
    pub message_id: String,
    /// What it says.
    pub body: String,
    /// Names the delivery.
    #[serde(default)]
    pub receipt_handle: String,
    /// What SQS adds.
    #[serde(default)]
    pub attributes: Attributes,
}

/// What SQS adds to a message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// How often it was delivered, as text.
    #[serde(default)]
    pub approximate_receive_count: String,
}

/// The answer: those that must come again (ReportBatchItemFailures).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// One entry a failed record.
    pub batch_item_failures: Vec<Failure>,
}

/// A failed record.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The record's message id.
    pub item_identifier: String,
}

impl BatchAnswer {
    /// Names the records that are not dealt with.
    pub fn of(batch: &Batch, dealt: &[bool]) -> Self {
        let left = batch.records.iter().zip(dealt).filter(|(_, dealt)| !**dealt);
        let failures = left.map(|(record, _)| Failure { item_identifier: record.message_id.clone() });
        Self { batch_item_failures: failures.collect() }
    }
}

/// Hands every record to the driver.
pub async fn handle(driver: &Driver, phase: &dyn Phase, batch: Batch) -> BatchAnswer {
    let mut answer = BatchAnswer::default();
    for record in batch.records {
        let delivery = Delivery {
            queue: phase.queue(),
            body: record.body,
            receive_count: record.attributes.approximate_receive_count.parse().unwrap_or(1),
            receipt: record.receipt_handle,
        };
        if let Err(error) = driver.handle(&delivery, phase).await {
            tracing::error!(message = record.message_id, %error, "left to be delivered again");
            answer.batch_item_failures.push(Failure { item_identifier: record.message_id });
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sqs_sends() {
        let event = r#"{"Records":[{"messageId":"m1","receiptHandle":"r","body":"b","eventSource":"aws:sqs",
            "attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1"}}]}"#;
        let batch: Batch = serde_json::from_str(event).expect("a batch");
        assert_eq!(batch.records[0].attributes.approximate_receive_count, "3");
        assert_eq!(BatchAnswer::of(&batch, &[true]), BatchAnswer::default());
        let failed = BatchAnswer::of(&batch, &[false]);
        assert_eq!(
            failed,
            BatchAnswer { batch_item_failures: vec![Failure { item_identifier: "m1".into() }] }
        );
        let text = serde_json::to_string(&failed).expect("JSON");
        assert_eq!(text, r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#);
    }
}
