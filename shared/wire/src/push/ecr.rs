//! Amazon ECR, `ECR Image Action`. An image that was pushed by its digest alone has no tag.

use cutover_core::trigger::push::{Push, Source};
use serde_json::Value;

use super::members::{facts, instant, text};

pub(super) fn of_event(event: &Value) -> Result<Push, String> {
    let (action, result) = (text(event, "/detail/action-type")?, text(event, "/detail/result")?);
    if (action, result) != ("PUSH", "SUCCESS") {
        return Err(format!("the image action is {action} {result}, not PUSH SUCCESS"));
    }
    let (repository, digest) =
        (text(event, "/detail/repository-name")?, text(event, "/detail/image-digest")?);
    let tag = text(event, "/detail/image-tag").ok().filter(|tag| !tag.is_empty());
    let (account, region) = (text(event, "/account")?, text(event, "/region")?);
    let image = format!("{account}.dkr.ecr.{region}.amazonaws.com/{repository}@{digest}");
    Ok(Push {
        source: Source::Ecr,
        place: repository.to_owned(),
        reference: tag.unwrap_or_default().to_owned(),
        event: text(event, "/id")?.to_owned(),
        at: instant(event, "/time")?,
        facts: facts([
            ("repository", Some(repository)),
            ("digest", Some(digest)),
            ("tag", tag),
            ("image", Some(&image)),
        ]),
    })
}
