//! Webhooks: believed when their trigger's secret has signed them, and they are not too old.

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_core::trigger::push::{Push, Source};
use cutover_core::trigger::rule::Trigger;
use cutover_ports::call::CallError;
use cutover_store::codec::StoreError;
use cutover_store::triggers;
use cutover_wire::push::Heard;
use cutover_wire::push::webhook::{
    AHEAD_MS, STALE_MS, event_header, heard, payload, signature_header, told_signature,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::service::Service;

/// A request to a webhook.
pub struct Webhook<'a> {
    /// The trigger that it is for.
    pub trigger: &'a str,
    /// The value of a header, by its name in lower case.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Send + Sync),
    /// The body, as it came.
    pub body: &'a [u8],
}

/// Why a webhook is not believed. Who sent it is not told which: whoever does not know the secret learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// There is no such trigger, or it has no secret.
    #[error("there is no such webhook")]
    Unknown,
    /// Nothing signs it.
    #[error("it has no signature")]
    Unsigned,
    /// Something else signs it.
    #[error("its signature is another one")]
    Forged,
    /// What it tells of happened too long ago, or lies in the future.
    #[error("it is too old, or from the future")]
    Stale,
}

/// Why a webhook cannot be heard now. It may be sent again.
#[derive(Debug, thiserror::Error)]
pub enum Deaf {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its secret cannot be opened.
    #[error("open the secret: {0}")]
    Sealed(#[from] CallError),
}

impl Service {
    /// What a webhook tells, if it is believed.
    ///
    /// # Errors
    /// When the store or the key that secrets are sealed with cannot be read.
    pub async fn webhook(
        &self,
        scope: &Scope,
        request: &Webhook<'_>,
    ) -> Result<Result<Heard, Disbelief>, Deaf> {
        let trigger = triggers::find(self.table(), scope, request.trigger).await?;
        let Some(trigger) = trigger else { return Ok(Err(Disbelief::Unknown)) };
        let Some(sealed) = &trigger.sealed else { return Ok(Err(Disbelief::Unknown)) };
        let Some(secret) = self.opened(&triggers::sealed_for(scope, &trigger.name), sealed).await? else {
            return Ok(Err(Disbelief::Unknown));
        };
        let heard = believed(trigger.source, secret.as_bytes(), request, self.now());
        Ok(heard.map(|heard| about(&trigger, heard)))
    }
}

/// The same with the pushes that the trigger is about, and those that it is not among the ignored.
fn about(trigger: &Trigger, mut heard: Heard) -> Heard {
    let (about, other) = heard.pushes.into_iter().partition(|push| trigger.matches(push));
    heard.pushes = about;
    let strangers = Vec::<Push>::into_iter(other);
    heard.ignored.extend(
        strangers.map(|push| format!("{} {}: the trigger is not about it", push.place, push.reference)),
    );
    heard
}

fn believed(
    source: Source,
    secret: &[u8],
    request: &Webhook<'_>,
    now: Timestamp,
) -> Result<Heard, Disbelief> {
    let told = signature_header(source).and_then(|name| (request.header)(name)).ok_or(Disbelief::Unsigned)?;
    let told = told_signature(told).ok_or(Disbelief::Forged)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| Disbelief::Unknown)?;
    mac.update(request.body);
    if !bool::from(mac.finalize().into_bytes().ct_eq(&told)) {
        return Err(Disbelief::Forged);
    }
    let kind = (request.header)(event_header(source));
    let heard = heard(source, kind, &payload((request.header)("content-type"), request.body));
    if heard.pushes.iter().any(|push| stale(push, now)) {
        return Err(Disbelief::Stale);
    }
    Ok(heard)
}

/// Bitbucket's cloud tells when a commit was made, not when it was pushed.
fn stale(push: &Push, now: Timestamp) -> bool {
    push.source == Source::GitHub && (now.ms_since(push.at) > STALE_MS || push.at.ms_since(now) > AHEAD_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secret, body and signature as GitHub documents them, to test one's own code with.
    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNED: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn ask(
        source: Source,
        headers: &[(&'static str, &'static str)],
        body: &[u8],
        now: i64,
    ) -> Result<Heard, Disbelief> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let request = Webhook { trigger: "t", header: &header, body };
        believed(source, SECRET, &request, Timestamp::from_millis(now))
    }

    #[test]
    fn only_what_the_secret_signs_is_believed() {
        let (github, bitbucket) = ("x-hub-signature-256", "x-hub-signature");
        let changed = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18";
        for (source, header, value, body, expected) in [
            (Source::GitHub, github, SIGNED, BODY, None),
            (Source::Bitbucket, bitbucket, SIGNED, BODY, None),
            (Source::GitHub, bitbucket, SIGNED, BODY, Some(Disbelief::Unsigned)),
            (Source::Bitbucket, "x-other", SIGNED, BODY, Some(Disbelief::Unsigned)),
            (Source::GitHub, github, changed, BODY, Some(Disbelief::Forged)),
            (Source::GitHub, github, SIGNED, b"Hello, World", Some(Disbelief::Forged)),
            (Source::GitHub, github, "sha1=2fd4e1c6", BODY, Some(Disbelief::Forged)),
            (Source::GitHub, github, "", BODY, Some(Disbelief::Forged)),
            (Source::S3, github, SIGNED, BODY, Some(Disbelief::Unsigned)),
        ] {
            assert_eq!(ask(source, &[(header, value)], body, 0).err(), expected, "{source} {header} {value}");
        }
    }

    #[test]
    fn an_old_push_of_git_hub_is_not_believed() {
        let push = |source| Push {
            source,
            place: String::new(),
            reference: String::new(),
            event: String::new(),
            at: Timestamp::from_millis(1_000_000_000),
            facts: Default::default(),
        };
        for (source, now, expected) in [
            (Source::GitHub, 1_000_000_000, false),
            (Source::GitHub, 1_000_000_000 + STALE_MS as i64, false),
            (Source::GitHub, 1_000_000_001 + STALE_MS as i64, true),
            (Source::GitHub, 999_700_000, false),
            (Source::GitHub, 999_699_999, true),
            (Source::Bitbucket, 9_000_000_000, false),
        ] {
            assert_eq!(stale(&push(source), Timestamp::from_millis(now)), expected, "{source} {now}");
        }
    }
}
