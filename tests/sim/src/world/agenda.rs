//! What is due when. Entries of the same instant keep the order in which they were put.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use cutover_wire::agent::report::Report;

use super::call::{CallId, Flight, Reply};
use super::tasks::{SignalWish, TaskId};

/// Something due.
pub(crate) enum Entry {
    /// A round of the sweep.
    Sweep,
    /// A round of the alarm poll.
    Poll,
    /// A request for deployment number `n`.
    Create { n: u64, patience: u32 },
    /// The setup's happening of that number.
    Happen(usize),
    /// What the setup says for its moment of that number.
    Moment(usize),
    /// A message is delivered.
    Deliver(u64),
    /// A message that was not deleted becomes visible again.
    Visible(u64),
    /// Somebody brings a signal.
    Signal(Box<SignalWish>),
    /// A call takes effect.
    Land(Box<Flight>),
    /// A worker hears an answer.
    Answer { task: (TaskId, CallId), reply: Box<Reply> },
    /// A worker's function is ended.
    Kill(TaskId),
    /// A host finds an order in its queue.
    Order { host: usize, body: String },
    /// An agent asks whether it may begin.
    Ask { host: usize, job: u64 },
    /// It hears whether it may.
    Told { host: usize, job: u64, granted: bool },
    /// A lifecycle event on a host is through.
    Work { host: usize, job: u64 },
    /// A heartbeat of an agent at work is due.
    Beat { host: usize, job: u64 },
    /// A host that died is there again.
    Back { host: usize, job: u64 },
    /// A report comes to the service's queue.
    Report(Box<Report>),
    /// A host sends a report again.
    Resend { host: usize, report: Box<Report> },
    /// The service takes in what is in its queue.
    Intake,
}

impl Entry {
    /// Whether it keeps the world going. Ends of functions and of invisibility only matter while there are
    /// workers and messages, which the world counts itself.
    fn is_work(&self) -> bool {
        !matches!(self, Self::Sweep | Self::Poll | Self::Kill(_) | Self::Visible(_))
    }
}

struct Due {
    at: i64,
    seq: u64,
    entry: Entry,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    /// The earliest is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.seq).cmp(&(self.at, self.seq))
    }
}

/// All that is due.
#[derive(Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Due>,
    seq: u64,
    work: usize,
}

impl Agenda {
    /// Puts an entry.
    pub(crate) fn put(&mut self, at: i64, entry: Entry) {
        self.work += usize::from(entry.is_work());
        self.seq += 1;
        self.heap.push(Due { at, seq: self.seq, entry });
    }

    /// The earliest entry.
    pub(crate) fn take(&mut self) -> Option<(i64, Entry)> {
        let due = self.heap.pop()?;
        self.work -= usize::from(due.entry.is_work());
        Some((due.at, due.entry))
    }

    /// When the earliest is due.
    pub(crate) fn next_at(&self) -> Option<i64> {
        self.heap.peek().map(|due| due.at)
    }

    /// Whether nothing is due that could start something.
    pub(crate) fn is_idle(&self) -> bool {
        self.work == 0
    }
}
