//! Processes of Auto Scaling groups: suspended for the roll-out, resumed whatever happens.

use super::fixture::{Case, Do, denied, doubt, looking_again, processes, record, retry, scaled, seen, table};
use crate::act::{Act, Outcome};
use crate::explain::explain;
use crate::follow_up;
use crate::limits::FORWARD_TRIES;
use crate::plan::PlanKind;
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

/// The roll-out is done; the processes run again.
fn looks() -> Case {
    let mut case = looking_again().at(4);
    case.step(Do::Wake);
    case.step(Do::Back(processes(&[])));
    case
}

#[test]
fn launched_hosts_are_looked_for_and_nothing_of_that_fails_the_deployment() {
    use Do::{Back, Stop, Wake};
    let launched = |hosts| Outcome::Launched { hosts };
    table(vec![
        (looks(), vec![], "Ready@4 +0s"),
        (looks(), vec![Wake, Back(launched(0))], "Closing Succeeded@5 +0s"),
        (looks(), vec![Wake, Back(launched(2))], "Closing Succeeded@5 +0s"),
        (looks(), vec![Wake, Back(denied())], "Closing Succeeded@5 +0s"),
        (looks(), vec![Wake, Back(retry())], "Ready@4 +0s tries 1"),
        (looks(), vec![Stop], "Ready@4 +0s ignored AlreadyEnding"),
    ]);
    let mut case = looks();
    for _ in 0..FORWARD_TRIES {
        case.step(Wake);
        case.step(Back(retry()));
    }
    assert_eq!(case.told(), "Closing Succeeded@5 +0s");
    let mut case = looks();
    for _ in 0..2 * FORWARD_TRIES {
        case.step(Wake);
    }
    assert_eq!(case.told(), "Closing Succeeded@5 +0s");
}

#[test]
fn a_row_of_follow_ups_has_an_end() {
    let over = |hosts| {
        let mut case = looks();
        for what in [Do::Wake, Do::Back(Outcome::Launched { hosts }), Do::Wake] {
            case.step(what);
        }
        case
    };
    assert_eq!(follow_up::wanted(&over(0).plan, &over(0).state), None);
    let Case { mut plan, state, now, .. } = over(2);
    let root = plan.deployment.clone();
    assert_eq!(follow_up::wanted(&plan, &state), Some(follow_up::id(&root, 1)));
    for nth in 1..=follow_up::MOST {
        let id = follow_up::wanted(&plan, &state).expect("another one");
        (plan, _) = follow_up::of(&plan, &record(), id.clone(), now).expect("its plan");
        assert_eq!((&plan.deployment, &plan.kind), (&id, &PlanKind::FollowUp { root: root.clone(), nth }));
        let fleet = plan.fleet.as_deref().expect("a fleet");
        assert!(fleet.outdated_only && fleet.previous.is_none() && fleet.selection.on_premises.is_empty());
    }
    assert_eq!(follow_up::wanted(&plan, &state), None);
}
