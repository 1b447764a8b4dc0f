//! Reading members of events, by path.

use std::collections::BTreeMap;

use cutover_core::time::Timestamp;
use serde_json::Value;

/// The text at that path.
pub(super) fn text<'v>(value: &'v Value, path: &str) -> Result<&'v str, String> {
    value.pointer(path).and_then(Value::as_str).ok_or_else(|| format!("{} is no text", named(path)))
}

/// The instant at that path.
pub(super) fn instant(value: &Value, path: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text(value, path)?).ok_or_else(|| format!("{} is no time", named(path)))
}

fn named(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

/// Facts by name, without those that are not there.
pub(super) fn facts<'a>(
    known: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> BTreeMap<String, String> {
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    known.collect()
}

/// What a branch or tag is called: the facts `branch` and `tag`, of which one is there.
pub(super) fn of_reference(reference: &str) -> [(&'static str, Option<&str>); 2] {
    [("branch", reference.strip_prefix("refs/heads/")), ("tag", reference.strip_prefix("refs/tags/"))]
}
