//! A broken engine is caught: the checks can fail.

use sim::mutants::Mutant;

#[test]
fn every_mutant_is_caught() {
    for (mutant, name) in Mutant::ALL {
        assert!(mutant.caught(0..4_000).is_some(), "{name} survived");
    }
}
