//! What a host asks of a service that knows it by its key alone.

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request, signed by the host. Its version is that of orders and reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// [`AGENT_VERSION`](super::message::AGENT_VERSION).
    pub v: u16,
    /// Who asks.
    pub host: String,
    /// Where the host enrolled.
    pub scope: Scope,
    /// The operation.
    pub operation: String,
    /// When it was asked, by the host's clock: one that is old may have been overheard.
    pub at: Timestamp,
    /// The operation's input.
    pub input: Value,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::message::{AGENT_VERSION, from_bytes, to_bytes};
    use super::*;

    const GOLDEN: &str = r#"{"v":1,"host":"web-1","scope":{"account":"123456789012","region":"us-east-1"},"operation":"AcceptOrder","at":1000,"input":{"orderId":"00ff"}}"#;

    #[test]
    fn a_request_is_golden() {
        let request = Request {
            v: AGENT_VERSION,
            host: "web-1".into(),
            scope: Scope::new("123456789012", "us-east-1"),
            operation: "AcceptOrder".into(),
            at: Timestamp::from_millis(1_000),
            input: json!({ "orderId": "00ff" }),
        };
        assert_eq!(String::from_utf8(to_bytes(&request)).expect("text"), GOLDEN);
        assert_eq!(from_bytes::<Request>(GOLDEN.as_bytes()).expect("a request"), request);
    }
}
