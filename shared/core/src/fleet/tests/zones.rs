//! One zone at a time (behaviour: minimum healthy hosts rule 9).

use super::fixture::{Case, bad, ok, roster};
use crate::deployment::{ErrorCode, Verdict};
use crate::fleet::minimum::FleetMinimum::{self, FleetPercent, HostCount};
use crate::fleet::rule::{FleetError, FleetRule, Zonal};
use crate::fleet::words::host_message;

fn zonal(minimum: Option<FleetMinimum>) -> Option<Zonal> {
    Some(Zonal { minimum, first_monitor_ms: 600_000, monitor_ms: 60_000 })
}

fn begun(letters: &str, fleet: FleetMinimum, zone: Option<FleetMinimum>) -> Case {
    let mut case = Case::new(letters, fleet, zonal(zone));
    case.begin();
    case
}

fn all_well(case: &mut Case) {
    let through: Vec<_> = case.in_flight().into_iter().map(ok).collect();
    case.report(&through);
}

#[test]
fn zones_take_turns_and_are_watched_in_between() {
    let mut case = begun("nn nn n", HostCount(0), None);
    assert_eq!(case.cells(), "oowww");
    all_well(&mut case);
    assert_eq!((case.cells().as_str(), case.in_flight()), ("SSwww", vec![]));
    assert_eq!(case.board.wake_at, Some(case.now.plus_ms(600_000)));
    case.wake();
    assert_eq!(case.cells(), "SSoow");
    all_well(&mut case);
    assert_eq!(case.board.wake_at, Some(case.now.plus_ms(60_000)));
    case.wake();
    all_well(&mut case);
    assert_eq!(case.end().verdict, Verdict::Succeeded, "no wait after the last");
}

#[test]
fn waits_of_no_length_are_none() {
    let spans = Zonal { minimum: None, first_monitor_ms: 0, monitor_ms: 0 };
    let mut case = Case::new("n n n", HostCount(0), Some(spans));
    case.begin();
    all_well(&mut case);
    assert_eq!(case.cells(), "Sow");
}

#[test]
fn both_minimums_bind() {
    for (letters, fleet, zone, at_once) in [
        ("nnnn nnnn", HostCount(0), None, 4),
        ("nnnn nnnn", HostCount(0), Some(HostCount(3)), 1),
        ("nnnn nnnn", HostCount(0), Some(FleetPercent(50)), 2),
        ("nnnn nnnn", HostCount(5), Some(HostCount(0)), 3),
        ("nnnn nnnn", FleetPercent(75), Some(FleetPercent(25)), 2),
    ] {
        let mut case = begun(letters, fleet, zone);
        assert_eq!(case.in_flight().len(), at_once, "{fleet:?} {zone:?}");
        while case.board.end.is_none() {
            assert!(case.in_flight().len() <= at_once);
            if case.in_flight().is_empty() { case.wake() } else { all_well(&mut case) }
        }
        assert_eq!(case.end().verdict, Verdict::Succeeded);
    }
}

#[test]
fn a_failing_zone_leaves_the_later_ones_untouched() {
    let mut case = begun("nnn nnn", HostCount(1), Some(HostCount(2)));
    case.report(&[bad(0)]);
    assert_eq!(case.cells(), "FKKKKK");
    assert_eq!((case.end().verdict, case.end().code), (Verdict::Failed, Some(ErrorCode::HealthConstraints)));
    assert_eq!(
        case.message(),
        "The deployment failed in the zone zone-a: 1 of its 3 instances failed, and at least 2 must stay healthy \
         there. Of all 6 instances 5 were not started."
    );
    let told = |index| host_message(&case.rule, &case.roster, &case.board, index).expect("a message");
    assert_eq!(told(1), "h1 was not started: too many others of the zone zone-a had failed.");
    assert_eq!(told(5), "h5 was not started: too many of the zone zone-a had failed.");
    // Nobody succeeded in the zone, although nobody there had to stay.
    let mut case = begun("nn nn", HostCount(0), None);
    case.report(&[bad(0), bad(1)]);
    assert_eq!(case.cells(), "FFKK");
    // One did, and the fleet allows for the other.
    let mut case = begun("nn nn", HostCount(0), None);
    case.report(&[ok(0), bad(1)]);
    case.wake();
    assert_eq!(case.cells(), "SFoo");
}

#[test]
fn the_fleet_minimum_ends_it_before_a_later_zone_begins() {
    let mut case = begun("nnn nnn", HostCount(5), Some(HostCount(0)));
    case.report(&[ok(0)]);
    case.report(&[bad(1)]);
    assert_eq!(case.cells(), "SFKKKK");
    assert!(case.message().starts_with("The deployment failed because too many"), "{}", case.message());
    // The last of a zone fails: those that wait in the next one could not be started.
    let mut case = begun("n n", HostCount(1), None);
    case.report(&[bad(0)]);
    assert_eq!(case.cells(), "FK");
}

#[test]
fn a_zone_in_which_nothing_may_fail_is_refused_at_the_start() {
    let roster = roster("nnn n");
    let error = FleetRule::new(HostCount(0), zonal(Some(FleetPercent(50))), &roster).expect_err("refused");
    let zone = "the zone zone-b".to_owned();
    assert_eq!(error, FleetError::NothingMayFailInZone { zone, minimum: 1, hosts: 1 });
    assert_eq!(error.code(), ErrorCode::HealthConstraintsInvalid);
}
