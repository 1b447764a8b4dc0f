//! How many hosts serve: the rule of the minimum, written a second time, over all shards of a fleet.

use cutover_core::fleet::board::{Board, Stopping};
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::purse::Purse;
use cutover_core::fleet::roster::{HealthClass, RosterHost};

use cutover_ports::table::Item;
use cutover_store::codec;

use super::Watch;
use super::fleet::{Shard, Wrong, all_letters, named, wrong};

/// How much shorter a wait may seem: two clocks differ by four seconds, and the commit with which it began may have
/// taken ten to be stored.
const SLACK_MS: i64 = 14_000;

/// A host as it was before, and how it stands.
type Host<'a> = (&'a RosterHost, Cell);

/// A shard of the fleet has gone on from `before`: enough hosts serve, in the fleet and in each zone where these take
/// turns.
pub(super) fn over_all(shards: &mut [Shard], now: i64, place: usize, before: &Board) -> Result<(), Wrong> {
    let Some(first) = shards.first() else { return Ok(()) };
    let (minimum, zonal) = (first.rostered.rule.minimum as usize, first.rostered.rule.zonal);
    let hosts: Vec<Host<'_>> = shards.iter().flat_map(Shard::hosts).collect();
    capacity(&hosts, minimum, shards)?;
    let Some(zonal) = zonal else { return Ok(()) };
    let old = shards.iter().enumerate().flat_map(|(at, shard)| {
        let board = if at == place { before } else { &shard.board };
        board.cells.iter().copied()
    });
    let old: Vec<Cell> = old.collect();
    let over = |cells: &[Cell]| cells.iter().all(|cell| cell.is_final());
    let new: Vec<Cell> = hosts.iter().map(|(_, cell)| *cell).collect();
    let (mut from, mut ended) = (0, false);
    for (n, zone) in hosts.chunk_by(|a, b| a.0.zone == b.0.zone).enumerate() {
        let run = from..from + zone.len();
        from = run.end;
        let fresh = |cells: &[Cell]| cells.iter().all(|c| matches!(c, Cell::Waiting | Cell::Skipped));
        if n > 0 && fresh(&old[run.clone()]) && !fresh(&new[run.clone()]) {
            let wait = if n == 1 { zonal.first_monitor_ms } else { zonal.monitor_ms };
            if !over(&new[..run.start]) || now - first.zone_over_at < wait as i64 - SLACK_MS {
                return wrong("I12", format!("goes on to zone {} too soon: {}", n + 1, all_letters(shards)));
            }
        }
        ended |= !over(&old[run.clone()]) && over(&new[run]);
        capacity(zone, zonal.minimum(zone.len() as u32) as usize, shards)?;
    }
    if ended {
        shards[0].zone_over_at = now;
    }
    Ok(())
}

impl Watch {
    /// Looks at a purse that was just written: a fleet is stopped only if it could not go on.
    pub(super) fn purse_written(&mut self, now: i64, item: &Item) {
        let Some((id, _)) = named(&item.key.pk) else { return };
        let Ok(purse) = codec::decode::<Purse>(item) else {
            return self.violated("I10", now, || "a purse that cannot be read".to_owned());
        };
        let Some(shards) = self.shards.get(id) else { return };
        let Some(rule) = shards.first().map(|shard| &shard.rostered.rule) else { return };
        if purse.stopping != Some(Stopping::Constraints) || rule.zonal.is_some() {
            return;
        }
        let hosts = || shards.iter().flat_map(Shard::hosts);
        let failed = hosts().filter(|(_, cell)| cell.has_failed()).count();
        let first = hosts().find(|(_, cell)| *cell == Cell::Waiting);
        let may_go_first = first.is_some_and(|(host, _)| host.class == HealthClass::Unhealthy);
        let wrong = failed < rule.allowance() as usize || may_go_first;
        let boards = all_letters(shards);
        self.demand(!wrong, "I6", now, || format!("{id} is stopped with {failed} failed: {boards}"));
    }
}

/// The rule of the minimum, host by host, over a fleet or one of its zones.
fn capacity(hosts: &[Host<'_>], must: usize, shards: &[Shard]) -> Result<(), Wrong> {
    let allowed = hosts.len() - must.min(hosts.len());
    let served = |host: &Host<'_>| host.0.class != HealthClass::Unhealthy;
    let at_work = |host: &&Host<'_>| matches!(host.1, Cell::Ordered | Cell::Running);
    let in_flight = hosts.iter().filter(at_work).count();
    let gone = hosts.iter().filter(|h| served(h) && (at_work(h) || h.1.has_failed())).count();
    let serving = hosts.iter().filter(|host| match host.1 {
        Cell::Succeeded => true,
        Cell::Waiting | Cell::Skipped => served(host),
        _ => false,
    });
    let (serving, before) = (serving.count(), hosts.iter().filter(|host| served(host)).count());
    if in_flight > allowed || gone > allowed || serving < must.min(before) {
        let what = format!(
            "has {in_flight} hosts at work and {gone} unavailable, of which {allowed} may be; {serving} serve of \
             {before}, {must} must: {}",
            all_letters(shards)
        );
        return wrong("I7", what);
    }
    Ok(())
}

impl Shard {
    fn hosts(&self) -> impl Iterator<Item = Host<'_>> {
        self.rostered.roster.hosts.iter().zip(self.board.cells.iter().copied())
    }
}
