//! A roll-out before it starts: which hosts there are, how many are at work at a time, and in which waves. What
//! `cutover plan` prints of a fleet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::decide::decide_shard;
use super::event::{Report, ShardDecision, ShardEvent, Told};
use super::grant::Grant;
use super::roster::{HealthClass, Roster};
use super::rule::FleetRule;
use crate::limits::SHARD_HOSTS;
use crate::time::Timestamp;

/// A roll-out as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// How many hosts there are.
    pub hosts: u32,
    /// How many of them are of which health before it starts.
    pub health: BTreeMap<HealthClass, u32>,
    /// How many must stay healthy.
    pub minimum_healthy: u32,
    /// How many may be unavailable at a time.
    pub at_a_time: u32,
    /// The waves, if all hosts of a wave take equally long and none fails. Absent for fleets of more than one shard, whose
    /// shards take turns as they come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waves: Option<Vec<Wave>>,
    /// The lifecycle events that every host goes through.
    pub events: Vec<String>,
    /// The hosts by name, in no order: who is first within a class of health is drawn by lot. As many as one shard has.
    pub names: Vec<String>,
}

/// Hosts that are at work at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// How many.
    pub hosts: u32,
    /// Where zones take turns: in which one; absent for hosts without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// How long the zone is watched before the next one begins, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch_ms: Option<u64>,
}

impl Preview {
    /// Of a whole fleet.
    pub fn of(rule: &FleetRule, roster: &Roster, events: Vec<String>) -> Self {
        let mut health = BTreeMap::new();
        for host in &roster.hosts {
            *health.entry(host.class).or_insert(0) += 1;
        }
        let mut names: Vec<String> = roster.hosts.iter().take(SHARD_HOSTS).map(|h| h.name.clone()).collect();
        names.sort_unstable();
        Self {
            hosts: rule.hosts,
            health,
            minimum_healthy: rule.minimum,
            at_a_time: rule.allowance(),
            waves: (roster.hosts.len() <= SHARD_HOSTS).then(|| waves(rule, roster)),
            events,
            names,
        }
    }
}

/// The waves that [`decide_shard`] sends, if whatever is at work succeeds together.
fn waves(rule: &FleetRule, roster: &Roster) -> Vec<Wave> {
    let mut now = Timestamp::from_millis(0);
    let mut board = Board::new(roster, now);
    let (mut waves, mut event): (Vec<Wave>, _) =
        (Vec::new(), ShardEvent::Granted { grant: Grant::whole(rule) });
    // Every step starts a host at least, or ends a wait.
    for _ in 0..=2 * roster.hosts.len() {
        let ShardDecision::Commit(next) = decide_shard(rule, roster, &board, &event, now) else { break };
        board = *next;
        event = if let Some(first) = board.in_flight.keys().next() {
            let zone =
                rule.turns().and(roster.hosts.get(usize::from(*first))).and_then(|host| host.zone.clone());
            waves.push(Wave { hosts: board.in_flight.len() as u32, zone, watch_ms: None });
            let done = |(index, flight): (&u16, &super::board::Flight)| Report {
                index: *index,
                attempt: flight.attempt,
                what: Told::Final { ok: true, failed_event: None },
            };
            ShardEvent::Reports { reports: board.in_flight.iter().map(done).collect() }
        } else if let Some(until) = board.monitor_until {
            if let Some(last) = waves.last_mut() {
                last.watch_ms = Some(until.ms_since(now));
            }
            now = until;
            ShardEvent::Wake { epoch: board.epoch }
        } else {
            break;
        };
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::super::minimum::FleetMinimum;
    use super::super::roster::RosterHost;
    use super::super::rule::Zonal;
    use super::*;

    fn fleet(
        classes: &[(HealthClass, Option<&str>)],
        minimum: FleetMinimum,
        zonal: Option<Zonal>,
    ) -> Preview {
        let host = |(place, (class, zone)): (usize, &(HealthClass, Option<&str>))| RosterHost {
            name: format!("web-{place}"),
            zone: zone.map(str::to_owned),
            class: *class,
            poll_gap_ms: 0,
        };
        let roster = Roster::new(classes.iter().enumerate().map(host).collect(), zonal.is_some(), 7);
        let rule = FleetRule::new(minimum, zonal, &roster).expect("a rule");
        Preview::of(&rule, &roster, Vec::new())
    }

    fn sizes(preview: &Preview) -> Vec<u32> {
        preview.waves.iter().flatten().map(|wave| wave.hosts).collect()
    }

    #[test]
    fn waves_are_those_of_the_minimum() {
        use FleetMinimum::{FleetPercent, HostCount, MostConcurrency};
        use HealthClass::{Old, Unhealthy};
        let healthy = [(Old, None); 9];
        for (minimum, expected) in
            [(MostConcurrency(1), vec![1; 9]), (FleetPercent(50), vec![4, 4, 1]), (HostCount(0), vec![9])]
        {
            let preview = fleet(&healthy, minimum, None);
            assert_eq!(sizes(&preview), expected, "{minimum:?}");
            assert_eq!((preview.hosts, preview.names.len()), (9, 9));
        }
        // Hosts that serve nobody need only a place at work, and are first.
        let mixed = [(Old, None), (Unhealthy, None), (Old, None), (Unhealthy, None)];
        let preview = fleet(&mixed, HostCount(2), None);
        assert_eq!((sizes(&preview), preview.at_a_time), (vec![2, 2], 2));
        assert_eq!(preview.health, [(Unhealthy, 2), (Old, 2)].into());
    }

    #[test]
    fn zones_take_turns_and_are_watched() {
        let hosts =
            [(HealthClass::Unknown, Some("b")), (HealthClass::Old, Some("a")), (HealthClass::Old, Some("a"))];
        let zonal = Zonal { minimum: None, first_monitor_ms: 60_000, monitor_ms: 1_000 };
        let preview = fleet(&hosts, FleetMinimum::HostCount(0), Some(zonal));
        let wave = |hosts, zone: &str, watch_ms| Wave { hosts, zone: Some(zone.to_owned()), watch_ms };
        assert_eq!(preview.waves, Some(vec![wave(2, "a", Some(60_000)), wave(1, "b", None)]));
    }

    #[test]
    fn larger_fleets_tell_no_waves() {
        let preview = fleet(&vec![(HealthClass::Old, None); 501], FleetMinimum::FleetPercent(50), None);
        assert_eq!((preview.waves, preview.names.len(), preview.at_a_time), (None, 500, 250));
    }
}
