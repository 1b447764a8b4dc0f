//! Boards of fleets, commit by commit, beside what the hosts really do.

use std::collections::{BTreeMap, BTreeSet};

use cutover_core::deployment::Verdict;
use cutover_core::fleet::board::{Board, Counts};
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::rule::FleetRule;
use cutover_core::ids::{DeploymentId, ShardId};
use cutover_core::plan::PlanKind;
use cutover_core::time::Timestamp;
use cutover_ports::table::Item;
use cutover_store::divided::Divided;
use cutover_store::fleets::{Rostered, Target};
use cutover_store::{codec, key};
use serde::Deserialize;

use super::capacity::over_all;
use super::{Known, Watch};
use crate::setup::{GENESIS, Setup, scope};
use crate::world::SimTable;

/// A shard as it was last committed, and what its hosts really did.
pub(crate) struct Shard {
    pub(crate) rostered: Rostered,
    pub(crate) board: Board,
    /// 0 while it has not heard anything.
    pub(super) version: u64,
    /// Orders, by place and attempt, whose acceptance was committed; whether everything was withdrawn by then.
    pub(super) accepted: BTreeMap<(u16, u16), bool>,
    /// Hosts that have begun.
    pub(super) begun: BTreeSet<u16>,
    /// How their work ended, by their own account.
    pub(super) results: BTreeMap<u16, bool>,
    /// When the zone at work was over.
    pub(super) zone_over_at: i64,
}

#[derive(Deserialize)]
struct Body {
    board: Board,
}

/// A broken invariant, and how.
pub(super) type Wrong = (&'static str, String);

pub(super) fn wrong<T>(invariant: &'static str, what: String) -> Result<T, Wrong> {
    Err((invariant, what))
}

impl Watch {
    /// The shards of the fleet of that deployment, once its hosts are looked up.
    pub(crate) fn fleet(&self, id: &DeploymentId) -> Option<&[Shard]> {
        self.shards.get(id.as_str()).map(Vec::as_slice)
    }

    /// The board under this partition key, as it was last committed.
    pub(crate) fn board_at(&self, pk: &str) -> Option<&Board> {
        let (id, shard) = named(pk)?;
        self.shards.get(id)?.get(shard).map(|shard| &shard.board)
    }

    /// How the hosts of a deployment stand.
    pub(crate) fn hosts_of(&self, id: &DeploymentId) -> Option<Counts> {
        let counts = |shard: &Shard| match (shard.version, shard.board.counts()) {
            // It never began, and never will if the deployment is over.
            (0, counts) => Counts { pending: 0, skipped: counts.pending, ..counts },
            (_, counts) => counts,
        };
        Some(self.fleet(id)?.iter().map(counts).fold(Counts::default(), Counts::plus))
    }

    /// Looks at a board that was just written. Gives a line for the trace.
    pub(super) fn board_written(
        &mut self,
        now: i64,
        item: &Item,
        table: &SimTable,
        setup: &Setup,
    ) -> Option<String> {
        let (id, place) = named(&item.key.pk)?;
        let bytes = item.body.len();
        self.demand(bytes < 16 * 1024, "I10", now, || format!("the board takes {bytes} bytes"));
        let Ok(Body { board }) = codec::decode::<Body>(item) else {
            self.violated("I10", now, || "a board that cannot be read".to_owned());
            return None;
        };
        let told = format!("{id} board {place} {}: {}", board.epoch, letters(&board));
        let timer = item.wake.is_some();
        let checked = match self.shards.get_mut(id) {
            Some(shards) => next_board(shards, (now, place), board, item.version, timer, table, id),
            None => self.first_board(id, board, timer, table, setup),
        };
        if let Err((invariant, what)) = checked {
            self.violated(invariant, now, || format!("{id} {what}"));
        }
        Some(told)
    }

    fn first_board(
        &mut self,
        id: &str,
        board: Board,
        timer: bool,
        table: &SimTable,
        setup: &Setup,
    ) -> Result<(), Wrong> {
        let shard = ShardId::first(&scope(), &DeploymentId::new(id));
        let rostered = table.get(&key::roster(&shard)).map(codec::decode::<Rostered>);
        let Some(Ok(rostered)) = rostered else { return wrong("I5", "has a board and no roster".to_owned()) };
        let hosts = rostered.roster.hosts.len() as u32;
        right_rule(&rostered.rule, hosts, self.minimum(id, hosts, setup))?;
        let untouched = board.cells.iter().all(|cell| *cell == Cell::Waiting);
        if board.epoch != 1 || !timer || !untouched || board.cells.len() != hosts as usize {
            return wrong("I4", format!("begins with the board {}, timer: {timer}", letters(&board)));
        }
        self.shards.insert(id.to_owned(), vec![Shard::new(rostered, board, 1)]);
        Ok(())
    }

    /// How many of so many hosts of a deployment must stay healthy. Of follow-ups none must.
    fn minimum(&self, id: &str, hosts: u32, setup: &Setup) -> Option<u32> {
        let follows = |known: &Known| matches!(known.plan.kind, PlanKind::FollowUp { .. });
        if self.named(id).is_some_and(follows) {
            return Some(0);
        }
        setup.fleet.as_ref().map(|fleet| fleet.minimum.minimum(hosts))
    }

    /// A fleet of many shards was written: all of them must be there, whole.
    pub(super) fn fleet_divided(&mut self, now: i64, item: &Item, table: &SimTable, setup: &Setup) {
        let Some((id, _)) = named(&item.key.pk) else { return };
        if let Err((invariant, what)) = self.divided(id, item, table, setup) {
            self.violated(invariant, now, || format!("{id} {what}"));
        }
    }

    fn divided(&mut self, id: &str, item: &Item, table: &SimTable, setup: &Setup) -> Result<(), Wrong> {
        let Ok(divided) = codec::decode::<Divided>(item) else {
            return wrong("I10", "is divided in a way that cannot be read".to_owned());
        };
        let mut shards = Vec::new();
        for shard in divided.ids(&scope(), &DeploymentId::new(id)) {
            let rostered =
                table.get(&key::drawn_roster(&shard, &divided.drawn)).map(codec::decode::<Rostered>);
            let Some(Ok(rostered)) = rostered else {
                return wrong("I10", format!("is half a fleet: shard {} has no roster", shard.shard));
            };
            let board = Board::new(&rostered.roster, Timestamp::from_millis(0));
            shards.push(Shard::new(rostered, board, 0));
        }
        let mut names: Vec<_> =
            shards.iter().flat_map(|shard| &shard.rostered.roster.hosts).map(|host| &host.name).collect();
        let hosts = names.len();
        names.sort_unstable();
        names.dedup();
        let picked = shards.iter().flat_map(|shard| &shard.rostered.roster.hosts).map(|host| host.class);
        let in_order = divided.rule.zonal.is_some() || picked.is_sorted();
        if names.len() != hosts || !in_order {
            return wrong(
                "I10",
                format!("has {} hosts at {hosts} places, in order: {in_order}", names.len()),
            );
        }
        right_rule(&divided.rule, hosts as u32, self.minimum(id, hosts as u32, setup))?;
        self.shards.insert(id.to_owned(), shards);
        Ok(())
    }
}

/// Deployment and place of a shard, or of its fleet, by a partition key.
pub(super) fn named(pk: &str) -> Option<(&str, usize)> {
    let rest = pk.rsplit_once("/D#")?.1;
    let shard = rest.rsplit_once("#S#").and_then(|(_, shard)| shard.parse().ok());
    Some((rest.get(..11)?, shard.unwrap_or(0)))
}

fn right_rule(rule: &FleetRule, hosts: u32, minimum: Option<u32>) -> Result<(), Wrong> {
    if rule.hosts != hosts || Some(rule.minimum) != minimum {
        return wrong("I7", format!("keeps {} of {hosts} hosts, not {minimum:?}", rule.minimum));
    }
    Ok(())
}

/// The next board of one shard, and what that means for its fleet.
fn next_board(
    shards: &mut [Shard],
    (now, place): (i64, usize),
    board: Board,
    version: u64,
    timer: bool,
    table: &SimTable,
    id: &str,
) -> Result<(), Wrong> {
    let Some(shard) = shards.get_mut(place) else {
        return wrong("I5", format!("has a board of a shard {place}"));
    };
    let before = shard.board.clone();
    shard.next((now, place), board, version, timer, table, id)?;
    over_all(shards, now, place, &before)
}

impl Shard {
    /// Whether it goes on: one of many that has heard nothing yet does not.
    pub(crate) fn is_open(&self) -> bool {
        self.version > 0 && self.board.end.is_none()
    }

    fn new(rostered: Rostered, board: Board, version: u64) -> Self {
        Self {
            rostered,
            board,
            version,
            accepted: BTreeMap::new(),
            begun: BTreeSet::new(),
            results: BTreeMap::new(),
            zone_over_at: 0,
        }
    }

    fn next(
        &mut self,
        (now, shard): (i64, usize),
        next: Board,
        version: u64,
        timer: bool,
        table: &SimTable,
        id: &str,
    ) -> Result<(), Wrong> {
        if version != self.version + 1 {
            return wrong("I5", format!("went from version {} to {version} of its board", self.version));
        }
        self.version = version;
        if next.epoch == self.board.epoch {
            let same = next == self.board;
            return if same {
                Ok(())
            } else {
                wrong("I5", "changed its board without a new epoch".to_owned())
            };
        }
        if self.board.end.is_some() {
            return wrong("I3", "changed its board after the end".to_owned());
        }
        if next.epoch != self.board.epoch + 1 {
            return wrong("I5", format!("went from board {} to {}", self.board.epoch, next.epoch));
        }
        timed(&next, timer)?;
        for place in 0..next.cells.len().min(self.board.cells.len()) {
            let (old, new) = (self.board.cells[place], next.cells[place]);
            if old != new {
                let shard =
                    ShardId { shard: shard as u16, ..ShardId::first(&scope(), &DeploymentId::new(id)) };
                self.changed((now, place as u16), old, new, &next, table, &shard)?;
            }
        }
        if self.board.stopping.is_some() && next.wave != self.board.wave {
            return wrong("I8", "sends orders after the last".to_owned());
        }
        self.over(&next)?;
        self.board = next;
        Ok(())
    }

    /// One host stands differently.
    fn changed(
        &mut self,
        (now, place): (i64, u16),
        old: Cell,
        new: Cell,
        next: &Board,
        table: &SimTable,
        shard: &ShardId,
    ) -> Result<(), Wrong> {
        let name = self.rostered.roster.hosts[usize::from(place)].name.clone();
        if old.is_final() {
            return wrong("I11", format!("{name} was {old:?} and is {new:?}"));
        }
        if next.in_flight.contains_key(&place) == new.is_final() {
            return wrong("I10", format!("{name} is {new:?}, and its order is not"));
        }
        let told = table.get(&key::target(shard, &name)).is_some();
        match new {
            Cell::Running => {
                let attempt = next.in_flight.get(&place).map_or(0, |flight| flight.attempt);
                self.accepted.entry((place, attempt)).or_insert(self.board.withdrawn.is_some());
            }
            Cell::Succeeded | Cell::Failed if !told => {
                return wrong("I10", format!("{name} is {new:?}, and its report is not kept"));
            }
            Cell::Succeeded | Cell::Failed
                if self.results.get(&place).copied() != Some(new == Cell::Succeeded) =>
            {
                return wrong(
                    "I6",
                    format!("{name} is {new:?}, and its work is {:?}", self.results.get(&place)),
                );
            }
            Cell::Lost | Cell::TimedOut if told_long_ago(shard, &name, table, now) => {
                return wrong("I10", format!("{name} is {new:?}, and its report has long been kept"));
            }
            Cell::Skipped | Cell::Offline if self.begun.contains(&place) => {
                return wrong("I5", format!("{name} is {new:?}, and it has begun"));
            }
            _ => {}
        }
        Ok(())
    }

    fn over(&self, next: &Board) -> Result<(), Wrong> {
        let Some(end) = &next.end else { return Ok(()) };
        if !next.in_flight.is_empty() || next.cells.iter().any(|cell| !cell.is_final()) {
            return wrong("I3", format!("is over with hosts that are not: {}", letters(next)));
        }
        let many = self.rostered.rule.shards > 1;
        let enough = many || next.counts().succeeded >= self.rostered.rule.minimum.max(1);
        let zonal = self.rostered.rule.zonal.is_some();
        let right = match end.verdict {
            Verdict::Succeeded => enough && next.withdrawn.is_none(),
            Verdict::Failed => !enough || zonal || (many && next.stopping.is_some()),
            Verdict::Stopped => next.withdrawn.is_some(),
        };
        if right { Ok(()) } else { wrong("I6", format!("ended {:?} at {}", end.verdict, letters(next))) }
    }
}

/// Whether a host's report was kept before whoever gives it up can have begun.
fn told_long_ago(shard: &ShardId, name: &str, table: &SimTable, now: i64) -> bool {
    let target = table.get(&key::target(shard, name)).map(codec::decode::<Target>);
    target.is_some_and(|target| {
        target.is_ok_and(|target| now - (target.received_at.as_millis() - GENESIS) > 40_000)
    })
}

/// A board that is not over has a timer: the earliest of what it waits for.
fn timed(next: &Board, timer: bool) -> Result<(), Wrong> {
    let over = next.end.is_some();
    let deadlines = next.in_flight.values().map(|f| next.instant(f.due_secs)).chain(next.monitor_until);
    let earliest: Option<Timestamp> = deadlines.min();
    let right = match next.wake_at {
        None => over,
        Some(at) => !over && earliest.is_none_or(|earliest| at <= earliest),
    };
    if timer == over || !right {
        let at = next.wake_at.map(|at| at.as_millis() - GENESIS);
        return wrong("I4", format!("has a board with the timer {at:?}, stored: {timer}, over: {over}"));
    }
    Ok(())
}

/// A board's cells as one word.
pub(super) fn letters(board: &Board) -> String {
    let letter = |cell: &Cell| match cell {
        Cell::Waiting => 'w',
        Cell::Ordered => 'o',
        Cell::Running => 'r',
        Cell::Succeeded => 'S',
        Cell::Failed => 'F',
        Cell::Offline => 'U',
        Cell::Lost => 'L',
        Cell::TimedOut => 'T',
        Cell::Skipped => 'K',
    };
    board.cells.iter().map(letter).collect()
}

/// The boards of a fleet as words.
pub(super) fn all_letters(fleet: &[Shard]) -> String {
    let boards: Vec<String> = fleet.iter().map(|shard| letters(&shard.board)).collect();
    boards.join(" ")
}

/// The final test, written a second time: no shard was stopped, all are over, enough hosts have succeeded.
pub(super) fn fleet_succeeded(fleet: &[Shard]) -> bool {
    let well = |shard: &Shard| shard.board.end.as_ref().is_some_and(|end| end.verdict == Verdict::Succeeded);
    let cells = fleet.iter().flat_map(|shard| &shard.board.cells);
    let good = cells.filter(|cell| **cell == Cell::Succeeded).count();
    let must = fleet.first().map_or(0, |shard| shard.rostered.rule.minimum.max(1) as usize);
    fleet.iter().all(well) && good >= must
}
