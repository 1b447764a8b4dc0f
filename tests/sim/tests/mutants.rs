//! A broken engine is caught: the checks can fail.

use sim::mutants::{self, Mutant};

#[test]
fn every_mutant_is_caught() {
    for mutant in Mutant::ALL {
        assert!(mutants::caught(*mutant, 0..1_000, 50).is_some(), "{} survived", mutant.name());
    }
}

#[test]
fn every_rule_has_a_mutant() {
    for rule in 1..=22 {
        assert!(Mutant::ALL.iter().any(|m| m.rule() == rule), "rule {rule} has no mutant");
    }
}
