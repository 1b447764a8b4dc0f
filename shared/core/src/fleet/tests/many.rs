//! Fleets of many shards: what a lone shard would do, and never more than that.

use proptest::prelude::*;

use super::fixture::{Case, bad, granted, ok, roster};
use crate::fleet::board::Board;
use crate::fleet::cell::Cell;
use crate::fleet::decide::decide_shard;
use crate::fleet::divide::{ShardShape, divide, shape};
use crate::fleet::event::{Report, ShardDecision, ShardEvent, Told};
use crate::fleet::holding::{Held, worth_a_word};
use crate::fleet::minimum::FleetMinimum::{self, FleetPercent, HostCount, MostConcurrency};
use crate::fleet::purse::Purse;
use crate::fleet::roster::{HealthClass, Roster};
use crate::fleet::rule::{FleetRule, Zonal};
use crate::time::Timestamp;

/// A fleet of many shards.
struct Many {
    rule: FleetRule,
    shapes: Vec<ShardShape>,
    rosters: Vec<Roster>,
    boards: Vec<Board>,
    purse: Purse,
    /// What shards would have told, but nobody has heard yet.
    words: Vec<(u16, Held)>,
    /// What shards were to be told, and have not heard yet.
    calls: Vec<(u16, ShardEvent)>,
    now: Timestamp,
}

impl Many {
    fn new(whole: &Roster, rule: FleetRule, size: usize) -> Self {
        let zonal = rule.zonal.is_some();
        let runs = divide(whole, zonal, size);
        let part =
            |run: &std::ops::Range<usize>| Roster { v: whole.v, hosts: whole.hosts[run.clone()].to_vec() };
        let rosters: Vec<_> = runs.iter().map(part).collect();
        let shapes: Vec<_> = runs.iter().map(|run| shape(whole, zonal, run.clone())).collect();
        let now = Timestamp::from_millis(1_000_000);
        Self {
            // Even one of one is told apart, so that nothing of a lone shard helps.
            rule: FleetRule { shards: 2.max(runs.len() as u16), ..rule },
            boards: rosters.iter().map(|roster| Board::new(roster, now)).collect(),
            purse: Purse::new(&shapes),
            shapes,
            rosters,
            words: Vec::new(),
            calls: Vec::new(),
            now,
        }
    }

    fn begin(&mut self) {
        self.purse.begun = true;
        self.settle();
    }

    /// Settles the purse; what follows for the shards is on its way.
    fn settle(&mut self) {
        let before = self.purse.clone();
        self.purse.settle(&self.rule, &self.shapes, self.now);
        for shard in self.purse.to_call(&before) {
            self.call(shard);
        }
        self.enough_serve();
    }

    /// A shard is told all that its board does not show.
    fn call(&mut self, shard: u16) {
        let at = usize::from(shard);
        let mut board = self.boards[at].clone();
        while let Some(event) = self.purse.unheard(shard, &board) {
            let heard = decide_shard(&self.rule, &self.rosters[at], &board, &event, self.now);
            let ShardDecision::Commit(next) = heard else { panic!("{event:?}: {heard:?}") };
            (board, _) = (*next, self.calls.push((shard, event)));
        }
    }

    fn hear(&mut self, shard: u16, event: &ShardEvent) {
        let at = usize::from(shard);
        let decision = decide_shard(&self.rule, &self.rosters[at], &self.boards[at], event, self.now);
        if let ShardDecision::Commit(next) = decision {
            if worth_a_word(&self.rosters[at], &self.boards[at], &next) {
                self.words.push((shard, Held::of(&self.rosters[at], &next)));
            }
            self.boards[at] = *next;
            self.enough_serve();
        }
    }

    /// Everything on its way arrives, until nothing is.
    fn arrive(&mut self) {
        while !self.words.is_empty() || !self.calls.is_empty() {
            for (shard, held) in std::mem::take(&mut self.words) {
                self.purse.see(shard, held);
            }
            self.settle();
            for (shard, event) in std::mem::take(&mut self.calls) {
                self.hear(shard, &event);
            }
        }
    }

    /// Whatever anybody has to say is heard at once.
    fn all_heard(&mut self) {
        for _ in 0..4 {
            self.arrive();
            self.look();
        }
        self.arrive();
    }

    /// The deployment looks.
    fn look(&mut self) {
        for shard in self.purse.open() {
            let at = usize::from(shard);
            self.words.push((shard, Held::of(&self.rosters[at], &self.boards[at])));
            self.call(shard);
        }
    }

    fn hosts(&self) -> impl Iterator<Item = (HealthClass, Cell)> + Clone {
        let one = |(roster, board): (&Roster, &Board)| {
            let cells = board.cells.clone();
            roster.hosts.iter().map(|h| h.class).zip(cells).collect::<Vec<_>>()
        };
        self.rosters.iter().zip(&self.boards).flat_map(one).collect::<Vec<_>>().into_iter()
    }

    fn cells(&self) -> Vec<Cell> {
        let stopped = self.purse.stopping.is_some();
        let never = |shard: usize| stopped && !self.purse.holdings[shard].has_begun();
        let all = self.boards.iter().enumerate();
        all.flat_map(|(n, b)| b.cells.iter().map(move |c| if never(n) { Cell::Skipped } else { *c }))
            .collect()
    }

    /// Whatever anybody believes: hosts at work and hosts out are no more than N − M.
    fn enough_serve(&self) {
        let allowed = self.rule.allowance() as usize;
        let flies = |cell: Cell| matches!(cell, Cell::Ordered | Cell::Running);
        let at_work = self.hosts().filter(|(_, cell)| flies(*cell)).count();
        let served = |class| class != HealthClass::Unhealthy;
        let gone = self
            .hosts()
            .filter(|(class, cell)| served(*class) && (flies(*cell) || cell.has_failed()))
            .count();
        assert!(at_work <= allowed && gone <= allowed, "{at_work} at work, {gone} gone: {:?}", self.cells());
        let before = self.hosts().filter(|(class, _)| served(*class)).count();
        let serving = self.hosts().filter(|(class, cell)| match cell {
            Cell::Succeeded => true,
            Cell::Waiting | Cell::Skipped => served(*class),
            _ => false,
        });
        let serving = serving.count();
        assert!(serving >= before.min(self.rule.minimum as usize), "{serving} serve: {:?}", self.cells());
    }

    /// The host at this place of the fleet, as shard and place there.
    fn seat(&self, host: usize) -> (u16, u16) {
        let mut left = host;
        for (shard, roster) in self.rosters.iter().enumerate() {
            if left < roster.hosts.len() {
                return (shard as u16, left as u16);
            }
            left -= roster.hosts.len();
        }
        unreachable!("no such host")
    }

    fn end(&mut self, host: usize, well: bool) {
        let (shard, index) = self.seat(host);
        let report = if well { ok(index) } else { bad(index) };
        self.hear(shard, &ShardEvent::Reports { reports: vec![report] });
    }
}

fn minimum() -> impl Strategy<Value = FleetMinimum> {
    prop_oneof![
        (0_u32..12).prop_map(HostCount),
        (0_u32..100).prop_map(FleetPercent),
        (1_u32..6).prop_map(MostConcurrency),
    ]
}

/// Up to 24 hosts of any history in up to three zones, and a shard size.
fn fleet() -> impl Strategy<Value = (Roster, FleetRule, usize)> {
    let hosts = prop::collection::vec(("[xnoooc]", 0_usize..3), 1..25);
    let zonal = prop::option::of(prop::option::of(minimum()));
    (hosts, minimum(), zonal, any::<u64>(), 1_usize..6).prop_filter_map(
        "nothing may fail",
        |(hosts, fleet, zonal, seed, size)| {
            let mut zones = [const { String::new() }; 3];
            hosts.iter().for_each(|(class, zone)| zones[*zone] += class);
            let zonal = zonal.map(|minimum| Zonal { minimum, first_monitor_ms: 60_000, monitor_ms: 0 });
            let roster = Roster::new(roster(&zones.join(" ")).hosts, zonal.is_some(), seed);
            let rule = FleetRule::new(fleet, zonal, &roster).ok()?;
            Some((roster, rule, size))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// If everything is heard at once, many shards start the hosts that a lone shard starts, and end as it ends.
    #[test]
    fn many_are_as_one(
        (whole, rule, size) in fleet(),
        ends in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 24),
        failing in 0_u8..160,
    ) {
        let mut many = Many::new(&whole, rule.clone(), size);
        let mut lone = Case::of(rule, whole);
        lone.begin();
        many.begin();
        many.all_heard();
        for (which, luck) in ends {
            // Waits between zones.
            while lone.board.end.is_none() && lone.board.in_flight.is_empty() {
                lone.wake();
                many.now = lone.now;
                many.settle();
                many.all_heard();
            }
            prop_assert_eq!(&lone.board.cells, &many.cells());
            let at_work = lone.in_flight();
            if at_work.is_empty() {
                break;
            }
            let host = *which.get(&at_work);
            let well = luck >= failing;
            lone.report(&[if well { ok(host) } else { bad(host) }]);
            many.end(usize::from(host), well);
            many.all_heard();
        }
        prop_assert_eq!(&lone.board.cells, &many.cells());
        let over = many.purse.over(&many.rule, &many.shapes).expect("over");
        let end = lone.end();
        prop_assert_eq!(over.succeeded, end.verdict == crate::deployment::Verdict::Succeeded);
        prop_assert_eq!(&over.message, end.message.as_deref().unwrap_or_default());
        prop_assert_eq!(many.purse.counts(), lone.board.counts());
    }

    /// Words and calls that are lost, late, doubled and in any order: never too few hosts serve, and it ends.
    #[test]
    fn whatever_is_heard_late(
        (whole, rule, size) in fleet(),
        steps in prop::collection::vec((0_u8..12, any::<prop::sample::Index>(), any::<bool>()), 0..150),
        withdraw in prop::option::weighted(0.3, 0_usize..150),
    ) {
        let hosts = whole.hosts.len();
        let mut many = Many::new(&whole, rule, size);
        many.begin();
        for (n, (what, which, flag)) in steps.into_iter().enumerate() {
            if withdraw == Some(n) {
                many.purse.withdraw("enough");
                many.settle();
            }
            match what {
                0..=3 => many.end(which.index(hosts), flag),
                4 | 5 if !many.words.is_empty() => {
                    let at = which.index(many.words.len());
                    let (shard, held) = if flag { many.words[at] } else { many.words.swap_remove(at) };
                    many.purse.see(shard, held);
                    many.settle();
                }
                6..=9 if !many.calls.is_empty() => {
                    let at = which.index(many.calls.len());
                    let (shard, event) =
                        if flag { many.calls[at].clone() } else { many.calls.swap_remove(at) };
                    many.hear(shard, &event);
                }
                10 => {
                    many.words.clear();
                    many.calls.clear();
                }
                11 if flag => many.look(),
                _ => {
                    let (shard, index) = many.seat(which.index(hosts));
                    let beat = Report { index, attempt: 1, what: Told::Beat { event: None } };
                    many.hear(shard, &ShardEvent::Reports { reports: vec![beat] });
                }
            }
        }
        for round in 0_usize.. {
            many.look();
            many.arrive();
            if many.purse.over(&many.rule, &many.shapes).is_some() {
                break;
            }
            many.settle();
            prop_assert!(round < 500, "it does not end: {:?} {:?}", many.cells(), many.purse);
            many.now = many.purse.monitor_until.unwrap_or(many.now);
            let (host, well) = (round % hosts, round % 5 != 4);
            many.end(host, well);
        }
        let open = many.boards.iter().zip(&many.purse.holdings).find(|(b, h)| h.has_begun() && b.end.is_none());
        prop_assert!(open.is_none());
    }
}

/// Who gets how much, shard by shard: hosts by class, M as "all but", the shard size, and what each may have at work.
#[test]
fn grants_in_roster_order() {
    for (letters, most, size, expected) in [
        ("oooooooooo", 4, 5, vec![4, 0]),
        ("oooooooooo", 7, 5, vec![5, 2]),
        ("oooooooooo", 10, 5, vec![5, 5]),
        ("ooooooo", 7, 3, vec![3, 3, 1]),
        // Unhealthy ones serve nobody anyway: they need a place at work, and leave no budget for others.
        ("xxxooo", 2, 2, vec![2, 0, 0]),
        ("xxxxoo", 3, 2, vec![2, 1, 0]),
        ("xooooo", 3, 2, vec![2, 1, 0]),
    ] {
        let whole = roster(letters);
        let rule = FleetRule::new(MostConcurrency(most), None, &whole).expect("a rule");
        let mut many = Many::new(&whole, rule, size);
        many.begin();
        let grants: Vec<_> = many.purse.holdings.iter().map(|holding| holding.grant.at_work).collect();
        assert_eq!(grants, expected, "{letters} all but {most}");
    }
}

#[test]
fn a_hundred_thousand_hosts_fit() {
    let whole = roster(&"o".repeat(crate::limits::FLEET_HOSTS));
    let rule = FleetRule::new(FleetPercent(50), None, &whole).expect("a rule");
    let mut many = Many::new(&whole, rule, crate::limits::SHARD_HOSTS);
    many.purse.begun = true;
    many.purse.settle(&many.rule, &many.shapes, many.now);
    for holding in &mut many.purse.holdings {
        holding.held.epoch = 1_000;
        holding.held.out = 499;
    }
    let text = serde_json::to_string(&many.purse).expect("JSON");
    assert!(text.len() < 16 * 1024, "{} bytes", text.len());
    assert_eq!(serde_json::from_str::<Purse>(&text).expect("a purse"), many.purse);
}

#[test]
fn a_grant_that_comes_late_or_twice_changes_nothing() {
    let mut case = Case::begun("oooo", MostConcurrency(2));
    for hosts in [0, 1, 2] {
        assert_eq!(case.ignored(&granted(hosts)), crate::fleet::event::Why::SameGrant);
    }
}
