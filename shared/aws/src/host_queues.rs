//! The queues of hosts on SQS: one for each, named after it.

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_ports::host_channel::{HOST_PREFIX, HostChannel, MOST_BYTES};
use cutover_ports::queue::QueueError;
use sha2::{Digest, Sha256};

use crate::error::Fault;
use crate::queue::queue_error;
use crate::sdk::{Sdk, variable};

/// The longest name of a queue, by SQS's rules.
const NAME_CHARS: usize = 80;
/// The variable that says how the names of this stack's queues of hosts begin.
pub const PREFIX_VARIABLE: &str = "CUTOVER_HOST_QUEUES";
/// The variable with the URL of a queue of the stack, beside which those of hosts stand.
const BESIDE: &str = "CUTOVER_QUEUE_FLEET_DISPATCH";

/// Queues of hosts, by the hosts' names. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqsHosts {
    pub(crate) sdk: Sdk,
    /// Up to the name, with the slash.
    base: String,
    prefix: String,
}

impl SqsHosts {
    /// From the environment, which [`PREFIX_VARIABLE`] and the URLs of the stack's queues stand in.
    pub fn from_env(sdk: Sdk) -> Option<Self> {
        Self::beside(sdk, &variable(BESIDE)?, &variable(PREFIX_VARIABLE)?)
    }

    /// Beside the queue of that URL; names begin with `prefix`.
    pub fn beside(sdk: Sdk, url: &str, prefix: &str) -> Option<Self> {
        let (base, _) = url.rsplit_once('/')?;
        Some(Self { sdk, base: format!("{base}/"), prefix: prefix.to_owned() })
    }

    /// The name of a host's queue. A host's name that no queue can have is there by its digest, behind another mark.
    pub(crate) fn name(&self, host: &str) -> String {
        let plain = format!("{}{HOST_PREFIX}{host}", self.prefix);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if plain.len() <= NAME_CHARS && host.chars().all(fits) {
            return plain;
        }
        format!("{}host_{}", self.prefix, digest(host))
    }

    /// The URL of a host's queue.
    pub fn url(&self, host: &str) -> String {
        format!("{}{}", self.base, self.name(host))
    }

    /// Removes the queue of a host; one that is not there is fine.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove(&self, host: &str) -> Result<(), Fault> {
        match self.sdk.sqs().await.delete_queue().queue_url(self.url(host)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let fault = Fault::of(&error);
                let gone = fault.code.as_deref().is_some_and(is_gone);
                if gone { Ok(()) } else { Err(fault) }
            }
        }
    }
}

/// Under either name that SQS has for it.
fn is_gone(code: &str) -> bool {
    code.ends_with("QueueDoesNotExist") || code.ends_with("NonExistentQueue")
}

/// 32 hexadecimal digits of a name.
pub(crate) fn digest(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[async_trait]
impl HostChannel for SqsHosts {
    async fn send(&self, _: &Scope, host: &str, body: String) -> Result<(), QueueError> {
        if body.len() > MOST_BYTES {
            let message = format!("an order of {} bytes is longer than {MOST_BYTES}", body.len());
            return Err(QueueError { message });
        }
        let request = self.sdk.sqs().await.send_message().queue_url(self.url(host)).message_body(body);
        request.send().await.map(|_| ()).map_err(|error| queue_error(Fault::of(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_has_a_queue_of_its_own() {
        let sdk = Sdk::emulator("http://127.0.0.1:1");
        let queues = SqsHosts::beside(sdk, "https://sqs.eu-west-1.amazonaws.com/1/cutover-x", "cutover-");
        let queues = queues.expect("a URL");
        assert_eq!(queues.url("web-1"), "https://sqs.eu-west-1.amazonaws.com/1/cutover-host-web-1");
        let long = "x".repeat(100);
        let names = ["a.b@c", "a.b@d", "A.b@c", &long].map(|host| queues.name(host));
        for (place, name) in names.iter().enumerate() {
            assert!(name.starts_with("cutover-host_") && name.len() <= NAME_CHARS, "{name}");
            assert!(!names[..place].contains(name), "{name}");
        }
    }
}
