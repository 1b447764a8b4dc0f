//! Worlds of the seeds' own making.

use sim::{generate, world};

/// How the deployments of fleets ended, and their hosts.
#[derive(Debug, Default)]
struct Fleets {
    succeeded: u32,
    failed: u32,
    stopped: u32,
    rollbacks: u32,
    hosts: [u32; 3],
}

#[test]
fn two_thousand_worlds_violate_nothing() {
    let mut ends = std::collections::BTreeMap::new();
    let mut fleets = Fleets::default();
    for seed in 0..2_000 {
        let report = world::run(&generate::setup(seed), seed, false);
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}");
        }
        for ended in report.deployments {
            if let Some(counts) = ended.hosts {
                match ended.verdict.map(|v| v.as_str()) {
                    _ if ended.rollback => fleets.rollbacks += 1,
                    Some("Succeeded") => fleets.succeeded += 1,
                    Some("Failed") => fleets.failed += 1,
                    _ => fleets.stopped += 1,
                }
                let hosts = [counts.succeeded, counts.failed, counts.skipped];
                fleets.hosts.iter_mut().zip(hosts).for_each(|(sum, n)| *sum += n);
            }
            *ends.entry((ended.rollback, ended.verdict.map(|v| v.as_str()))).or_insert(0) += 1;
        }
    }
    let Fleets { succeeded, failed, stopped, rollbacks, hosts } = &fleets;
    assert!([succeeded, failed, stopped, rollbacks].into_iter().all(|n| *n >= 25), "{fleets:?}");
    assert!(hosts.iter().all(|n| *n >= 120), "{fleets:?}");
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
