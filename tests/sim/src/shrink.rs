//! From a world that violates something to the smallest one like it: with every fault spelt out, whatever can
//! be left out is left out.

use cutover_core::plan::AutoRollback;

use crate::report::Report;
use crate::setup::Setup;
use crate::world;

/// Worlds that are tried at most.
const TRIES: usize = 3_000;

/// The smallest setup found that violates the same invariant with the same seed. Gives back what it was given
/// when nothing is violated.
pub fn shrink(setup: &Setup, seed: u64) -> Setup {
    let report = world::run(setup, seed, false);
    let Some(violation) = &report.violation else { return setup.clone() };
    let mut hunt = Hunt { invariant: violation.invariant, seed, left: TRIES, best: setup.clone() };
    hunt.spell_out(&report);
    loop {
        let before = hunt.best.clone();
        hunt.all_of(|setup| &mut setup.faults.scripted);
        hunt.all_of(|setup| &mut setup.faults.messages);
        hunt.all_of(|setup| &mut setup.faults.posts);
        hunt.all_of_troubles();
        hunt.fewer_hosts();
        hunt.all_of(|setup| &mut setup.happenings);
        hunt.all_of(|setup| &mut setup.creates);
        hunt.all_of(|setup| &mut setup.alarms);
        for plainer in PLAINER {
            hunt.try_with(*plainer);
        }
        if hunt.best == before || hunt.left == 0 {
            return hunt.best;
        }
    }
}

/// What may not matter.
const PLAINER: &[fn(&mut Setup)] = &[
    |s| {
        if let Some(fleet) = &mut s.fleet {
            (fleet.zonal, fleet.zones) = (None, 0);
        }
    },
    |s| {
        if let Some(fleet) = &mut s.fleet {
            (fleet.scaling_groups, fleet.suspend, fleet.update_launched) = (0, Vec::new(), false);
        }
    },
    |s| {
        if let Some(fleet) = &mut s.fleet {
            fleet.suspend.clear();
        }
    },
    |s| s.before = None,
    |s| s.after = None,
    |s| s.faults.skew = 0,
    |s| s.faults.long_words = false,
    |s| s.patience = 0,
    |s| s.unworkable.clear(),
    |s| s.ignore_poll_failure = false,
    |s| s.auto_rollback = AutoRollback::default(),
    |s| s.hook_timeout_ms = 3_600_000,
];

struct Hunt {
    invariant: &'static str,
    seed: u64,
    left: usize,
    best: Setup,
}

impl Hunt {
    /// What was drawn at random becomes a list.
    fn spell_out(&mut self, report: &Report) {
        let faults = report.faults.clone();
        self.try_with(move |setup| {
            setup.faults = faults.clone();
            setup.calm_at = 0;
        });
    }

    fn try_with(&mut self, change: impl Fn(&mut Setup)) -> bool {
        let mut setup = self.best.clone();
        change(&mut setup);
        if setup == self.best || self.left == 0 {
            return false;
        }
        self.left -= 1;
        let violation = world::run(&setup, self.seed, false).violation;
        let alike = violation.is_some_and(|v| v.invariant == self.invariant);
        if alike {
            self.best = setup;
        }
        alike
    }

    /// Leaves out half of a list, then quarters, then single entries, as long as the world stays wrong.
    fn all_of<T: Clone>(&mut self, list: impl Fn(&mut Setup) -> &mut Vec<T>) {
        let mut size = list(&mut self.best).len();
        while size > 0 {
            let mut at = 0;
            while at < list(&mut self.best).len() {
                let end = (at + size).min(list(&mut self.best).len());
                let smaller = self.try_with(|setup| {
                    list(setup).drain(at..end);
                });
                if !smaller {
                    at = end;
                }
            }
            size /= 2;
        }
    }
}

impl Hunt {
    /// Leaves out what ails single hosts.
    fn all_of_troubles(&mut self) {
        let mut at = 0;
        while self.best.fleet.as_ref().is_some_and(|fleet| at < fleet.troubles.len()) {
            let left_out = self.try_with(|setup| {
                if let Some(fleet) = &mut setup.fleet {
                    fleet.troubles.remove(at);
                }
            });
            at += usize::from(!left_out);
        }
    }

    /// Takes the last hosts away.
    fn fewer_hosts(&mut self) {
        while self.try_with(|setup| {
            if let Some(fleet) = setup.fleet.as_mut().filter(|fleet| fleet.hosts > 1) {
                fleet.hosts -= 1;
            }
        }) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use crate::mutants::Mutant;

    #[test]
    fn a_violation_is_told_by_little() {
        let mut sizes = Vec::new();
        for seed in 0..400 {
            let mut setup = generate::setup(seed);
            setup.mutant = Some(Mutant::NoVersionCondition);
            let Some(violation) = world::run(&setup, seed, false).violation else { continue };
            let small = shrink(&setup, seed);
            let again = world::run(&small, seed, false).violation.expect("it still violates something");
            assert_eq!(again.invariant, violation.invariant, "seed {seed}");
            let size = |s: &Setup| s.faults.scripted.len() + s.faults.messages.len() + s.happenings.len();
            // Leaving one out moves those behind it to other calls, so that now and then many belong together.
            sizes.push(size(&small));
            if sizes.len() == 5 {
                break;
            }
        }
        sizes.sort_unstable();
        assert!(sizes.len() == 5 && sizes[2] <= 6, "the middle one of {sizes:?}");
    }
}
