//! Orders that come while another one is at work: they are kept hidden in the queue, and the service is told that they wait,
//! so that it does not take the host for dead. None is accepted before its turn comes, and a stop leaves them to the queue.

use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::News;

use super::HIDDEN_SECS;
use super::outbox::report;
use super::{Command, Machine, Now, Phase};

/// How often it is said, and the messages are kept hidden.
const SAY_MS: u64 = 30_000;
/// Orders held at most. Others wait in the queue, visible, and are not spoken for.
pub(super) const MOST: usize = 16;

/// An order that waits for its turn.
#[derive(Debug)]
pub(super) struct Held {
    order: Order,
    receipt: String,
    /// The number of the last report about it.
    seq: u32,
    say_at: u64,
}

impl Held {
    pub(super) fn wake_at(&self) -> u64 {
        self.say_at
    }
}

impl Machine {
    /// Keeps an order for later; the same one again is the same message, delivered once more.
    pub(super) fn hold(&mut self, receipt: String, order: Order, now: Now, commands: &mut Vec<Command>) {
        if let Some(known) = self.held.iter_mut().find(|held| held.order.id == order.id) {
            known.receipt = receipt;
            return;
        }
        commands.push(Command::info(format!(
            "The order {} of {} has come and waits for the one at work.",
            order.id, order.deployment
        )));
        self.held.push_back(Held { order, receipt, seq: 0, say_at: now.ms });
    }

    /// Says what is due, or takes the next one up when nothing is at work.
    pub(super) fn tick_held(&mut self, now: Now, commands: &mut Vec<Command>) {
        if self.stopping.is_some() {
            let left = self.held.drain(..).map(|held| Command::Extend(held.receipt, 0));
            commands.extend(left);
            return;
        }
        while let Phase::Resting = self.phase
            && self.unsaved.is_none()
            && let Some(Held { order, receipt, seq, .. }) = self.held.pop_front()
        {
            self.consider((order, receipt, seq), now, commands);
        }
        let mut said = Vec::new();
        for held in self.held.iter_mut().filter(|held| held.say_at <= now.ms) {
            held.say_at = now.ms + SAY_MS;
            held.seq = held.seq.saturating_add(1);
            said.push(report(&held.order, &self.settings, held.seq, News::Busy, now));
            commands.push(Command::Extend(held.receipt.clone(), HIDDEN_SECS));
        }
        said.into_iter().for_each(|report| self.put(report));
    }
}
