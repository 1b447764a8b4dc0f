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
fn watching_a_world_does_not_change_it() {
    for seed in 0..60 {
        let setup = generate::setup(seed);
        let [seen, unseen] = [true, false].map(|trace| world::run(&setup, seed, trace));
        assert_eq!((seen.calls, seen.elapsed), (unseen.calls, unseen.elapsed), "seed {seed}");
        assert_eq!(seen.deployments, unseen.deployments, "seed {seed}");
    }
}
