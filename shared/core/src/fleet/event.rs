//! What `decide_shard` hears and what it answers.

use serde::{Deserialize, Serialize};

use super::board::{Board, Stopping};
use super::grant::Grant;
use super::host_event::HostEvent;
use crate::time::Timestamp;

/// Something that a shard hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum ShardEvent {
    /// The timer of this epoch.
    Wake {
        /// The epoch it was sent for; any other makes it stale.
        epoch: u64,
    },
    /// What it may do; with the first one it begins. Grants only grow, so the largest counts.
    Granted {
        /// A lone shard has the whole of [`Grant::whole`].
        grant: Grant,
    },
    /// Too few would stay healthy in the fleet: no more hosts are started.
    Stop {
        /// Where.
        why: Stopping,
    },
    /// What hosts report; a batch is one commit, in whatever order it came.
    Reports {
        /// At least one.
        reports: Vec<Report>,
    },
    /// The deployment ends: nothing new begins, what runs is waited for.
    WithdrawAll {
        /// For the hosts' agents and the skipped targets.
        why: String,
    },
}

/// What a host says about its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The host's place in the roster.
    pub index: u16,
    /// Which order to this host it is about, from 1.
    pub attempt: u16,
    /// What it says.
    pub what: Told,
}

/// What a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told")]
pub enum Told {
    /// It asks whether it may begin. [`super::accept::may_begin`] has the answer; "granted" may be sent only once
    /// this is committed.
    Asked,
    /// It lives and has the order, and works on one of another group: it will ask when that is over. Only what waits to
    /// be accepted is given more time, and all in all no more than an order may take.
    Busy,
    /// It runs: it says that it has begun, or that it still does.
    Beat {
        /// The lifecycle event it is at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<HostEvent>,
    },
    /// It is through.
    Final {
        /// Whether every event succeeded.
        ok: bool,
        /// The first event that failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed_event: Option<HostEvent>,
    },
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A wake of an epoch that has passed.
    StaleEpoch,
    /// The roster is not the one that the board was made for.
    OtherRoster,
    /// The shard is over.
    Over,
    /// It has that grant, or a larger one.
    SameGrant,
    /// It starts no more hosts anyway.
    AlreadyStopping,
    /// Everything was withdrawn before.
    AlreadyWithdrawn,
    /// Every report of the batch is late, repeated or about another attempt.
    NothingNew,
}

/// What `decide_shard` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShardDecision {
    /// Nothing changes.
    Ignore(Why),
    /// Too early: hear it again at this instant.
    Later(Timestamp),
    /// This is the next board.
    Commit(Box<Board>),
}
