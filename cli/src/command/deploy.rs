//! `cutover deploy`

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::command::revision::DeploymentArguments;
use crate::command::{Context, span};
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::progress::Progress;

const AFTER: &str = "\
Examples:
  cutover deploy --application shop --group prod --appspec appspec.yml --watch
  cutover deploy --application shop --group prod --function checkout --alias live --to 7
  cutover deploy --application shop --group prod --function checkout --alias live --to 7 --from 6 \\
      --before-hook smoke-test --config CodeDeployDefault.LambdaLinear10PercentEvery1Minute --watch --timeout 30m";

/// Start a deployment
///
/// With --watch it shows every step until the end, and the exit code tells how it ended; without, it prints
/// the deployment's id.
#[derive(Debug, Args)]
#[command(after_help = format!("{AFTER}\n\n{}", exit::HELP))]
pub(crate) struct Deploy {
    #[command(flatten)]
    deployment: DeploymentArguments,
    /// Show progress until it is over
    #[arg(long)]
    watch: bool,
    /// Watch at most this long (90s, 10m, 2h); the deployment goes on
    #[arg(long, value_name = "SPAN", value_parser = span::parse, requires = "watch")]
    timeout: Option<Duration>,
}

impl Deploy {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let input = self.deployment.input(context).await?;
        let timeline = if self.watch { context.api.plan(&input).await.ok() } else { None };
        let id = context.api.create_deployment(&input).await?;
        if !self.watch {
            if context.out.json {
                context.out.json(&json!({ "deploymentId": id }));
            } else {
                context.out.say(&id);
                context.out.remark(format!("Watch it with: cutover status {id} --watch"));
            }
            return Ok(Exit::Succeeded);
        }
        Progress::new(&context.api, context.out, &id, timeline).watch(self.timeout).await
    }
}
