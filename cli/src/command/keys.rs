//! `cutover keys`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cutover_wire::api::access::{AccessKeyInfo, CreateAccessKeyInput, CreateAccessKeyOutput};
use cutover_wire::api::without_nulls;
use serde_json::json;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

const AFTER: &str = "\
Examples:
  cutover keys create ci --role deployer --application shop
  cutover keys list
  cutover keys revoke CUTOABCDEFGHIJKLMNOP

Keys are for a service that runs with --auth keys. On its machine they are managed with the root key in its data
folder (--data); from elsewhere with an operator's key in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.";
const CREATE: &str = "\
Examples:
  cutover keys create ops --role operator
  cutover keys create ci --role deployer --application shop --application billing
  eval \"$(cutover keys create ci --role deployer --shell)\"

Roles: read-only looks at everything; deployer also starts and stops deployments, of the applications that it is
bound to or of all; operator may do everything; agent reports how a deployment goes, as hooks and hosts do.";
const LIST: &str = "\
Example:
  cutover keys list --json";
const REVOKE: &str = "\
Example:
  cutover keys revoke CUTOABCDEFGHIJKLMNOP";

/// Issue, list and revoke the access keys of a service
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: Command,
    /// The data folder of a service on this machine, whose root key signs if it has one
    #[arg(long, value_name = "DIR", default_value = "cutover-data", global = true)]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Issue a key and print its secret, this once
    #[command(after_help = CREATE)]
    Create {
        /// Whose it is: stands in the log and in audit records
        name: String,
        /// What it may do
        #[arg(long, value_parser = ["read-only", "deployer", "operator", "agent"])]
        role: String,
        /// Bind a deployer to this application; may be given again
        #[arg(long, value_name = "NAME")]
        application: Vec<String>,
        /// Print lines that a shell takes over
        #[arg(long)]
        shell: bool,
    },
    /// List keys, also those revoked in the last 90 days
    #[command(after_help = LIST)]
    List,
    /// End a key at once and for good
    #[command(after_help = REVOKE)]
    Revoke {
        /// Its id
        id: String,
    },
}

impl Keys {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (context.api.as_root(&self.data)?, context.out);
        match &self.command {
            Command::Create { name, role, application, shell } => {
                let input = CreateAccessKeyInput {
                    name: Some(name.clone()),
                    role: Some(role.clone()),
                    applications: (!application.is_empty()).then(|| application.clone()),
                };
                created(out, &api.create_key(&input).await?, api.region(), *shell);
            }
            Command::List => {
                let keys = api.keys().await?;
                if out.json {
                    out.json(&without_nulls(json!({ "accessKeys": keys })));
                } else {
                    columns(&rows(out.style, &keys)).iter().for_each(|line| out.say(line));
                }
            }
            Command::Revoke { id } => {
                let key = api.revoke_key(id).await?;
                if out.json {
                    out.json(&without_nulls(json!({ "accessKey": key })));
                } else {
                    out.say(format!("The key {} of {} is revoked.", key.access_key_id, key.name));
                }
            }
        }
        Ok(Exit::Succeeded)
    }
}

fn created(out: &Output, made: &CreateAccessKeyOutput, region: Option<&str>, shell: bool) {
    if out.json {
        return out.json(&without_nulls(json!(made)));
    }
    let prefix = if shell { "export " } else { "" };
    out.say(format!("{prefix}AWS_ACCESS_KEY_ID={}", made.access_key.access_key_id));
    out.say(format!("{prefix}AWS_SECRET_ACCESS_KEY={}", made.secret_access_key));
    if let Some(region) = region {
        out.say(format!("{prefix}AWS_REGION={region}"));
    }
    out.remark("Keep the secret: it is not shown again.");
}

fn rows(style: Style, keys: &[AccessKeyInfo]) -> Vec<Vec<String>> {
    let head = ["id", "name", "role", "applications", "created", "last used", "state"].map(|t| style.dim(t));
    let mut rows = vec![head.to_vec()];
    rows.extend(keys.iter().map(|key| {
        vec![
            key.access_key_id.clone(),
            key.name.clone(),
            key.role.clone(),
            key.applications.as_ref().map_or_else(|| "all".to_owned(), |names| names.join(", ")),
            key.create_time.map(|at| clock::instant(at.0)).unwrap_or_default(),
            key.last_used_on.clone().unwrap_or_else(|| "never".to_owned()),
            key.revoke_time
                .map_or_else(|| "live".to_owned(), |at| format!("revoked {}", clock::instant(at.0))),
        ]
    }));
    rows
}
