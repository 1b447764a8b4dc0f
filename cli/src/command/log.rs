//! `cutover log`

use clap::Args;
use serde_json::json;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::timeline_of;
use crate::view::table::columns;
use crate::view::{clock, marks};

const AFTER: &str = "\
Examples:
  cutover log d-0A1B2C3D4
  cutover log d-0A1B2C3D4 --json";

/// Print the log of a deployment
///
/// Oldest first, one entry for every change of its state.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Log {
    /// The deployment's id
    deployment: String,
}

impl Log {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let log = context.api.marks(&self.deployment).await?;
        if context.out.json {
            let marks: Vec<_> = log.iter().map(marks::to_json).collect();
            context.out.json(&json!({ "marks": marks }));
            return Ok(Exit::Succeeded);
        }
        let timeline = timeline_of(&context.api, &self.deployment).await;
        let style = context.out.style;
        let rows: Vec<_> = log
            .iter()
            .enumerate()
            .map(|(place, mark)| {
                let sentence = marks::text(mark, &log[..place], timeline.as_ref());
                let epoch = style.dim(&format!("epoch {}", mark.epoch));
                vec![clock::instant(mark.at), epoch, marks::colored(style, mark, &sentence)]
            })
            .collect();
        columns(&rows).iter().for_each(|line| context.out.say(line));
        Ok(Exit::Succeeded)
    }
}
