//! The steps of a deployment, in the order of docs/ARCHITECTURE.md, and what ends it.

use std::collections::VecDeque;

use super::outside::Outside;
use super::words::{Deployment, Group, Hook, Traffic};
use crate::setup::Port;

/// Why a deployment does not succeed.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) status: &'static str,
    pub(super) code: &'static str,
    /// Whether a rollback deployment follows, if there is something to roll back.
    pub(super) rollback: bool,
}

impl End {
    /// The alias is not what it must be.
    pub(super) const FOREIGN: Self =
        Self { status: "Failed", code: "INVALID_LAMBDA_CONFIGURATION", rollback: false };

    fn failed(group: &Group, code: &'static str) -> Self {
        Self { status: "Failed", code, rollback: group.rollback.on_failure }
    }

    pub(super) fn by_alarm(group: &Group) -> Self {
        Self { status: "Stopped", code: "ALARM_ACTIVE", rollback: group.rollback.on_alarm }
    }

    /// A request may say itself whether a rollback deployment follows.
    pub(super) fn by_request(group: &Group, asked: Option<bool>) -> Self {
        let rollback = asked.unwrap_or(group.rollback.on_request);
        Self { status: "Stopped", code: "MANUAL_STOP", rollback }
    }
}

#[derive(Debug, Clone)]
enum Step {
    LookAtAlias,
    ReadAlarms,
    Hook(&'static str, Hook),
    Share(u8),
    Wait,
    ReadBack,
}

/// What came of a step.
pub(super) enum Came {
    /// It is done.
    Done,
    /// It takes longer.
    Waits,
    /// There was none left.
    All,
}

/// A deployment that is not over.
#[derive(Debug, Clone)]
pub(super) struct Active {
    pub(super) from: u64,
    pub(super) to: u64,
    todo: VecDeque<Step>,
    /// The turn in which the present wait began.
    since: Option<u32>,
    /// What the alias can be by this deployment's own hand: as it was last seen, and what was asked for since.
    /// Nothing until it was found as it must be.
    pub(super) ours: Vec<Traffic>,
    /// Set once it will not succeed.
    pub(super) end: Option<End>,
}

impl Active {
    pub(super) fn new(group: &Group, from: u64, to: u64) -> Self {
        let mut todo = VecDeque::from([Step::LookAtAlias, Step::ReadAlarms]);
        todo.extend(group.before.clone().map(|hook| Step::Hook("BeforeAllowTraffic", hook)));
        for (n, percent) in group.shares.iter().enumerate() {
            todo.extend((n > 0).then_some(Step::Wait));
            todo.extend([Step::ReadAlarms, Step::Share(*percent)]);
        }
        todo.extend(group.after.clone().map(|hook| Step::Hook("AfterAllowTraffic", hook)));
        todo.extend([Step::ReadAlarms, Step::ReadBack]);
        Self { from, to, todo, since: None, ours: Vec::new(), end: None }
    }

    /// Takes the next step, or goes on with it.
    pub(super) fn step(
        &mut self,
        group: &Group,
        outside: &mut Outside,
        told: &mut Deployment,
        turn: u32,
    ) -> Result<Came, End> {
        let Some(step) = self.todo.front().cloned() else { return Ok(Came::All) };
        let begins = self.since.is_none();
        let waited = turn - *self.since.get_or_insert(turn);
        match step {
            Step::LookAtAlias => {
                self.see(group, outside, self.from)?;
                self.ours = vec![Traffic::all(self.from)];
            }
            Step::ReadAlarms if outside.alarmed(group) => return Err(End::by_alarm(group)),
            Step::ReadAlarms => {}
            // While a hook is awaited no share moves.
            Step::Hook(event, hook) => {
                if begins && !outside.permits(Port::Hooks) {
                    return Err(End::failed(group, "HOOK_EXECUTION_FAILURE"));
                }
                if begins {
                    told.hooks.push(event);
                }
                match hook.answer {
                    Some((after, true)) if waited >= after => {}
                    Some((after, false)) if waited >= after => {
                        return Err(End::failed(group, "HOOK_EXECUTION_FAILURE"));
                    }
                    _ if waited >= group.patience => {
                        return Err(End::failed(group, "HOOK_EXECUTION_FAILURE"));
                    }
                    _ => return Ok(Came::Waits),
                }
            }
            Step::Wait if waited < group.wait => return Ok(Came::Waits),
            Step::Wait => {}
            Step::Share(percent) => self.share(group, outside, percent)?,
            Step::ReadBack => self.see(group, outside, self.to)?,
        }
        self.todo.pop_front();
        self.since = None;
        Ok(Came::Done)
    }

    /// The alias must name that version, for all of the traffic.
    fn see(&self, group: &Group, outside: &Outside, version: u64) -> Result<(), End> {
        outside.see(&Traffic::all(version)).map_err(|code| match code {
            "INVALID_LAMBDA_CONFIGURATION" => End::FOREIGN,
            _ => End::failed(group, code),
        })
    }

    /// Gives the new version its share, unless the alias was changed by somebody else.
    fn share(&mut self, group: &Group, outside: &mut Outside, percent: u8) -> Result<(), End> {
        let share = Traffic::shifted(self.from, self.to, percent);
        self.ours.push(share.clone());
        match &outside.alias {
            _ if !outside.permits(Port::AliasReads) => {
                return Err(End::failed(group, "IAM_ROLE_PERMISSIONS"));
            }
            None => return Err(End::failed(group, "INVALID_LAMBDA_FUNCTION")),
            Some(seen) if *seen == share => {}
            Some(seen) if !self.ours.contains(seen) => return Err(End::FOREIGN),
            Some(_) if !outside.permits(Port::AliasWrites) => {
                return Err(End::failed(group, "IAM_ROLE_PERMISSIONS"));
            }
            Some(_) => outside.write(share.clone()),
        }
        self.ours = vec![share];
        Ok(())
    }
}
