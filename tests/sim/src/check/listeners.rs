//! What those who listen must have heard.

use cutover_store::notice::{END, ROLLBACK, START};

use super::{Known, Watch};
use crate::world::SimTable;

impl Watch {
    /// A listener took something. Its id is `DEPLOYMENT.SEQ.LISTENER`; of hosts it has a name in it instead.
    pub(crate) fn listener_told(&mut self, now: i64, listener: &str, id: &str) {
        let mut parts = id.splitn(3, '.');
        let (Some(deployment), Some(seq)) = (parts.next(), parts.next()) else {
            return self.violated("I13", now, || format!("{listener} heard {id:?}, which names nothing"));
        };
        let Ok(seq) = seq.parse::<u32>() else { return };
        let heard = self.told.entry((listener.to_owned(), deployment.to_owned())).or_default();
        if heard.contains(&seq) {
            return;
        }
        let last = heard.last().copied().unwrap_or(0);
        heard.push(seq);
        self.demand(last < seq, "I13", now, || format!("{listener} heard {id} after number {last}"));
        let Some(known) = self.named(deployment) else {
            return self.violated("I13", now, || format!("{listener} heard {id} of no deployment"));
        };
        let true_by_now = match seq {
            START => known.state.started_at.is_some(),
            _ => known.is_over(),
        };
        self.demand(true_by_now, "I13", now, || format!("{listener} heard {id} before it was true"));
    }

    /// At the end nobody has missed anything.
    pub(super) fn all_were_told(&mut self, now: i64, table: &SimTable) {
        let left = table.has_something_to_tell();
        self.demand(!left, "I13", now, || "somebody has yet to be told, and all is over".to_owned());
        for place in 0..self.known.len() {
            let (id, expected) = (self.known[place].plan.deployment.to_string(), self.expected(place));
            for listener in self.known[place].listeners.clone() {
                let heard = self.told.get(&(listener.clone(), id.clone())).cloned().unwrap_or_default();
                self.demand(heard == expected, "I13", now, || {
                    format!("{listener} heard {heard:?} of {id} and not {expected:?}")
                });
            }
        }
    }

    fn expected(&self, place: usize) -> Vec<u32> {
        let known = &self.known[place];
        let back = |other: &Known| other.is_rollback() && other.plan.deployment == known.plan.rollback_id;
        let followed = !known.is_rollback() && self.known.iter().any(back);
        let started = known.state.started_at.is_some();
        let all = [(started, START), (known.is_over(), END), (followed, ROLLBACK)];
        all.into_iter().filter_map(|(is, seq)| is.then_some(seq)).collect()
    }
}
