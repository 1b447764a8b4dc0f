//! `cutover status`

use clap::Args;

use crate::command::Context;
use crate::command::watching::Watching;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::progress::snapshot;
use crate::view::{clock, snapshot as view};

const AFTER: &str = "\
Examples:
  cutover status d-0A1B2C3D4
  cutover status d-0A1B2C3D4 --watch --timeout 10m
  cutover status d-0A1B2C3D4 --json";

/// Show how a deployment stands
///
/// Traffic, lifecycle events, what comes next, or why it ended. The exit code tells which.
#[derive(Debug, Args)]
#[command(after_help = format!("{AFTER}\n\n{}", exit::HELP))]
pub(crate) struct Status {
    /// The deployment's id
    deployment: String,
    #[command(flatten)]
    watching: Watching,
}

impl Status {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        if self.watching.watch {
            self.watching.check()?;
            return self.watching.follow(context, &self.deployment, None).await;
        }
        let (snapshot, _) = snapshot(&context.api, &self.deployment).await?;
        if context.out.json {
            context.out.json(&snapshot.to_json());
        } else {
            view::lines(context.out.style, &snapshot, clock::now())
                .iter()
                .for_each(|line| context.out.say(line));
        }
        Ok(snapshot.exit())
    }
}
