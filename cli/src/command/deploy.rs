//! `cutover deploy`

use clap::Args;
use cutover_core::timeline::Timeline;
use cutover_wire::api::deployment::CreateDeploymentInput;
use serde_json::json;

use crate::command::Context;
use crate::command::revision::DeploymentArguments;
use crate::command::watching::Watching;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::view::style::Style;
use crate::view::timeline::summary;

const AFTER: &str = "\
Examples:
  cutover deploy --application shop --group prod --appspec appspec.yml --watch
  cutover deploy --application shop --group prod --function checkout --alias live --to 7
  cutover deploy --application shop --group prod --function checkout --alias live --to 7 --from 6 \\
      --before-hook smoke-test --config CodeDeployDefault.LambdaLinear10PercentEvery1Minute --watch --timeout 30m
  cutover deploy --application shop --group web --bundle s3://releases/shop-7.tgz --wait --timeout 1h --result out.json
  cutover deploy --application shop --group web --bundle ./shop --config CodeDeployDefault.HalfAtATime --watch";

/// Start a deployment
///
/// With --watch it shows every step until the end, and the exit code tells how it ended; without, it prints
/// the deployment's id. A step of GitHub Actions also gets a summary, an annotation of what failed, and the outputs
/// deployment-id, status, outcome and exit-code.
#[derive(Debug, Args)]
#[command(after_help = format!("{AFTER}\n\n{}", exit::HELP))]
pub(crate) struct Deploy {
    #[command(flatten)]
    deployment: DeploymentArguments,
    #[command(flatten)]
    watching: Watching,
}

impl Deploy {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.watching.check()?;
        let input = self.deployment.input(context).await?;
        // What cannot be deployed is told before anything is created; to hosts, by the deployment itself.
        let timeline = match self.deployment.is_to_hosts() {
            true => None,
            false => context.api.plan(&input).await?.timeline(),
        };
        let id = context.api.create_deployment(&input).await?;
        if !self.watching.watch {
            if context.out.json {
                context.out.json(&json!({ "deploymentId": id }));
            } else {
                context.out.say(&id);
                context.out.remark(format!("Watch it with: cutover status {id} --watch"));
            }
            return Ok(Exit::Succeeded);
        }
        if !context.out.live && !context.out.json {
            context.out.say(headline(context.out.style, &id, &input, timeline.as_ref()));
        }
        self.watching.follow(context, &id, timeline).await
    }
}

/// What was started, in a line: a log that is read later has no other place for the id.
fn headline(style: Style, id: &str, input: &CreateDeploymentInput, timeline: Option<&Timeline>) -> String {
    let what = timeline.map_or_else(
        || {
            let names = [&input.application_name, &input.deployment_group_name];
            names.map(|name| name.as_deref().unwrap_or_default()).join(" / ")
        },
        |timeline| summary(style, timeline),
    );
    format!("{}  {what}", style.bold(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::revision::create;
    use crate::view::timeline::tests::canary;

    #[test]
    fn what_was_started_is_one_line() {
        let input = create("app", "group", String::new());
        let canary = canary();
        let told = |timeline| headline(Style::PLAIN, "d-1", &input, timeline);
        assert_eq!(told(Some(&canary)), "d-1  fn:live  version 1 → 2  (canary: 10 %, 100 %)");
        assert_eq!(told(None), "d-1  app / group");
    }
}
