//! Processes of Auto Scaling groups: suspended for the roll-out, resumed whatever happens.

use super::fixture::{Case, Do, denied, doubt, processes, retry, scaled, seen, table};
use crate::act::{Act, Outcome};
use crate::explain::explain;
use crate::route::{act, route};
use crate::scaling::{Stand, Suspended};

/// All steps done; what it suspended is to be resumed.
fn rolled_out() -> Case {
    scaled().at(4)
}

#[test]
fn only_what_ran_is_suspended_and_it_is_noted_before() {
    let mut case = scaled().at(2);
    assert_eq!(case.state.suspensions[0].stand, Stand::Seen);
    let asks = |case: &Case| match act(&case.plan, &case.state) {
        Some(Act::SuspendProcesses { of, .. } | Act::ResumeProcesses { of, .. }) => {
            of.iter().map(ToString::to_string).collect()
        }
        other => vec![format!("{other:?}")],
    };
    assert_eq!(asks(&case), ["Terminate of asg"]);
    case.step(Do::Wake);
    assert_eq!(
        (case.state.suspensions[0].stand, asks(&case)),
        (Stand::Asked, vec!["Terminate of asg".to_owned()])
    );
    let case = rolled_out();
    assert_eq!(
        (asks(&case), route(&case.plan, &case.state).as_str()),
        (vec!["Terminate of asg".to_owned()], "fleet-plan")
    );
    let told = explain(&case.plan, &case.state, false, case.now);
    assert_eq!(
        told.ledger,
        ["asg: Terminate suspended, being resumed; AZRebalance had been suspended before and stays so"]
    );
    assert!(told.undoing && told.next.expect("a next").contains("Terminate of asg"));
}

#[test]
fn it_is_over_once_they_run_again() {
    use Do::{Abandon, Back, Stop, Wake};
    let gone = || Outcome::Processes { suspended: Suspended::new(), failed: None };
    table(vec![
        (rolled_out(), vec![], "Ready@4 +0s"),
        (rolled_out(), vec![Wake, Back(processes(&["AZRebalance"]))], "Closing Succeeded@4 +0s"),
        (rolled_out(), vec![Wake, Back(processes(&["Terminate"]))], "Ready@4 +0s tries 1"),
        (rolled_out(), vec![Wake, Back(denied())], "Ready@4 +0s tries 1"),
        (rolled_out(), vec![Wake, Back(doubt())], "Ready@4 +20s tries 1"),
        (rolled_out(), vec![Wake, Back(gone())], "Closing Succeeded@4 +0s"),
        // The roll-out has succeeded: nothing stops it any more.
        (rolled_out(), vec![Stop], "Ready@4 +0s ignored AlreadyEnding"),
        (rolled_out(), vec![Abandon], "Closing Succeeded@4 +0s"),
        (scaled().at(3), vec![Abandon], "Ready@3 +0s ignored NothingToAbandon"),
        // Nothing was asked for yet.
        (scaled().at(2), vec![Stop], "Closing Stopped@2 +0s MANUAL_STOP"),
        // Asked for, perhaps done: not before that is certain.
        (scaled().at(2), vec![Wake, Back(doubt()), Stop], "Ready@2 +20s MANUAL_STOP"),
        (scaled().at(2), vec![Wake, Stop, Back(retry())], "Ready@2 +0s MANUAL_STOP"),
        (scaled().at(2), vec![Wake, Back(denied())], "Ready@2 +0s IAM_ROLE_PERMISSIONS"),
        (
            scaled().at(3),
            vec![Wake, Back(seen(None)), Stop, Wake, Back(seen(Some(false)))],
            "Ready@3 +0s MANUAL_STOP",
        ),
        (
            scaled().at(3),
            vec![Wake, Back(seen(Some(false))), Wake, Back(processes(&[]))],
            "Closing Failed@3 +0s HEALTH_CONSTRAINTS",
        ),
    ]);
}

#[test]
fn resuming_never_gives_up() {
    let mut case = rolled_out();
    for _ in 0..200 {
        case.step(Do::Wake);
        case.step(Do::Back(processes(&["Terminate"])));
    }
    assert!(case.told().ends_with("tries 200"), "{}", case.told());
    // Nor do workers that never come back end it.
    for _ in 0..200 {
        case.step(Do::Wake);
    }
    assert!(case.state.ending.is_none(), "{}", case.told());
    case.step(Do::Abandon);
    case.step(Do::Wake);
    let told = explain(&case.plan, &case.state, false, case.now);
    assert_eq!(told.advice, ["Resume Terminate of asg by hand, if they are suspended."]);
}
