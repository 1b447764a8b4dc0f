//! `cutover github-tokens`

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use cutover_wire::api::git_hub::Secret;
use serde_json::json;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Examples:
  cutover github-tokens put octo --token-file ./token
  cutover github-tokens list
  cutover github-tokens delete octo

A token lets deployments fetch revisions from private repositories of GitHub. The service stores it sealed and
shows it to nobody.";
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

/// Longest file that is read, in bytes: a token with what may stand around it.
const MOST: u64 = 4_096;
/// What standard input is called in messages.
const STDIN: &str = "standard input";

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
    match file {
        Some(path) => from_file(path),
        // What is typed would stand on the screen.
        None if std::io::stdin().is_terminal() => Err(unreadable(STDIN, "it is a terminal")),
        None => trimmed(STDIN, std::io::stdin()),
    }
}

/// The secret in this file.
pub(crate) fn from_file(path: &Path) -> Result<Secret, Failure> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|e| unreadable(&name, &e.to_string()))?;
    trimmed(&name, file)
}

/// The token of this source without the white space around it.
fn trimmed(name: &str, source: impl Read) -> Result<Secret, Failure> {
    let mut text = String::new();
    source.take(MOST).read_to_string(&mut text).map_err(|e| unreadable(name, &e.to_string()))?;
    match text.trim() {
        "" => Err(unreadable(name, "there is nothing in it")),
        token => Ok(Secret(token.to_owned())),
    }
}

fn unreadable(name: &str, why: &str) -> Failure {
    Failure::bad_input(
        format!("{name} cannot be read: {why}"),
        "Name a file that holds it and nothing else, or give it on standard input where that is read.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_a_token_and_the_end_of_its_line() {
        for (text, expected) in
            [("ghp_abc\n", Some("ghp_abc")), ("ghp_abc", Some("ghp_abc")), (" \n", None), ("", None)]
        {
            let read = trimmed("f", text.as_bytes()).ok();
            assert_eq!(read, expected.map(|token| Secret(token.to_owned())));
        }
        assert!(trimmed("f", &[0xff_u8][..]).is_err());
    }
}
