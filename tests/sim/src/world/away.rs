//! The service is away: nobody takes messages, sweeps, or answers requests and hosts. Hosts go on with what they were told,
//! and what they say waits.

use super::agenda::Entry;
use super::{MINUTE, World};

/// How long hosts wait at most before they send again what nobody took.
const RESEND_MS: i64 = 30_000;

impl World {
    /// All workers are gone, and nobody comes for so long.
    pub(super) fn go_away(&mut self, span: i64) {
        self.away_until = self.away_until.max(self.now + span);
        for task in 0..self.tasks.len() {
            self.kill(task, "the service goes away");
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.now < self.away_until
    }

    /// What is due now; nothing if it waits until the service is there again.
    pub(super) fn unless_away(&mut self, entry: Entry) -> Option<Entry> {
        if !self.is_away() {
            return Some(entry);
        }
        let most = match entry {
            Entry::Deliver(_) | Entry::Signal(_) | Entry::Create { .. } | Entry::Intake => 2_000,
            Entry::Report(_) => RESEND_MS,
            Entry::Sweep | Entry::Poll => MINUTE,
            other => return Some(other),
        };
        let at = self.away_until + self.rng.between(1, most);
        self.agenda.put(at, entry);
        None
    }
}
