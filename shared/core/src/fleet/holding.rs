//! What the purse of a fleet knows of one of its shards: what it was granted, and what it was last seen to hold.
//!
//! Whatever a shard does, those at work and those that wait become no more, and neither do those out and those that
//! wait and serve. So a view of any age tells the most that a shard may hold under a grant, and an old one only makes it
//! look larger than it is.

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::cell::Cell;
use super::divide::ShardShape;
use super::grant::Grant;
use super::room::Room;
use super::roster::{HealthClass, Roster};

/// A shard is worth a word to its purse once it holds an eighth of its grant less than when it gave word last: so often
/// does it tell while it comes to its end.
const WORDS: u32 = 8;

/// What a shard was granted, and what it was last seen to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub struct Holding {
    /// Nothing before it begins. It only grows.
    pub grant: Grant,
    /// As it was last seen.
    pub held: Held,
}

/// How a shard stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// The board's epoch; 0 if there is none yet.
    pub epoch: u64,
    /// Hosts that wait and were Unhealthy before.
    pub waiting_unhealthy: u32,
    /// Other hosts that wait.
    pub waiting: u32,
    /// Ordered or running.
    pub at_work: u32,
    /// Serving nobody.
    pub out: u32,
    /// Succeeded.
    pub succeeded: u32,
    /// Failed, in whatever way.
    pub failed: u32,
    /// Skipped.
    pub skipped: u32,
    /// Whether it is over.
    pub over: bool,
}

impl Holding {
    /// A shard that has not begun.
    pub fn untouched(shape: &ShardShape) -> Self {
        let waiting = shape.hosts.saturating_sub(shape.unhealthy);
        let (waiting_unhealthy, out) = (shape.unhealthy, shape.unhealthy);
        Self { grant: Grant::default(), held: Held { waiting_unhealthy, waiting, out, ..Held::default() } }
    }

    /// Whether any of its hosts may be at work.
    pub fn has_begun(&self) -> bool {
        self.grant != Grant::default()
    }

    /// The most that it may hold now.
    pub(super) fn most(&self) -> Grant {
        self.held.most(self.grant)
    }

    /// Hosts that are out and at work, or may be by now.
    pub(super) fn soon_at_work(&self) -> u32 {
        self.held.at_work + if self.is_full() { self.held.waiting_unhealthy } else { 0 }
    }

    /// Whether all its hosts may be started by now.
    pub(super) fn is_full(&self) -> bool {
        self.most() == self.held.full()
    }
}

impl Held {
    /// How this board stands.
    pub fn of(roster: &Roster, board: &Board) -> Self {
        let all = 0..roster.hosts.len().min(board.cells.len());
        let room = Room::now(roster, board, all, board.grant());
        let unhealthy = roster.hosts.iter().zip(&board.cells);
        let unhealthy =
            unhealthy.filter(|(h, cell)| h.class == HealthClass::Unhealthy && **cell == Cell::Waiting);
        let (counts, waiting_unhealthy) = (board.counts(), unhealthy.count() as u32);
        Self {
            epoch: board.epoch,
            waiting_unhealthy,
            waiting: counts.pending - waiting_unhealthy,
            at_work: room.in_flight,
            out: room.out,
            succeeded: counts.succeeded,
            failed: counts.failed,
            skipped: counts.skipped,
            over: board.end.is_some(),
        }
    }

    /// What it would hold if all its hosts that wait were started at once.
    pub(super) fn full(&self) -> Grant {
        Grant { at_work: self.at_work + self.waiting + self.waiting_unhealthy, out: self.out + self.waiting }
    }

    fn most(&self, grant: Grant) -> Grant {
        grant.min(self.full()).max(Grant { at_work: self.at_work, out: self.out })
    }
}

/// Whether what happened between these two boards of a shard is worth a word to the purse: it is over, it holds
/// noticeably less, or it can do nothing more with what it has.
pub fn worth_a_word(roster: &Roster, old: &Board, new: &Board) -> bool {
    let (before, after) = (Held::of(roster, old), Held::of(roster, new));
    if after.over || before.over {
        return after.over && !before.over;
    }
    let stands = |held: &Held| held.at_work == 0;
    let grain = |granted: u32| (granted / WORDS).max(1);
    let (most_before, most_after) = (before.most(old.grant()), after.most(new.grant()));
    let fewer = |before: u32, after: u32, grain: u32| after / grain < before / grain;
    (stands(&after) && !stands(&before))
        || fewer(most_before.at_work, most_after.at_work, grain(new.grant().at_work))
        || fewer(most_before.out, most_after.out, grain(new.grant().out))
}

/// As it is stored: two hundred of these must fit into an item.
#[derive(Serialize, Deserialize)]
struct Row(Grant, u64, [u32; 7], bool);

impl From<Row> for Holding {
    fn from(Row(grant, epoch, counts, over): Row) -> Self {
        let [waiting_unhealthy, waiting, at_work, out, succeeded, failed, skipped] = counts;
        let held = Held { epoch, waiting_unhealthy, waiting, at_work, out, succeeded, failed, skipped, over };
        Self { grant, held }
    }
}

impl From<Holding> for Row {
    fn from(Holding { grant, held: h }: Holding) -> Self {
        let counts = [h.waiting_unhealthy, h.waiting, h.at_work, h.out, h.succeeded, h.failed, h.skipped];
        Self(grant, h.epoch, counts, h.over)
    }
}
