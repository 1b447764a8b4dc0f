//! Those who are told of deployments.

use async_trait::async_trait;
use cutover_core::ids::Scope;

use crate::call::CallError;

/// A message for a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMessage {
    /// The same at every try, so that a repeat can be dropped; goes along as the attribute `CutoverDelivery`.
    pub id: String,
    /// At most 100 characters of ASCII.
    pub subject: String,
    /// The message.
    pub body: String,
}

/// SNS topics.
#[async_trait]
pub trait Topics: Send + Sync {
    /// Publishes a message to the topic with that ARN, within [`WITHIN_MS`].
    async fn publish(&self, topic: &str, message: &TopicMessage) -> Result<(), CallError>;
}

/// An event for a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEvent {
    /// `Source`.
    pub source: String,
    /// `DetailType`.
    pub detail_type: String,
    /// `Detail`: JSON text.
    pub detail: String,
    /// `Resources`.
    pub resources: Vec<String>,
    /// `Time`, in milliseconds since the Unix epoch.
    pub at_millis: i64,
}

/// The installation's event bus.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Puts an event on the bus of that region, within [`WITHIN_MS`].
    async fn put(&self, scope: &Scope, event: &BusEvent) -> Result<(), CallError>;
}

/// A request to an address that a user gave.
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// The address.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Addresses that users gave. Redirects are not followed, and the address may be refused.
#[async_trait]
pub trait WebPoster: Send + Sync {
    /// Whether requests can go to this address, as far as the address itself tells.
    ///
    /// # Errors
    /// Why not, in words.
    fn check(&self, _url: &str) -> Result<(), String> {
        Ok(())
    }

    /// Sends the request and gives the status of the answer, within [`WITHIN_MS`].
    async fn send(&self, request: &WebRequest) -> Result<u16, CallError>;
}

/// How long any of them may take.
pub const WITHIN_MS: u64 = 5_000;
