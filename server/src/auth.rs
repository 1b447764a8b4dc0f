//! Who calls: nobody checks it on a loopback address, or their signature tells.

use std::sync::Arc;

use api::{Caller, Permit};
use axum::http::HeaderMap;
use cutover_access::claim::Claim;
use cutover_access::error::unknown_key;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_service::arn::host_session;
use cutover_service::service::UNVERIFIED;
use cutover_wire::api::error::ApiError;
use cutover_wire::host::is_loopback;

use crate::key_ring::{Held, KeyRing};

/// How callers are told apart.
pub enum Auth {
    /// Not at all: whoever reaches the loopback address may do everything.
    None,
    /// By the keys that this service has issued, for one of these regions.
    Keys(Arc<KeyRing>, Vec<String>),
}

/// Somebody whose claim may be true; the body decides.
pub struct Claimant(Option<(Claim, Arc<Held>)>);

/// Somebody who may call.
pub struct Known {
    /// Who, and where.
    pub caller: Caller,
    /// What they may do.
    pub permit: Permit,
    /// Whose calls are counted together: where keys are checked, the key's id.
    pub counted: String,
}

impl Auth {
    /// Everything about a request that its headers tell; refused before its body is read.
    pub fn claimant(&self, headers: &HeaderMap, now: Timestamp) -> Result<Claimant, ApiError> {
        self.addressed(headers)?;
        match self {
            Self::None => Ok(Claimant(None)),
            Self::Keys(ring, regions) => {
                let claim = Claim::read(headers)?;
                claim.check(headers, regions, now)?;
                let held = ring.find(&claim.key).ok_or_else(unknown_key)?;
                Ok(Claimant(Some((claim, held))))
            }
        }
    }

    /// Refuses what did not mean this service: all that can be told of a request that nobody signs.
    pub fn addressed(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        // A page of the web that had its name resolved to this machine comes under its own name.
        let host = text(headers, "host").unwrap_or_default();
        match self {
            Self::None if !is_loopback(host) => {
                let message = format!("{host:?} does not name this machine; call 127.0.0.1 or localhost");
                Err(ApiError { code: "AccessDeniedException", message, status: 403 })
            }
            _ => Ok(()),
        }
    }

    /// Whether the key of this caller has not been revoked since.
    pub fn is_live(&self, known: &Known) -> bool {
        match self {
            Self::None => true,
            Self::Keys(ring, _) => ring.find(&known.counted).is_some(),
        }
    }

    /// Who calls, now that all of the request is there. `uri` is path and query as sent.
    pub fn known(
        &self,
        claimant: Claimant,
        (method, uri, headers, body): (&str, &str, &HeaderMap, &[u8]),
        home: &Scope,
        now: Timestamp,
    ) -> Result<Known, ApiError> {
        let Some((claim, held)) = claimant.0 else { return Ok(unchecked(headers, home)) };
        claim.verify(method, uri, headers, body, held.secret())?;
        if let Self::Keys(ring, _) = self {
            // Revoked while the body was on its way.
            ring.find(&claim.key).ok_or_else(unknown_key)?;
            ring.used(&held, now);
        }
        let principal = principal(&home.account, &held.key.name);
        let scope = Scope::new(&home.account, claim.region);
        Ok(Known {
            caller: Caller { scope, principal: Some(principal) },
            permit: held.key.permit(),
            counted: claim.key,
        })
    }
}

/// How the names of hosts' keys begin; nobody can ask for a key of such a name.
const HOST_KEY: &str = "host/";

/// The name of the keys of a host.
pub fn host_key(host: &str) -> String {
    format!("{HOST_KEY}{host}")
}

/// What the holder of a key of that name calls as.
fn principal(account: &str, key: &str) -> String {
    match key.strip_prefix(HOST_KEY) {
        Some(host) => host_session(account, host),
        None => format!("arn:aws:iam::{account}:user/{key}"),
    }
}

/// Who calls, as far as a request that nobody checks tells: what our own command says, or the key that it
/// claims to be signed with; and the region that it is signed for.
fn unchecked(headers: &HeaderMap, home: &Scope) -> Known {
    let mut credential = text(headers, "authorization")
        .and_then(|a| a.split_once("Credential="))
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().split('/'))
        .into_iter()
        .flatten();
    let (key, region) = (credential.next(), credential.nth(1));
    let name = text(headers, "x-cutover-user").or(key);
    let principal = name.map(|name| format!("{}{UNVERIFIED}", name.chars().take(128).collect::<String>()));
    let region = region.filter(|region| is_region(region)).unwrap_or(&home.region);
    Known {
        counted: principal.clone().unwrap_or_default(),
        caller: Caller { scope: Scope::new(&home.account, region), principal },
        permit: Permit::Everything,
    }
}

/// Whether that could be the name of a region: `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let (first, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let number = !last.is_empty() && last.len() <= 2 && last.bytes().all(|b| b.is_ascii_digit());
    let middle: Vec<_> = parts.collect();
    text.len() <= 32 && word(first) && number && !middle.is_empty() && middle.into_iter().all(word)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().expect("a name"), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn an_unchecked_caller_is_believed_the_name_and_the_region() {
        let signed =
            "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/codedeploy/aws4_request, Signature=x";
        let odd = "AWS4-HMAC-SHA256 Credential=AKID/20261121/../codedeploy/aws4_request";
        for (given, region, principal) in [
            (&[][..], "us-east-1", None),
            (&[("authorization", signed)], "eu-west-1", Some("AKID (not verified)")),
            (&[("authorization", odd)], "us-east-1", Some("AKID (not verified)")),
            (&[("authorization", "Bearer x")], "us-east-1", None),
            (
                &[("authorization", signed), ("x-cutover-user", "ada@engine")],
                "eu-west-1",
                Some("ada@engine (not verified)"),
            ),
        ] {
            let known = unchecked(&headers(given), &Scope::new("123456789012", "us-east-1"));
            assert_eq!(
                (known.caller.scope.region.as_str(), known.caller.principal.as_deref()),
                (region, principal)
            );
            assert_eq!(known.permit, Permit::Everything);
        }
    }

    #[test]
    fn regions_look_like_regions() {
        for (text, is) in [
            ("us-east-1", true),
            ("us-gov-west-1", true),
            ("ap-southeast-10", true),
            ("", false),
            ("useast1", false),
            ("us-1", false),
            ("us-east-1/x", false),
            ("US-EAST-1", false),
            ("us--1", false),
            ("us-east-", false),
            ("us-east-100", false),
        ] {
            assert_eq!(is_region(text), is, "{text}");
        }
    }

    #[test]
    fn without_a_check_only_this_machine_is_answered() {
        let now = Timestamp::from_millis(0);
        assert!(Auth::None.claimant(&headers(&[("host", "127.0.0.1:7171")]), now).is_ok());
        for host in [&[("host", "evil.example:7171")][..], &[]] {
            let told = Auth::None.claimant(&headers(host), now).err().expect("a refusal");
            assert_eq!((told.code, told.status), ("AccessDeniedException", 403));
        }
    }
}
