//! `cutover hooks`

use std::io::Read;

use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Example:
  printf '%s' \"$event\" | cutover hooks answer --status Succeeded";
const ANSWER: &str = "\
Example, a hook that tests the new version before it gets traffic (POSIX shell):
  #!/bin/sh
  event=$(cat)
  if ./smoke-test; then status=Succeeded; else status=Failed; fi
  printf '%s' \"$event\" | cutover hooks answer --status \"$status\"

The event on standard input is {\"DeploymentId\": …, \"LifecycleEventHookExecutionId\": …}. The first answer
counts; a later one changes nothing.";

/// For use inside a lifecycle hook
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Hooks {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer for the hook whose event is on standard input
    #[command(after_help = ANSWER)]
    Answer {
        /// How it went
        #[arg(long, value_parser = ["Succeeded", "Failed"])]
        status: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    deployment_id: String,
    lifecycle_event_hook_execution_id: String,
}

impl Hooks {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let Command::Answer { status } = &self.command;
        let mut text = String::new();
        let read = std::io::stdin().take(1 << 20).read_to_string(&mut text);
        read.map_err(|e| Failure::told(format!("standard input cannot be read: {e}")))?;
        let event = event(&text)?;
        let (id, execution) = (&event.deployment_id, &event.lifecycle_event_hook_execution_id);
        let answer = context.api.answer_hook(id, execution, status).await?;
        if context.out.json {
            context.out.json(&answer);
        }
        Ok(Exit::Succeeded)
    }
}

fn event(text: &str) -> Result<Event, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::advised(
            format!("standard input is not a hook's event: {error}"),
            "Hand over what the hook itself was given: \
             {\"DeploymentId\": …, \"LifecycleEventHookExecutionId\": …}.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read() {
        let text = r#"{"DeploymentId":"d-1","LifecycleEventHookExecutionId":"x"}"#;
        let read = event(text).expect("an event");
        assert_eq!(
            (read.deployment_id.as_str(), read.lifecycle_event_hook_execution_id.as_str()),
            ("d-1", "x")
        );
        for wrong in ["", "{}", "[]", r#"{"DeploymentId":"d-1"}"#] {
            assert!(event(wrong).is_err_and(|e| e.to_string().contains("not a hook's event")), "{wrong}");
        }
    }
}
