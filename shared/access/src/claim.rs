//! What a request claims: who signed it, when, for what. Checked in two steps, so that a request whose claim
//! is wrong already need not be read to its end: [`Claim::check`] without the body, [`Claim::verify`] with it.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use cutover_core::stamp;
use cutover_core::time::Timestamp;
use cutover_wire::api::error::ApiError;
use http::HeaderMap;
use subtle::ConstantTimeEq;

use crate::error;

/// How far the caller's clock may be off, in milliseconds; also how long a request can be repeated.
pub const SKEW_MS: u64 = 5 * 60_000;
/// The service that clients sign for, apart from the queues'.
pub const SERVICE: &str = "codedeploy";
/// The service that clients of the queues sign for, and how their targets begin.
pub const QUEUES: (&str, &str) = ("sqs", "AmazonSQS.");

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// Headers that every signature covers.
const ALWAYS_SIGNED: [&str; 2] = ["host", "x-amz-date"];
/// The header that decides what is done: covered wherever it is sent.
const TARGET: &str = "x-amz-target";

/// The service that a request with this X-Amz-Target is signed for.
pub fn service_of(target: &str) -> &'static str {
    match target.starts_with(QUEUES.1) {
        true => QUEUES.0,
        false => SERVICE,
    }
}

/// What a request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The key's id.
    pub key: String,
    /// The region that it is for.
    pub region: String,
    date: String,
    service: String,
    terminator: String,
    at: Timestamp,
    signed: Vec<String>,
    signature: String,
}

impl Claim {
    /// The claim of a request with these headers.
    pub fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = only(headers, "authorization")?.ok_or_else(error::missing)?;
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            let message = format!("Unsupported AWS 'algorithm': only {ALGORITHM} is checked.");
            return Err(error::incomplete(&message));
        }
        let part = |name: &str| {
            let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
            let found = parts.find(|(n, value)| *n == name && !value.is_empty()).map(|(_, value)| value);
            found.ok_or_else(|| {
                error::incomplete(&format!("Authorization header requires '{name}' parameter."))
            })
        };
        let (credential, signed, signature) =
            (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        let at = only(headers, "x-amz-date")?.ok_or_else(|| {
            error::incomplete("Authorization header requires existence of a 'X-Amz-Date' header.")
        })?;
        let at = stamp::parse(at).ok_or_else(|| {
            error::incomplete("Date must be in ISO-8601 'basic format', such as 20261121T141500Z.")
        })?;
        let [key, date, region, service, terminator] =
            credential.split('/').collect::<Vec<_>>().try_into().map_err(|_| {
                error::incomplete(
                    "Credential must have exactly 5 slash-delimited elements, e.g. \
                     keyid/date/region/service/term.",
                )
            })?;
        Ok(Self {
            key: key.to_owned(),
            region: region.to_owned(),
            date: date.to_owned(),
            service: service.to_owned(),
            terminator: terminator.to_owned(),
            at,
            signed: signed.split(';').map(str::to_ascii_lowercase).collect(),
            signature: signature.to_owned(),
        })
    }

    /// Whether it is for this service, one of these regions and this moment, and covers what it must.
    pub fn check(&self, headers: &HeaderMap, regions: &[String], now: Timestamp) -> Result<(), ApiError> {
        if self.terminator != TERMINATOR {
            return Err(error::invalid(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}'."
            )));
        }
        let target = only(headers, TARGET)?;
        let service = target.map_or(SERVICE, service_of);
        if self.service != service {
            return Err(error::invalid(format!(
                "Credential should be scoped to correct service: '{service}'."
            )));
        }
        if !regions.contains(&self.region) {
            let (region, valid) = (&self.region, regions.join(" or "));
            return Err(error::invalid(format!(
                "Credential should be scoped to a valid region, not '{region}': here it is {valid}."
            )));
        }
        let signed_at = stamp::stamp(self.at);
        if !signed_at.starts_with(&self.date) || self.date.len() != 8 {
            let date = &self.date;
            return Err(error::invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{date}' != '{}', from '{signed_at}'.",
                &signed_at[..8]
            )));
        }
        if self.at.ms_since(now).max(now.ms_since(self.at)) > SKEW_MS {
            return Err(error::skewed(self.at, now, SKEW_MS));
        }
        for name in ALWAYS_SIGNED.into_iter().chain(target.map(|_| TARGET)) {
            only(headers, name)?;
            if !self.signed.iter().any(|signed| signed == name) {
                return Err(error::invalid(format!(
                    "'{name}' must be a 'SignedHeader' in the Authorization."
                )));
            }
        }
        if headers.contains_key("x-amz-security-token") {
            // Keys of ours have no session: these are somebody else's credentials.
            return Err(error::unknown_key());
        }
        Ok(())
    }

    /// Whether the key with this secret signed this very request. `uri` is path and query as sent, `body` all
    /// the bytes that came.
    pub fn verify(
        &self,
        method: &str,
        uri: &str,
        headers: &HeaderMap,
        body: &[u8],
        secret: &str,
    ) -> Result<(), ApiError> {
        let mut pairs = Vec::with_capacity(self.signed.len());
        for name in &self.signed {
            // A header that was signed and did not arrive cannot give the same signature.
            let mut values = headers.get_all(name).iter().peekable();
            if values.peek().is_none() {
                return Err(error::mismatch());
            }
            for value in values {
                pairs.push((name.as_str(), value.to_str().map_err(|_| error::mismatch())?));
            }
        }
        let signature = signature(
            (method, uri, &pairs, body),
            (&self.key, secret),
            (&self.region, &self.service, self.at),
        );
        let expected = signature.ok_or_else(error::mismatch)?;
        match bool::from(expected.as_bytes().ct_eq(self.signature.as_bytes())) {
            true => Ok(()),
            false => Err(error::mismatch()),
        }
    }
}

/// The one value of a header. Two would leave open which of them was meant.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    let unclear = || error::incomplete(&format!("The header '{name}' must be given once, in ASCII."));
    if second.is_some() {
        return Err(unclear());
    }
    first.map(|value| value.to_str().map_err(|_| unclear())).transpose()
}

/// The signature of exactly these headers and bytes; nothing if they are no request.
pub(crate) fn signature(
    (method, uri, headers, body): (&str, &str, &[(&str, &str)], &[u8]),
    (key, secret): (&str, &str),
    (region, service, at): (&str, &str, Timestamp),
) -> Option<String> {
    let identity = Credentials::from_keys(key, secret, None).into();
    let mut settings = SigningSettings::default();
    // The caller chose the headers; none is left out here.
    settings.excluded_headers = None;
    let since = Duration::from_millis(u64::try_from(at.as_millis()).ok()?);
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::UNIX_EPOCH + since)
        .settings(settings)
        .build()
        .ok()?
        .into();
    let request =
        SignableRequest::new(method, uri, headers.iter().copied(), SignableBody::Bytes(body)).ok()?;
    Some(sign(request, &params).ok()?.signature().to_owned())
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
