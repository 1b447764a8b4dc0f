//! A broken engine is caught: the checks can fail.

use sim::generate;
use sim::mutants::{self, Mutant};
use sim::setup::Setup;
use sim::world;

/// What a mutant is made of disturbs nobody: where its rule is not asked for, the world is as it is without it.
#[test]
fn a_mutant_breaks_its_rule_and_nothing_else() {
    for seed in 0..200 {
        let whole = Setup { pushes: None, ..generate::setup(seed) };
        let bent = Setup { mutant: Some(Mutant::QueueReadFirst), ..whole.clone() };
        let [whole, bent] = [whole, bent].map(|setup| world::run(&setup, seed, true));
        assert!(bent.violation.is_none(), "seed {seed}: {:?}", bent.violation);
        assert!(whole.trace == bent.trace, "seed {seed} goes another way");
    }
}

#[test]
fn every_mutant_is_caught() {
    for mutant in Mutant::ALL {
        assert!(mutants::caught(*mutant, 0..2_000, 50).is_some(), "{} survived", mutant.name());
    }
}

#[test]
fn every_rule_has_a_mutant() {
    for rule in 1..=22 {
        assert!(Mutant::ALL.iter().any(|m| m.rule() == rule), "rule {rule} has no mutant");
    }
}
