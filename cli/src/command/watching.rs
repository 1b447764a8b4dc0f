//! Watching a deployment to its end, for people and for CI jobs.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use cutover_core::timeline::Timeline;

use crate::ci::{self, Places, Workflow};
use crate::command::{Context, span};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;

/// Whether it is watched, for how long, and where what is seen goes.
#[derive(Debug, Args)]
pub(crate) struct Watching {
    /// Show progress until it is over
    #[arg(long, visible_alias = "wait")]
    pub(crate) watch: bool,
    /// Watch at most this long (90s, 10m, 2h); the deployment goes on
    #[arg(long, value_name = "SPAN", value_parser = span::parse, requires = "watch")]
    timeout: Option<Duration>,
    /// Write the result to this file, as --json prints it at the end
    #[arg(long, value_name = "FILE", requires = "watch")]
    result: Option<PathBuf>,
    /// Append a summary in Markdown to this file; in GitHub Actions, to the job's summary without being asked
    #[arg(long, value_name = "FILE", requires = "watch")]
    summary: Option<PathBuf>,
}

impl Watching {
    /// Whether what is asked for can be written; to be asked before anything begins.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.places().check()
    }

    /// Shows the deployment until it is over; in a step of GitHub Actions folded, with an annotation if it did not succeed.
    pub(crate) async fn follow(
        &self,
        context: &Context<'_>,
        id: &str,
        timeline: Option<Timeline>,
    ) -> Result<Exit, Failure> {
        let (out, workflow) = (context.out, Workflow::of_this_step(context.out));
        if let Some(workflow) = &workflow {
            out.say(workflow.group(&format!("{id}, step by step")));
        }
        let fold = || workflow.iter().for_each(|workflow| out.say(workflow.end_group()));
        let watched = Progress::new(&context.api, out, id, timeline).watch(self.timeout, &fold).await;
        if let Some(workflow) = &workflow {
            out.say(workflow.listen());
        }
        ci::conclude(&self.places(), workflow.as_ref(), &watched?, out)
    }

    fn places(&self) -> Places {
        Places::new(self.result.clone(), self.summary.clone())
    }
}
