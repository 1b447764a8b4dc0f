//! AWS CodePipeline, `CodePipeline Pipeline Execution State Change`: a pipeline that has run, not its stages.

use cutover_core::trigger::push::{Push, Source};
use serde_json::Value;

use super::members::{facts, instant, text};

pub(super) fn of_event(event: &Value) -> Result<Push, String> {
    let (pipeline, state) = (text(event, "/detail/pipeline")?, text(event, "/detail/state")?);
    let execution = text(event, "/detail/execution-id")?;
    Ok(Push {
        source: Source::CodePipeline,
        place: pipeline.to_owned(),
        reference: state.to_owned(),
        event: format!("{pipeline}/{execution}#{state}"),
        at: instant(event, "/time")?,
        facts: facts([("pipeline", Some(pipeline)), ("execution", Some(execution)), ("state", Some(state))]),
    })
}
