//! `cutover functions`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::local::{CallResult, FunctionDetails, plain};
use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::bar::percent;
use crate::view::table::columns;

const AFTER: &str = "\
Example:
  cutover functions publish checkout --command ./checkout.sh
  cutover functions alias checkout live --version 1
  cutover functions invoke checkout:live";
const PUBLISH: &str = "\
Example:
  cutover functions publish checkout --command ./checkout.sh

A version is an executable: it reads the event on standard input and writes its answer on standard output.";
const ALIAS: &str = "\
Example:
  cutover functions alias checkout live --version 1";
const SHOW: &str = "\
Example:
  cutover functions show checkout --json";
const INVOKE: &str = "\
Examples:
  cutover functions invoke checkout:live --payload '{\"cart\": 7}'
  cutover functions invoke checkout:live --count 200     which version answers how often
Exit code 0 if every call succeeded, 1 if not.";

/// Local functions: publish, point aliases, call
///
/// For a service with local targets: executables on this machine, for trying things out.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Functions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Publish the next version of a function and print its number
    #[command(after_help = PUBLISH)]
    Publish {
        /// The function
        name: String,
        /// The executable
        #[arg(long, value_name = "PATH")]
        command: PathBuf,
    },
    /// Point an alias at a version
    #[command(after_help = ALIAS)]
    Alias {
        /// The function
        name: String,
        /// The alias
        alias: String,
        /// The version
        #[arg(long)]
        version: String,
    },
    /// Show versions and aliases with their weights
    #[command(after_help = SHOW)]
    Show {
        /// The function
        name: String,
    },
    /// Call a function, through an alias if one is given
    #[command(after_help = INVOKE)]
    Invoke {
        /// The function, or FUNCTION:ALIAS, or FUNCTION:VERSION
        #[arg(value_name = "NAME[:ALIAS]")]
        name: String,
        /// The event, as JSON
        #[arg(long, value_name = "JSON", default_value = "{}", value_parser = json_value)]
        payload: Value,
        /// Call it so often, and count the answers
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        count: Option<u32>,
    },
}

fn json_value(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|e| format!("it is no JSON: {e}"))
}

impl Functions {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (&context.api, context.out);
        match &self.command {
            Command::Publish { name, command } => {
                let command = executable(command)?;
                let version = api.publish_function(name, &command).await?;
                if out.json {
                    out.json(&json!({ "functionName": name, "version": version }));
                } else {
                    out.say(version);
                }
            }
            Command::Alias { name, alias, version } => {
                let answer = api.put_alias(name, alias, version).await?;
                if out.json {
                    out.json(&answer);
                } else {
                    out.say(format!("{name}:{alias} is at version {version}"));
                }
            }
            Command::Show { name } => {
                let details = api.function(name).await?;
                if out.json {
                    out.json(&details);
                } else {
                    shown(name, &details).iter().for_each(|line| out.say(line));
                }
            }
            Command::Invoke { name, payload, count } => {
                let (function, qualifier) = match name.split_once(':') {
                    Some((function, qualifier)) => (function, Some(qualifier)),
                    None => (name.as_str(), None),
                };
                let results = api.invoke(function, qualifier, payload, count.unwrap_or(1)).await?;
                if out.json {
                    out.json(&json!({ "results": results }));
                } else if count.is_some() {
                    distribution(&results).iter().for_each(|line| out.say(line));
                } else {
                    for result in &results {
                        match &result.error {
                            None => out.say(plain(&result.payload)),
                            Some(error) => out.remark(format!("version {} failed: {error}", result.version)),
                        }
                    }
                }
                let failed = results.is_empty() || results.iter().any(|r| r.error.is_some());
                return Ok(if failed { Exit::Error } else { Exit::Succeeded });
            }
        }
        Ok(Exit::Succeeded)
    }
}

/// The whole path of the command: the service may run in another folder.
fn executable(command: &std::path::Path) -> Result<String, Failure> {
    let path = std::fs::canonicalize(command).map_err(|e| {
        Failure::advised(
            format!("{} cannot be published: {e}", command.display()),
            "Give the path of an executable file.",
        )
    })?;
    path.into_os_string().into_string().map_err(|_| Failure::told("the path is no UTF-8 text"))
}

fn shown(name: &str, details: &FunctionDetails) -> Vec<String> {
    let versions: Vec<String> = details.versions.iter().map(plain).collect();
    let mut lines = vec![format!("{name}  versions {}", versions.join(", "))];
    for (alias, at) in &details.aliases {
        let weights: Vec<String> =
            at.weights.iter().map(|(v, w)| format!(", {} % to version {v}", percent(*w))).collect();
        lines.push(format!("  {alias}  version {}{}", at.version, weights.concat()));
    }
    lines
}

/// How many calls each version answered, and how many of them failed.
fn distribution(results: &[CallResult]) -> Vec<String> {
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for result in results {
        let count = counts.entry(&result.version).or_default();
        count.0 += 1;
        count.1 += u32::from(result.error.is_some());
    }
    let rows: Vec<_> = counts
        .iter()
        .map(|(version, (calls, failed))| {
            let share = percent(f64::from(*calls) / results.len() as f64);
            let failed = if *failed > 0 { format!("{failed} failed") } else { String::new() };
            vec![format!("version {version}"), format!("{calls} calls"), format!("{share} %"), failed]
        })
        .collect();
    let mut lines = columns(&rows);
    if let Some(error) = results.iter().find_map(|r| r.error.as_deref()) {
        lines.push(format!("a failure: {error}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_version() {
        let call = |version: &str, error: Option<&str>| CallResult {
            version: version.into(),
            error: error.map(str::to_owned),
            ..CallResult::default()
        };
        let results = [call("1", None), call("1", None), call("2", Some("exit 1")), call("1", None)];
        let expected =
            ["version 1  3 calls  75 %", "version 2  1 calls  25 %  1 failed", "a failure: exit 1"];
        assert_eq!(distribution(&results), expected);
    }

    #[test]
    fn functions_are_shown() {
        let details: FunctionDetails = serde_json::from_str(
            r#"{"versions":["1","2"],"aliases":{"live":{"version":"1","weights":{"2":0.1},"revisionId":"r"}}}"#,
        )
        .expect("details");
        assert_eq!(shown("fn", &details), ["fn  versions 1, 2", "  live  version 1, 10 % to version 2"]);
        let again = serde_json::to_value(&details).expect("JSON");
        assert_eq!(again["aliases"]["live"]["revisionId"], "r");
    }
}
