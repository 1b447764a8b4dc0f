//! Worlds from seeds.

use cutover_core::alias::AliasState;
use cutover_core::config::TrafficRouting;
use cutover_core::deployment::ErrorCode;
use cutover_core::event::HookStatus;
use cutover_core::plan::AutoRollback;
use cutover_core::trigger::queue::Policy;

mod fleet;

use crate::faults::{Faults, Rates};
use crate::rng::Rng;
use crate::setup::{AlarmNow, Happening, Hook, Port, Setup};

const MINUTE: i64 = 60_000;
/// One seed in so many is a fleet's.
const FLEETS: u64 = 8;
/// In one world in so many somebody listens.
const LISTENED: u64 = 3;
/// In one world in so many deployments are asked for by pushes.
const PUSHED: u64 = 15;

/// The setup that a seed names.
pub fn setup(seed: u64) -> Setup {
    let listeners = if seed.is_multiple_of(LISTENED) { 2 } else { 0 };
    let mut setup = Setup { listeners, ..drawn(seed) };
    if seed.is_multiple_of(PUSHED) {
        pushed(&mut setup, &mut Rng::new(!seed));
    }
    setup
}

/// Its requests become pushes, with some more besides, that come in any order.
fn pushed(setup: &mut Setup, rng: &mut Rng) {
    setup.pushes = Some(rng.pick(&[Policy::Queue, Policy::Latest, Policy::Replace, Policy::Replace]));
    for _ in 0..rng.pick(&[1, 2, 4]) {
        setup.creates.push(rng.between(0, 10 * MINUTE));
    }
    setup.orders = (1..=setup.creates.len() as u64).collect();
    for place in 1..setup.orders.len() {
        if rng.chance(5_000) {
            setup.orders.swap(place - 1, place);
        }
    }
}

fn drawn(seed: u64) -> Setup {
    let mut rng = Rng::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(17));
    let rng = &mut rng;
    if seed % FLEETS == FLEETS - 1 {
        return fleet::setup(rng);
    }
    let mut setup = Setup::quiet(routing(rng));
    setup.before = rng.chance(4_000).then(|| hook(rng));
    setup.after = rng.chance(4_000).then(|| hook(rng));
    setup.hook_timeout_ms = rng.pick(&[60_000, 1_200_000, 3_600_000]);
    if rng.chance(5_000) {
        setup.alarms =
            ["hot", "slow"].iter().take(1 + rng.below(2) as usize).map(|n| (*n).to_owned()).collect();
    }
    setup.ignore_poll_failure = rng.chance(3_000);
    setup.auto_rollback = AutoRollback {
        on_failure: rng.chance(5_000),
        on_alarm: rng.chance(5_000),
        on_request: rng.chance(5_000),
    };
    setup.patience = rng.below(3) as u32;
    setup.speed = rng.pick(&[1, 1, 1, 1, 10]);
    let requests = rng.pick(&[1, 1, 1, 2, 3]);
    setup.creates = (0..requests).map(|n| if n == 0 { 0 } else { rng.between(0, 10 * MINUTE) }).collect();
    setup.calm_at = rng.between(5 * MINUTE, 30 * MINUTE);
    for _ in 0..rng.pick(&[0, 0, 1, 1, 2, 4]) {
        happening(&mut setup, rng);
    }
    setup.faults = faults(rng);
    if rng.chance(200) {
        rough(&mut setup, rng);
    }
    if rng.chance(300) {
        setup.unworkable.push((rng.below(requests), ErrorCode::InvalidRevision));
    }
    setup
}

/// A long deployment in long-winded trouble: its log outgrows its state.
fn rough(setup: &mut Setup, rng: &mut Rng) {
    setup.routing = TrafficRouting::TimeBasedLinear { percentage: 10, interval_mins: 1 };
    setup.alarms = vec!["hot".to_owned()];
    setup.ignore_poll_failure = true;
    setup.calm_at = 60 * MINUTE;
    setup.happenings.retain(|(at, _)| *at > 10 * MINUTE);
    setup.faults.rates =
        Rates { call: 1_500, doubled: 1_000, delayed: rng.pick(&[0, 500]), ..Rates::default() };
    setup.faults.long_words = true;
}

fn routing(rng: &mut Rng) -> TrafficRouting {
    match rng.below(5) {
        0 => TrafficRouting::AllAtOnce,
        1 | 2 => TrafficRouting::TimeBasedCanary {
            percentage: rng.pick(&[1, 10, 50, 99]),
            interval_mins: rng.pick(&[1, 5, 5, 20]),
        },
        _ => TrafficRouting::TimeBasedLinear {
            percentage: rng.pick(&[10, 20, 33, 50]),
            interval_mins: rng.pick(&[1, 2, 3]),
        },
    }
}

fn hook(rng: &mut Rng) -> Hook {
    let status = |rng: &mut Rng| if rng.chance(8_500) { HookStatus::Succeeded } else { HookStatus::Failed };
    let after = |rng: &mut Rng| rng.pick(&[0, 200, 3_000, 30_000, 90_000]);
    let answers = match rng.below(10) {
        0 => Vec::new(),
        1 | 2 => (0..2).map(|_| (after(rng), status(rng))).collect(),
        _ => vec![(after(rng), status(rng))],
    };
    Hook { answers, returns_after: rng.pick(&[0, 0, 0, 500, 4_000]) }
}

fn happening(setup: &mut Setup, rng: &mut Rng) {
    let at = rng.between(0, 15 * MINUTE);
    let later = at + rng.between(0, 10 * MINUTE);
    let rollback = rng.pick(&[None, None, Some(true), Some(false)]);
    let alarm = setup.alarms.first().cloned();
    let add = |setup: &mut Setup, at, what| setup.happenings.push((at, what));
    match rng.below(13) {
        0..=2 => add(setup, at, Happening::Stop { rollback }),
        3..=5 => {
            let Some(name) = alarm else { return };
            let now = rng.pick(&[
                AlarmNow::Red,
                AlarmNow::Red,
                AlarmNow::Unreadable,
                AlarmNow::Missing,
                AlarmNow::NoData,
            ]);
            add(setup, at, Happening::Alarm { name: name.clone(), now, told: rng.chance(5_000) });
            if rng.chance(5_000) {
                add(setup, later, Happening::Alarm { name, now: AlarmNow::Green, told: false });
            }
        }
        6 | 7 => {
            let state = match rng.below(4) {
                0 => AliasState::whole("1"),
                1 => AliasState::whole("2"),
                2 => AliasState::shifted("90", "91", 30),
                _ => AliasState::whole("90"),
            };
            add(setup, at, Happening::Foreign(state));
        }
        8 => add(setup, at, Happening::Describe),
        12 => (0..5).for_each(|n| add(setup, at + n * 700, Happening::EditGroup)),
        9 => {
            let port = rng.pick(&[Port::AliasReads, Port::AliasWrites, Port::Hooks, Port::Alarms]);
            add(setup, at, Happening::Refuse(port));
            if rng.chance(7_000) {
                add(setup, later, Happening::Lift(port));
            }
            if rng.chance(5_000) {
                add(setup, at, Happening::Stop { rollback });
            }
            // What is refused for good is given up in the end.
            add(setup, later + 20 * MINUTE, Happening::Abandon);
            add(setup, later + 60 * MINUTE, Happening::Lift(port));
        }
        10 => add(setup, at, Happening::Purge),
        _ => {
            if rng.chance(3_000) {
                add(setup, at, Happening::DeleteAlias);
            }
        }
    }
}

fn faults(rng: &mut Rng) -> Faults {
    let level = rng.pick(&[0, 50, 150, 400, 1_000, 2_000]);
    let some = |rng: &mut Rng| if rng.chance(5_000) { level } else { 0 };
    Faults {
        rates: Rates {
            call: level,
            lost: some(rng),
            doubled: some(rng),
            delayed: some(rng),
            unacked: some(rng),
        },
        long_words: rng.chance(2_500),
        skew: rng.pick(&[0, 500, 2_000]),
        ..Faults::default()
    }
}
