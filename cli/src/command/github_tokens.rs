//! `cutover github-tokens`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cutover_wire::api::git_hub::Secret;
use serde_json::json;

use crate::command::{Context, secret};
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Examples:
  cutover github-tokens put octo --token-file ./token
  cutover github-tokens list
  cutover github-tokens delete octo

A token lets deployments fetch revisions from private repositories of GitHub: for octo/shop the one called
octo/shop, or else the one called octo. The service stores it sealed and shows it to nobody.";
const PUT: &str = "\
Examples:
  cutover github-tokens put octo --token-file ./token
  pass show github/octo | cutover github-tokens put octo

There is no option for the token itself: whoever lists this machine's processes would read it.";
const LIST: &str = "\
Example:
  cutover github-tokens list --json";
const DELETE: &str = "\
Example:
  cutover github-tokens delete octo";

/// Store, list and delete tokens of GitHub accounts
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct GithubTokens {
    #[command(subcommand)]
    command: Command,
    /// The data folder of a service on this machine, whose root key signs if it has one
    #[arg(long, value_name = "DIR", default_value = "cutover-data", global = true)]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Store a token, in the place of the one of that name if there is one
    #[command(after_help = PUT)]
    Put {
        /// What the token is called
        name: String,
        /// The file that holds the token; standard input without it
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// List the tokens' names
    #[command(after_help = LIST)]
    List,
    /// Delete a token
    #[command(after_help = DELETE)]
    Delete {
        /// What the token is called
        name: String,
    },
}

impl GithubTokens {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (context.api.as_root(&self.data)?, context.out);
        match &self.command {
            Command::Put { name, token_file } => {
                let stored = api.put_github_token(name, token(token_file.as_ref())?).await?;
                if out.json {
                    out.json(&stored);
                } else {
                    out.say(format!("The token {} is stored.", stored.token_name));
                }
            }
            Command::List => {
                let names = api.github_tokens().await?;
                if out.json {
                    out.json(&json!({ "tokenNameList": names }));
                } else if names.is_empty() {
                    out.remark("There are no tokens; store one with `cutover github-tokens put`.");
                } else {
                    names.iter().for_each(|name| out.say(name));
                }
            }
            Command::Delete { name } => {
                let deleted = api.delete_github_token(name).await?;
                if out.json {
                    out.json(&deleted);
                } else {
                    out.say(format!("The token {} is deleted.", deleted.token_name));
                }
            }
        }
        Ok(Exit::Succeeded)
    }
}

/// The token in this file, or on standard input.
fn token(file: Option<&PathBuf>) -> Result<Secret, Failure> {
    let advice = "Name a file that holds it and nothing else, or pass it on through a pipe.";
    file.map_or_else(|| secret::from_stdin(advice), |path| secret::from_file(path))
}
