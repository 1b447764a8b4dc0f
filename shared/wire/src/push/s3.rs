//! Amazon S3, `Object Created`: a bucket tells of it once its notifications go to EventBridge.

use cutover_core::trigger::push::{Push, Source};
use serde_json::Value;

use super::members::{facts, instant, text};

pub(super) fn of_event(event: &Value) -> Result<Push, String> {
    let (bucket, key) = (text(event, "/detail/bucket/name")?, text(event, "/detail/object/key")?);
    let member = |name: &str| text(event, &format!("/detail/object/{name}")).ok();
    let (version, sequencer) = (member("version-id"), member("sequencer"));
    // S3 may tell of one writing by two events.
    let writing = sequencer.or(version).map_or_else(|| text(event, "/id"), Ok)?;
    Ok(Push {
        source: Source::S3,
        place: bucket.to_owned(),
        reference: key.to_owned(),
        event: format!("{bucket}/{key}#{writing}"),
        at: instant(event, "/time")?,
        facts: facts([
            ("bucket", Some(bucket)),
            ("key", Some(key)),
            ("version", version),
            ("etag", member("etag")),
            ("sequencer", sequencer),
            ("bundle", bundle(key)),
        ]),
    })
}

/// The bundleType of a key, by how it ends.
fn bundle(key: &str) -> Option<&'static str> {
    const ENDS: [(&str, &str); 7] = [
        (".zip", "zip"),
        (".tar", "tar"),
        (".tgz", "tgz"),
        (".tar.gz", "tgz"),
        (".yaml", "YAML"),
        (".yml", "YAML"),
        (".json", "JSON"),
    ];
    ENDS.into_iter().find(|(end, _)| key.ends_with(end)).map(|(_, bundle)| bundle)
}
