//! `cutover rehearse`

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use cutover_core::config::DeploymentConfig;

use crate::command::Context;
use crate::command::revision::create;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::rehearse::group::{self, Group};
use crate::rehearse::hooks::{self, Answer};
use crate::rehearse::outcome::Outcome;
use crate::rehearse::series::Recording;
use crate::rehearse::source::Source;
use crate::rehearse::time::{self, Moment};
use crate::rehearse::{json, view, watch, world};
use crate::view::findings;

const AFTER: &str = "\
Examples:
  aws deploy get-deployment-group --application-name shop --deployment-group-name prod > group.json
  aws cloudwatch describe-alarms --alarm-names checkout-errors > alarms.json
  cutover rehearse --appspec appspec.yml --group group.json --alarms alarms.json --metrics errors.csv
  cutover rehearse --appspec appspec.yml --group group.json --config canary-48h.json \\
      --alarms alarms.json --metrics metric-data.json --map checkout-errors=m1 --start 2026-11-01T12:00:00Z
  cutover rehearse --appspec appspec.yml --application-name shop --deployment-group-name prod \\
      --hook BeforeAllowTraffic=Failed@90s --json

Metrics are CSV (a column `time`: 2026-11-01T12:00:00Z, or an offset such as 90 or 5m; a column per alarm or
metric; an empty cell is missing data), or the output of aws cloudwatch get-metric-data.";

const GROUP: &str = "Make the file with `aws deploy get-deployment-group`, or give --application-name and \
                     --deployment-group-name to read the group of a running service.";

/// Rehearse a deployment in virtual time against a recorded metric series
///
/// Shows the plan, then what would have happened and when: shares, hooks, alarms, the end, the traffic back.
/// Nothing is deployed and no service is needed; the engine that deploys is the one that runs here, in a
/// simulated world, so that days take less than a second.
#[derive(Debug, Args)]
#[command(after_help = format!("{AFTER}\n\n{}", exit::HELP))]
#[command(group = ArgGroup::new("of").args(["group", "deployment_group_name"]).required(true))]
pub(crate) struct Rehearse {
    /// The AppSpec, a file or - for standard input
    #[arg(long, value_name = "FILE")]
    appspec: PathBuf,
    /// The deployment group: what get-deployment-group prints or create-deployment-group takes
    #[arg(long, value_name = "FILE")]
    group: Option<PathBuf>,
    /// The application whose group is read from the service at --endpoint, instead of --group
    #[arg(long, value_name = "NAME", requires = "deployment_group_name")]
    application_name: Option<String>,
    /// The deployment group that is read from there
    #[arg(long, value_name = "NAME", requires = "application_name")]
    deployment_group_name: Option<String>,
    /// The deployment configuration [default: the group's]
    #[arg(long, value_name = "NAME")]
    deployment_config_name: Option<String>,
    /// A custom configuration to use: what get-deployment-config prints or create-deployment-config takes
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The alarms' definitions, as describe-alarms prints them; may be repeated
    #[arg(long, value_name = "FILE")]
    alarms: Vec<PathBuf>,
    /// What was recorded: CSV or the output of get-metric-data; may be repeated
    #[arg(long, value_name = "FILE", requires = "alarms")]
    metrics: Vec<PathBuf>,
    /// The series that an alarm watches, where its name or its metric's does not tell; may be repeated
    #[arg(long, value_name = "ALARM=SERIES", requires = "metrics", value_parser = map)]
    map: Vec<(String, String)>,
    /// The time of the recording at which the deployment is created [default: the first]
    #[arg(long, value_name = "TIME", requires = "metrics", value_parser = time::parse)]
    start: Option<Moment>,
    /// How a hook answers: BeforeAllowTraffic=Failed, …=Succeeded@90s, …=never [default: Succeeded@1s]
    #[arg(long, value_name = "EVENT=ANSWER", value_parser = hooks::answer)]
    hook: Vec<Answer>,
}

fn map(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((alarm, series)) if !alarm.is_empty() && !series.is_empty() => {
            Ok((alarm.to_owned(), series.to_owned()))
        }
        _ => Err("write ALARM=SERIES".to_owned()),
    }
}

impl Rehearse {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let spec = self.spec(context)?;
        let (group, fetched) = self.group(context).await?;
        let given = self.config.as_deref().map(|file| group::config(&Source::read(file)?)).transpose()?;
        let names = [&group.application, &group.name].map(|name| name.as_deref().unwrap_or("rehearsal"));
        let mut input = create(names[0], names[1], spec);
        input.deployment_config_name.clone_from(&self.deployment_config_name);
        let draft = group::draft(&mut input, &group, given.or(fetched))?;

        let recording = match sources(&self.metrics)? {
            none if none.is_empty() => None,
            some => Some(Recording::read(&some)?),
        };
        let recording = recording.as_ref();
        let start = recording.map(|recording| watch::start(recording, self.start)).transpose()?;
        let from = start.map_or(0, |start| start.at);
        let alarms = sources(&self.alarms)?;
        let watched = watch::watched(&draft.alarms.names, &alarms, recording, &self.map, from)?;
        let report = world::run(&world::setup(&draft, names, &self.hook, &watched)?)?;
        let outcome = Outcome::new(report, watched)
            .ok_or_else(|| Failure::told("no plan can be made of this deployment"))?;
        let warnings = watch::warnings(recording, &outcome.alarms, from, outcome.deployment.at);

        let out = context.out;
        if out.json {
            out.json(&json::value(&outcome, start, &warnings));
        } else {
            let lines = view::lines(out.style, &outcome, start, &warnings);
            lines.iter().for_each(|line| out.say(line));
        }
        Ok(outcome.exit())
    }

    /// The AppSpec; what is wrong with it is told first.
    fn spec(&self, context: &Context<'_>) -> Result<String, Failure> {
        let source = Source::read(&self.appspec)?;
        let checked = cutover_appspec::check(&source.text, Some(cutover_appspec::Platform::Lambda));
        if !checked.findings.is_empty() {
            let lines = findings::lines(context.out.error_style, &source.name, &source.text, &checked);
            lines.iter().for_each(|line| context.out.remark(line));
        }
        match checked.spec {
            Some(_) => Ok(source.text),
            None => Err(source.refused("the AppSpec cannot be deployed")),
        }
    }

    /// The group; from a service also the custom configuration that it names, unless another is given.
    async fn group(&self, context: &Context<'_>) -> Result<(Group, Option<DeploymentConfig>), Failure> {
        match (&self.group, &self.application_name, &self.deployment_group_name) {
            (Some(file), ..) => {
                let group = Source::read(file).and_then(|source| Group::read(&source));
                Ok((group.map_err(|failure| failure.advising(GROUP))?, None))
            }
            (None, Some(application), Some(group)) => {
                let named = self.deployment_config_name.as_deref();
                let group = group::fetch(&context.api, application, group).await?;
                let config = match self.config {
                    None => group::fetch_config(&context.api, &group, named).await?,
                    Some(_) => None,
                };
                Ok((group, config))
            }
            _ => Err(Failure::input("give --group, or --application-name and --deployment-group-name")),
        }
    }
}

fn sources(files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    files.iter().map(|file| Source::read(file)).collect()
}
