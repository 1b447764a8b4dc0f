//! Processes of Auto Scaling groups: who may suspend and resume them, and what is left of that.

use cutover_core::deployment::{Deployment, Phase};
use cutover_core::plan::Step;
use cutover_core::scaling::{Processes, Stand, Suspension};

use super::{Known, Watch};
use crate::world::{Hand, SimScaling};

type Wrong = Option<(&'static str, String)>;

impl Watch {
    /// Processes are about to be suspended, or resumed, by a worker that held `claim` when it asked.
    pub(crate) fn processes_change(
        &mut self,
        now: i64,
        claim: Option<(usize, u64)>,
        of: &Processes,
        suspend: bool,
        scaling: &SimScaling,
    ) {
        let wrong = match claim {
            Some((place, token)) => changed(&self.known[place], token, of, suspend, scaling),
            None => Some(("I5", "nobody has claimed that".to_owned())),
        };
        if let Some((invariant, what)) = wrong {
            let verb = if suspend { "suspends" } else { "resumes" };
            self.violated(invariant, now, || format!("somebody {verb} {of}: {what}"));
        }
    }

    /// A deployment is about to be known to stand otherwise.
    pub(super) fn processes_noted(
        &mut self,
        now: i64,
        place: usize,
        next: &Deployment,
        scaling: &SimScaling,
    ) {
        let known = &self.known[place];
        let wrong = noted(known, place, next, scaling)
            .or_else(|| gate(known, next, scaling))
            .or_else(|| self.left(place, next, scaling));
        if let Some((invariant, what)) = wrong {
            self.violated(invariant, now, || format!("{} {what}", next.id));
        }
        let known = &mut self.known[place];
        let looked = known.plan.step(known.state.cursor) == Some(&Step::LookAtProcesses);
        if looked && next.cursor > known.state.cursor {
            known.scaling_seen_at = known.claimed_at;
        }
    }

    /// What a deployment leaves suspended when it is over.
    fn left(&self, place: usize, next: &Deployment, scaling: &SimScaling) -> Wrong {
        if !matches!(next.phase, Phase::Done { .. }) {
            return None;
        }
        let abandoned = next.suspensions.iter().any(|one| one.stand == Stand::Abandoned);
        if abandoned {
            return (!self.abandon_asked).then(|| ("I15", "abandoned its processes unasked".to_owned()));
        }
        let left = scaling.of(place);
        (!left.is_empty()).then(|| ("I15", format!("is over and leaves {} suspended", left.join(", "))))
    }
}

fn changed(known: &Known, token: u64, of: &Processes, suspend: bool, scaling: &SimScaling) -> Wrong {
    let state = &known.state;
    if known.is_over() {
        return Some(("I15", "the deployment is over".to_owned()));
    }
    let covered = match state.phase {
        Phase::Acting { token: held, .. } => held == token,
        _ => state.doubt_until.is_some(),
    };
    if !covered {
        return Some(("I5", format!("the claim {token} is over, it stands at {:?}", state.phase)));
    }
    let noted = state.suspensions.iter().any(|one| {
        let ours = one.ours.group == of.group && of.names.iter().all(|name| one.ours.names.contains(name));
        ours && one.is_open()
    });
    if !noted {
        return Some(("I15", format!("it is not noted as its own: {:?}", state.suspensions)));
    }
    if suspend {
        return None;
    }
    if !state.is_leaving(&known.plan) || state.fleet_open() {
        return Some(("I15", "its hosts may still be at work".to_owned()));
    }
    let others = of.names.iter().find(|process| {
        let before = |(hand, at)| hand == Hand::Others && at < known.scaling_seen_at;
        scaling.hand(&of.group, process).is_some_and(before)
    });
    others.map(|process| ("I15", format!("others had suspended {process} before")))
}

/// What is noted never changes but for the better, and is true.
fn noted(known: &Known, place: usize, next: &Deployment, scaling: &SimScaling) -> Wrong {
    let before = &known.state.suspensions;
    if !before.is_empty() && before.len() != next.suspensions.len() {
        return Some(("I15", format!("forgot what it suspends: {:?}", next.suspensions)));
    }
    before.iter().zip(&next.suspensions).find_map(|(old, new)| {
        let same = old.ours == new.ours && old.before == new.before;
        if !same || rank(new) < rank(old) || (rank(old) == 2 && old != new) {
            return Some(("I15", format!("changed its note from {old:?} to {new:?}")));
        }
        let mine = |process: &String| {
            matches!(scaling.hand(&new.ours.group, process), Some((Hand::Deployment(by), _)) if by == place)
        };
        match new.stand {
            Stand::Resumed if old != new && new.ours.names.iter().any(mine) => {
                Some(("I15", format!("says that it resumed {}, which is suspended", new.ours)))
            }
            Stand::Gone if scaling.exists(&new.ours.group) => {
                Some(("I15", format!("says that {} is gone, and it is not", new.ours.group)))
            }
            _ => None,
        }
    })
}

fn rank(of: &Suspension) -> u8 {
    match of.stand {
        Stand::Seen => 0,
        Stand::Asked => 1,
        Stand::Resumed | Stand::Gone | Stand::Abandoned => 2,
    }
}

/// Hosts begin once the processes are suspended, unless somebody has resumed them since they were looked at.
fn gate(known: &Known, next: &Deployment, scaling: &SimScaling) -> Wrong {
    let passed = next.cursor > known.state.cursor && next.ending.is_none();
    let at = known.plan.step(known.state.cursor)?;
    if !passed || *at != Step::SuspendProcesses || scaling.foreign_at >= known.scaling_seen_at {
        return None;
    }
    let fleet = known.plan.fleet.as_ref()?;
    let mut groups = fleet.suspended_groups().iter().filter(|group| scaling.exists(group));
    let runs = |group: &&String| fleet.suspend.iter().any(|process| scaling.hand(group, process).is_none());
    groups.find(runs).map(|group| ("I6", format!("goes on, and processes of {group} are not suspended")))
}
