//! The model's words in the world's, and the other way round.

use std::fmt;

use cutover_core::alias::AliasState;
use cutover_core::config::TrafficRouting;
use cutover_core::event::HookStatus;
use cutover_core::plan::AutoRollback;
use cutover_core::view::status;
use sim::model::{self, Act, Deployment, Group, Model, Traffic};
use sim::setup::{Happening, Hook, Setup};
use sim::world::Live;

/// The world of such a group, with turns of that many milliseconds.
pub(crate) fn setup(group: &Group, turn: i64) -> Setup {
    let interval_mins = (i64::from(group.wait) * turn / 60_000) as u32;
    let percentage = group.shares[0];
    let mut setup = Setup::quiet(match group.shares.len() {
        1 => TrafficRouting::AllAtOnce,
        2 => TrafficRouting::TimeBasedCanary { percentage, interval_mins },
        _ => TrafficRouting::TimeBasedLinear { percentage, interval_mins },
    });
    setup.creates.clear();
    setup.before = group.before.as_ref().map(|like| hook(like, turn));
    setup.after = group.after.as_ref().map(|like| hook(like, turn));
    setup.hook_timeout_ms = u64::from(group.patience) * turn as u64;
    setup.alarms = (0..group.alarms).map(alarm).collect();
    setup.ignore_poll_failure = group.ignores_unread;
    let model::Rollback { on_failure, on_alarm, on_request } = group.rollback;
    setup.auto_rollback = AutoRollback { on_failure, on_alarm, on_request };
    setup
}

fn hook(like: &model::Hook, turn: i64) -> Hook {
    let mut answers = Vec::new();
    if let Some((after, succeeds)) = like.answer {
        let [first, second] =
            [succeeds, !succeeds].map(|s| if s { HookStatus::Succeeded } else { HookStatus::Failed });
        let at = i64::from(after) * turn + 1_000;
        answers.push((at, first));
        answers.extend(like.wavers.then_some((at + 1_000, second)));
    }
    Hook { answers, returns_after: if like.wavers { 5_000 } else { 0 } }
}

fn alarm(number: usize) -> String {
    format!("alarm-{number}")
}

fn state(traffic: &Traffic) -> AliasState {
    match traffic.share {
        None => AliasState::whole(traffic.version.to_string()),
        Some((other, percent)) => {
            AliasState::shifted(&traffic.version.to_string(), &other.to_string(), percent)
        }
    }
}

/// What happens in the world when that happens in the model. Nothing: nothing, or a request.
pub(crate) fn happening(act: &Act) -> Option<Happening> {
    Some(match act {
        Act::Wait | Act::Request => return None,
        Act::Stop { rollback } => Happening::Stop { rollback: *rollback },
        Act::Abandon => Happening::Abandon,
        Act::Alarm { which, now, told } => Happening::Alarm { name: alarm(*which), now: *now, told: *told },
        Act::Write(traffic) => Happening::Foreign(state(traffic)),
        Act::Describe => Happening::Describe,
        Act::Delete => Happening::DeleteAlias,
        Act::Refuse(port) => Happening::Refuse(*port),
        Act::Lift(port) => Happening::Lift(*port),
    })
}

/// What anybody can see.
#[derive(PartialEq, Eq)]
pub(crate) struct View {
    /// The alias, and whether somebody else was the last to change it.
    alias: Option<(AliasState, bool)>,
    deployments: Vec<Deployment>,
}

impl View {
    pub(crate) fn said(model: &Model) -> Self {
        let alias = model.alias().map(|traffic| (state(traffic), model.alias_is_foreign()));
        Self { alias, deployments: model.deployments.clone() }
    }

    pub(crate) fn seen(live: &Live) -> Self {
        let event =
            |function: &str| if function == "pre" { "BeforeAllowTraffic" } else { "AfterAllowTraffic" };
        let told = live.deployments().into_iter().map(|ended| Deployment {
            status: status(&ended.state),
            code: ended.code.filter(|_| ended.verdict.is_some()).map(|code| code.as_str()),
            is_rollback: ended.rollback,
            hooks: live.hooks(&ended.id).into_iter().map(event).collect(),
        });
        let alias = live.alias().map(|state| (state.clone(), live.alias_is_foreign()));
        Self { alias, deployments: told.collect() }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            None => write!(f, "no alias")?,
            Some((state, theirs)) => {
                write!(f, "an alias at {state}{}", if *theirs { ", written by somebody else" } else { "" })?;
            }
        }
        for (n, told) in self.deployments.iter().enumerate() {
            let kind = if told.is_rollback { "rollback deployment" } else { "deployment" };
            write!(f, "\n  {kind} {}: {}", n + 1, told.status)?;
            told.code.map_or(Ok(()), |code| write!(f, " {code}"))?;
            if !told.hooks.is_empty() {
                write!(f, ", hooks {}", told.hooks.join(", "))?;
            }
        }
        Ok(())
    }
}
