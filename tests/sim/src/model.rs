//! What must be true of a Lambda deployment, as a machine of its own: the rules that an operator counts on, in
//! the API's words. How the engine comes to obey them is not its business: it knows no commits, claims, queues
//! or retries, and shares no code with the engine.
//!
//! Time passes in turns. What falls due in a turn falls due at its beginning, which is also when a deployment
//! is asked for. Whatever else happens happens later in the turn, and has come about by its end.

mod outside;
mod steps;
mod words;

use crate::setup::{AlarmNow, Port};
use outside::Outside;
use steps::{Active, Came, End};
pub use words::{Act, Deployment, Group, Hook, Rollback, Traffic};

/// A deployment group, its alias, and what became of its deployments.
#[derive(Debug, Clone)]
pub struct Model {
    /// What never changes.
    pub group: Group,
    /// The deployments, oldest first.
    pub deployments: Vec<Deployment>,
    /// How many were asked for; request number n, from 1, brings version n + 1.
    pub requests: u64,
    outside: Outside,
    /// The newest deployment, while it is not over.
    active: Option<Active>,
    turn: u32,
}

impl Model {
    /// A group without deployments, whose alias names version 1.
    pub fn new(group: Group) -> Self {
        let outside = Outside::new(group.alarms);
        Self { group, deployments: Vec::new(), requests: 0, outside, active: None, turn: 0 }
    }

    /// The alias, unless it was deleted.
    pub fn alias(&self) -> Option<&Traffic> {
        self.outside.alias.as_ref()
    }

    /// Whether somebody else was the last to change the alias.
    pub fn alias_is_foreign(&self) -> bool {
        self.outside.by_others
    }

    /// Whether a deployment is not over.
    pub fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// Whether a deployment is over but for the traffic that it cannot put back.
    pub fn is_undoing(&self) -> bool {
        self.active.as_ref().is_some_and(|active| active.end.is_some())
    }

    /// The versions from which and to which the active deployment leads.
    pub fn versions(&self) -> Option<(u64, u64)> {
        self.active.as_ref().map(|active| (active.from, active.to))
    }

    /// Whether the alarms would stop a deployment.
    pub fn alarmed(&self) -> bool {
        self.outside.alarmed(&self.group)
    }

    /// A turn in which that happens.
    pub fn take(&mut self, act: &Act) {
        if *act == Act::Request {
            self.request();
        }
        self.go_on();
        self.put_back();
        self.happen(act);
        if self.alarmed() {
            self.end(End::by_alarm(&self.group));
        }
        self.put_back();
        self.turn += 1;
    }

    /// A request while a deployment is active is refused.
    fn request(&mut self) {
        self.requests += 1;
        if self.is_active() {
            return;
        }
        let from = self.alias().map_or(1, |traffic| traffic.version);
        self.active = Some(Active::new(&self.group, from, self.requests + 1));
        self.deployments.push(Deployment::default());
    }

    /// The active deployment takes its steps until it waits or ends. With all of them taken it succeeded.
    fn go_on(&mut self) {
        while let (Some(active), Some(deployment)) = (&mut self.active, self.deployments.last_mut()) {
            if active.end.is_some() {
                return;
            }
            match active.step(&self.group, &mut self.outside, deployment, self.turn) {
                Ok(Came::Done) => {}
                Ok(Came::Waits) => return,
                Ok(Came::All) => return self.over("Succeeded", None),
                Err(end) => active.end = Some(end),
            }
        }
    }

    fn happen(&mut self, act: &Act) {
        let outside = &mut self.outside;
        match act {
            Act::Wait | Act::Request => {}
            Act::Stop { rollback } => self.end(End::by_request(&self.group, *rollback)),
            Act::Abandon => self.abandon(),
            Act::Alarm { which, now, told } => {
                outside.alarms[*which] = *now;
                if *told && *now == AlarmNow::Red && *which < self.group.alarms {
                    self.end(End::by_alarm(&self.group));
                }
            }
            Act::Write(traffic) if outside.alias.is_some() => {
                outside.alias = Some(traffic.clone());
                outside.by_others = true;
            }
            Act::Write(_) | Act::Describe => {}
            Act::Delete => outside.alias = None,
            Act::Refuse(port) => outside.refused.push(*port),
            Act::Lift(port) => outside.refused.retain(|refused| refused != port),
        }
    }

    /// The first demand to end an active deployment counts; after its end there is nothing to demand.
    fn end(&mut self, end: End) {
        if let Some(active) = &mut self.active {
            active.end.get_or_insert(end);
        }
    }

    /// What ended puts the traffic back, all at once, for as long as it takes; what never asked for a share does
    /// not look again. An alias that somebody else wrote is theirs: the deployment failed, whatever it had ended
    /// for. One that is gone counts as put back. Neither leaves anything to roll back.
    fn put_back(&mut self) {
        let Some(Active { end: Some(end), ours, from, .. }) = &mut self.active else { return };
        let (before, outside) = (Traffic::all(*from), &mut self.outside);
        if ours.iter().any(|traffic| *traffic != before) {
            match &outside.alias {
                _ if !outside.permits(Port::AliasReads) => return,
                None => end.rollback = false,
                Some(seen) if *seen == before => {}
                Some(seen) if !ours.contains(seen) => *end = End::FOREIGN,
                Some(_) if !outside.permits(Port::AliasWrites) => return,
                Some(_) => outside.write(before),
            }
        }
        // The alias was never found as it must be.
        end.rollback &= !ours.is_empty();
        let End { status, code, rollback } = *end;
        let from = *from;
        self.over(status, Some(code));
        if rollback {
            self.roll_back(from);
        }
    }

    /// Who abandons a deployment that cannot put the traffic back leaves the alias as it is.
    fn abandon(&mut self) {
        if let Some(Active { end: Some(End { status, code, .. }), .. }) = self.active {
            self.over(status, Some(code));
        }
    }

    fn over(&mut self, status: &'static str, code: Option<&'static str>) {
        self.active = None;
        if let Some(deployment) = self.deployments.last_mut() {
            (deployment.status, deployment.code) = (status, code);
        }
    }

    /// A rollback deployment moves nothing: it sees that the traffic is back.
    fn roll_back(&mut self, to: u64) {
        let (status, code) = match self.outside.see(&Traffic::all(to)) {
            Ok(()) => ("Succeeded", None),
            Err(code) => ("Failed", Some(code)),
        };
        self.deployments.push(Deployment { status, code, is_rollback: true, hooks: Vec::new() });
    }
}
