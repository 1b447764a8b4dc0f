//! `cutover abandon`

use clap::Args;

use cutover_core::explain::Explanation;

use crate::command::Context;
use crate::exit::Exit;
use crate::failure::Failure;

const AFTER: &str = "\
Examples:
  cutover abandon d-0A1B2C3D4          print what would be left as it is, and change nothing (exit code 1)
  cutover abandon d-0A1B2C3D4 --yes    give up undoing it, and release its group

Only a deployment that is being undone can be abandoned. It is recorded in the deployment's log.";

/// Release a group whose deployment can never be undone
///
/// Gives up undoing what the deployment did. What it changed stays as it is; you put it right by hand.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Abandon {
    /// The deployment's id
    deployment: String,
    /// Do it
    #[arg(long)]
    yes: bool,
}

impl Abandon {
    /// Runs it.
    pub(crate) async fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let out = context.out;
        if !self.yes {
            let explanation = context.api.explain(&self.deployment).await?.explanation;
            if !explanation.undoing {
                return Err(nothing_to_abandon(&self.deployment, &explanation));
            }
            if out.json {
                out.json(&explanation);
            } else {
                out.say(format!(
                    "{}  {}",
                    out.style.bold(&self.deployment),
                    out.style.status(&explanation.status)
                ));
                out.say(&explanation.now);
                out.say("This would be left as it is:");
                for entry in &explanation.ledger {
                    out.say(format!("  {entry}"));
                }
                if explanation.ledger.is_empty() {
                    out.say("  nothing: it has changed nothing so far");
                }
            }
            out.remark(format!("Nothing was changed. To do it: cutover abandon {} --yes", self.deployment));
            return Ok(Exit::Error);
        }
        let answer = context.api.abandon(&self.deployment).await?;
        if out.json {
            out.json(&answer);
        } else {
            out.say(format!("{} is abandoned; its group is free once it is over.", self.deployment));
            for left in &answer.left {
                out.say(format!(
                    "  {}: last seen at {}; put it back to {} by hand",
                    left.resource, left.last_seen, left.before
                ));
            }
        }
        Ok(Exit::Succeeded)
    }
}

/// Why a deployment that undoes nothing cannot be abandoned.
fn nothing_to_abandon(id: &str, explanation: &Explanation) -> Failure {
    let is_over = explanation.queue.is_none();
    if is_over {
        return Failure::advised(
            format!("{id} is over ({}): there is nothing to abandon", explanation.status),
            format!("See how it ended: cutover status {id}"),
        );
    }
    Failure::advised(
        format!("{id} is not undoing anything: there is nothing to abandon"),
        format!("To end it and put the traffic back: cutover stop {id}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::explanation::tests::baking;

    #[test]
    fn what_undoes_nothing_has_nothing_to_abandon() {
        let running = nothing_to_abandon("d-1", &baking());
        assert!(running.advice().is_some_and(|a| a.ends_with("cutover stop d-1")), "{running}");
        let over = Explanation { queue: None, status: "Succeeded".into(), ..baking() };
        let over = nothing_to_abandon("d-1", &over);
        assert_eq!(over.to_string(), "d-1 is over (Succeeded): there is nothing to abandon");
    }
}
