//! What an agent asks the service itself: to enrol, whether an order may begin, and which key orders are signed with.

use std::time::Duration;

use cutover_access::credentials::Credentials;
use cutover_access::sign::{Post, signed};
use cutover_aws::web::{Answer as Http, Web};
use cutover_core::time::Timestamp;
use cutover_wire::agent::order::Order;
use cutover_wire::api::agent::{
    AcceptOrderInput, AcceptOrderOutput, EnrollHostInput, EnrollHostOutput, GetOrderKeysOutput,
};
use serde::Serialize;
use serde_json::Value;

use crate::machine::Answer;

/// How long a request may take, with its connection.
const WITHIN: Duration = Duration::from_secs(10);
/// The version of Cutover's own operations.
const TARGET: &str = "Cutover_20261101";

/// Why the service gave no answer that counts.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The address is none.
    #[error("{0:?} is no address. Write http://HOST:PORT or https://HOST.")]
    Address(String),
    /// Nothing came back.
    #[error("{endpoint} does not answer: {error}")]
    Unreachable {
        /// The service.
        endpoint: String,
        /// Why.
        error: std::io::Error,
    },
    /// It said no.
    #[error("{endpoint} answers {code}: {message}")]
    Refused {
        /// The service.
        endpoint: String,
        /// The exception, or the status.
        code: String,
        /// In words.
        message: String,
    },
    /// Something else lives there.
    #[error("{0} answers something that is not Cutover's")]
    Strange(String),
}

impl ServiceError {
    /// Whether the service was asked too often, and did nothing else about it.
    pub fn is_throttling(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code.ends_with("ThrottlingException") || code == "status 429")
    }
}

/// The service, at its address.
#[derive(Debug)]
pub struct Service {
    web: Web,
    endpoint: String,
    host: String,
    path: String,
    region: String,
    credentials: Option<Credentials>,
}

impl Service {
    /// The service at `http://…` or `https://…`; requests are signed if there is a key.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(
        web: Web,
        endpoint: &str,
        region: &str,
        credentials: Option<Credentials>,
    ) -> Result<Self, ServiceError> {
        let wrong = || ServiceError::Address(endpoint.to_owned());
        let (scheme, rest) = endpoint.split_once("://").ok_or_else(wrong)?;
        let usual = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(wrong()),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '@') {
            return Err(wrong());
        }
        Ok(Self {
            web,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            // As the client writes the header Host, which is signed.
            host: host.strip_suffix(usual).unwrap_or(host).to_owned(),
            path: format!("/{}", path.trim_end_matches('/')),
            region: region.to_owned(),
            credentials,
        })
    }

    /// Whether the order may begin. Anything but a clear answer is none.
    pub async fn accept(&self, order: &Order, host: &str) -> Answer {
        let input = AcceptOrderInput {
            deployment_id: Some(order.deployment.to_string()),
            order_id: Some(order.id.clone()),
            host_name: Some(host.to_owned()),
            shard: Some(order.seat.shard),
            index: Some(order.seat.index),
            attempt: Some(order.seat.attempt),
        };
        let output: AcceptOrderOutput = match self.call("AcceptOrder", &input, "granted").await {
            Ok(output) => output,
            Err(error) => return Answer::None(error.to_string()),
        };
        match output.granted {
            true => Answer::Granted,
            false => Answer::Withdrawn(output.reason.unwrap_or_else(|| "no reason is given".to_owned())),
        }
    }

    /// How the key that orders are signed with came to be it. A service that knows no such question has one key.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn order_keys(&self) -> Result<Vec<String>, ServiceError> {
        let asked = self.call("GetOrderKeys", &serde_json::json!({}), "announcements").await;
        match asked {
            Ok(GetOrderKeysOutput { announcements }) => Ok(announcements),
            Err(ServiceError::Refused { code, .. }) if code == "UnknownOperationException" => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Enrols this host; the token is the proof.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn enroll(&self, input: &EnrollHostInput) -> Result<EnrollHostOutput, ServiceError> {
        self.call("EnrollHost", input, "queueUrl").await
    }

    /// One request; anything that answers will do. Its header Date, if it has one.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn date(&self) -> Result<Option<String>, ServiceError> {
        let answer = self.web.call("GET", &self.endpoint, &[], Vec::new(), WITHIN).await;
        let answer = answer.map_err(|error| self.unreachable(error))?;
        Ok(answer.headers.get("date").and_then(|date| date.to_str().ok()).map(str::to_owned))
    }

    /// `proof` is a member without which an answer is none: members that are missing have defaults.
    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        operation: &str,
        input: &impl Serialize,
        proof: &str,
    ) -> Result<T, ServiceError> {
        let body = serde_json::to_vec(input).unwrap_or_default();
        let target = format!("{TARGET}.{operation}");
        let post = Post { host: &self.host, path: &self.path, target: &target, region: &self.region };
        let now = crate::clock::now();
        let signature = self.credentials.as_ref().and_then(|key| signed(post, &body, key, now));
        let mut headers = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)];
        headers.extend(signature.iter().flatten().map(|(name, value)| (*name, value.as_str())));
        let url = format!("{}{}", self.endpoint, if self.path == "/" { "/" } else { "" });
        let answer = self.web.call("POST", &url, &headers, body, WITHIN).await;
        let Http { status, body, .. } = answer.map_err(|error| self.unreachable(error))?;
        let strange = || ServiceError::Strange(self.endpoint.clone());
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        if status != 200 {
            let member = |names: [&str; 2]| {
                let value = value.as_ref()?;
                names.into_iter().find_map(|name| value.get(name)?.as_str().map(str::to_owned))
            };
            let code = member(["__type", "code"]).unwrap_or_else(|| format!("status {status}"));
            let message = member(["message", "Message"]).unwrap_or_default();
            return Err(ServiceError::Refused { endpoint: self.endpoint.clone(), code, message });
        }
        let value = value.filter(|value| value.get(proof).is_some()).ok_or_else(strange)?;
        serde_json::from_value(value).map_err(|_| strange())
    }

    fn unreachable(&self, error: std::io::Error) -> ServiceError {
        ServiceError::Unreachable { endpoint: self.endpoint.clone(), error }
    }
}

/// How far a clock is from another, in milliseconds: positive when this host is ahead.
pub fn ahead_ms(here: Timestamp, there: Timestamp) -> i64 {
    here.as_millis().saturating_sub(there.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let of = |endpoint: &str| {
            let service = Service::new(Web::new(), endpoint, "r", None).ok()?;
            Some((service.endpoint, service.host, service.path))
        };
        let parts = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(of("http://a:8080"), parts("http://a:8080", "a:8080", "/"));
        assert_eq!(of("https://a:443/x/"), parts("https://a:443/x", "a", "/x"));
        assert_eq!(of("http://a:80/"), parts("http://a:80", "a", "/"));
        for wrong in ["", "a:80", "ftp://a", "http://", "http://u@a"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
