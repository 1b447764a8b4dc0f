//! The queues' contract against SQS.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages;
use contract::names::unique;
use contract::pace::Pace;
use cutover_aws::inbox::SqsInbox;
use cutover_aws::provision::create_queues;
use cutover_aws::queue::SqsQueue;
use cutover_core::queue::QueueName;
use cutover_ports::queue::{Delivery, Inbox, Outgoing, Queue, QueueError};

/// Both ends of the queues.
struct Ends {
    queue: SqsQueue,
    inbox: SqsInbox,
}

#[async_trait]
impl Queue for Ends {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        self.queue.send(message).await
    }
}

#[async_trait]
impl Inbox for Ends {
    async fn receive(
        &self,
        queue: QueueName,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        self.inbox.receive(queue, most, wait).await
    }

    async fn delete(&self, delivery: &Delivery) -> Result<(), QueueError> {
        self.inbox.delete(delivery).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queue() {
    let (sdk, pace) = (crate::sdk(), Pace::patient());
    let urls = create_queues(&sdk, &unique("contract-"), pace.visibility).await.expect("create the queues");
    let client = aws_sdk_sqs::Client::new(sdk.config().await);
    let dead = async |_: &Ends, queue| {
        let url = format!("{}-dead", urls.get(queue).expect("a URL"));
        let request =
            client.get_queue_attributes().queue_url(url).attribute_names(ApproximateNumberOfMessages);
        let answer = request.send().await.expect("attributes").attributes.expect("attributes");
        answer[&ApproximateNumberOfMessages].parse().expect("a number")
    };
    let make = || {
        let (queue, inbox) =
            (SqsQueue::new(sdk.clone(), urls.clone()), SqsInbox::new(sdk.clone(), urls.clone()));
        Arc::new(Ends { queue, inbox })
    };
    contract::queue::queue_contract(make, dead, pace).await;
}
