//! `cutover explain`

use clap::Args;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::{clock, explanation};

const AFTER: &str = "\
Example:
  cutover explain d-0A1B2C3D4";

/// Tell why a deployment is where it is, and what happens next and when
///
/// From stored state alone; also what the deployment has changed so far, and what you can do about it.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Explain {
    /// The deployment's id
    deployment: String,
}

impl Explain {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let explanation = context.api.explain(&self.deployment).await?.explanation;
        if context.out.json {
            context.out.json(&explanation);
        } else {
            let lines = explanation::lines(context.out.style, &self.deployment, &explanation, clock::now());
            lines.iter().for_each(|line| context.out.say(line));
        }
        Ok(Exit::Succeeded)
    }
}
