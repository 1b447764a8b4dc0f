//! Requests to the service: the CodeDeploy API and Cutover's own operations beside it.

mod access;
mod deployments;
mod fleet;
mod git_hub;
mod hosts;
pub(crate) mod local;
mod triggers;
mod webhooks;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use cutover_wire::api::without_nulls;

use crate::credentials::{self, Signer};
use crate::failure::Failure;
use crate::http::{Answer, Endpoint, post};

pub(crate) use deployments::{Explained, Planned};

/// The CodeDeploy API.
const CODEDEPLOY: &str = "CodeDeploy_20141006";
/// Cutover's own operations.
const OWN: &str = "Cutover_20261101";
/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait for functions that are called through the service.
const CALL_PATIENCE: Duration = Duration::from_secs(900);

/// A client of one service.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    endpoint: Endpoint,
    signer: Option<Signer>,
}

impl Api {
    /// A client of the service at `endpoint` that signs with the environment's key, if there is one.
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, signer: credentials::from_environment() }
    }

    /// The same client, signing with the root key of this data folder, if the folder has one.
    pub(crate) fn as_root(&self, data: &Path) -> Result<Self, Failure> {
        let root = credentials::of_folder(data)?;
        Ok(Self { endpoint: self.endpoint.clone(), signer: root.or_else(|| self.signer.clone()) })
    }

    /// Where the service is.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The region that requests are signed for, if they are.
    pub(crate) fn region(&self) -> Option<&str> {
        self.signer.as_ref().map(|signer| signer.region.as_str())
    }

    /// A CodeDeploy operation.
    pub(crate) async fn codedeploy<O: DeserializeOwned>(
        &self,
        operation: &str,
        input: &impl Serialize,
    ) -> Result<O, Failure> {
        self.call(CODEDEPLOY, operation, input, PATIENCE).await
    }

    /// One of Cutover's own operations.
    pub(crate) async fn own<O: DeserializeOwned>(
        &self,
        operation: &str,
        input: &impl Serialize,
    ) -> Result<O, Failure> {
        self.call(OWN, operation, input, PATIENCE).await
    }

    async fn call<O: DeserializeOwned>(
        &self,
        service: &str,
        operation: &str,
        input: &impl Serialize,
        patience: Duration,
    ) -> Result<O, Failure> {
        let unspeakable = |e| Failure::told(format!("the request cannot be written: {e}"));
        let input = serde_json::to_value(input).map_err(unspeakable)?;
        let body = serde_json::to_vec(&without_nulls(input)).map_err(unspeakable)?;
        let answer =
            post(&self.endpoint, self.signer.as_ref(), &format!("{service}.{operation}"), body, patience)
                .await?;
        self.read(&answer)
    }

    fn read<O: DeserializeOwned>(&self, answer: &Answer) -> Result<O, Failure> {
        let unreadable = |why: String| Failure::Unreadable { endpoint: self.endpoint.to_string(), why };
        let body: &[u8] = if answer.body.is_empty() { b"{}" } else { &answer.body };
        let value: Value = serde_json::from_slice(body)
            .map_err(|e| unreadable(format!("HTTP status {} and no JSON ({e})", answer.status)))?;
        if answer.status == 200 {
            return serde_json::from_value(value).map_err(|e| unreadable(e.to_string()));
        }
        let member = |names: [&str; 2]| names.iter().find_map(|n| value.get(n)?.as_str().map(str::to_owned));
        let code = member(["__type", "code"])
            .ok_or_else(|| unreadable(format!("HTTP status {} without an error", answer.status)))?;
        let code = code.rsplit('#').next().unwrap_or(&code).to_owned();
        let message = member(["message", "Message"]).unwrap_or_else(|| "The service refused.".to_owned());
        Err(Failure::Refused { code, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &'static str) -> Result<Value, Failure> {
        let api = Api::new("http://h:1".parse().expect("an endpoint"));
        api.read(&Answer { status, body: body.into() })
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(read(200, "").expect("an answer"), serde_json::json!({}));
        assert_eq!(read(200, r#"{"a":1}"#).expect("an answer"), serde_json::json!({"a": 1}));
        for (status, body, said) in [
            (400, r#"{"__type":"a.b#XException","message":"No."}"#, "No. (XException)"),
            (500, r#"{"__type":"InternalFailure"}"#, "The service refused. (InternalFailure)"),
            (404, "<html>", "the answer from http://h:1 cannot be read: HTTP status 404 and no JSON"),
            (404, "{}", "HTTP status 404 without an error"),
        ] {
            let failure = read(status, body).expect_err("a failure").to_string();
            assert!(failure.contains(said), "{failure}");
        }
    }
}
