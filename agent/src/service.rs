//! What an agent asks the service itself: to enrol, whether an order may begin, which key orders are signed with, and
//! credentials for its queues.

use std::time::Duration;

use async_trait::async_trait;
use cutover_access::credentials::Credentials;
use cutover_access::sign::{Post, signed};
use cutover_aws::lent::Lender;
use cutover_aws::web::{Answer as Http, Web};
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::host_access::Lent;
use cutover_signing::jws::{self, Kind};
use cutover_signing::keys::Signer;
use cutover_wire::agent::message::{AGENT_VERSION, to_bytes};
use cutover_wire::agent::order::Order;
use cutover_wire::agent::request::Request;
use cutover_wire::api::agent::{
    AcceptOrderInput, AcceptOrderOutput, EnrollHostInput, EnrollHostOutput, EnrollInstanceInput,
    GetBundleAddressOutput, GetOrderKeysOutput, RefreshHostCredentialsOutput, RotateHostKeyInput,
    RotateHostKeyOutput,
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

    /// Whether it may be gone a moment later; what was asked may have been done.
    pub fn may_pass(&self) -> bool {
        let is_fault = |code: &str| code == "ServiceUnavailable" || code.starts_with("status 5");
        match self {
            Self::Refused { code, .. } => is_fault(code) || self.is_throttling(),
            Self::Unreachable { .. } => true,
            Self::Address(_) | Self::Strange(_) => false,
        }
    }
}

/// How the service knows who asks.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Not at all, or by what the request says.
    Nothing,
    /// Requests are signed with an access key.
    AccessKey(Credentials),
    /// Requests are signed with the host's own key.
    HostKey {
        /// The key.
        signer: Box<Signer>,
        /// The host.
        host: String,
        /// Where it enrolled.
        scope: Scope,
    },
}

/// The service, at its address.
#[derive(Debug)]
pub struct Service {
    web: Web,
    endpoint: String,
    host: String,
    path: String,
    region: String,
    proof: Proof,
}

impl Service {
    /// The service at `http://…` or `https://…`; who asks is proven like this.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(web: Web, endpoint: &str, region: &str, proof: Proof) -> Result<Self, ServiceError> {
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
            proof,
        })
    }

    /// Whether the order may begin. Anything but a clear answer is none.
    pub async fn accept(&self, order: &Order, host: &str) -> Answer {
        let output: AcceptOrderOutput = match self.call("AcceptOrder", &named(order, host), "granted").await {
            Ok(output) => output,
            Err(error) => return Answer::None(error.to_string()),
        };
        match output.granted {
            true => Answer::Granted,
            false => Answer::Withdrawn(output.reason.unwrap_or_else(|| "no reason is given".to_owned())),
        }
    }

    /// Where the revision of an order that was granted is given out, if the service has what GitHub wants for it.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn bundle_address(&self, order: &Order) -> Result<String, ServiceError> {
        let told: GetBundleAddressOutput =
            self.call("GetBundleAddress", &named(order, &order.host), "url").await?;
        Ok(told.url)
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

    /// Gives the host other keys, or confirms that it has them.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn rotate(&self, input: &RotateHostKeyInput) -> Result<RotateHostKeyOutput, ServiceError> {
        self.call("RotateHostKey", input, "instanceName").await
    }

    /// Enrols this host; the token is the proof.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn enroll(&self, input: &EnrollHostInput) -> Result<EnrollHostOutput, ServiceError> {
        self.call("EnrollHost", input, "queueUrl").await
    }

    /// Enrols this host as the EC2 instance that signed; the same key may be handed in again.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn enroll_instance(
        &self,
        input: &EnrollInstanceInput,
    ) -> Result<EnrollHostOutput, ServiceError> {
        self.call("EnrollInstance", input, "queueUrl").await
    }

    /// The host and port of its address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Credentials for the host's queues, for a while.
    ///
    /// # Errors
    /// When the service refuses or does not answer.
    pub async fn refresh(&self) -> Result<Lent, ServiceError> {
        let nothing = serde_json::json!({});
        let lent: RefreshHostCredentialsOutput =
            self.call("RefreshHostCredentials", &nothing, "sessionToken").await?;
        Ok(Lent {
            id: lent.access_key_id,
            secret: lent.secret_access_key,
            token: lent.session_token,
            expires_at: lent.expires_at.map_or(Timestamp::from_millis(0), |at| at.0),
        })
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
        let (target, now) = (format!("{TARGET}.{operation}"), crate::clock::now());
        let post = Post { host: &self.host, path: &self.path, target: &target, region: &self.region };
        let mut body = serde_json::to_vec(input).unwrap_or_default();
        let mut kind = "application/x-amz-json-1.1";
        let signature = match &self.proof {
            Proof::Nothing => None,
            Proof::AccessKey(key) => signed(post, &body, key, now),
            Proof::HostKey { signer, host, scope } => {
                let request = Request {
                    v: AGENT_VERSION,
                    host: host.clone(),
                    scope: scope.clone(),
                    operation: operation.to_owned(),
                    at: now,
                    input: serde_json::to_value(input).unwrap_or_default(),
                };
                body = jws::sign(signer, Kind::Request, &to_bytes(&request)).into_bytes();
                kind = "application/jose";
                None
            }
        };
        let mut headers = vec![("content-type", kind), ("x-amz-target", target.as_str())];
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

/// The order as the service knows it.
fn named(order: &Order, host: &str) -> AcceptOrderInput {
    AcceptOrderInput {
        deployment_id: Some(order.deployment.to_string()),
        order_id: Some(order.id.clone()),
        host_name: Some(host.to_owned()),
        shard: Some(order.seat.shard),
        index: Some(order.seat.index),
        attempt: Some(order.seat.attempt),
    }
}

#[async_trait]
impl Lender for Service {
    async fn lend(&self) -> Result<Lent, String> {
        self.refresh().await.map_err(|error| error.to_string())
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
            let service = Service::new(Web::new(), endpoint, "r", Proof::Nothing).ok()?;
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
