//! `cutover demo`: a canary, a rollback, a crash and three hosts, on a real service with a store on disk.

mod agents;
mod alarm;
mod canary;
mod claims;
mod crash;
mod folder;
mod hosts;
mod play;
mod service;
mod shop;
mod stage;
mod traffic;

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::time::Instant;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Screen;
use crate::view::{clock, timeline};
use folder::Folder;
use stage::Stage;

const AFTER: &str = "\
Examples:
  cutover demo
  cutover demo --speed 300 --keep

It starts `cutover serve` on a free loopback port with a temporary data folder, publishes functions (small
shell scripts), and deploys new versions of them over the API; then it enrols three hosts of its own and
deploys to them. The hosts need `cutover-agent` beside this program or on the path; without it the rest is
shown, and how to build it. Exit code 0 only if everything that it claims has been read back from the
service, 1 if not.";

/// Show a canary, a rollback, a crash and three hosts, for real, in less than a minute
///
/// A canary with hooks that succeeds; a canary that its alarm rolls back; the service killed in the
/// middle of a canary, started again, finishing rightly; and three hosts, deployed to one at a time, until a
/// revision that does not work is stopped at the first and rolled back.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Demo {
    /// Divide the waits by this: at 60 a 5-minute wait takes 5 seconds
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=300))]
    speed: u32,
    /// Leave the folder with the store, the functions and the service's log for a look
    #[arg(long)]
    keep: bool,
}

impl Demo {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let screen = Screen::beside_json(context.out);
        let folder = Folder::new()?;
        let begun = Instant::now();
        self.title(context, &screen);
        let mut stage = Stage::set(context.out, screen.clone(), &folder, self.speed).await?;
        let agent = agents::program();
        let played = tokio::select! {
            played = scenes(&mut stage, agent.as_deref()) => Some(played),
            _ = tokio::signal::ctrl_c() => None,
        };
        screen.clear();
        let log = stage.service_log();
        let stopped = stage.service.stop().await;
        let claims = stage.claims;
        let all_hold = played.as_ref().is_some_and(Result::is_ok) && claims.all_hold();
        if self.keep || (played.is_some() && !all_hold) {
            folder.keep();
        }
        let Some(played) = played else {
            return Err(Failure::told("interrupted; the service is stopped"));
        };
        if !all_hold {
            context.out.remark(format!("The service's log is {log}"));
        }
        played?;
        stopped?;
        let took = begun.elapsed();
        if context.out.json {
            context.out.json(&json!({
                "holds": all_hold,
                "seconds": took.as_secs_f64(),
                "speed": self.speed,
                "claims": claims.list,
                "hosts": agent.is_some(),
                "folder": self.keep.then(|| folder.path()),
            }));
        }
        self.ending(context, &screen, &folder, claims.counts(), took);
        Ok(if all_hold { Exit::Succeeded } else { Exit::Error })
    }

    fn title(&self, context: &Context<'_>, screen: &Screen) {
        let style = context.out.style;
        screen.line(&style.bold("Cutover, a demonstration: nothing here is simulated"));
        screen.line("A service of its own, a store on disk, functions that are real processes.");
        let speed = timeline::speed(self.speed);
        screen.line(&format!("It is {}; {}.", clock::instant(clock::now()), style.yellow(&speed)));
    }

    fn ending(
        &self,
        context: &Context<'_>,
        screen: &Screen,
        folder: &Folder,
        (held, all): (usize, usize),
        took: Duration,
    ) {
        let style = context.out.style;
        screen.line("");
        let counted = format!("{held} of {all} claims hold, read back from the service");
        let counted = if held == all { style.green(&counted) } else { style.red(&counted) };
        screen.line(&format!("{counted}; it took {}.", clock::span(took.as_millis() as u64)));
        if self.keep {
            let kept = folder.path().display().to_string();
            screen.line(&format!("Everything is in {kept}; look at it with"));
            screen.line(&style.dim(&format!("  cutover serve --data {kept}/data")));
        }
        screen.line("Try next:");
        for line in [
            "  cutover serve --speed 60                                  the service, for a rehearsal of your own",
            "  cutover plan --help; cutover deploy --help                from the command line",
            "  aws --endpoint-url http://127.0.0.1:7171 deploy help      or with the unchanged AWS CLI",
        ] {
            screen.line(&style.dim(line));
        }
    }
}

async fn scenes(stage: &mut Stage<'_>, agent: Option<&Path>) -> Result<(), Failure> {
    canary::play(stage).await?;
    alarm::play(stage).await?;
    crash::play(stage).await?;
    match agent {
        Some(program) => hosts::play(stage, program).await,
        None => {
            play::title(stage, "(d) Three hosts: not shown, because cutover-agent is not built");
            stage
                .screen
                .line("Build it and see them: cargo build --release -p cutover-agent, then the same again.");
            Ok(())
        }
    }
}
