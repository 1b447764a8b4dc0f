//! Whatever happens in whatever order: what must always hold.

use proptest::prelude::*;

use super::fixture::{Case, granted};
use super::world::World;
use crate::fleet::event::{Report, ShardDecision, ShardEvent, Told};
use crate::fleet::host_event::HostEvent;
use crate::fleet::minimum::FleetMinimum::{self, FleetPercent, HostCount, MostConcurrency};
use crate::fleet::roster::Roster;
use crate::fleet::rule::{FleetRule, Zonal};

fn minimum() -> impl Strategy<Value = FleetMinimum> {
    prop_oneof![
        (0_u32..8).prop_map(HostCount),
        (0_u32..100).prop_map(FleetPercent),
        (1_u32..5).prop_map(MostConcurrency),
    ]
}

/// Up to twelve hosts of any history in up to three zones, and a minimum that allows for something.
fn fleet() -> impl Strategy<Value = Case> {
    let hosts = prop::collection::vec(("[xnoc]", 0_usize..3, 0_u64..40_000), 1..13);
    let zonal = prop::option::of((prop::option::of(minimum()), 0_u64..200_000, 0_u64..90_000));
    (hosts, minimum(), zonal, any::<u64>()).prop_filter_map(
        "nothing may fail",
        |(hosts, fleet, zonal, seed)| {
            let mut zones = [const { String::new() }; 3];
            hosts.iter().for_each(|(class, zone, _)| zones[*zone] += class);
            let zonal = zonal.map(|(minimum, first_monitor_ms, monitor_ms)| Zonal {
                minimum,
                first_monitor_ms,
                monitor_ms,
            });
            let mut roster = super::fixture::roster(&zones.join(" "));
            roster.hosts.iter_mut().zip(&hosts).for_each(|(host, (_, _, gap))| host.poll_gap_ms = *gap);
            let roster = Roster::new(roster.hosts, zonal.is_some(), seed);
            let rule = FleetRule::new(fleet, zonal, &roster).ok()?;
            Some(Case::of(rule, roster))
        },
    )
}

fn told() -> impl Strategy<Value = Told> {
    let event = || prop::option::of(prop::sample::select(HostEvent::ALL.to_vec()));
    prop_oneof![
        2 => Just(Told::Asked),
        1 => Just(Told::Busy),
        2 => event().prop_map(|event| Told::Beat { event }),
        2 => Just(Told::Final { ok: true, failed_event: None }),
        1 => event().prop_map(|failed_event| Told::Final { ok: false, failed_event }),
    ]
}

/// What may happen in a world.
#[derive(Debug, Clone)]
enum Happens {
    Wake,
    StaleWake(u64),
    Begin,
    Granted(u32),
    Withdraw,
    Publish(usize),
    Ask(usize),
    Tell(Vec<usize>, Told),
    Junk(usize, u16, Told),
    Time(i64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let time = prop_oneof![0_i64..5_000, 0_i64..100_000, Just(50_000_000), -200_000_i64..0];
    prop_oneof![
        4 => Just(Happens::Wake),
        1 => (0_u64..9).prop_map(Happens::StaleWake),
        1 => Just(Happens::Begin),
        1 => (0_u32..9).prop_map(Happens::Granted),
        4 => (0_usize..4).prop_map(Happens::Publish),
        8 => (0_usize..12).prop_map(Happens::Ask),
        8 => (prop::collection::vec(0_usize..12, 1..6), told()).prop_map(|(hosts, told)| Happens::Tell(hosts, told)),
        2 => (0_usize..14, 0_u16..4, told())
            .prop_map(|(host, attempt, told)| Happens::Junk(host, attempt, told)),
        4 => time.prop_map(Happens::Time),
    ]
}

/// A history, now and then with a withdrawal somewhere.
fn history() -> impl Strategy<Value = Vec<Happens>> {
    let some = || prop::collection::vec(happens(), 0..80);
    (some(), prop::option::weighted(0.4, some())).prop_map(|(mut first, then)| {
        first.insert(0, Happens::Begin);
        if let Some(then) = then {
            first.push(Happens::Withdraw);
            first.extend(then);
        }
        first
    })
}

fn happen(world: &mut World, what: Happens) {
    let size = world.case.roster.hosts.len();
    match what {
        Happens::Wake => world.wake(),
        Happens::StaleWake(back) => {
            let epoch = world.case.board.epoch.saturating_sub(back + 1);
            world.hear(&ShardEvent::Wake { epoch });
        }
        Happens::Begin => world.hear(&granted(world.case.rule.allowance())),
        Happens::Granted(n) => {
            let hosts = n.min(world.case.rule.allowance());
            world.hear(&granted(hosts));
        }
        Happens::Withdraw => world.hear(&ShardEvent::WithdrawAll { why: "Stopped by \"me\".".to_owned() }),
        Happens::Publish(lost) => world.publish(lost),
        Happens::Ask(host) => world.ask(host % size),
        Happens::Tell(hosts, what) => {
            let hosts: Vec<_> = hosts.into_iter().map(|host| host % size).collect();
            world.tell(&hosts, what);
        }
        Happens::Junk(host, attempt, what) => world.report(&[(host, attempt, what)]),
        Happens::Time(millis) => world.pass(millis),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn enough_hosts_serve_and_it_ends(fleet in fleet(), history in history()) {
        let mut world = World::new(fleet);
        for what in history {
            happen(&mut world, what);
        }
        world.finish();
    }

    #[test]
    fn a_batch_means_the_same_in_any_order(
        mut fleet in fleet(),
        asked in prop::collection::vec(0_u16..12, 0..12),
        batch in prop::collection::vec((0_u16..12, 1_u16..3, told()), 1..24),
    ) {
        fleet.begin();
        let asked: Vec<_> = asked.into_iter().map(super::fixture::asked).collect();
        fleet.hear(&ShardEvent::Reports { reports: asked });
        let mut finals = std::collections::BTreeSet::new();
        let mut reports: Vec<_> =
            batch.into_iter().map(|(index, attempt, what)| Report { index, attempt, what }).collect();
        // Of two final reports the first counts, so there is one for each host.
        reports.retain(|r| !matches!(r.what, Told::Final { .. }) || finals.insert(r.index));
        let mut turned = reports.clone();
        turned.reverse();
        let before = fleet.board.clone();
        let one = fleet.hear(&ShardEvent::Reports { reports });
        fleet.board = before;
        let mut other = fleet.hear(&ShardEvent::Reports { reports: turned });
        if let (ShardDecision::Commit(a), ShardDecision::Commit(b)) = (&one, &mut other) {
            // Which of several beats tells something new depends on their order, not what is known in the end.
            b.ignored = a.ignored;
        }
        prop_assert_eq!(one, other);
    }
}

#[test]
fn five_hundred_hosts_fit() {
    let mut case = Case::new(&"o".repeat(500), HostCount(0), None);
    case.now = case.now.plus_ms(30 * 86_400_000);
    let mut world = World::new(case);
    for hosts in [0, 100, 200, 300, 500] {
        world.hear(&granted(hosts));
    }
    world.pass(60_000);
    world.wake();
    world.publish(0);
    let all: Vec<_> = (0..500).collect();
    all.iter().for_each(|host| world.ask(*host));
    let last = Some(HostEvent::AfterAllowTraffic);
    world.tell(&all, Told::Beat { event: last });
    world.hear(&ShardEvent::WithdrawAll { why: "\"".repeat(1_000) });
    assert_eq!(world.case.in_flight().len(), 500);
    world.tell(&all, Told::Final { ok: false, failed_event: last });
    assert_eq!(world.case.board.last_events.len(), 500);
}
