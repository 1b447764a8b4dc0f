//! `cutover export`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use cutover_core::export::Export as Exported;
use sim::incident::{Incident, IncidentError};

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const AFTER: &str = "\
Examples:
  cutover export d-0A1B2C3D4                              print it as a scenario
  cutover export d-0A1B2C3D4 --output incident.txt        write it to a file
  cutover export d-0A1B2C3D4 --json                       its plan, state and log as they are stored
  cargo run --release -p sim -- --scenario incident.txt   replay it

A scenario is a text that Cutover's simulator replays in virtual time, on the same engine, to the same end.
The names of your application, group and function are in its comments only.";

/// Write a deployment as a scenario that the simulator replays
///
/// An incident becomes a test: how it was planned, what its log tells of failed calls, lost workers, hooks,
/// alarms and requests to stop, and how it must end. It is replayed before it is written; what the replay does
/// not come to, or what the log does not tell, is said in its comments.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Export {
    /// The deployment's id
    deployment: String,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "output")]
    force: bool,
}

impl Export {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let export = context.api.export(&self.deployment).await?;
        let text = if context.out.json {
            serde_json::to_string_pretty(&export).unwrap_or_default()
        } else {
            let unreadable = |e| {
                Failure::advised(
                    format!("the export of {} cannot be read: {e}", self.deployment),
                    "Is the service newer than this command? --json prints the export as it is.",
                )
            };
            let incident = self.incident(&serde_json::from_value(export).map_err(unreadable)?)?;
            warn(context.out, &incident);
            incident.text()
        };
        match &self.output {
            Some(file) => write(file, text.trim_end(), self.force)?,
            None => context.out.say(text.trim_end()),
        }
        Ok(Exit::Succeeded)
    }

    fn incident(&self, export: &Exported) -> Result<Incident, Failure> {
        Incident::of(export).map_err(|error| {
            let advice = match &error {
                IncidentError::Rollback(victim) => format!("Export that one: cutover export {victim}"),
                IncidentError::Newer(_) => "--json prints the export as it is.".to_owned(),
            };
            Failure::advised(format!("{} makes no scenario: {error}", self.deployment), advice)
        })
    }
}

/// Tells what the replay does not come to.
fn warn(out: &Output, incident: &Incident) {
    if incident.missed.is_empty() {
        return;
    }
    let style = &out.error_style;
    out.remark(format!("{} the replay does not end as the deployment did:", style.yellow("warning:")));
    incident.missed.iter().for_each(|what| out.remark(format!("  {what}")));
}

fn write(file: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(file).and_then(|mut opened| writeln!(opened, "{text}"));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::advised(format!("{} is already there", file.display()), "Overwrite it with --force.")
        }
        _ => Failure::told(format!("{} cannot be written: {error}", file.display())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_overwritten_only_by_force() {
        let file = std::env::temp_dir().join(format!("cutover-export-{}.txt", std::process::id()));
        let _ = std::fs::remove_file(&file);
        write(&file, "first, and longer", false).expect("a new file");
        let refused = write(&file, "second", false).expect_err("it is there");
        assert_eq!(refused.advice().as_deref(), Some("Overwrite it with --force."));
        write(&file, "third", true).expect("it is overwritten");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "third\n");
        std::fs::remove_file(&file).expect("removed");
        let nowhere = write(&file.join("no"), "x", false).expect_err("no such folder").to_string();
        assert!(nowhere.contains("cannot be written"), "{nowhere}");
    }
}
