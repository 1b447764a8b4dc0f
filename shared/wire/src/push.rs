//! What tells of pushes: events of EventBridge, and webhooks. One file for each source.
//!
//! Nothing here fails: what is no push is [`Heard::ignored`], with a sentence that says why.

mod bitbucket;
mod code_commit;
mod code_pipeline;
mod ecr;
mod git_hub;
mod members;
mod s3;
pub mod webhook;

use cutover_core::trigger::push::Push;
use serde_json::Value;

use members::text;

/// What somebody told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The pushes in it.
    pub pushes: Vec<Push>,
    /// What it holds besides, and why that is nothing to deploy.
    pub ignored: Vec<String>,
}

impl Heard {
    fn ignored(why: impl Into<String>) -> Self {
        Self { pushes: Vec::new(), ignored: vec![why.into()] }
    }

    fn of(found: Result<Push, String>) -> Self {
        match found {
            Ok(push) => Self { pushes: vec![push], ignored: Vec::new() },
            Err(why) => Self::ignored(why),
        }
    }
}

/// How GitHub's events are called on the bus of a partner.
const GIT_HUB_PARTNER: &str = "aws.partner/github.com/";

/// What an event of EventBridge tells.
pub fn of_event(event: &Value) -> Heard {
    let (Ok(source), Ok(kind)) = (text(event, "/source"), text(event, "/detail-type")) else {
        return Heard::ignored("no event of EventBridge: it has no source and detail-type");
    };
    Heard::of(match (source, kind) {
        ("aws.s3", "Object Created") => s3::of_event(event),
        ("aws.ecr", "ECR Image Action") => ecr::of_event(event),
        ("aws.codecommit", "CodeCommit Repository State Change") => code_commit::of_event(event),
        ("aws.codepipeline", "CodePipeline Pipeline Execution State Change") => {
            code_pipeline::of_event(event)
        }
        (source, "push") if source == "github.com" || source.starts_with(GIT_HUB_PARTNER) => {
            match event.get("detail") {
                Some(detail) => git_hub::of_payload(detail),
                None => Err("the event of GitHub has no detail".to_owned()),
            }
        }
        (source, kind) => Err(format!("{kind:?} of {source} tells of no push")),
    })
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
