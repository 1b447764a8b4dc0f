//! Bitbucket: `repo:push` of the cloud, `repo:refs_changed` of a data center. One message may tell of many references.

use cutover_core::time::Timestamp;
use cutover_core::trigger::push::{Push, Source};
use serde_json::Value;

use super::Heard;
use super::members::{facts, instant, of_reference, text};

/// References of one message.
const MOST: usize = 20;

pub(super) fn of_cloud(payload: &Value) -> Heard {
    each(payload.pointer("/push/changes"), |change| {
        let repository = text(payload, "/repository/full_name")?;
        let Some(new) = change.get("new").filter(|new| !new.is_null()) else {
            return Err("a reference was deleted".to_owned());
        };
        let folder = match text(new, "/type")? {
            "branch" => "heads",
            "tag" => "tags",
            other => return Err(format!("a reference of the type {other:?} is neither branch nor tag")),
        };
        let old = text(change, "/old/target/hash").unwrap_or_default();
        let reference = format!("refs/{folder}/{}", text(new, "/name")?);
        push(repository, &reference, (old, text(new, "/target/hash")?), instant(new, "/target/date")?)
    })
}

pub(super) fn of_data_center(payload: &Value) -> Heard {
    each(payload.get("changes"), |change| {
        let (project, slug) = (text(payload, "/repository/project/key")?, text(payload, "/repository/slug")?);
        let reference = text(change, "/ref/id")?;
        if text(change, "/type")? == "DELETE" {
            return Err(format!("{reference} was deleted"));
        }
        let hashes = (text(change, "/fromHash")?, text(change, "/toHash")?);
        push(&format!("{project}/{slug}"), reference, hashes, zoned(payload)?)
    })
}

/// Its time zones have no colon.
fn zoned(payload: &Value) -> Result<Timestamp, String> {
    let date = text(payload, "/date")?;
    let at = date.len().checked_sub(2).and_then(|cut| date.split_at_checked(cut));
    let read = at.and_then(|(front, mins)| Timestamp::parse(&format!("{front}:{mins}")));
    read.or_else(|| Timestamp::parse(date)).ok_or_else(|| "date is no time".to_owned())
}

fn push(repository: &str, reference: &str, (old, new): (&str, &str), at: Timestamp) -> Result<Push, String> {
    let known = [("repository", Some(repository)), ("commit", Some(new))];
    Ok(Push {
        source: Source::Bitbucket,
        place: repository.to_owned(),
        reference: reference.to_owned(),
        event: format!("{repository} {reference} {old} {new} {}", at.as_millis()),
        at,
        facts: facts(known.into_iter().chain(of_reference(reference))),
    })
}

fn each(changes: Option<&Value>, read: impl Fn(&Value) -> Result<Push, String>) -> Heard {
    let Some(changes) = changes.and_then(Value::as_array) else {
        return Heard::ignored("the message has no changes");
    };
    let mut heard = Heard::default();
    for change in changes.iter().take(MOST) {
        match read(change) {
            Ok(push) => heard.pushes.push(push),
            Err(why) => heard.ignored.push(why),
        }
    }
    if changes.len() > MOST {
        heard.ignored.push(format!("{} changes beyond the first {MOST}", changes.len() - MOST));
    }
    heard
}
