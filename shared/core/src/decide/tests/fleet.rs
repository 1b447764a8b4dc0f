//! A deployment and its fleet: it looks until the fleet is over, and an end withdraws first.

use super::fixture::{Case, Do, doubt, hosts, record, refused, retry, seen, table};
use crate::act::{Act, FleetAsk, Outcome};
use crate::deployment::ErrorCode;
use crate::plan::PlanKind;
use crate::rollback;
use crate::route::{act, route};

/// Hosts are at work.
fn at_work() -> Case {
    let mut case = hosts(&[]).at(1);
    case.step(Do::Wake);
    case.step(Do::Back(seen(None)));
    case
}

fn ask(case: &Case) -> Option<FleetAsk> {
    match act(&case.plan, &case.state)? {
        Act::Fleet { ask, .. } => Some(ask),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_roll_out_is_looked_at_until_it_is_over() {
    use Do::{Back, Call, Stop, Wake};
    let nobody = || Outcome::NoFleet { code: ErrorCode::NoInstances, message: "Nobody.".into() };
    table(vec![
        (hosts(&[]), vec![Wake, Back(seen(None))], "Ready@1 +0s"),
        (hosts(&[]), vec![Wake, Back(nobody())], "Closing Failed@0 +0s NO_INSTANCES"),
        (hosts(&[]), vec![Wake, Back(retry())], "Ready@0 +0s tries 1"),
        (at_work(), vec![], "Watching@1 +60s"),
        (at_work(), vec![Wake], "Ready@1 +0s"),
        (at_work(), vec![Wake, Wake, Back(seen(None))], "Watching@1 +60s"),
        (at_work(), vec![Call], "Ready@1 +0s"),
        (at_work(), vec![Call, Call], "Ready@1 +0s ignored NoFleetAtWork"),
        (at_work(), vec![Call, Wake, Back(seen(Some(true)))], "Closing Succeeded@2 +0s"),
        (at_work(), vec![Call, Wake, Back(seen(Some(false)))], "Closing Failed@1 +0s HEALTH_CONSTRAINTS"),
        // It calls while it is being looked at: what was seen may be older than the call.
        (at_work(), vec![Wake, Wake, Call, Back(seen(None))], "Ready@1 +0s"),
        (at_work(), vec![Wake, Wake, Stop, Back(seen(None))], "Ready@1 +0s MANUAL_STOP"),
        (at_work(), vec![Wake, Wake, Stop, Back(seen(Some(true)))], "Closing Stopped@2 +0s MANUAL_STOP"),
        (hosts(&[]).at(1), vec![Call], "Ready@1 +0s ignored NoFleetAtWork"),
    ]);
}

#[test]
fn an_end_withdraws_and_waits() {
    use Do::{Abandon, Alarm, Back, Call, Stop, Wake};
    let ending = || {
        let mut case = at_work();
        case.step(Stop);
        case
    };
    assert_eq!(
        (ask(&ending()), route(&ending().plan, &ending().state).as_str()),
        (Some(FleetAsk::Withdraw), "fleet-dispatch")
    );
    table(vec![
        (ending(), vec![], "Ready@1 +0s MANUAL_STOP"),
        (ending(), vec![Wake, Back(seen(None))], "Watching@1 +60s MANUAL_STOP"),
        (ending(), vec![Wake, Back(seen(None)), Call], "Ready@1 +0s MANUAL_STOP"),
        (
            ending(),
            vec![Wake, Back(seen(None)), Wake, Wake, Back(seen(Some(false)))],
            "Closing Stopped@1 +0s MANUAL_STOP",
        ),
        (ending(), vec![Wake, Back(refused())], "Ready@1 +0s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Back(doubt())], "Ready@1 +20s tries 1 MANUAL_STOP"),
        (ending(), vec![Abandon], "Closing Stopped@1 +0s MANUAL_STOP"),
        (ending(), vec![Wake, Back(seen(None)), Abandon], "Closing Stopped@1 +0s MANUAL_STOP"),
        // Before the roll-out was asked for there is nothing to withdraw.
        (hosts(&[]).at(1), vec![Stop], "Closing Stopped@1 +0s MANUAL_STOP"),
        (hosts(&[]).at(1), vec![Wake, Stop, Back(retry())], "Ready@1 +0s MANUAL_STOP"),
        (hosts(&["hot"]).at(2), vec![Wake, Back(seen(None)), Alarm("hot")], "Ready@2 +0s ALARM_ACTIVE"),
    ]);
}

#[test]
fn a_rollback_deploys_the_last_successful_revision_again() {
    let mut case = at_work();
    case.plan.auto_rollback.on_failure = true;
    for what in [Do::Call, Do::Wake, Do::Back(seen(Some(false))), Do::Wake] {
        case.step(what);
    }
    assert_eq!(case.told(), "Done Failed@1 HEALTH_CONSTRAINTS");
    assert!(rollback::wanted(&case.plan, &case.state));
    let (plan, record) = rollback::of(&case.plan, &record(), case.now);
    let fleet = plan.fleet.as_deref().expect("a fleet");
    assert_eq!((fleet.revision.as_str(), fleet.work.creator.as_str()), ("r1", "codeDeployRollback"));
    assert_eq!((record.revision, record.config.as_str()), ("old".into(), "CodeDeployDefault.OneAtATime"));
    assert!(matches!(plan.kind, PlanKind::Rollback { .. }) && fleet.previous.is_none());
    // Nobody was touched, or there is nothing to go back to: then there is none.
    case.state.fleet.as_mut().expect("a fleet").attempted = false;
    assert!(!rollback::wanted(&case.plan, &case.state));
}
