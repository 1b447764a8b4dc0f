//! What goes wrong with calls and messages.

use crate::rng::Rng;
use crate::story::Tries;

/// Which call of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reading an item.
    Get,
    /// Writing one item.
    Put,
    /// A transaction.
    Transact,
    /// Reading an index.
    Query,
    /// Sending a message.
    Send,
    /// Reading the alias.
    ReadAlias,
    /// Writing the alias.
    SetAlias,
    /// Looking for a version.
    VersionExists,
    /// Invoking a hook.
    Invoke,
    /// Reading alarms.
    Alarms,
    /// Listing the hosts of a fleet.
    Hosts,
    /// Reading which processes of Auto Scaling groups are suspended.
    Suspended,
    /// Suspending processes.
    Suspend,
    /// Resuming processes.
    Resume,
    /// Sending an order to a host.
    Order,
    /// Telling a listener.
    Tell,
}

impl Kind {
    /// Every kind with its word in scenario files.
    pub const ALL: [(Self, &'static str); 16] = [
        (Self::Get, "get"),
        (Self::Put, "put"),
        (Self::Transact, "transact"),
        (Self::Query, "query"),
        (Self::Send, "send"),
        (Self::ReadAlias, "read-alias"),
        (Self::SetAlias, "set-alias"),
        (Self::VersionExists, "version-exists"),
        (Self::Invoke, "invoke"),
        (Self::Alarms, "alarms"),
        (Self::Hosts, "list-hosts"),
        (Self::Suspended, "read-processes"),
        (Self::Suspend, "suspend"),
        (Self::Resume, "resume"),
        (Self::Order, "order"),
        (Self::Tell, "tell"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The worker dies before the call is made.
    CrashBefore,
    /// The call takes effect and the worker dies before the answer.
    CrashAfter,
    /// The worker dies at once; the call lands later, within its limit.
    LandLate,
    /// The call takes effect, and the worker is told that it failed.
    Lost,
    /// The worker is told that the call failed; it lands later, within its limit.
    LostLate,
    /// The call takes no effect and may be made again: throttling, a server's fault.
    Fail,
    /// A conditional write takes effect, is sent again by the client and then fails on its own first try.
    Repeated,
    /// It takes nearly as long as it may.
    Slow,
}

impl Fault {
    /// Every fault with its words in scenario files.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::CrashBefore, "crash before"),
        (Self::CrashAfter, "crash after"),
        (Self::LandLate, "crash and land late"),
        (Self::Lost, "lose the answer"),
        (Self::LostLate, "lose the answer and land late"),
        (Self::Fail, "fail"),
        (Self::Repeated, "repeat"),
        (Self::Slow, "slow"),
    ];

    /// Its words.
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, words)| words)
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageFault {
    /// It never arrives.
    Lost,
    /// It comes twice.
    Doubled,
    /// It comes so many milliseconds late.
    Late(i64),
    /// It is handled, its deletion is lost, and it comes again.
    Kept,
}

/// How often things go wrong, in 10,000 cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Calls with a fault.
    pub call: u32,
    /// Messages that are lost.
    pub lost: u32,
    /// Messages that come twice.
    pub doubled: u32,
    /// Messages that come late, up to five minutes.
    pub delayed: u32,
    /// Handled messages whose deletion is lost, so that they come again.
    pub unacked: u32,
}

/// What goes wrong in a world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// At random.
    pub rates: Rates,
    /// The call of that number, from 0, counted over the whole world.
    pub at_call: Option<(u64, Fault)>,
    /// The nth call, from 1, of a kind.
    pub scripted: Vec<(Kind, u32, Fault)>,
    /// Messages by their number, from 0; of those that are kept, by the number of the copy.
    pub messages: Vec<(u64, MessageFault)>,
    /// What goes between the service and its hosts, by its number, from 0: orders, answers to hosts that ask, reports.
    pub posts: Vec<(u64, MessageFault)>,
    /// Tries of the first deployment's acts; those at one place one after another.
    pub tries: Vec<Tries>,
    /// Failed calls say so at length, each in other words.
    pub long_words: bool,
    /// How far workers' clocks are off at most, in milliseconds.
    pub skew: i64,
}

impl Faults {
    /// The fault of call number `n`, the `nth` (from 1) of its kind.
    ///
    /// `chaos` is a stream of its own, so that the same faults leave the same world when they are spelt out.
    pub(crate) fn of_call(&self, n: u64, kind: Kind, nth: u32, calm: bool, chaos: &mut Rng) -> Option<Fault> {
        if let Some((at, fault)) = self.at_call
            && at == n
        {
            return Some(fault);
        }
        if let Some((.., fault)) = self.scripted.iter().find(|(k, i, _)| *k == kind && *i == nth) {
            return Some(*fault);
        }
        if calm || !chaos.chance(self.rates.call) {
            return None;
        }
        Some(match chaos.below(16) {
            0..=1 => Fault::CrashBefore,
            2..=3 => Fault::CrashAfter,
            4..=5 => Fault::LandLate,
            6..=7 => Fault::Lost,
            8..=9 => Fault::LostLate,
            10..=12 => Fault::Fail,
            13 => Fault::Repeated,
            _ => Fault::Slow,
        })
    }

    /// How often the deletion of copy number `n` is said to be lost.
    pub(crate) fn kept(&self, n: u64) -> usize {
        self.messages.iter().filter(|said| **said == (n, MessageFault::Kept)).count()
    }

    /// What becomes of message number `n` when it is sent.
    pub(crate) fn of_message(&self, n: u64, calm: bool, chaos: &mut Rng) -> Vec<MessageFault> {
        self.sent(&self.messages, n, calm, chaos)
    }

    /// The same of what goes between the service and its hosts.
    pub(crate) fn of_post(&self, n: u64, calm: bool, chaos: &mut Rng) -> Vec<MessageFault> {
        self.sent(&self.posts, n, calm, chaos)
    }

    fn sent(&self, told: &[(u64, MessageFault)], n: u64, calm: bool, chaos: &mut Rng) -> Vec<MessageFault> {
        let said = told.iter().filter(|(m, what)| *m == n && *what != MessageFault::Kept);
        let mut faults: Vec<_> = said.map(|(_, what)| *what).collect();
        if calm {
            return faults;
        }
        if chaos.chance(self.rates.lost) {
            faults.push(MessageFault::Lost);
        }
        if chaos.chance(self.rates.doubled) {
            faults.push(MessageFault::Doubled);
        }
        if chaos.chance(self.rates.delayed) {
            faults.push(MessageFault::Late(chaos.between(1_000, 300_000)));
        }
        faults
    }

    /// Whether the deletion of copy number `n` is lost, as it was `before` so many times.
    pub(crate) fn keeps(&self, n: u64, before: usize, calm: bool, chaos: &mut Rng) -> bool {
        self.kept(n) > before || (!calm && chaos.chance(self.rates.unacked))
    }
}
