//! `cutover stop`

use clap::Args;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Examples:
  cutover stop d-0A1B2C3D4
  cutover stop d-0A1B2C3D4 --no-rollback

The traffic that the deployment moved is put back in any case. --rollback and --no-rollback decide
whether a rollback deployment records it, whatever the group's settings say.";

/// Stop a deployment and put the traffic back
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Stop {
    /// The deployment's id
    deployment: String,
    /// With a rollback deployment
    #[arg(long, conflicts_with = "no_rollback")]
    rollback: bool,
    /// Without a rollback deployment
    #[arg(long)]
    no_rollback: bool,
}

impl Stop {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let rollback = match (self.rollback, self.no_rollback) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        let answer = context.api.stop(&self.deployment, rollback).await?;
        if context.out.json {
            context.out.json(&answer);
        } else {
            context.out.say(format!("{}: {}", answer.status, answer.status_message));
            context.out.remark(format!("See how it ends: cutover status {} --watch", self.deployment));
        }
        Ok(Exit::Succeeded)
    }
}
