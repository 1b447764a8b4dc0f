//! What may follow what, commit by commit.

use cutover_core::alias::AliasState;
use cutover_core::deployment::{Deployment, Ending, Phase, Verdict};
use cutover_core::event::HookStatus;
use cutover_core::ledger::Fate;
use cutover_core::mark::MarkKind;
use cutover_core::plan::Step;
use cutover_core::queue::QueueName;
use cutover_core::route::route;

use super::fleet::fleet_succeeded;
use super::{Known, Watch};
use crate::setup::GENESIS;
use crate::world::{SimAlias, SimTable};

/// How far two clocks may differ: two seconds each.
const SKEW_MS: i64 = 4_000;

impl Watch {
    /// A claim belongs to the function whose queue its act is routed to.
    pub(super) fn right_queue(&mut self, now: i64, place: usize, by: Option<QueueName>, next: &Deployment) {
        let Some(queue) = by else { return };
        let claims = matches!(next.phase, Phase::Acting { token, .. } if token == next.epoch);
        let wanted = route(&self.known[place].plan, next);
        self.demand(!claims || queue == wanted, "I5", now, || {
            format!("{} was claimed by a worker of {queue}; its act is one of {wanted}", next.id)
        });
    }

    #[allow(clippy::too_many_arguments, reason = "one commit in all its parts")]
    pub(super) fn stepped(
        &mut self,
        now: i64,
        place: usize,
        next: Deployment,
        version: u64,
        timer: bool,
        alias: &SimAlias,
        table: &SimTable,
    ) {
        let known = &self.known[place];
        let id = next.id.to_string();
        if known.is_over() && next != known.state {
            return self.violated("I3", now, || format!("{id} was over and changed"));
        }
        if version != known.version + 1 {
            let old = known.version;
            return self.violated("I5", now, || format!("{id} went from version {old} to {version}"));
        }
        if next.epoch == known.state.epoch {
            let same = next == known.state;
            self.known[place].version = version;
            return self.demand(same, "I5", now, || format!("{id} changed without a new epoch"));
        }
        if let Some((invariant, what)) = transition(known, &next, timer, now) {
            return self.violated(invariant, now, || format!("{id} {what}"));
        }
        if let Some((invariant, what)) = self.gate(known, &next, now, alias) {
            return self.violated(invariant, now, || format!("{id} {what}"));
        }
        if let Some((invariant, what)) = undone(known, &next, alias) {
            return self.violated(invariant, now, || format!("{id} {what}"));
        }
        if let Some((invariant, what)) = self.stopped_for_nobody(known, &next, table) {
            return self.violated(invariant, now, || format!("{id} {what}"));
        }
        let known = &mut self.known[place];
        if matches!(next.phase, Phase::Acting { token, .. } if token == next.epoch) {
            known.claimed_at = now;
        }
        if known.state.ledger.is_empty() && !next.ledger.is_empty() {
            known.resolved_at = known.claimed_at;
        }
        known.condemned |= next.signals.end.is_some() || next.ending.is_some();
        known.version = version;
        known.state = next;
        if known.is_over() {
            self.ended(now, place, alias, table);
        }
    }

    /// What must have been true for the cursor to pass the step.
    fn gate(
        &self,
        known: &Known,
        next: &Deployment,
        now: i64,
        alias: &SimAlias,
    ) -> Option<(&'static str, String)> {
        if next.cursor == known.state.cursor {
            return None;
        }
        let plan = &known.plan;
        let since_claim = |at: i64| at >= known.claimed_at;
        match plan.step(known.state.cursor)? {
            Step::CheckAlarms if !plan.alarms.ignore_poll_failure => {
                let bad = plan.alarms.names.iter().find_map(|name| {
                    let since = self.red_since.get(name).or(self.unread_since.get(name))?;
                    (*since < known.claimed_at).then_some(name)
                });
                bad.map(|name| ("I6", format!("passed its alarms, and {name} was not fine all the while")))
            }
            Step::Hook { execution_id, .. } => {
                let said_so =
                    self.answers.iter().any(|(e, s)| e == execution_id && *s == HookStatus::Succeeded);
                let recorded = known.state.signals.hook.as_ref();
                let failed = recorded.is_some_and(|a| a.status == HookStatus::Failed);
                (!said_so || failed).then(|| ("I6", "passed a hook that did not succeed".to_owned()))
            }
            Step::Shift { percent } => {
                let want = AliasState::shifted(&plan.shift.current, &plan.shift.target, *percent);
                let noted = next.ledger.first().is_some_and(|e| e.confirmed == want && e.intents.is_empty());
                if !noted {
                    let what =
                        format!("passed the shift to {percent} %, and notes {:?}", next.ledger.first());
                    return Some(("I5", what));
                }
                let there = alias.state.as_ref() == Some(&want) || since_claim(alias.foreign_at);
                (!there && alias.state.is_some())
                    .then(|| ("I6", format!("passed the shift to {percent} %, and the alias is not there")))
            }
            Step::Bake { span_ms } => {
                let stood = now - known.shifted_at;
                (stood < *span_ms as i64 - SKEW_MS)
                    .then(|| ("I12", format!("let the share stand for {stood} ms instead of {span_ms} ms")))
            }
            Step::Verify => {
                let want = AliasState::whole(&plan.shift.target);
                let there = alias.state.as_ref() == Some(&want) || since_claim(alias.foreign_at);
                (!there && alias.state.is_some())
                    .then(|| ("I6", "verified an alias that is not at the target".to_owned()))
            }
            Step::ResolveFleet => {
                let none = self.fleet(&plan.deployment).is_none();
                none.then(|| ("I6", "looked up its hosts, and there is no roster".to_owned()))
            }
            Step::RunFleet => (!self.fleet(&plan.deployment).is_some_and(fleet_succeeded))
                .then(|| ("I6", "passed its roll-out, which has not succeeded".to_owned())),
            _ => None,
        }
    }
}

/// What is said to be undone is as it was before, unless somebody wrote it while it was being undone.
fn undone(known: &Known, next: &Deployment, alias: &SimAlias) -> Option<(&'static str, String)> {
    let (was, entry) = (known.state.ledger.first()?, next.ledger.first()?);
    let to_undo = was.fate == Fate::Open && was.may_differ();
    if !to_undo || entry.fate != Fate::Undone || alias.foreign_at >= known.claimed_at {
        return None;
    }
    let back = alias.state.as_ref().is_none_or(|state| *state == entry.before);
    (!back).then(|| ("I8", format!("says that it undid, and the alias is {:?}", alias.state)))
}

/// What no commit may do.
fn transition(known: &Known, next: &Deployment, timer: bool, now: i64) -> Option<(&'static str, String)> {
    let state = &known.state;
    let over = matches!(next.phase, Phase::Done { .. });
    if next.epoch != state.epoch + 1 {
        return Some(("I5", format!("went from epoch {} to {}", state.epoch, next.epoch)));
    }
    if timer == over || next.wake_at.is_some() == over {
        return Some(("I4", format!("is over: {over}, and has a timer: {timer}")));
    }
    if let Some(at) = next.wake_at {
        let wait = at.as_millis() - GENESIS - now;
        let longest = match next.phase {
            // Whoever is to end waits for nothing that was planned.
            Phase::Baking { .. } | Phase::Awaiting { .. } if demand(next).is_none() => longest_wait(known),
            _ => 90_000,
        };
        // Nobody is asked again at once after a failure, unless the deployment turns round.
        let failed = next.marks.last().filter(|m| m.kind == MarkKind::Retried && m.epoch == next.epoch);
        let pause = failed.map(|mark| at.ms_since(mark.at));
        if next.ending == state.ending && next.signals.end.is_none() && pause.is_some_and(|ms| ms < 500) {
            return Some(("I4", format!("tries again after {pause:?} ms")));
        }
        if wait > longest + SKEW_MS {
            return Some(("I4", format!("set a timer that is {wait} ms away")));
        }
    }
    if next.cursor < state.cursor || next.cursor > state.cursor + 1 {
        return Some(("I9", format!("went from step {} to {}", state.cursor, next.cursor)));
    }
    let yields = |d: &Deployment| d.ledger.iter().any(|e| matches!(e.fate, Fate::Yielded { .. }));
    if let Some(first) = demand(state)
        && !yields(next)
        && demand(next).is_none_or(|other| (other.code, other.at) != (first.code, first.at))
    {
        return Some((
            "I8",
            format!("was to end because of {:?}, and now of {:?}", first.code, demand(next)),
        ));
    }
    if let Some(ending) = &state.ending {
        let worse = next.ending.as_ref().is_some_and(|e| e == ending || e.verdict == Verdict::Failed);
        if !worse || next.cursor != state.cursor {
            return Some(("I8", "was ending and is not any more".to_owned()));
        }
    }
    for (old, new) in state.ledger.iter().zip(&next.ledger) {
        if old.before != new.before || (old.fate != Fate::Open && old.fate != new.fate) {
            return Some(("I8", format!("changed its ledger from {old:?} to {new:?}")));
        }
    }
    let changed = state.events.iter().zip(&next.events).any(|(o, n)| o.status.is_final() && o != n);
    if changed || next.ledger.len() < state.ledger.len() {
        return Some(("I10", "changed what was final".to_owned()));
    }
    if let Phase::Acting { token, .. } = next.phase {
        let claims = token == next.epoch;
        if claims && state.phase != Phase::Ready {
            return Some(("I5", format!("was claimed in {:?}", state.phase)));
        }
        if claims && next.ending.is_none() && next.hook_answer(&known.plan).is_some() {
            return Some(("I11", "invokes a hook whose answer it has".to_owned()));
        }
    }
    let seqs = next.marks.windows(2).all(|w| w[0].seq + 1 == w[1].seq);
    if !seqs || next.marks.last().is_some_and(|m| m.seq + 1 != next.next_mark) {
        return Some(("I10", "has a gap in its log".to_owned()));
    }
    let same_step_done = next.marks.iter().filter(|m| m.kind == MarkKind::StepDone).count();
    (same_step_done > usize::from(next.cursor)).then(|| ("I10", "did a step twice".to_owned()))
}

/// Why the deployment ends, or is to end.
pub(super) fn demand(state: &Deployment) -> Option<&Ending> {
    state.ending.as_ref().or(state.signals.end.as_ref())
}

/// The longest wait of a plan.
fn longest_wait(known: &Known) -> i64 {
    let waits = known.plan.steps.iter().map(|step| match step {
        Step::Bake { span_ms } => *span_ms as i64,
        Step::Hook { timeout_ms, .. } => *timeout_ms as i64,
        _ => 0,
    });
    waits.max().unwrap_or(0)
}
