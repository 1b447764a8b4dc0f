//! AWS CodeCommit, `CodeCommit Repository State Change`.

use cutover_core::trigger::push::{Push, Source};
use serde_json::Value;

use super::members::{facts, instant, of_reference, text};

pub(super) fn of_event(event: &Value) -> Result<Push, String> {
    let what = text(event, "/detail/event")?;
    if !matches!(what, "referenceCreated" | "referenceUpdated") {
        return Err(format!("{what} brings no new commit"));
    }
    let (repository, commit) = (text(event, "/detail/repositoryName")?, text(event, "/detail/commitId")?);
    let name = text(event, "/detail/referenceName")?;
    let reference = match text(event, "/detail/referenceType")? {
        "branch" => format!("refs/heads/{name}"),
        "tag" => format!("refs/tags/{name}"),
        other => return Err(format!("a reference of the type {other:?} is neither branch nor tag")),
    };
    let known = [("repository", Some(repository)), ("commit", Some(commit))];
    let facts = facts(known.into_iter().chain(of_reference(&reference)));
    Ok(Push {
        source: Source::CodeCommit,
        place: repository.to_owned(),
        event: text(event, "/id")?.to_owned(),
        at: instant(event, "/time")?,
        reference,
        facts,
    })
}
