//! `cutover plan`

use clap::Args;

use crate::api::Planned;
use crate::command::Context;
use crate::command::revision::DeploymentArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::{preview, timeline};

const AFTER: &str = "\
Examples:
  cutover plan --application shop --group prod --appspec appspec.yml
  cutover plan --application shop --group prod --function checkout --alias live --to 7 --from 6 --json
  cutover plan --application shop --group web --bundle s3://releases/shop.zip";

/// Print the exact timeline of a deployment before it starts
///
/// Steps, shares of the traffic, waits and hooks, each with its time; of a deployment to hosts, which hosts there are and
/// in how many waves they come. Nothing is started. The options are those of `cutover deploy`.
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
        let (out, style) = (context.out, context.out.style);
        match plan {
            Planned::Timeline(timeline) if out.json => out.json(&timeline),
            Planned::Fleet(fleet) if out.json => out.json(&fleet),
            Planned::Timeline(timeline) => {
                timeline::lines(style, &timeline).iter().for_each(|line| out.say(line))
            }
            Planned::Fleet(fleet) => preview::lines(style, &fleet).iter().for_each(|line| out.say(line)),
        }
        Ok(Exit::Succeeded)
    }
}
