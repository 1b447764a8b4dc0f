//! Webhooks: which header signs them, and what they tell.

use std::borrow::Cow;

use cutover_core::trigger::push::Source;
use serde_json::Value;

use super::{Heard, bitbucket, git_hub};

/// Largest body of a webhook, in bytes: what SQS and a function's URL let through, and more than a push of thousands of
/// commits.
pub const MOST_BYTES: usize = 1 << 20;
/// How GitHub's forms are called, which it sends unless JSON is asked for.
const FORM: &str = "application/x-www-form-urlencoded";
/// How old the push that a webhook tells of may be: as long as GitHub offers to send it again.
pub const STALE_MS: u64 = 3 * 86_400_000;
/// How far in the future it may lie: clocks differ.
pub const AHEAD_MS: u64 = 300_000;

/// The header with the signature of that source, in lower case; nothing for one without webhooks.
pub fn signature_header(source: Source) -> Option<&'static str> {
    match source {
        Source::GitHub => Some("x-hub-signature-256"),
        Source::Bitbucket => Some("x-hub-signature"),
        _ => None,
    }
}

/// The HMAC-SHA256 that such a header tells.
pub fn told_signature(header: &str) -> Option<Vec<u8>> {
    let digits = header.strip_prefix("sha256=")?;
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    (0..64).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

/// The payload in a body, whose signature was checked as it came: a form has it in its member `payload`.
pub fn payload<'b>(content_type: Option<&str>, body: &'b [u8]) -> Cow<'b, [u8]> {
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case(FORM) {
        return Cow::Borrowed(body);
    }
    let payload = form_urlencoded::parse(body).find(|(name, _)| name == "payload");
    payload.map_or(Cow::Borrowed(body), |(_, payload)| Cow::Owned(payload.into_owned().into_bytes()))
}

/// What a webhook of that source tells, whose signature was checked. `event` is the header that names the kind of event,
/// [`event_header`].
pub fn heard(source: Source, event: Option<&str>, body: &[u8]) -> Heard {
    let Ok(payload) = serde_json::from_slice::<Value>(body) else {
        return Heard::ignored("the body is neither JSON nor a form with a payload in JSON");
    };
    match (source, event) {
        (Source::GitHub, Some("push")) => Heard::of(git_hub::of_payload(&payload)),
        (Source::Bitbucket, Some("repo:push")) => bitbucket::of_cloud(&payload),
        (Source::Bitbucket, Some("repo:refs_changed")) => bitbucket::of_data_center(&payload),
        (source, event) => {
            Heard::ignored(format!("{:?} of {source} tells of no push", event.unwrap_or_default()))
        }
    }
}

/// The header that names the kind of event, in lower case.
pub fn event_header(source: Source) -> &'static str {
    match source {
        Source::Bitbucket => "x-event-key",
        _ => "x-github-event",
    }
}
