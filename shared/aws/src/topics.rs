//! SNS topics: Publish.

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::outgoing::{TopicMessage, Topics};

use crate::caller::Place;
use crate::query::{Client, Service};
use crate::sdk::Sdk;

const SNS: Service = Service { place: Place { name: "sns", id: "SNS" }, version: "2010-03-31" };

/// Topics that the configured account may publish to.
#[derive(Debug, Clone)]
pub struct SnsTopics {
    client: Client,
}

impl SnsTopics {
    /// Publishes as whoever the SDK's configuration says.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, SNS) }
    }
}

#[async_trait]
impl Topics for SnsTopics {
    async fn publish(&self, topic: &str, message: &TopicMessage) -> Result<(), CallError> {
        // arn:aws:sns:REGION:ACCOUNT:NAME: a topic is asked where it is.
        let Some(region) = topic.split(':').nth(3).filter(|region| !region.is_empty()) else {
            return Err(CallError::Refused { message: format!("{topic} names no region") });
        };
        let parameters = [
            ("TopicArn", topic),
            ("Subject", &message.subject),
            ("Message", &message.body),
            ("MessageAttributes.entry.1.Name", "CutoverDelivery"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            ("MessageAttributes.entry.1.Value.StringValue", &message.id),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let told = self.client.tell(region, "Publish", &parameters).await;
        told.map_err(|fault| fault.into_call_error(|| format!("topic {topic}")))
    }
}
