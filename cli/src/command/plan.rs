//! `cutover plan`

use clap::Args;

use crate::command::Context;
use crate::command::revision::DeploymentArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::timeline;

const AFTER: &str = "\
Examples:
  cutover plan --application shop --group prod --appspec appspec.yml
  cutover plan --application shop --group prod --function checkout --alias live --to 7 --from 6 --json";

/// Print the exact timeline of a deployment before it starts
///
/// Steps, shares of the traffic, waits and hooks, each with its time. Nothing is started. The options are
/// those of `cutover deploy`.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Plan {
    #[command(flatten)]
    deployment: DeploymentArguments,
}

impl Plan {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let plan = context.api.plan(&self.deployment.input(context).await?).await?;
        if context.out.json {
            context.out.json(&plan);
        } else {
            timeline::lines(context.out.style, &plan).iter().for_each(|line| context.out.say(line));
        }
        Ok(Exit::Succeeded)
    }
}
