//! What may be done outside, and when.

use cutover_core::alias::AliasState;
use cutover_core::deployment::Phase;
use cutover_core::lifecycle::LifecycleEvent;
use cutover_core::plan::Step;
use cutover_ports::hooks::HookPayload;

use super::Watch;
use crate::world::SimAlias;

impl Watch {
    /// A worker that holds `claim` asks for the alias to be `set`.
    pub(crate) fn alias_asked(&mut self, now: i64, claim: Option<(usize, u64)>, set: &AliasState) {
        let weight: u32 = set.weights.values().map(|w| u32::from(*w)).sum();
        self.demand(weight <= 10_000, "I1", now, || format!("the alias is asked to be {set}"));
        let Some((place, _)) = claim else {
            return self.violated("I5", now, || format!("the alias is asked to be {set} without a claim"));
        };
        let (state, plan) = (&self.known[place].state, self.known[place].plan.clone());
        let cursor = state.cursor;
        let wanted = if state.ending.is_some() {
            state.ledger.first().map(|entry| entry.before.clone())
        } else {
            match plan.step(cursor) {
                Some(Step::Shift { percent }) => {
                    Some(AliasState::shifted(&plan.shift.current, &plan.shift.target, *percent))
                }
                _ => None,
            }
        };
        self.demand(wanted.as_ref() == Some(set), "I9", now, || {
            format!("{} sets the alias to {set} at step {cursor}, which asks for {wanted:?}", plan.deployment)
        });
    }

    /// The alias is about to be `set` by a worker that held `claim` when it asked. That claim must still
    /// stand, or its end must be known to be in doubt.
    pub(crate) fn alias_written(
        &mut self,
        now: i64,
        claim: Option<(usize, u64)>,
        set: &AliasState,
        alias: &SimAlias,
    ) {
        let Some((place, token)) = claim else {
            return self.violated("I5", now, || format!("the alias is set to {set} without a claim"));
        };
        let known = &self.known[place];
        let (id, state) = (known.plan.deployment.clone(), &known.state);
        if known.is_over() {
            return self.violated("I3", now, || format!("{id} is over and sets the alias to {set}"));
        }
        let covered = match state.phase {
            Phase::Acting { token: held, .. } => held == token,
            _ => state.doubt_until.is_some(),
        };
        let phase = state.phase.clone();
        let ours = state.ledger.first().is_some_and(|entry| {
            alias.state.as_ref().is_some_and(|observed| entry.ours().contains(observed))
        });
        let observed = alias.state.clone();
        self.known[place].shifted_at = now;
        self.alias_writes.push((now, set.clone()));
        self.demand(covered, "I5", now, || {
            format!("{id} sets the alias to {set} under claim {token}, but stands at {phase:?}")
        });
        self.demand(ours, "I5", now, || {
            format!("{id} overwrites {observed:?}, which is not its own writing")
        });
    }

    /// The event for which an execution id was handed out.
    pub(crate) fn event_of(&self, payload: &HookPayload) -> Option<LifecycleEvent> {
        let known = self.named(&payload.deployment_id)?;
        known.plan.steps.iter().find_map(|step| match step {
            Step::Hook { event, execution_id, .. } => {
                (*execution_id == payload.lifecycle_event_hook_execution_id).then_some(*event)
            }
            _ => None,
        })
    }

    /// A hook is invoked.
    pub(crate) fn invoked(&mut self, now: i64, function: &str, payload: &HookPayload) {
        self.invocations += 1;
        let hook = (payload.deployment_id.clone(), function.to_owned());
        if !self.invoked.contains(&hook) {
            self.invoked.push(hook);
        }
        let place = self.place_of(&payload.deployment_id);
        let Some(place) = place else {
            return self.violated("I9", now, || "a hook of no deployment is invoked".to_owned());
        };
        let known = &self.known[place];
        let planned = known.plan.steps.iter().any(|step| {
            matches!(step, Step::Hook { function: f, execution_id, .. }
                if f == function && *execution_id == payload.lifecycle_event_hook_execution_id)
        });
        let (over, id) = (known.is_over(), known.plan.deployment.clone());
        self.demand(planned, "I9", now, || {
            format!("{id} invokes {function} with execution id {}", payload.lifecycle_event_hook_execution_id)
        });
        self.demand(!over, "I3", now, || format!("{id} is over and invokes {function}"));
    }
}
