//! What the sweep may send, and how often.

use cutover_store::state::Sweep;

use super::Watch;
use crate::setup::GENESIS;

/// How late a timer is before the sweep sends it again, less what clocks and slow writes make of it.
const GRACE_MS: i64 = 15_000 - 4_000;
/// How much sooner than noted the next round may seem to be, for the same reasons.
const SLACK_MS: i64 = 15_000;

impl Watch {
    /// The sweep notes something about an epoch that stands.
    pub(super) fn noted(&mut self, now: i64, place: usize, sweep: Sweep) {
        let known = &mut self.known[place];
        let old = std::mem::replace(&mut known.sweep, sweep);
        if sweep.rounds == old.rounds {
            return;
        }
        let (id, due) = (known.plan.deployment.clone(), known.state.wake_at);
        let late = due.map_or(i64::MIN, |at| now - (at.as_millis() - GENESIS));
        let pause = (60_000 << old.rounds.min(16)).min(3_600_000);
        let next = sweep.next_at.as_millis() - GENESIS - now;
        self.demand(
            sweep.rounds == old.rounds + 1 && late >= GRACE_MS && next >= pause - SLACK_MS,
            "I4",
            now,
            || format!("{id} is {late} ms late and swept as {old:?}, then as {sweep:?}"),
        );
    }

    /// The sweep sends a wake: never without having noted it.
    pub(crate) fn swept(&mut self, now: i64, body: &str) {
        let Some(place) = self.named_in(body) else { return };
        let known = &mut self.known[place];
        known.swept += 1;
        let (sent, rounds, id) = (known.swept, known.sweep.rounds, known.plan.deployment.clone());
        self.demand(sent <= rounds + 1, "I4", now, || {
            format!("{id} is swept for the {sent}th time, and {rounds} rounds are noted")
        });
    }
}
