//! An EventBridge bus: PutEvents, one event at a time.

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::outgoing::{BusEvent, EventBus};
use serde_json::{Value, json};

use crate::caller::Place;
use crate::json::{Client, Service};
use crate::sdk::Sdk;

const EVENTS: Service = Service { place: Place { name: "events", id: "EventBridge" }, target: "AWSEvents" };

/// A bus of the configured account and region.
#[derive(Debug, Clone)]
pub struct NamedBus {
    client: Client,
    bus: String,
}

impl NamedBus {
    /// The bus of that name or ARN.
    pub fn new(sdk: Sdk, bus: &str) -> Self {
        Self { client: Client::new(sdk, EVENTS), bus: bus.to_owned() }
    }

    /// The one that `CUTOVER_EVENT_BUS` names, if it names one.
    pub fn from_env(sdk: Sdk) -> Option<Self> {
        Some(Self::new(sdk, &crate::sdk::variable("CUTOVER_EVENT_BUS")?))
    }
}

#[async_trait]
impl EventBus for NamedBus {
    async fn put(&self, _: &Scope, event: &BusEvent) -> Result<(), CallError> {
        let entry = json!({
            "EventBusName": self.bus,
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": event.detail,
            "Resources": event.resources,
            "Time": event.at_millis / 1_000,
        });
        let told = self.client.call("PutEvents", &json!({ "Entries": [entry] })).await;
        let told = told.map_err(|fault| fault.into_call_error(|| format!("event bus {}", self.bus)))?;
        // An answer of 200 may still say that the event was not taken.
        match told["FailedEntryCount"].as_u64() {
            Some(0) | None => Ok(()),
            Some(_) => {
                let words = |member: &str| {
                    let text = told.pointer(&format!("/Entries/0/{member}"));
                    text.and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let message = format!("{}: {}", words("ErrorCode"), words("ErrorMessage"));
                Err(CallError::Transient { message })
            }
        }
    }
}
