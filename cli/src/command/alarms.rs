//! `cutover alarms`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::local::{AlarmDetails, AlarmInput, plain};
use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::bar::percent;
use crate::view::style::Style;
use crate::view::table::columns;

const AFTER: &str = "\
Example:
  cutover alarms put checkout-errors --function checkout --version 2 --max-error-rate 0.05";
const PUT: &str = "\
Examples:
  cutover alarms put checkout-errors
  cutover alarms put checkout-errors --function checkout --version 2 --max-error-rate 0.05

Without a function the state is what `cutover alarms set` says. With one it is computed from the calls of
that version: ALARM above the error rate.";
const SET: &str = "\
Examples:
  cutover alarms set checkout-errors ALARM
  cutover alarms set checkout-errors OK";
const LIST: &str = "\
Example:
  cutover alarms list --json";

/// Local alarms: make, set, list
///
/// For a service with local targets, for trying things out.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Alarms {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make or change an alarm
    #[command(after_help = PUT)]
    Put {
        /// The alarm
        name: String,
        /// Computed from the calls of this function
        #[arg(long, value_name = "FUNCTION", requires = "version", requires = "max_error_rate")]
        function: Option<String>,
        /// And of this version of it
        #[arg(long, value_name = "VERSION", requires = "function")]
        version: Option<String>,
        /// In ALARM when more than this share of the calls fails, 0 to 1
        #[arg(long, value_name = "RATE", requires = "function", value_parser = rate)]
        max_error_rate: Option<f64>,
    },
    /// Set an alarm's state
    #[command(after_help = SET)]
    Set {
        /// The alarm
        name: String,
        /// Its state
        #[arg(value_parser = ["ALARM", "OK"])]
        state: String,
    },
    /// List the alarms with their states
    #[command(after_help = LIST)]
    List,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("write a share between 0 and 1, such as 0.05".to_owned()),
    }
}

impl Alarms {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let (api, out) = (&context.api, context.out);
        match &self.command {
            Command::Put { name, function, version, max_error_rate } => {
                let input = AlarmInput {
                    alarm_name: name.clone(),
                    function_name: function.clone(),
                    version: version.clone(),
                    max_error_rate: *max_error_rate,
                };
                let answer = api.put_alarm(&input).await?;
                if out.json { out.json(&answer) } else { out.say(format!("alarm {name} is set up")) }
            }
            Command::Set { name, state } => {
                let answer = api.set_alarm(name, state).await?;
                if out.json { out.json(&answer) } else { out.say(format!("alarm {name} is {state}")) }
            }
            Command::List => {
                let alarms = api.alarms().await?;
                if out.json {
                    out.json(&json!({ "alarms": alarms }));
                } else if alarms.is_empty() {
                    out.remark("There are no alarms; make one with `cutover alarms put`.");
                } else {
                    columns(&rows(out.style, &alarms)).iter().for_each(|line| out.say(line));
                }
            }
        }
        Ok(Exit::Succeeded)
    }
}

fn rows(style: Style, alarms: &[AlarmDetails]) -> Vec<Vec<String>> {
    let row = |alarm: &AlarmDetails| {
        let state = match alarm.state.as_str() {
            "ALARM" => style.red("ALARM"),
            "OK" => style.green("OK"),
            other => style.yellow(other),
        };
        vec![alarm.name.clone(), state, rule(alarm)]
    };
    alarms.iter().map(row).collect()
}

/// What a computed alarm looks at.
fn rule(alarm: &AlarmDetails) -> String {
    let member = |name: &str| alarm.rule.as_ref()?.get(name);
    match (member("function"), member("version"), member("maxErrorRate").and_then(Value::as_f64)) {
        (Some(function), Some(version), Some(rate)) => {
            let (function, version) = (plain(function), plain(version));
            format!("red when more than {} % of the calls of {function}:{version} fail", percent(rate))
        }
        _ => "set by hand".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_say_what_they_look_at() {
        let alarms: Vec<AlarmDetails> = serde_json::from_value(json!([
            { "name": "a", "state": "OK", "rule": null },
            { "name": "b", "state": "ALARM", "rule": { "function": "f", "version": "2", "maxErrorRate": 0.05 } },
        ]))
        .expect("alarms");
        let expected = ["a  OK     set by hand", "b  ALARM  red when more than 5 % of the calls of f:2 fail"];
        assert_eq!(columns(&rows(Style::PLAIN, &alarms)), expected);
    }
}
