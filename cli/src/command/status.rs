//! `cutover status`

use std::time::Duration;

use clap::Args;

use crate::command::{Context, span};
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::progress::{Progress, snapshot};
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
    /// Show progress until it is over
    #[arg(long)]
    watch: bool,
    /// Watch at most this long (90s, 10m, 2h); the deployment goes on
    #[arg(long, value_name = "SPAN", value_parser = span::parse, requires = "watch")]
    timeout: Option<Duration>,
}

impl Status {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        if self.watch {
            return Progress::new(&context.api, context.out, &self.deployment, None)
                .watch(self.timeout)
                .await;
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
