//! `register` and `unregister`: how a host gets its identity, and loses it.

use std::fmt::Display;
use std::time::Duration;

use cutover_aws::caller_identity::sign;
use cutover_aws::sdk::Sdk;
use cutover_aws::web::Web;
use cutover_signing::keys::Signer;
use cutover_wire::agent::identity::bound_to;
use cutover_wire::api::agent::{EnrollHostInput, EnrollHostOutput, EnrollInstanceInput};

use super::{HostError, RegisterArguments, UnregisterArguments, hold_usual_proxies, runtime};
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
    hold_usual_proxies()?;
    let signer = Signer::from_seed(seed()?);
    // A token is good once, so that a file that cannot be written is better known before.
    Identity::try_place(path).map_err(|error| HostError::Failed(format!("{}: {error}", path.display())))?;
    let output = runtime()?.block_on(async {
        let service = Service::new(Web::new(), &arguments.endpoint, "", Proof::Nothing)
            .map_err(|error| HostError::Usage(format!("--endpoint: {error}")))?;
        let public_key = signer.public();
        let enrolled = match arguments.as_instance {
            true => {
                let at = arguments.service_host.as_deref().unwrap_or(service.host());
                enroll_instance(&service, at, &public_key).await
            }
            false => {
                let (token, instance_name) = (arguments.token.clone(), arguments.name.clone());
                let input = EnrollHostInput { token, instance_name, public_key: Some(public_key) };
                enroll(&service, &input).await.map_err(|error| error.to_string())
            }
        };
        enrolled.map_err(HostError::Failed)
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
            Err(error) if error.is_throttling() && tries < TRIES => rest(&error, tries, salt).await,
            other => return other,
        }
    }
}

/// Enrols as the EC2 instance that this is. Its key may be handed in again, so that it asks again after an answer that was
/// lost, too.
async fn enroll_instance(service: &Service, at: &str, public_key: &str) -> Result<EnrollHostOutput, String> {
    let mut tries = 0;
    loop {
        let asked = async {
            let sdk = Sdk::from_chain();
            let signed = sign(&sdk, &bound_to(at, public_key)).await;
            let signed =
                signed.map_err(|problem| (false, format!("this instance cannot prove itself: {problem}")))?;
            let input = EnrollInstanceInput {
                public_key: Some(public_key.to_owned()),
                region: Some(signed.region),
                access_key_id: Some(signed.access_key_id),
                date: Some(signed.date),
                session_token: Some(signed.session_token),
                signature: Some(signed.signature),
            };
            service.enroll_instance(&input).await.map_err(|error| (error.may_pass(), error.to_string()))
        };
        tries += 1;
        match asked.await {
            Err((true, problem)) if tries < TRIES => rest(&problem, tries, public_key).await,
            other => return other.map_err(|(_, problem)| problem),
        }
    }
}

/// Waits before the next try, and says so.
async fn rest(problem: &dyn Display, tries: u32, salt: &str) {
    let wait = backoff(tries - 1, FIRST_MS, LONGEST_MS, salt);
    eprintln!("{problem}. Trying again in {wait} ms (try {tries} of {TRIES}).");
    tokio::time::sleep(Duration::from_millis(wait)).await;
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
