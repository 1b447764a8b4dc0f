//! With what the service, its queues and AWS are asked: the identity says which.

use std::sync::Arc;

use cutover_aws::sdk::Sdk;
use cutover_aws::web::Web;

use crate::identity::Identity;
use crate::on_premises::{self, OnPremises};
use crate::service::{Proof, Service, ServiceError};

/// The service that the host enrolled with.
///
/// # Errors
/// When its address is none.
pub fn service(identity: &Identity) -> Result<Service, ServiceError> {
    let proof = match (identity.signer().filter(|_| identity.signed_requests), identity.credentials()) {
        (Some(signer), _) => {
            Proof::HostKey { signer: Box::new(signer), host: identity.host.clone(), scope: identity.scope() }
        }
        (None, Some(key)) => Proof::AccessKey(key),
        (None, None) => Proof::Nothing,
    };
    Service::new(Web::new(), &identity.endpoint, &identity.region, proof)
}

/// A client of AWS with what the service lends this host; `endpoint` answers in the place of AWS.
///
/// # Errors
/// When the service's address is none.
pub fn lent(identity: &Identity, endpoint: Option<&str>) -> Result<Sdk, ServiceError> {
    Ok(Sdk::lent(endpoint.map(str::to_owned), &identity.region, Arc::new(service(identity)?)))
}

/// A client for the host's queues: with what it is lent; with the identity's access key where the service answers for
/// them itself; else with the keys of the on-premises file, or what the SDK finds.
///
/// # Errors
/// When the service's address is none.
pub fn of_queues(identity: &Identity, on_premises: Option<&OnPremises>) -> Result<Sdk, ServiceError> {
    let origin = origin(&identity.queue_url);
    if identity.signed_requests {
        return lent(identity, origin);
    }
    let keys = identity.credentials().map(|key| (key.id, key.secret));
    Ok(match origin {
        Some(origin) => Sdk::service(origin, &identity.region, keys),
        None => on_premises::sdk(on_premises),
    })
}

/// Scheme, host and port of a URL that is not AWS's.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url[start..].find('/').map_or(url.len(), |end| start + end);
    let host = &url[start..end];
    let aws = [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"].iter().any(|end| host.ends_with(end));
    (!aws).then(|| &url[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_say_where_they_are() {
        for (url, expected) in [
            ("http://127.0.0.1:8080/1/host-a", Some("http://127.0.0.1:8080")),
            ("https://cutover.example.com/1/host-a", Some("https://cutover.example.com")),
            ("https://sqs.eu-west-1.amazonaws.com/1/host-a", None),
            (
                "https://sqs.amazonaws.com.evil.example/1/host-a",
                Some("https://sqs.amazonaws.com.evil.example"),
            ),
        ] {
            assert_eq!(origin(url), expected, "{url}");
        }
    }
}
