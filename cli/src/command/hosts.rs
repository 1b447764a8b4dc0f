//! `cutover hosts`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use cutover_wire::api::agent::CreateEnrollmentTokenInput;
use cutover_wire::api::instance::InstanceInfo;
use cutover_wire::api::tag::Tag;
use cutover_wire::api::without_nulls;
use serde_json::json;

use crate::command::{Context, span};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::clock;
use crate::view::style::Style;
use crate::view::table::columns;

const AFTER: &str = "\
Examples:
  cutover hosts token web-1 --tag env=prod
  cutover hosts list
  cutover hosts deregister web-1
  cutover hosts rotate-order-key

A host is a machine that cutover-agent deploys to; the API calls it an on-premises instance. To a service that
checks keys these commands sign with the root key in its data folder (--data), or with an operator's key in
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.";
const TOKEN: &str = "\
Examples:
  cutover hosts token web-1 --tag env=prod --tag tier=web
  cutover hosts token --expires 10m
  cutover hosts token web-1 --json

A token lets one host in, once. Without a name the host chooses one that nobody has. A token with the name of a host
that is registered replaces that host's keys.";
const LIST: &str = "\
Example:
  cutover hosts list --json";
const ROTATE: &str = "\
Example:
  cutover hosts rotate-order-key

From then on orders are signed with a new key. Hosts take it over by themselves with the next order, since the key
before has announced it; nothing has to be enrolled anew. A host trusts the old key for another hour.

This asks `cutover serve`. On AWS one function alone has the key, and changes it when it is invoked with
{\"cutover\": \"rotate-order-key\"}: it is the output FleetDispatchFunction of the stack.";
const DEREGISTER: &str = "\
Example:
  cutover hosts deregister web-1";

/// Let hosts in, list them, cut them off
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Hosts {
    #[command(subcommand)]
    command: Command,
    /// The data folder of a service on this machine, whose root key signs if it has one
    #[arg(long, value_name = "DIR", default_value = "cutover-data", global = true)]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token that one host enrols with, and print it, this once
    #[command(after_help = TOKEN)]
    Token {
        /// The only name that the host can have
        name: Option<String>,
        /// Tag the host; may be given again
        #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
        tag: Vec<(String, String)>,
        /// How long the token is good, at most seven days
        #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "1h")]
        expires: Duration,
    },
    /// List hosts, also those that are deregistered
    #[command(after_help = LIST)]
    List,
    /// Cut a host off at once: its keys end, its orders are dropped
    #[command(after_help = DEREGISTER)]
    Deregister {
        /// Its name
        name: String,
    },
    /// Sign orders with a new key from now on
    #[command(after_help = ROTATE)]
    RotateOrderKey,
}

impl Hosts {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (context.api.as_root(&self.data)?, context.out);
        match &self.command {
            Command::Token { name, tag, expires } => {
                let made = |(key, value): &(String, String)| Tag {
                    key: Some(key.clone()),
                    value: Some(value.clone()),
                };
                let input = CreateEnrollmentTokenInput {
                    instance_name: name.clone(),
                    tags: (!tag.is_empty()).then(|| tag.iter().map(made).collect()),
                    expires_in_seconds: Some(expires.as_secs()),
                };
                let made = api.enrollment_token(&input).await?;
                let endpoint = made.endpoint.unwrap_or_else(|| api.endpoint().to_string());
                let command = register(&endpoint, &made.token);
                if out.json {
                    let ends = made.expires_at;
                    let told = json!({ "token": made.token, "expiresAt": ends, "command": command });
                    out.json(&without_nulls(told));
                } else {
                    out.say(&made.token);
                    out.say(command);
                    let ends = made.expires_at.map(|at| clock::instant(at.0)).unwrap_or_default();
                    out.remark(format!("Run that on the host. The token works once and ends at {ends}."));
                }
            }
            Command::List => {
                let hosts = api.hosts().await?;
                if out.json {
                    out.json(&without_nulls(json!({ "instanceInfos": hosts })));
                } else {
                    columns(&rows(out.style, &hosts)).iter().for_each(|line| out.say(line));
                }
            }
            Command::Deregister { name } => {
                let done = api.deregister_host(name).await?;
                if out.json {
                    out.json(&done);
                } else {
                    out.say(format!("The host {name} is deregistered."));
                }
            }
            Command::RotateOrderKey => {
                let made = api.rotate_order_key().await?;
                if out.json {
                    out.json(&made);
                } else {
                    out.say(format!("Orders are signed with the key {} from now on.", made.key_id));
                }
            }
        }
        Ok(Exit::Succeeded)
    }
}

/// What is to be run on the host.
fn register(endpoint: &str, token: &str) -> String {
    format!("cutover-agent register --endpoint {endpoint} --token {token}")
}

/// Reads `KEY=VALUE`.
fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write a tag as KEY=VALUE".to_owned()),
    }
}

fn rows(style: Style, hosts: &[InstanceInfo]) -> Vec<Vec<String>> {
    let mut rows = vec![["name", "tags", "status", "registered"].map(|t| style.dim(t)).to_vec()];
    rows.extend(hosts.iter().map(|host| {
        let tags = host.tags.iter().map(|tag| {
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            format!("{}={}", text(&tag.key), text(&tag.value))
        });
        vec![
            host.instance_name.clone(),
            tags.collect::<Vec<_>>().join(", "),
            host.deregister_time.map_or_else(
                || "registered".to_owned(),
                |at| format!("deregistered {}", clock::instant(at.0)),
            ),
            host.register_time.map(|at| clock::instant(at.0)).unwrap_or_default(),
        ]
    }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_keys_and_values() {
        for (text, read) in [
            ("env=prod", Some(("env", "prod"))),
            ("a=b=c", Some(("a", "b=c"))),
            ("env", None),
            ("=prod", None),
            ("env=", None),
        ] {
            assert_eq!(tag(text).ok(), read.map(|(k, v)| (k.to_owned(), v.to_owned())), "{text}");
        }
    }
}
