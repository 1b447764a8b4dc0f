//! What can happen to an agent.

use cutover_core::time::Timestamp;
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{Diagnostics, EventStatus};

/// The time, twice: a clock that nobody sets, for what is due, and the one on the wall, for what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since any beginning; never goes back.
    pub ms: u64,
    /// As the host believes it to be.
    pub wall: Timestamp,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The agent has started; the journal is as it was found.
    Start,
    /// A message came from the host's queue.
    Received {
        /// Stands for this delivery.
        receipt: String,
        /// The order in it, checked, or why it is not to be believed.
        order: Result<Box<Order>, String>,
    },
    /// [`Command::Ask`](super::Command::Ask) is over.
    Answered {
        /// The order's id.
        order: String,
        /// What was said.
        answer: Answer,
    },
    /// An event of the order at work has ended, with all its scripts.
    EventEnded {
        /// The order's id.
        order: String,
        /// The event's place in the order.
        at: usize,
        /// What became of it.
        status: EventStatus,
        /// How it ended, unless all was well.
        diagnostics: Option<Diagnostics>,
        /// At the next event no script runs and no file changes its place.
        quiet_next: bool,
    },
    /// [`Command::Send`](super::Command::Send) is over.
    Sent {
        /// The order's id.
        order: String,
        /// The report's number.
        seq: u32,
        /// Why it was not sent.
        error: Option<String>,
    },
    /// [`Command::Journal`](super::Command::Journal) is done.
    Journaled,
    /// [`Command::Journal`](super::Command::Journal) failed; what came after it in the list was not done.
    NotJournaled(String),
    /// The agent is asked to stop. A second time: at once.
    Shutdown,
    /// Time has passed.
    Tick,
}

/// Whether an order may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It may.
    Granted,
    /// It may not, and never will; the reason.
    Withdrawn(String),
    /// Nobody said anything that counts; why.
    None(String),
}
