//! How a fleet of many shards shares N − M, the hosts that may be unavailable: what each shard was granted and was last
//! seen to hold, and which zone is at work. The shards of the zone at work get what they can use, in their order, as far
//! as N − M and the zone's own allowance go; what one of them needs no more goes to the next.
//!
//! A grant is committed here before its shard can read it, and it only grows. Every shard is counted at the most that
//! it may hold under its grant, so whoever sees old things, or hears them twice or in another order, gives too little
//! and never too much.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::board::{Board, Counts, Stopping};
use super::divide::{ShardShape, zones};
use super::event::ShardEvent;
use super::grant::Grant;
use super::holding::{Held, Holding};
use super::room::Room;
use super::roster::HealthClass;
use super::rule::FleetRule;
use super::schedule::judged;
use super::words;
use crate::act::FleetOver;
use crate::deployment::Verdict;
use crate::mark::shortened;
use crate::time::Timestamp;

/// The stored version of [`Purse`].
pub const PURSE_VERSION: u16 = 1;

/// The mutable part of a fleet of many shards (the immutable parts are its rule and the shapes of its shards).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    /// [`PURSE_VERSION`].
    pub v: u16,
    /// Of every shard, in their order.
    pub holdings: Vec<Holding>,
    /// The roll-out was asked for.
    #[serde(default)]
    pub begun: bool,
    /// The zone at work, counted from 0; 0 where zones do not take turns.
    #[serde(default)]
    pub zone: u16,
    /// The wait after a zone lasts until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor_until: Option<Timestamp>,
    /// Set once no more hosts are started; the first reason stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Stopping>,
    /// Why everything was withdrawn, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
}

impl Purse {
    /// That of a fleet that has not begun.
    pub fn new(shards: &[ShardShape]) -> Self {
        Self {
            v: PURSE_VERSION,
            holdings: shards.iter().map(Holding::untouched).collect(),
            begun: false,
            zone: 0,
            monitor_until: None,
            stopping: None,
            withdrawn: None,
        }
    }

    /// A shard was seen; one that was seen later already stays as it is.
    pub fn see(&mut self, shard: u16, held: Held) {
        if let Some(holding) = self.holdings.get_mut(usize::from(shard))
            && holding.held.epoch < held.epoch
        {
            holding.held = held;
        }
    }

    /// The deployment ends: nothing is granted any more. Shards that have begun are to withdraw; the others never begin.
    pub fn withdraw(&mut self, why: &str) {
        if self.withdrawn.is_none() {
            self.withdrawn = Some(shortened(why).to_owned());
            self.stop(Stopping::Withdrawn);
        }
    }

    fn stop(&mut self, why: Stopping) {
        self.stopping.get_or_insert(why);
        self.monitor_until = None;
    }

    /// Grants what can be granted, passes from zone to zone, stops where too few would stay healthy.
    pub fn settle(&mut self, rule: &FleetRule, shards: &[ShardShape], now: Timestamp) {
        let zones = zones(rule, shards);
        while self.begun && self.stopping.is_none() {
            if self.monitor_until.is_some_and(|until| now < until) {
                return;
            }
            if self.monitor_until.take().is_some() {
                self.zone += 1;
            }
            let Some(zone) = zones.get(usize::from(self.zone)) else { return };
            self.allot(rule, shards, zone);
            if let Some(why) = self.stuck(rule, shards, &zones) {
                self.stop(why);
            } else if !self.holdings[zone.clone()].iter().all(|holding| holding.held.over) {
                return;
            } else if self.zone_failed(rule, shards, zone) {
                self.stop(Stopping::Zone { zone: self.zone });
            } else if usize::from(self.zone) + 1 < zones.len() {
                self.monitor_until = rule.zonal.map(|zonal| now.plus_ms(zonal.wait_ms(self.zone)));
            } else {
                return;
            }
        }
    }

    /// One shard of the zone after the other gets what it can use; one that gets less is the last.
    fn allot(&mut self, rule: &FleetRule, shards: &[ShardShape], zone: &Range<usize>) {
        let most = |held: &[Holding]| held.iter().map(Holding::most).fold(Grant::default(), Grant::plus);
        let mut fleet = Grant::whole(rule).less(most(&self.holdings));
        let mut local = zone_allowance(rule, &shards[zone.clone()]).less(most(&self.holdings[zone.clone()]));
        for holding in &mut self.holdings[zone.clone()] {
            let most = holding.most();
            let more = holding.held.full().less(most).min(fleet).min(local);
            if more.at_work > 0 {
                holding.grant.at_work = most.at_work + more.at_work;
            }
            if more.out > 0 {
                holding.grant.out = most.out + more.out;
            }
            if !holding.is_full() {
                return;
            }
            (fleet, local) = (fleet.less(more), local.less(more));
        }
    }

    /// Whether hosts wait and the next of them could not be started even if all at work succeed (behaviour: minimum
    /// healthy hosts rule 4).
    fn stuck(&self, rule: &FleetRule, shards: &[ShardShape], zones: &[Range<usize>]) -> Option<Stopping> {
        let next = self.holdings.iter().position(|holding| !holding.is_full())?;
        let place = zones.iter().position(|zone| zone.contains(&next))?;
        let unhealthy = self.holdings[next].held.waiting_unhealthy > 0;
        let class = if unhealthy { HealthClass::Unhealthy } else { HealthClass::Current };
        let room = |holdings: &[Holding], allowed| {
            let at_work = holdings.iter().map(Holding::soon_at_work).sum();
            Room { allowed, in_flight: at_work, out: holdings.iter().map(|h| h.held.out).sum() }.at_best()
        };
        if !room(&self.holdings, Grant::whole(rule)).has_place(class) {
            return Some(Stopping::Constraints);
        }
        let zone = zones[place].clone();
        let local = room(&self.holdings[zone.clone()], zone_allowance(rule, &shards[zone]));
        (!local.has_place(class)).then_some(Stopping::Zone { zone: place as u16 })
    }

    /// A zone is judged like a fleet: its minimum must have succeeded, and at least one host.
    fn zone_failed(&self, rule: &FleetRule, shards: &[ShardShape], zone: &Range<usize>) -> bool {
        let Some(zonal) = &rule.zonal else { return false };
        let succeeded: u32 = self.holdings[zone.clone()].iter().map(|holding| holding.held.succeeded).sum();
        succeeded < zonal.minimum(hosts(&shards[zone.clone()])).max(1)
    }

    /// What this shard is to hear next, if its board shows that it has not: nothing before it is granted anything.
    pub fn unheard(&self, shard: u16, board: &Board) -> Option<ShardEvent> {
        let holding = self.holdings.get(usize::from(shard)).filter(|holding| holding.has_begun())?;
        if board.end.is_some() {
            return None;
        }
        if let Some(why) = self.withdrawn.as_ref().filter(|_| board.withdrawn.is_none()) {
            return Some(ShardEvent::WithdrawAll { why: why.clone() });
        }
        if board.stopping.is_some() {
            return None;
        }
        // What was granted before it stopped is.
        let grant = holding.grant;
        if board.grant().max(grant) != board.grant() {
            return Some(ShardEvent::Granted { grant });
        }
        self.stopping.map(|why| ShardEvent::Stop { why })
    }

    /// Shards that may have something to hear that they had not to hear when the purse was as before.
    pub fn to_call(&self, before: &Self) -> Vec<u16> {
        let stops = self.stopping != before.stopping || self.withdrawn != before.withdrawn;
        let calls = |(now, then): (&Holding, &Holding)| {
            now.has_begun() && !now.held.over && (stops || now.grant != then.grant)
        };
        let all = self.holdings.iter().zip(&before.holdings).enumerate();
        all.filter(|(_, pair)| calls(*pair)).map(|(shard, _)| shard as u16).collect()
    }

    /// Shards that have begun and were not over when they were last seen.
    pub fn open(&self) -> Vec<u16> {
        let open = |(_, holding): &(usize, &Holding)| holding.has_begun() && !holding.held.over;
        self.holdings.iter().enumerate().filter(open).map(|(shard, _)| shard as u16).collect()
    }

    /// How many hosts stood how when their shards were last seen.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for holding in &self.holdings {
            let (held, waiting) = (&holding.held, holding.held.waiting + holding.held.waiting_unhealthy);
            let never = self.stopping.is_some() && !holding.has_begun();
            counts.pending += if never { 0 } else { waiting };
            counts.skipped += held.skipped + if never { waiting } else { 0 };
            counts.in_progress += held.at_work;
            counts.succeeded += held.succeeded;
            counts.failed += held.failed;
        }
        counts
    }

    /// How the roll-out came out, once no host is at work and none will begin: as many as must stay healthy have
    /// succeeded, and at least one (rule 5).
    pub fn over(&self, rule: &FleetRule, shards: &[ShardShape]) -> Option<FleetOver> {
        let all_over = self.holdings.iter().all(|holding| holding.held.over);
        if !all_over && (self.stopping.is_none() || !self.open().is_empty()) {
            return None;
        }
        let counts = self.counts();
        let enough = counts.succeeded >= rule.must_succeed();
        let zone = |place: u16| {
            let zone = zones(rule, shards).get(usize::from(place)).cloned().unwrap_or_default();
            let failed = self.holdings[zone.clone()].iter().map(|holding| holding.held.failed).sum();
            let name = words::zone_text(shards.get(zone.start).and_then(|shard| shard.zone.as_deref()));
            words::zone_failed(rule, &name, (hosts(&shards[zone]), failed, counts.skipped))
        };
        let (verdict, _, message) =
            judged(rule, (self.stopping, self.withdrawn.as_deref()), enough, counts, zone);
        Some(FleetOver {
            succeeded: verdict == Verdict::Succeeded,
            message: message.unwrap_or_default(),
            attempted: counts.succeeded + counts.failed > 0,
        })
    }
}

fn hosts(shards: &[ShardShape]) -> u32 {
    shards.iter().map(|shard| shard.hosts).sum()
}

fn zone_allowance(rule: &FleetRule, shards: &[ShardShape]) -> Grant {
    Grant::of(rule.zonal.map_or(u32::MAX, |zonal| zonal.allowance(hosts(shards))))
}
