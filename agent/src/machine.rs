//! What the agent does next: a pure machine. Whatever happens is an [`Input`]; the answer is a list of
//! [`Command`]s, to be carried out in that order. It knows no clock, no disk and no network.
//!
//! ```text
//!            order               granted                      last event ended
//! Resting ──────────► Asking ──────────────► Working (event after event) ──────────► Resting
//!    ▲                  │ withdrawn, or nobody answers for ten minutes
//!    └──────────────────┘
//! ```
//! One order at a time: others that come are held, hidden in the queue, and spoken for. The message of an order is deleted
//! as soon as the order was accepted and stands in the journal. From then on the journal is the truth: it is on
//! the host that has to go on, nobody needs to keep a message hidden for hours, and a host that comes back never
//! finds its own half-done order in the queue as if it were a new one. A host that does not come back is missed
//! by its reports.

pub mod backoff;

mod ask;
mod command;
mod held;
mod input;
mod outbox;
mod stop;
mod work;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use cutover_wire::agent::order::Order;

use crate::journal::Journal;

pub use ask::HIDDEN_SECS;
pub use command::{Command, Level};
pub use input::{Answer, Input, Now};

use ask::Asking;
use held::Held;
use outbox::Sender;
use stop::Stopping;
use work::Working;

/// How often a journal that could not be written is tried again.
const JOURNAL_AGAIN_MS: u64 = 10_000;

/// What does not change while the agent runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The host's name.
    pub host: String,
    /// Told in every report: the longest rest between two polls.
    pub idle_gap_ms: u64,
    /// How long a stop waits for the order at work.
    pub stop_within_ms: u64,
}

#[derive(Debug)]
enum Phase {
    Resting,
    Asking(Box<Asking>),
    Working(Working),
}

/// The agent's mind.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    journal: Journal,
    phase: Phase,
    /// Orders that wait for the one at work, the first first.
    held: VecDeque<Held>,
    sender: Sender,
    stopping: Option<Stopping>,
    /// The journal is not on disk; when to try again.
    unsaved: Option<u64>,
}

impl Machine {
    /// The agent of that host, with the journal as it was found. [`Input::Start`] must come first.
    pub fn new(settings: Settings, journal: Journal) -> Self {
        Self {
            settings,
            journal,
            phase: Phase::Resting,
            held: VecDeque::new(),
            sender: Sender::default(),
            stopping: None,
            unsaved: None,
        }
    }

    /// What [`Command::Journal`] writes.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether the next order may be fetched.
    pub fn wants_order(&self) -> bool {
        let free = match self.phase {
            Phase::Resting => true,
            Phase::Asking(_) => false,
            // Of another group: it is held.
            Phase::Working(_) => self.held.len() < held::MOST,
        };
        free && self.stopping.is_none() && self.unsaved.is_none()
    }

    /// When [`Input::Tick`] is due, on the clock of [`Now::ms`].
    pub fn wake_at(&self) -> Option<u64> {
        let phase = match &self.phase {
            Phase::Resting => None,
            Phase::Asking(asking) => Some(asking.wake_at()),
            Phase::Working(working) => Some(working.wake_at()),
        };
        let send = self.sender.wake_at(!self.journal.outbox.is_empty());
        let stop = self.stopping.as_ref().and_then(Stopping::wake_at);
        let held = self.held.iter().map(Held::wake_at).min();
        [phase, send, stop, held, self.unsaved].into_iter().flatten().min()
    }

    /// What follows from an input. When [`Command::Journal`] fails, a [`Command::Begin`], [`Command::Run`] or
    /// [`Command::Delete`] after it must not be carried out, and [`Input::NotJournaled`] is next.
    pub fn decide(&mut self, input: Input, now: Now) -> Vec<Command> {
        let mut commands = Vec::new();
        match input {
            Input::Start => self.start(now, &mut commands),
            Input::Received { receipt, order: Err(reason) } => {
                commands.push(Command::warn(format!("An order is refused: {reason}")));
                commands.push(Command::Delete(receipt));
            }
            Input::Received { receipt, order: Ok(order) } => {
                self.received(receipt, *order, now, &mut commands)
            }
            Input::Answered { order, answer } => self.answered(&order, answer, now, &mut commands),
            Input::EventEnded { order, at, status, diagnostics, quiet_next } => {
                self.event_ended((&order, at), (status, diagnostics), quiet_next, now, &mut commands);
            }
            Input::Sent { order, seq, error } => self.sent(&order, seq, error, now, &mut commands),
            Input::Journaled => self.unsaved = None,
            Input::NotJournaled(problem) => self.not_journaled(&problem, now, &mut commands),
            Input::Shutdown => self.shutdown(now, &mut commands),
            Input::Tick => {}
        }
        self.tick(now, &mut commands);
        commands
    }

    /// What is due by now, whatever else happened.
    fn tick(&mut self, now: Now, commands: &mut Vec<Command>) {
        self.tick_working(now);
        if self.unsaved.is_some_and(|at| at <= now.ms) {
            self.unsaved = Some(now.ms + JOURNAL_AGAIN_MS);
            commands.push(Command::Journal);
        }
        self.tick_held(now, commands);
        self.tick_asking(now, commands);
        self.send(now, commands);
        self.tick_stopping(now, commands);
    }

    fn received(&mut self, receipt: String, order: Order, now: Now, commands: &mut Vec<Command>) {
        if !self.wants_order() {
            // It stays in the queue and comes again.
            return;
        }
        if self.journal.current.as_ref().is_some_and(|current| current.order.id == order.id) {
            commands.push(Command::Delete(receipt));
            return;
        }
        self.consider((order, receipt, 0), now, commands);
    }

    /// An order, its message, and the number of the last report about it: to be asked about, or held if another one is at
    /// work, unless it is over or too late.
    fn consider(
        &mut self,
        (order, receipt, seq): (Order, String, u32),
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        if let Some(report) = self.journal.done(&order.id).cloned() {
            commands.push(Command::info(format!(
                "The order {} of {} was carried out before: its result is sent again.",
                order.id, order.deployment
            )));
            self.put(report);
            commands.extend([Command::Journal, Command::Delete(receipt)]);
            return;
        }
        if let Some(newer) = self.journal.overtaken_by(&order) {
            commands.push(Command::warn(format!(
                "The order {} of {} is refused: its generation {} and attempt {} come before the order {newer}, which this host has had.",
                order.id, order.deployment, order.generation, order.seat.attempt
            )));
            commands.push(Command::Delete(receipt));
            return;
        }
        if let Phase::Working(_) = self.phase {
            return self.hold(receipt, order, now, commands);
        }
        commands.push(Command::info(format!("The order {} of {} has come.", order.id, order.deployment)));
        self.phase = Phase::Asking(Box::new(Asking::new(order, receipt, seq, now)));
    }

    /// Nothing may begin that the journal does not know of.
    fn not_journaled(&mut self, problem: &str, now: Now, commands: &mut Vec<Command>) {
        let message = format!("The agent's journal cannot be written: {problem}.");
        commands.push(Command::warn(message.clone()));
        self.unsaved = Some(now.ms + JOURNAL_AGAIN_MS);
        if let Phase::Working(_) = self.phase {
            self.fail_event(5, &message, now, commands);
            // Of no use before the disk is mended; it is tried again by itself.
            commands.retain(|command| !matches!(command, Command::Journal));
        }
    }
}
