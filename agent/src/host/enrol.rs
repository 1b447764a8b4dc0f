//! `register` and `unregister`: how a host gets its identity, and loses it.

use std::time::Duration;

use cutover_aws::web::Web;
use cutover_signing::keys::Signer;
use cutover_wire::api::agent::{EnrollHostInput, EnrollHostOutput};

use super::{HostError, RegisterArguments, UnregisterArguments, runtime};
use crate::identity::{Identity, PinnedKey, VERSION};
use crate::machine::backoff::backoff;
use crate::service::{Proof, Service, ServiceError};

/// A service that is asked too often is asked again, about two minutes in all: the first wait and the longest.
const TRIES: u32 = 12;
const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 20_000;

/// Enrols this host and writes its identity; the host's name.
///
/// # Errors
/// When there is an identity already, the service refuses, or the file cannot be written.
pub fn register(arguments: &RegisterArguments) -> Result<Identity, HostError> {
    let path = &arguments.identity_file;
    if path.exists() && !arguments.force {
        let path = path.display();
        return Err(HostError::Usage(format!(
            "{path} is there: this host is enrolled. Run `cutover-agent unregister` first, or add --force."
        )));
    }
    let signer = Signer::from_seed(seed()?);
    // A token is good once, so that a file that cannot be written is better known before.
    Identity::try_place(path).map_err(|error| HostError::Failed(format!("{}: {error}", path.display())))?;
    let input = EnrollHostInput {
        token: Some(arguments.token.clone()),
        instance_name: arguments.name.clone(),
        public_key: Some(signer.public()),
    };
    let output = runtime()?.block_on(async {
        let service = Service::new(Web::new(), &arguments.endpoint, "", Proof::Nothing)
            .map_err(|error| HostError::Usage(format!("--endpoint: {error}")))?;
        enroll(&service, &input).await.map_err(|error| HostError::Failed(error.to_string()))
    })?;
    let keys = output.order_keys.into_iter().map(|key| PinnedKey {
        id: key.key_id,
        public: key.public_key,
        until: None,
    });
    let identity = Identity {
        v: VERSION,
        endpoint: arguments.endpoint.trim_end_matches('/').to_owned(),
        region: output.region,
        account: output.account,
        host: output.instance_name,
        queue_url: output.queue_url,
        report_queue_url: output.report_queue_url,
        access_key_id: output.access_key_id,
        secret_access_key: output.secret_access_key,
        signed_requests: output.signed_requests.unwrap_or(false),
        signing_key: signer.to_text(),
        order_keys: keys.collect(),
        next: None,
    };
    let unusable = |problem| HostError::Failed(format!("the service's answer cannot be used: {problem}"));
    identity.check().map_err(unusable)?;
    identity.write(path).map_err(|error| HostError::Failed(format!("{}: {error}", path.display())))?;
    Ok(identity)
}

/// Enrols; when many hosts do so at once, it waits for its turn. A throttled request has not used the token up.
async fn enroll(service: &Service, input: &EnrollHostInput) -> Result<EnrollHostOutput, ServiceError> {
    let salt = input.public_key.as_deref().unwrap_or_default();
    let mut tries = 0;
    loop {
        let answer = service.enroll(input).await;
        tries += 1;
        match answer {
            Err(error) if error.is_throttling() && tries < TRIES => {
                let wait = backoff(tries - 1, FIRST_MS, LONGEST_MS, salt);
                eprintln!("{error}. Trying again in {wait} ms (try {tries} of {TRIES}).");
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            other => return other,
        }
    }
}

/// What a key is made of.
pub(super) fn seed() -> Result<[u8; 32], HostError> {
    let mut seed = [0; 32];
    let filled = getrandom::fill(&mut seed);
    filled.map_err(|error| HostError::Failed(format!("no random numbers: {error}")))?;
    Ok(seed)
}

/// Forgets this host's identity.
///
/// # Errors
/// When there is none, or it cannot be removed.
pub fn unregister(arguments: &UnregisterArguments) -> Result<(), HostError> {
    let path = &arguments.identity_file;
    std::fs::remove_file(path).map_err(|error| HostError::Failed(format!("{}: {error}", path.display())))
}
