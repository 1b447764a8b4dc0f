//! GitHub, `push`: the same payload as a webhook and as the detail of an event.

use cutover_core::time::Timestamp;
use cutover_core::trigger::push::{Push, Source};
use serde_json::Value;

use super::members::{facts, of_reference, text};

pub(super) fn of_payload(payload: &Value) -> Result<Push, String> {
    let reference = text(payload, "/ref")?;
    let (before, after) = (text(payload, "/before")?, text(payload, "/after")?);
    if payload.get("deleted").and_then(Value::as_bool) == Some(true) || after.bytes().all(|b| b == b'0') {
        return Err(format!("{reference} was deleted"));
    }
    let repository = text(payload, "/repository/full_name")?;
    // Of an annotated tag `after` is the tag, not the commit.
    let commit = text(payload, "/head_commit/id").unwrap_or(after);
    let pushed = payload.pointer("/repository/pushed_at").ok_or("repository.pushed_at is missing")?;
    let seconds = pushed.as_i64().map(|secs| Timestamp::from_millis(secs.saturating_mul(1_000)));
    let at =
        seconds.or_else(|| Timestamp::parse(pushed.as_str()?)).ok_or("repository.pushed_at is no time")?;
    let known = [("repository", Some(repository)), ("commit", Some(commit))];
    Ok(Push {
        source: Source::GitHub,
        place: repository.to_owned(),
        reference: reference.to_owned(),
        // Of what the signature covers: a header could be another one with every replay.
        event: format!("{repository} {reference} {before} {after} {}", at.as_millis()),
        at,
        facts: facts(known.into_iter().chain(of_reference(reference))),
    })
}
