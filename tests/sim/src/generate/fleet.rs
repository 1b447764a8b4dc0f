//! Worlds of hosts from seeds.

use cutover_core::config::TrafficRouting;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::fleet::rule::Zonal;
use cutover_core::plan::AutoRollback;

use super::{MINUTE, faults};
use crate::fleet::{Ailment, EVENTS, Fleet, HostTrouble};
use crate::rng::Rng;
use crate::setup::{AlarmNow, Happening, Port, Setup};

/// A fleet in trouble.
pub(super) fn setup(rng: &mut Rng) -> Setup {
    let mut setup = Setup::quiet(TrafficRouting::AllAtOnce);
    let requests = rng.pick(&[1, 1, 1, 2, 3]);
    setup.fleet = Some(fleet(rng, requests));
    setup.auto_rollback = AutoRollback {
        on_failure: rng.chance(5_000),
        on_alarm: rng.chance(5_000),
        on_request: rng.chance(5_000),
    };
    setup.alarms = if rng.chance(3_000) { vec!["hot".to_owned()] } else { Vec::new() };
    setup.patience = rng.below(4) as u32;
    setup.creates = (0..requests).map(|n| if n == 0 { 0 } else { rng.between(0, 20 * MINUTE) }).collect();
    setup.calm_at = rng.between(3 * MINUTE, 20 * MINUTE);
    for _ in 0..rng.pick(&[0, 0, 1, 1, 2]) {
        happening(&mut setup, rng);
    }
    setup.faults = faults(rng);
    if rng.chance(4_000) {
        scaling(&mut setup, rng);
    }
    setup
}

/// Its hosts are in Auto Scaling groups of which processes are suspended, and others have a hand in that.
fn scaling(setup: &mut Setup, rng: &mut Rng) {
    let Some(fleet) = &mut setup.fleet else { return };
    let processes = ["Terminate", "AZRebalance"];
    fleet.scaling_groups = rng.pick(&[1, 1, 2]);
    fleet.suspend = processes.iter().take(rng.pick(&[1, 2, 2])).map(|name| (*name).to_owned()).collect();
    fleet.update_launched = rng.chance(7_000);
    for _ in 0..rng.pick(&[0, 0, 1, 2, 3]) {
        setup.happenings.push((rng.between(0, 12 * MINUTE), Happening::Launch(rng.pick(&[1, 1, 2]))));
    }
    let groups = u64::from(fleet.scaling_groups);
    for _ in 0..rng.pick(&[0, 0, 1, 1, 2, 4]) {
        let group = 1 + rng.below(groups) as u32;
        let at = if rng.chance(5_000) { 0 } else { rng.between(0, 10 * MINUTE) };
        let what = match rng.below(10) {
            0..=4 => Happening::Processes { group, process: rng.pick(&processes).to_owned(), suspend: true },
            5..=7 => Happening::Processes { group, process: rng.pick(&processes).to_owned(), suspend: false },
            8 => Happening::DeleteScalingGroup(group),
            _ => {
                let port = rng.pick(&[Port::Processes, Port::Suspends, Port::Resumes]);
                let later = at + rng.between(0, 60 * MINUTE);
                setup.happenings.push((later, Happening::Lift(port)));
                if rng.chance(3_000) {
                    setup.happenings.push((later, Happening::Abandon));
                }
                Happening::Refuse(port)
            }
        };
        setup.happenings.push((at, what));
    }
}

fn fleet(rng: &mut Rng, requests: u64) -> Fleet {
    let hosts = rng.pick(&[1, 2, 3, 3, 4, 5, 6, 8, 10, 12]);
    let mut fleet = Fleet::new(hosts, minimum(rng, hosts));
    if rng.chance(4_000) {
        fleet.shard_hosts = rng.pick(&[1, 2, 3, 3, 4]);
    }
    if rng.chance(3_000) {
        fleet.zones = rng.pick(&[1, 2, 3]);
        let minimum = rng.chance(5_000).then(|| minimum(rng, hosts.div_ceil(fleet.zones)));
        let waits = [0, 20_000, 90_000, 300_000];
        let (first_monitor_ms, monitor_ms) = (rng.pick(&waits), rng.pick(&waits));
        fleet.zonal = rng.chance(7_000).then_some(Zonal { minimum, first_monitor_ms, monitor_ms });
    }
    fleet.work_ms = rng.pick(&[2_000, 20_000, 60_000, 200_000]);
    fleet.poll_gap_ms = rng.pick(&[0, 5_000, 60_000]);
    fleet.clocks_ms = rng.pick(&[0, 0, 5_000, 3_600_000]);
    fleet.deployed_before = rng.chance(8_000);
    fleet.same_revision = rng.chance(2_000);
    fleet.outdated_only = rng.chance(2_000);
    for host in 1..=hosts {
        for request in (0..requests).map(Some).chain([None]) {
            let often = if request.is_some() { 1_500 } else { 600 };
            if rng.chance(often) {
                fleet.troubles.push(HostTrouble { host, request, what: ailment(rng) });
            }
        }
    }
    fleet
}

fn minimum(rng: &mut Rng, hosts: u32) -> FleetMinimum {
    match rng.below(6) {
        0 => FleetMinimum::HostCount(0),
        1 => FleetMinimum::HostCount(rng.below(u64::from(hosts) + 1) as u32),
        2 | 3 => FleetMinimum::FleetPercent(rng.pick(&[1, 33, 50, 75, 90])),
        _ => FleetMinimum::MostConcurrency(rng.pick(&[1, 1, 2, 3])),
    }
}

fn ailment(rng: &mut Rng) -> Ailment {
    let spans = [20_000, 80_000, 100_000, 10 * MINUTE];
    match rng.below(9) {
        0..=2 => Ailment::Fails(rng.pick(&EVENTS)),
        3 => Ailment::NeverAnswers,
        4 => Ailment::Dies { event: None, back: rng.chance(6_000).then(|| rng.pick(&spans)) },
        5 => Ailment::Sleeps(rng.pick(&spans)),
        6 => Ailment::Stalls(rng.pick(&spans)),
        7 => Ailment::Takes(rng.pick(&spans)),
        _ => Ailment::Busy(rng.pick(&spans)),
    }
}

fn happening(setup: &mut Setup, rng: &mut Rng) {
    let at = rng.between(0, 10 * MINUTE);
    let alarm = setup.alarms.first().cloned();
    let what = match rng.below(8) {
        0..=3 => Happening::Stop { rollback: rng.pick(&[None, None, Some(true), Some(false)]) },
        4 | 5 => {
            let Some(name) = alarm else { return };
            let now = rng.pick(&[AlarmNow::Red, AlarmNow::Red, AlarmNow::Unreadable]);
            Happening::Alarm { name, now, told: rng.chance(5_000) }
        }
        6 if rng.chance(5_000) => {
            // Hosts that take too long are given up.
            let later = at + rng.between(0, 5 * MINUTE);
            setup.happenings.push((later, Happening::Abandon));
            Happening::Stop { rollback: None }
        }
        6 => Happening::EditGroup,
        _ if rng.chance(5_000) => Happening::Away(rng.pick(&[80_000, 100_000, 10 * MINUTE])),
        _ => Happening::Purge,
    };
    setup.happenings.push((at, what));
}
