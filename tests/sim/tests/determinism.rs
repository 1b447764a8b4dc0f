//! One seed, one world.

use sim::{generate, world};

#[test]
fn the_same_seed_gives_the_same_log_byte_for_byte() {
    for seed in 0..60 {
        let setup = generate::setup(seed);
        let [one, two] = [(); 2].map(|()| world::run(&setup, seed, true).trace.join("\n"));
        assert!(!one.is_empty());
        assert_eq!(one, two, "seed {seed}");
    }
}

#[test]
fn the_clocks_of_hosts_decide_nothing() {
    let mut fleets = 0;
    for seed in 0..400 {
        let told = |clocks_ms| {
            let mut setup = generate::setup(seed);
            setup.fleet.as_mut()?.clocks_ms = clocks_ms;
            let report = world::run(&setup, seed, false);
            Some((report.deployments, report.hosts, report.calls, report.elapsed))
        };
        assert_eq!(told(0), told(3_600_000), "seed {seed}");
        fleets += usize::from(told(0).is_some());
    }
    assert!(fleets >= 40, "{fleets} fleets");
}

#[test]
fn watching_a_world_does_not_change_it() {
    for seed in 0..60 {
        let setup = generate::setup(seed);
        let [seen, unseen] = [true, false].map(|trace| world::run(&setup, seed, trace));
        assert_eq!((seen.calls, seen.elapsed), (unseen.calls, unseen.elapsed), "seed {seed}");
        assert_eq!(seen.deployments, unseen.deployments, "seed {seed}");
    }
}
