//! `decide()`: the only place where a deployment's state changes.
//!
//! ```text
//! wake ──────► decide::wake    the timer: claim an act, end a wait, take over a lost lease, close
//! acted ─────► decide::acted   what an act brought
//! signal ────► decide::signal  facts from outside: recorded in any phase, acted on between two acts
//!                   └──────────► decide::settle   where the deployment goes next
//! ```
//! It is total: a late or wrong event is [`Decision::Ignore`], one that came too early is
//! [`Decision::Later`]. Deliberately absent: outside effects, queues, clocks, randomness.

mod acted;
mod fleet;
mod scaling;
mod settle;
mod signal;
#[cfg(test)]
mod tests;
mod wake;
pub mod words;

use crate::deployment::{Deployment, Phase};
use crate::event::{Decision, Event, Why};
use crate::plan::Plan;
use crate::time::Timestamp;

/// What this event makes of this deployment.
pub fn decide(plan: &Plan, state: &Deployment, event: &Event, now: Timestamp) -> Decision {
    if matches!(state.phase, Phase::Done { .. }) {
        return Decision::Ignore(Why::Over);
    }
    let mut next = state.clone();
    let verdict = match event {
        Event::Wake { epoch } if *epoch != state.epoch => return Decision::Ignore(Why::StaleEpoch),
        Event::Wake { .. } => match state.wake_at {
            Some(at) if now < at => return Decision::Later(at),
            _ => {
                wake::wake(plan, &mut next, now);
                Ok(())
            }
        },
        Event::Acted { token, outcome } => acted::acted(plan, &mut next, *token, outcome, now),
        signal => signal::signal(plan, &mut next, signal, now),
    };
    match verdict {
        Err(why) => Decision::Ignore(why),
        Ok(()) => {
            next.epoch = state.epoch + 1;
            Decision::Commit(Box::new(next))
        }
    }
}
