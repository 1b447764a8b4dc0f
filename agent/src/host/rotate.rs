//! `rotate-key`: gives the host other keys, while its agent works.
//!
//! The identity's file says how far it came, so that a second try goes on where the first was cut off:
//! ```text
//! a key is made and kept ──► the service knows it and issues an access key ──► both are kept ──► confirmed ──► the only ones
//! ```
//! Until the service has heard the confirmation the old keys count, and from the second step on the new ones as well.

use std::path::Path;

use cutover_signing::keys::Signer;
use cutover_wire::api::agent::RotateHostKeyInput;

use super::enrol::seed;
use super::{HostError, RotateArguments, hold_usual_proxies, runtime};
use crate::access;
use crate::identity::{Identity, NextKeys};

/// Gives the host other keys; the identity that it has now.
///
/// # Errors
/// When there is no identity, it cannot be written, or the service does not agree.
pub fn rotate_key(arguments: &RotateArguments) -> Result<Identity, HostError> {
    let path = &arguments.identity_file;
    Identity::read(path)?;
    hold_usual_proxies()?;
    let fresh = Signer::from_seed(seed()?).to_text();
    let identity = keep(path, |identity| {
        identity.next.get_or_insert(NextKeys { signing_key: fresh, ..NextKeys::default() });
    })?;
    runtime()?.block_on(async {
        let next = identity.next.as_ref().filter(|next| next.granted);
        let renewed = match next {
            Some(_) => identity.renewed(),
            None => granted(path, &identity).await?.renewed(),
        };
        let renewed = renewed.ok_or_else(|| HostError::Failed("the next key is none".to_owned()))?;
        ask(&renewed, &renewed, Some(true)).await?;
        keep(path, |identity| {
            if let Some(renewed) = identity.renewed() {
                *identity = renewed;
            }
        })
    })
}

/// Lets the service know the next key, and keeps what it answers.
async fn granted(path: &Path, identity: &Identity) -> Result<Identity, HostError> {
    let renewed = identity.renewed().ok_or_else(|| HostError::Failed("the next key is none".to_owned()))?;
    let answer = ask(identity, &renewed, None).await?;
    keep(path, |identity| {
        if let Some(next) = &mut identity.next {
            next.granted = true;
            next.access_key_id = answer.0;
            next.secret_access_key = answer.1;
        }
    })
}

/// Asks as one identity for the keys of another.
async fn ask(
    by: &Identity,
    renewed: &Identity,
    confirm: Option<bool>,
) -> Result<(Option<String>, Option<String>), HostError> {
    let public_key = renewed.signer().map(|signer| signer.public());
    let input = RotateHostKeyInput { instance_name: Some(by.host.clone()), public_key, confirm };
    let asked =
        access::service(by).map_err(|error| HostError::Failed(error.to_string()))?.rotate(&input).await;
    let output = asked.map_err(|error| HostError::Failed(error.to_string()))?;
    Ok((output.access_key_id, output.secret_access_key))
}

fn keep(path: &Path, change: impl FnOnce(&mut Identity)) -> Result<Identity, HostError> {
    Ok(Identity::change(path, change)?)
}
