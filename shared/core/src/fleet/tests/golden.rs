//! Every example of the reference (behaviour: minimum healthy hosts).

use super::fixture::{Case, bad, ok, roster};
use crate::config::predefined;
use crate::deployment::{ErrorCode, Verdict};
use crate::fleet::cell::Cell;
use crate::fleet::minimum::FleetMinimum::{self, FleetPercent, HostCount, MostConcurrency};
use crate::fleet::rule::{FleetError, FleetRule};

/// A fleet of hosts that were never deployed to.
fn fresh(hosts: usize, minimum: FleetMinimum) -> Case {
    Case::begun(&"n".repeat(hosts), minimum)
}

#[test]
fn so_many_at_a_time() {
    for (minimum, hosts, at_once) in [
        (HostCount(6), 9, 3),
        (FleetPercent(40), 9, 5),
        (FleetPercent(50), 9, 4),
        (HostCount(0), 9, 9),
        (FleetPercent(50), 10, 5),
        (MostConcurrency(1), 10, 1),
        (MostConcurrency(1), 1, 1),
        (MostConcurrency(4), 3, 3),
    ] {
        for letter in ["x", "n", "o", "c"] {
            let mut case = Case::begun(&letter.repeat(hosts), minimum);
            assert_eq!(case.in_flight().len(), at_once, "{minimum:?} of {hosts} {letter}");
            let mut most = 0;
            while case.board.end.is_none() {
                most = most.max(case.in_flight().len());
                case.report(&[ok(case.in_flight()[0])]);
            }
            assert_eq!((most, case.end().verdict), (at_once, Verdict::Succeeded));
            assert_eq!(case.count(Cell::Succeeded), hosts);
        }
    }
}

/// The predefined configurations mean what the reference says of them (behaviour: predefined configurations): so many
/// at once, and so many must succeed when the others fail last.
#[test]
fn predefined_configurations_mean_what_they_say() {
    let stored = predefined();
    for (name, hosts, at_once, enough) in [
        ("CodeDeployDefault.AllAtOnce", 7, 7, 1),
        ("CodeDeployDefault.HalfAtATime", 7, 3, 4),
        ("CodeDeployDefault.HalfAtATime", 8, 4, 4),
        ("CodeDeployDefault.HalfAtATime", 2, 1, 1),
        ("CodeDeployDefault.OneAtATime", 7, 1, 6),
        ("CodeDeployDefault.OneAtATime", 2, 1, 1),
        ("CodeDeployDefault.OneAtATime", 1, 1, 1),
    ] {
        let config = stored.iter().find(|c| c.name == name).expect("predefined");
        let minimum = config.minimum_healthy_hosts.as_ref().expect("for Server");
        let minimum = FleetMinimum::try_from(minimum).expect("known");
        for succeeding in 0..=hosts {
            let mut case = fresh(hosts, minimum);
            assert_eq!(case.in_flight().len(), at_once, "{name} of {hosts}");
            while case.board.end.is_none() {
                let index = case.in_flight()[0];
                let good = usize::from(index) < succeeding;
                case.report(&[if good { ok(index) } else { bad(index) }]);
            }
            let want = if succeeding >= enough { Verdict::Succeeded } else { Verdict::Failed };
            assert_eq!(case.end().verdict, want, "{name}: {succeeding} of {hosts}");
        }
    }
}

#[test]
fn nothing_may_fail() {
    for (minimum, hosts, held) in
        [(FleetPercent(95), 10, 10), (HostCount(9), 9, 9), (HostCount(12), 9, 12), (FleetPercent(50), 1, 1)]
    {
        let error = FleetRule::new(minimum, None, &roster(&"n".repeat(hosts))).expect_err("nothing");
        assert_eq!(error, FleetError::NothingMayFail { minimum: held, hosts: hosts as u32 });
        assert_eq!(error.code(), ErrorCode::HealthConstraintsInvalid);
    }
    let none = FleetRule::new(HostCount(0), None, &roster("")).expect_err("no hosts");
    assert_eq!(none.code(), ErrorCode::NoInstances);
    let many = FleetRule::new(HostCount(0), None, &roster(&"n".repeat(100_001))).expect_err("many");
    assert_eq!(many.code(), ErrorCode::OverMaxInstances);
}

/// Ten hosts, one after the other; `failing` of them fail. What becomes of it.
fn ten(minimum: u32, failing: &[u16]) -> (Verdict, String) {
    let mut case = fresh(10, HostCount(minimum));
    while case.board.end.is_none() {
        let index = case.in_flight()[0];
        case.report(&[if failing.contains(&index) { bad(index) } else { ok(index) }]);
    }
    (case.end().verdict, case.cells())
}

#[test]
fn any_failure_but_the_last() {
    for failing in 0..10 {
        let (verdict, cells) = ten(9, &[failing]);
        let want = if failing == 9 { Verdict::Succeeded } else { Verdict::Failed };
        assert_eq!(verdict, want, "{failing}: {cells}");
        assert_eq!(cells.matches('K').count(), 9 - usize::from(failing));
    }
    assert_eq!(ten(9, &[]).0, Verdict::Succeeded);
}

#[test]
fn the_second_failure_unless_it_is_the_last() {
    for (failing, verdict, cells) in [
        (&[3][..], Verdict::Succeeded, "SSSFSSSSSS"),
        (&[0, 9], Verdict::Succeeded, "FSSSSSSSSF"),
        (&[0, 1], Verdict::Failed, "FFKKKKKKKK"),
        (&[2, 8], Verdict::Failed, "SSFSSSSSFK"),
        (&[2, 7], Verdict::Failed, "SSFSSSSFKK"),
    ] {
        assert_eq!(ten(8, failing), (verdict, cells.to_owned()), "{failing:?}");
    }
}

#[test]
fn one_success_is_enough_where_nothing_need_stay() {
    assert_eq!(ten(0, &[0, 1, 2, 3, 4, 5, 6, 7, 8]), (Verdict::Succeeded, "FFFFFFFFFS".to_owned()));
    let mut case = fresh(10, HostCount(0));
    case.report(&(0..10).map(bad).collect::<Vec<_>>());
    assert_eq!((case.end().verdict, case.end().code), (Verdict::Failed, Some(ErrorCode::HealthConstraints)));
    assert_eq!(
        case.message(),
        "The deployment failed because too many instances failed: 10 of 10 failed, 0 succeeded, 0 were not started; \
         at least 1 must succeed."
    );
}

#[test]
fn those_in_flight_finish_first() {
    let mut case = fresh(9, HostCount(6));
    case.report(&[bad(0), bad(1), bad(2)]);
    assert_eq!(case.cells(), "FFFKKKKKK");
    let mut case = fresh(10, HostCount(8));
    case.report(&[bad(0)]);
    assert_eq!(case.cells(), "Fowwwwwwww", "one of two is gone, so one at a time");
    case.report(&[bad(1)]);
    assert_eq!(
        case.message(),
        "The deployment failed because too many instances failed: 2 of 10 failed, 0 succeeded, 8 were not started; \
         at least 8 must stay healthy."
    );
}

#[test]
fn hosts_that_were_unhealthy_go_first_and_cost_nothing() {
    // Below M from the start: it may get healthier, not less healthy (rule 6).
    let mut case = Case::begun("xxxooooooo", HostCount(8));
    assert_eq!(case.cells(), "oowwwwwwww");
    case.report(&[ok(0)]);
    assert_eq!(case.cells(), "Soowwwwwww", "the third of them, not yet a healthy one");
    case.report(&[ok(1)]);
    assert_eq!(case.cells(), "SSoowwwwww", "nine serve, so one of them may be taken out");
    case.report(&[ok(2)]);
    assert_eq!(case.cells(), "SSSoowwwww");
}

#[test]
fn failing_hosts_that_were_unhealthy_do_not_stop_one_another() {
    let mut case = Case::begun("xxxooooooo", HostCount(8));
    case.report(&[bad(0)]);
    assert_eq!(case.cells(), "Foowwwwwww", "the third cannot make it worse");
    case.report(&[bad(1)]);
    assert_eq!(case.cells(), "FFoKKKKKKK", "at best eight serve, and eight must stay");
    case.report(&[ok(2)]);
    assert_eq!((case.cells().as_str(), case.end().verdict), ("FFSKKKKKKK", Verdict::Failed));
}
