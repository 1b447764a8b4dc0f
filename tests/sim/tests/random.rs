//! Worlds of the seeds' own making.

use sim::{generate, world};

#[test]
fn two_thousand_worlds_violate_nothing() {
    let mut ends = std::collections::BTreeMap::new();
    for seed in 0..2_000 {
        let report = world::run(&generate::setup(seed), seed, false);
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}");
        }
        for ended in report.deployments {
            *ends.entry((ended.rollback, ended.verdict.map(|v| v.as_str()))).or_insert(0) += 1;
        }
    }
    // Worlds in which nothing ever failed, or nothing ever succeeded, would prove nothing.
    for (end, least) in [
        ((false, Some("Succeeded")), 400),
        ((false, Some("Failed")), 400),
        ((false, Some("Stopped")), 200),
        ((true, Some("Succeeded")), 200),
        ((true, Some("Failed")), 5),
    ] {
        let found = ends.get(&end).copied().unwrap_or(0);
        assert!(found >= least, "{end:?}: {found} of {ends:?}");
    }
}
