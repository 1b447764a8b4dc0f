//! Accept before the first event: the service is asked whether an order may begin, until it says so or not.

use cutover_wire::agent::order::Order;

use super::backoff::backoff;
use super::{Answer, Command, Machine, Now, Phase};

/// The first wait after an answer that was none, and the longest.
const FIRST_MS: u64 = 200;
const LONGEST_MS: u64 = 10_000;
/// After so long the order is left to the queue, which delivers it again.
const ASK_FOR_MS: u64 = 600_000;
/// How long a message is hidden when it is received and at every renewal, and how often that is.
pub const HIDDEN_SECS: u32 = 90;
const RENEW_MS: u64 = 30_000;

/// An order that may not begin yet.
#[derive(Debug)]
pub(super) struct Asking {
    order: Order,
    receipt: String,
    /// The number of the last report about it.
    seq: u32,
    since: u64,
    tries: u32,
    /// `None` while an answer is under way.
    ask_at: Option<u64>,
    renew_at: u64,
}

impl Asking {
    pub(super) fn new(order: Order, receipt: String, seq: u32, now: Now) -> Self {
        Self {
            order,
            receipt,
            seq,
            since: now.ms,
            tries: 0,
            ask_at: Some(now.ms),
            renew_at: now.ms + RENEW_MS,
        }
    }

    pub(super) fn wake_at(&self) -> u64 {
        self.ask_at.unwrap_or(self.renew_at).min(self.renew_at)
    }

    /// Whether the service may just be granting it.
    pub(super) fn is_open(&self) -> bool {
        self.ask_at.is_none()
    }
}

impl Machine {
    pub(super) fn answered(&mut self, order: &str, answer: Answer, now: Now, commands: &mut Vec<Command>) {
        let Phase::Asking(asking) = &mut self.phase else { return };
        if asking.order.id != order || asking.ask_at.is_some() {
            return;
        }
        match answer {
            Answer::Granted => {
                let Phase::Asking(asking) = std::mem::replace(&mut self.phase, Phase::Resting) else {
                    return;
                };
                self.begin(asking.order, asking.receipt, asking.seq, now, commands);
            }
            Answer::Withdrawn(reason) => {
                let deployment = &asking.order.deployment;
                commands
                    .push(Command::info(format!("The order {order} of {deployment} is withdrawn: {reason}")));
                commands.push(Command::Delete(asking.receipt.clone()));
                self.phase = Phase::Resting;
            }
            Answer::None(problem) => {
                if asking.tries.is_power_of_two() || asking.tries == 0 {
                    commands.push(Command::warn(format!(
                        "Whether the order {order} may begin is not known: {problem}"
                    )));
                }
                asking.ask_at =
                    Some(now.ms + backoff(asking.tries, FIRST_MS, LONGEST_MS, &self.settings.host));
                asking.tries = asking.tries.saturating_add(1);
            }
        }
    }

    pub(super) fn tick_asking(&mut self, now: Now, commands: &mut Vec<Command>) {
        let Phase::Asking(asking) = &mut self.phase else { return };
        let stopping = self.stopping.is_some() && !asking.is_open();
        if stopping || now.ms.saturating_sub(asking.since) >= ASK_FOR_MS {
            let order = &asking.order.id;
            commands.push(Command::info(format!(
                "The order {order} is left to the queue, which delivers it again."
            )));
            self.phase = Phase::Resting;
            return;
        }
        if asking.renew_at <= now.ms {
            asking.renew_at = now.ms + RENEW_MS;
            commands.push(Command::Extend(asking.receipt.clone(), HIDDEN_SECS));
        }
        if asking.ask_at.is_some_and(|at| at <= now.ms) {
            asking.ask_at = None;
            commands.push(Command::Ask(Box::new(asking.order.clone())));
        }
    }
}
