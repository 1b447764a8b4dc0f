//! Where the phase queues are.

use std::collections::BTreeMap;

use cutover_core::queue::QueueName;
use cutover_ports::queue::QueueError;

/// Queue URLs by name. A function knows those that it sends to, and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueUrls(BTreeMap<QueueName, String>);

impl QueueUrls {
    /// These queues.
    pub fn new(urls: impl IntoIterator<Item = (QueueName, String)>) -> Self {
        Self(urls.into_iter().collect())
    }

    /// From the environment: [`QueueUrls::variable`] for each queue that has one.
    pub fn from_env() -> Self {
        Self::new(
            QueueName::ALL
                .into_iter()
                .filter_map(|queue| Some((queue, crate::sdk::variable(&Self::variable(queue))?))),
        )
    }

    /// The variable that holds a queue's URL: `CUTOVER_QUEUE_PRE_TRAFFIC_HOOK` for pre-traffic-hook.
    pub fn variable(queue: QueueName) -> String {
        format!("CUTOVER_QUEUE_{}", queue.as_str().to_ascii_uppercase().replace('-', "_"))
    }

    /// The URL of a queue.
    pub fn get(&self, queue: QueueName) -> Result<&str, QueueError> {
        let missing =
            || QueueError { message: format!("no URL is known for {queue}: set {}", Self::variable(queue)) };
        self.0.get(&queue).map(String::as_str).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_queue_names_its_variable() {
        let urls = QueueUrls::new([(QueueName::Rollback, "http://q/rollback".to_owned())]);
        assert_eq!(urls.get(QueueName::Rollback).unwrap(), "http://q/rollback");
        let error = urls.get(QueueName::PreTrafficHook).unwrap_err();
        assert!(error.message.ends_with("set CUTOVER_QUEUE_PRE_TRAFFIC_HOOK"), "{error}");
    }
}
