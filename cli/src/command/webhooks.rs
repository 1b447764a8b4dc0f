//! `cutover webhooks`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use cutover_wire::api::git_hub::Secret;
use cutover_wire::api::webhook::{CreateWebhookInput, DeadLetterInfo, WebhookInfo};
use serde_json::json;

use crate::command::{Context, secret};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::table::columns;

const AFTER: &str = "\
Examples:
  cutover webhooks create ops --url-file ./url
  cutover webhooks create room --url-file ./slack-url --format slack --event DeploymentFailure
  cutover webhooks test ops
  cutover webhooks dead
  cutover webhooks replay --all

A webhook hears of every deployment that is created after it. What it gets is signed: X-Cutover-Signature is `sha256=`
and the HMAC-SHA256, in hexadecimal, of X-Cutover-Timestamp, a full stop and the body. X-Cutover-Delivery is the same at
every try: whoever hears something twice can drop the second.";
const CREATE: &str = "\
Examples:
  cutover webhooks create ops --url http://127.0.0.1:8080/hook
  cutover webhooks create room --url-file ./slack-url --format slack
  pass show teams-url | cutover webhooks create room --format teams --application shop

The address and the secret are stored sealed and shown to nobody. Without --secret-file a secret is made, and told this
once. Addresses of chat rooms are secrets too: whoever lists this machine's processes reads what stands behind --url.";
const LIST: &str = "\
Example:
  cutover webhooks list --json";
const DELETE: &str = "\
Example:
  cutover webhooks delete ops";
const TEST: &str = "\
Example:
  cutover webhooks test ops

It is told of a deployment d-TESTTEST0 that there is not.";
const DEAD: &str = "\
Example:
  cutover webhooks dead --json

What a webhook, a topic or the event bus was not reached with, although it was tried for 22 hours. It is kept for 14
days.";
const REPLAY: &str = "\
Examples:
  cutover webhooks replay --all
  cutover webhooks replay d-ABCDEFGHI.2.webhook:wh-0123456789ab";

/// Tell others of deployments: create, list, delete and try out webhooks; what they were not reached with
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Webhooks {
    #[command(subcommand)]
    command: Command,
    /// The data folder of a service on this machine, whose root key signs if it has one
    #[arg(long, value_name = "DIR", default_value = "cutover-data", global = true)]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a webhook
    #[command(after_help = CREATE)]
    Create(Create),
    /// List the webhooks
    #[command(after_help = LIST)]
    List,
    /// Delete a webhook
    #[command(after_help = DELETE)]
    Delete {
        /// What the webhook is called
        name: String,
    },
    /// Tell a webhook something once, and say what it answers
    #[command(after_help = TEST)]
    Test {
        /// What the webhook is called
        name: String,
    },
    /// List what could not be delivered
    #[command(after_help = DEAD)]
    Dead,
    /// Send what could not be delivered again
    #[command(after_help = REPLAY)]
    Replay {
        /// Which dead letters
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All of them, a hundred at a time
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// What the webhook is called
    name: String,
    /// Where it is
    #[arg(long, value_name = "URL", conflicts_with = "url_file")]
    url: Option<String>,
    /// The file that holds the address; standard input without it and without --url
    #[arg(long, value_name = "FILE")]
    url_file: Option<PathBuf>,
    /// The file that holds the secret to sign with
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// What it gets
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// What it hears of, such as DeploymentFailure; may be given several times [default: everything]
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// Of which applications it hears; may be given several times [default: all]
    #[arg(long = "application", value_name = "NAME")]
    applications: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Cutover's own JSON
    Json,
    /// An incoming webhook of Slack
    Slack,
    /// A workflow of Microsoft Teams
    Teams,
}

impl Webhooks {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (context.api.as_root(&self.data)?, context.out);
        match &self.command {
            Command::Create(create) => {
                let made = api.create_webhook(&create.input()?).await?;
                if out.json {
                    out.json(&made);
                } else {
                    let WebhookInfo { webhook_name, address, .. } = &made.webhook;
                    out.say(format!(
                        "The webhook {webhook_name} at {address} hears of deployments from now on."
                    ));
                    if let Some(Secret(secret)) = made.secret.filter(|_| create.secret_file.is_none()) {
                        out.say(format!("Its secret, told this once: {secret}"));
                    }
                }
            }
            Command::List => {
                let all = api.webhooks().await?;
                if out.json {
                    out.json(&all);
                } else if all.webhooks.is_empty() {
                    out.remark("There are no webhooks; create one with `cutover webhooks create`.");
                } else {
                    let rows: Vec<_> = all.webhooks.iter().map(row).collect();
                    columns(&rows).iter().for_each(|line| out.say(line));
                }
            }
            Command::Delete { name } => {
                let deleted = api.delete_webhook(name).await?;
                if out.json {
                    out.json(&deleted);
                } else {
                    out.say(format!("The webhook {} is deleted.", deleted.webhook_name));
                }
            }
            Command::Test { name } => {
                let told = api.test_webhook(name).await?;
                if out.json {
                    out.json(&told);
                } else {
                    let why = match (told.status, &told.message) {
                        (Some(status), _) => format!("it answered {status}"),
                        (None, Some(message)) => message.clone(),
                        (None, None) => "there was no answer".to_owned(),
                    };
                    let verb = if told.delivered { "took it" } else { "did not take it" };
                    out.say(format!("The webhook {name} {verb}: {why}."));
                }
                return Ok(if told.delivered { Exit::Succeeded } else { Exit::Error });
            }
            Command::Dead => {
                let letters = api.dead_letters().await?;
                if out.json {
                    out.json(&json!({ "deadLetters": letters }));
                } else if letters.is_empty() {
                    out.remark(
                        "There are no dead letters: everything was delivered, or is still being tried.",
                    );
                } else {
                    let rows: Vec<_> = letters.iter().map(letter).collect();
                    columns(&rows).iter().for_each(|line| out.say(line));
                }
            }
            Command::Replay { ids, .. } => {
                let wanted = (!ids.is_empty()).then(|| ids.clone());
                let told = api.replay_dead_letters(wanted).await?;
                if out.json {
                    out.json(&told);
                } else {
                    told.replayed.iter().for_each(|id| out.say(format!("{id} is sent again.")));
                    if told.replayed.is_empty() {
                        out.remark("There was nothing to send again.");
                    }
                }
            }
        }
        Ok(Exit::Succeeded)
    }
}

impl Create {
    fn input(&self) -> Result<CreateWebhookInput, Failure> {
        let url = match (&self.url, &self.url_file) {
            (Some(url), _) => Secret(url.clone()),
            (None, Some(path)) => secret::from_file(path)?,
            (None, None) => {
                secret::from_stdin("Give --url or --url-file, or pass the address on through a pipe.")?
            }
        };
        let secret = self.secret_file.as_deref().map(secret::from_file).transpose()?;
        let format = match self.format {
            Format::Json => "json",
            Format::Slack => "slack",
            Format::Teams => "teams",
        };
        let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        Ok(CreateWebhookInput {
            webhook_name: Some(self.name.clone()),
            url: Some(url),
            secret,
            format: Some(format.to_owned()),
            events: some(&self.events),
            applications: some(&self.applications),
        })
    }
}

fn row(webhook: &WebhookInfo) -> Vec<String> {
    let or_all = |list: &[String]| if list.is_empty() { "all".to_owned() } else { list.join(", ") };
    vec![
        webhook.webhook_name.clone(),
        webhook.address.clone(),
        webhook.format.clone(),
        or_all(&webhook.events),
        or_all(&webhook.applications),
    ]
}

fn letter(letter: &DeadLetterInfo) -> Vec<String> {
    let DeadLetterInfo { dead_letter_id, event, tries, error, .. } = letter;
    vec![dead_letter_id.clone(), event.clone(), tries.to_string(), error.clone()]
}
