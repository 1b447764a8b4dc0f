//! How many hosts serve: the rule of the minimum, written a second time.

use std::ops::Range;

use cutover_core::fleet::board::Board;
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::roster::HealthClass;

use super::fleet::{Shard, Wrong, letters, wrong};

/// How much shorter a wait may seem: two clocks differ by four seconds, and the commit with which it began may have
/// taken ten to be stored.
const SLACK_MS: i64 = 14_000;

impl Shard {
    /// Whether the host at this place served before the deployment.
    fn served(&self, place: usize) -> bool {
        self.rostered.roster.hosts[place].class != HealthClass::Unhealthy
    }

    /// The rule of the minimum, written a second time: host by host, over the fleet or one of its zones.
    pub(super) fn capacity(&self, next: &Board, hosts: Range<usize>, must: usize) -> Result<(), Wrong> {
        let allowed = hosts.len() - must.min(hosts.len());
        let cell = |place: &usize| next.cells[*place];
        let at_work = |place: &usize| matches!(cell(place), Cell::Ordered | Cell::Running);
        let in_flight = hosts.clone().filter(at_work).count();
        let gone = hosts.clone().filter(|p| self.served(*p) && (at_work(p) || cell(p).has_failed())).count();
        let serving = hosts.clone().filter(|p| match cell(p) {
            Cell::Succeeded => true,
            Cell::Waiting | Cell::Skipped => self.served(*p),
            _ => false,
        });
        let (serving, before) = (serving.count(), hosts.clone().filter(|p| self.served(*p)).count());
        if in_flight > allowed || gone > allowed || serving < must.min(before) {
            let what = format!(
                "has {in_flight} hosts at work and {gone} unavailable, of which {allowed} may be; {serving} serve of \
                 {before}, {must} must: {}",
                letters(next)
            );
            return wrong("I7", what);
        }
        Ok(())
    }

    /// One zone after the other, with the wait in between, and each keeps its own minimum.
    pub(super) fn zones(&mut self, now: i64, next: &Board) -> Result<(), Wrong> {
        let Some(zonal) = self.rostered.rule.zonal else { return Ok(()) };
        let fresh = |cells: &[Cell]| cells.iter().all(|c| matches!(c, Cell::Waiting | Cell::Skipped));
        let over = |cells: &[Cell]| cells.iter().all(|c| c.is_final());
        for (n, zone) in self.rostered.roster.zones().into_iter().enumerate() {
            let (before, after) = (&self.board.cells[zone.clone()], &next.cells[zone.clone()]);
            if n > 0 && fresh(before) && !fresh(after) {
                let wait = if n == 1 { zonal.first_monitor_ms } else { zonal.monitor_ms };
                let earlier = over(&next.cells[..zone.start]);
                if !earlier || now - self.zone_over_at < wait as i64 - SLACK_MS {
                    return wrong("I12", format!("goes on to zone {} too soon: {}", n + 1, letters(next)));
                }
            }
            if !over(before) && over(after) {
                self.zone_over_at = now;
            }
            self.capacity(next, zone.clone(), zonal.minimum(zone.len() as u32) as usize)?;
        }
        Ok(())
    }
}
