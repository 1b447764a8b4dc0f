//! `cutover triggers`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use cutover_wire::api::trigger::{CreateTriggerInput, PushInfo, TestTriggerOutput, TriggerInfo};
use cutover_wire::api::without_nulls;
use serde_json::{Value, json};

use crate::command::{Context, secret};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

const AFTER: &str = "\
Examples:
  cutover triggers create shop-main --source github --place acme/shop --branch main \\
      --application shop --group prod --secret-file ./secret
  cutover triggers test shop-main --event push.json
  cutover triggers events --trigger shop-main

A trigger deploys what is pushed. Each push leads to one outcome, however often it is told: a deployment, or a reason
why not. One that is older than what was started last never wins.";
const CREATE: &str = "\
Examples:
  cutover triggers create shop-main --source github --place acme/shop --branch main \\
      --application shop --group prod --secret-file ./secret
  cutover triggers create shop-zip --source s3 --place acme-builds --key 'shop/build-*.zip' --order '{{1}}' \\
      --application shop --group prod
  cutover triggers create shop-image --source ecr --place shop --image-tag 'v*' --revision revision.json \\
      --policy replace --application shop --group prod
  cutover triggers create shop-web --source bitbucket --place acme/web --archive acme-builds/web \
      --token-file ./token --secret-file ./secret --application shop --group prod

Patterns know stars, which stand for any text. Templates (--revision, --order) know {{commit}}, {{tag}}, {{digest}}, {{image}},
{{bucket}}, {{key}}, {{time}} and others of their source, and {{1}} to {{9}} for what the stars of branch, tag or key stand for.
With a secret a webhook of GitHub or Bitbucket calls http://SERVICE/webhooks/NAME, on AWS the URL that the stack's output
WebhookUrl names; everything else comes by EventBridge.";
const LIST: &str = "\
Example:
  cutover triggers list --json";
const DELETE: &str = "\
Example:
  cutover triggers delete shop-main

What waits for its group goes on waiting.";
const TEST: &str = "\
Example:
  cutover triggers test shop-main --event push.json

The file holds an event of EventBridge, or the payload of a webhook. Nothing is deployed.";
const EVENTS: &str = "\
Examples:
  cutover triggers events
  cutover triggers events --trigger shop-main --limit 5 --json

What became of a push is known for 14 days.";

/// Let pushes start deployments
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Triggers {
    #[command(subcommand)]
    command: Command,
    /// The data folder of a service on this machine, whose root key signs if it has one
    #[arg(long, value_name = "DIR", default_value = "cutover-data", global = true)]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(after_help = CREATE)]
    Create(Box<Create>),
    /// List the triggers
    #[command(after_help = LIST)]
    List,
    /// Delete a trigger
    #[command(after_help = DELETE)]
    Delete {
        /// What the trigger is called
        name: String,
    },
    /// Say what an event would do
    #[command(after_help = TEST)]
    Test {
        /// What the trigger is called
        name: String,
        /// The file that holds the event
        #[arg(long, value_name = "FILE")]
        event: PathBuf,
    },
    /// List pushes and what became of them, newest first
    #[command(after_help = EVENTS)]
    Events {
        /// Only of this trigger
        #[arg(long, value_name = "NAME")]
        trigger: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
}

/// Make a trigger
#[derive(Debug, Args)]
struct Create {
    /// What the trigger is called
    name: String,
    /// Who tells of the pushes
    #[arg(long)]
    source: Source,
    /// Pattern of the repository, the bucket or the pipeline
    #[arg(long, value_name = "PATTERN")]
    place: String,
    /// Pattern of the branch; main, unless a tag or another reference is given
    #[arg(long, value_name = "PATTERN", group = "what")]
    branch: Option<String>,
    /// Pattern of the Git tag
    #[arg(long, value_name = "PATTERN", group = "what")]
    tag: Option<String>,
    /// Pattern of the object's key in S3
    #[arg(long, value_name = "PATTERN", group = "what")]
    key: Option<String>,
    /// Pattern of the image's tag in ECR
    #[arg(long, value_name = "PATTERN", group = "what")]
    image_tag: Option<String>,
    /// The state of the pipeline's run; SUCCEEDED without it
    #[arg(long, value_name = "STATE", group = "what")]
    state: Option<String>,
    /// The application
    #[arg(long, value_name = "NAME")]
    application: String,
    /// Its deployment group
    #[arg(long, value_name = "NAME")]
    group: String,
    /// What to do while the group is deploying
    #[arg(long, default_value = "latest")]
    policy: Policy,
    /// A file with a revision location in JSON, in which {{name}} stands for what the push tells
    #[arg(long, value_name = "FILE")]
    revision: Option<PathBuf>,
    /// Of Bitbucket and CodeCommit: put the commit's archive there, and deploy that
    #[arg(long, value_name = "BUCKET[/PREFIX]", value_parser = archive, conflicts_with = "revision")]
    archive: Option<(String, Option<String>)>,
    /// A file with the token that reads the repository, for the archive of one that is not public
    #[arg(long, value_name = "FILE", requires = "archive")]
    token_file: Option<PathBuf>,
    /// What says which of two pushes is older, such as {{1}}; the time without it
    #[arg(long, value_name = "TEMPLATE")]
    order: Option<String>,
    /// A file with the secret that signs the webhook
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
enum Source {
    /// A branch or tag of AWS CodeCommit
    CodeCommit,
    /// A branch or tag of GitHub
    GitHub,
    /// A branch or tag of Bitbucket
    Bitbucket,
    /// An image in Amazon ECR
    Ecr,
    /// An object in Amazon S3
    S3,
    /// A run of AWS CodePipeline
    CodePipeline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// Refuse the push
    Reject,
    /// Let every push wait its turn
    Queue,
    /// Stop what is running and deploy the newest push
    Replace,
    /// Let the newest push wait, and drop the others
    Latest,
}

/// A bucket, and a prefix that ends with a slash.
fn archive(text: &str) -> Result<(String, Option<String>), String> {
    match text.split_once('/').unwrap_or((text, "")) {
        ("", _) => Err("there is no bucket before the slash".to_owned()),
        (bucket, "") => Ok((bucket.to_owned(), None)),
        (bucket, prefix) => Ok((bucket.to_owned(), Some(format!("{}/", prefix.trim_end_matches('/'))))),
    }
}

fn word(value: &impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|value| value.get_name().to_owned())
}

impl Triggers {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (context.api.as_root(&self.data)?, context.out);
        let shown = |value: Value| out.json(&without_nulls(value));
        match &self.command {
            Command::Create(create) => {
                let made = api.create_trigger(&create.input()?).await?;
                if out.json {
                    shown(json!(made));
                } else {
                    let (trigger, url) = (&made.trigger, &made.webhook_url);
                    out.say(format!("The trigger {} is ready: {}.", trigger.trigger_name, in_words(trigger)));
                    url.iter().for_each(|url| out.say(format!("Its webhook calls {url}")));
                }
            }
            Command::List => {
                let all = api.triggers().await?;
                if out.json {
                    shown(json!({ "triggers": all }));
                } else if all.is_empty() {
                    out.remark("There are no triggers; make one with `cutover triggers create`.");
                } else {
                    columns(&triggers(out.style, &all)).iter().for_each(|line| out.say(line));
                }
            }
            Command::Delete { name } => {
                let deleted = api.delete_trigger(name).await?;
                if out.json {
                    out.json(&deleted);
                } else {
                    out.say(format!("The trigger {} is deleted.", deleted.trigger_name));
                }
            }
            Command::Test { name, event } => {
                let told = api.test_trigger(name, from_json(event)?).await?;
                if out.json {
                    shown(json!(told));
                } else {
                    tested(&told).iter().for_each(|line| out.say(line));
                }
            }
            Command::Events { trigger, limit } => {
                let found = api.pushes(trigger.clone(), *limit).await?;
                if out.json {
                    shown(json!({ "pushes": found }));
                } else if found.is_empty() {
                    out.remark("There are no pushes.");
                } else {
                    columns(&pushes(out.style, &found)).iter().for_each(|line| out.say(line));
                }
            }
        }
        Ok(Exit::Succeeded)
    }
}

impl Create {
    fn input(&self) -> Result<CreateTriggerInput, Failure> {
        let git = |folder: &str, name: &String| format!("refs/{folder}/{name}");
        let reference = (self.branch.as_ref().map(|name| git("heads", name)))
            .or_else(|| self.tag.as_ref().map(|name| git("tags", name)))
            .or_else(|| self.key.clone().or_else(|| self.image_tag.clone()).or_else(|| self.state.clone()));
        Ok(CreateTriggerInput {
            trigger_name: Some(self.name.clone()),
            source: word(&self.source),
            place: Some(self.place.clone()),
            reference,
            application_name: Some(self.application.clone()),
            deployment_group_name: Some(self.group.clone()),
            policy: word(&self.policy),
            revision: self.revision.as_deref().map(from_json).transpose()?,
            archive_bucket: self.archive.as_ref().map(|(bucket, _)| bucket.clone()),
            archive_prefix: self.archive.as_ref().and_then(|(_, prefix)| prefix.clone()),
            access_token: self.token_file.as_deref().map(secret::from_file).transpose()?,
            order_key: self.order.clone(),
            secret: self.secret_file.as_deref().map(secret::from_file).transpose()?,
        })
    }
}

fn from_json(file: &Path) -> Result<Value, Failure> {
    let failed = |why: String| Failure::input(format!("{} cannot be read: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}

/// `github acme/shop refs/heads/main → shop, prod (latest)`.
fn in_words(trigger: &TriggerInfo) -> String {
    let TriggerInfo { source, place, reference, application_name, deployment_group_name, policy, .. } =
        trigger;
    format!("{source} {place} {reference} → {application_name}, {deployment_group_name} ({policy})")
}

fn triggers(style: Style, all: &[TriggerInfo]) -> Vec<Vec<String>> {
    let head = ["name", "source", "place", "reference", "application", "group", "policy", "order"];
    let mut rows = vec![head.map(|text| style.dim(text)).to_vec()];
    rows.extend(all.iter().cloned().map(|trigger| {
        vec![
            trigger.trigger_name,
            trigger.source,
            trigger.place,
            trigger.reference,
            trigger.application_name,
            trigger.deployment_group_name,
            trigger.policy,
            trigger.order_key.unwrap_or_else(|| "time".to_owned()),
        ]
    }));
    rows
}

fn pushes(style: Style, found: &[PushInfo]) -> Vec<Vec<String>> {
    let head = ["when", "trigger", "place", "reference", "outcome"];
    let mut rows = vec![head.map(|text| style.dim(text)).to_vec()];
    rows.extend(found.iter().cloned().map(|push| {
        let outcome = match push.deployment_id.or(push.reason) {
            Some(more) => format!("{} ({more})", push.outcome),
            None => push.outcome,
        };
        let when = push.arrival_time.map(|at| clock::instant(at.0)).unwrap_or_default();
        vec![when, push.trigger_name, push.place, push.reference, outcome]
    }));
    rows
}

/// One line for each push, and for what is none.
fn tested(told: &TestTriggerOutput) -> Vec<String> {
    let pushes = told.pushes.iter().map(|push| {
        let what = format!("{} {}", push.place, push.reference);
        match (&push.outcome, &push.reason) {
            (None, _) => format!("{what}: the trigger is not about it"),
            (Some(outcome), None) => format!("{what}: {outcome}"),
            (Some(outcome), Some(reason)) => format!("{what}: {outcome} ({reason})"),
        }
    });
    pushes.chain(told.ignored.iter().map(|why| format!("ignored: {why}"))).collect()
}

#[cfg(test)]
mod tests {
    use cutover_wire::api::trigger::TestedPush;

    use super::*;

    #[test]
    fn a_test_says_what_would_happen() {
        let push = |matches, outcome: Option<&str>, reason: Option<&str>| TestedPush {
            place: "a/b".into(),
            reference: "refs/heads/main".into(),
            matches,
            outcome: outcome.map(str::to_owned),
            reason: reason.map(str::to_owned),
            ..TestedPush::default()
        };
        let told = TestTriggerOutput {
            pushes: vec![
                push(false, None, None),
                push(true, Some("Created"), None),
                push(true, Some("Refused"), Some("the group is deploying")),
            ],
            ignored: vec!["a reference was deleted".into()],
        };
        assert_eq!(
            tested(&told),
            [
                "a/b refs/heads/main: the trigger is not about it",
                "a/b refs/heads/main: Created",
                "a/b refs/heads/main: Refused (the group is deploying)",
                "ignored: a reference was deleted",
            ]
        );
    }
}
