//! Timers and what acts bring, while nothing has gone wrong yet.

use super::fixture::{Do, bare, denied, doubt, foreign, full, gone, red, refused, retry, table};
use crate::act::Outcome;
use crate::alias::AliasState;
use crate::decide::decide;
use crate::event::{Decision, Event, HookStatus, Why};
use crate::lifecycle::EventStatus;
use crate::limits::FORWARD_TRIES;
use crate::time::Timestamp;

#[test]
fn timers() {
    use Do::Wake;
    table(vec![
        (bare(), vec![Wake], "Acting@0 +20s"),
        // The worker did not come back: the next one claims the same step.
        (bare(), vec![Wake, Wake], "Ready@0 +0s tries 1"),
        (bare(), vec![Wake, Wake, Wake], "Acting@0 +20s tries 1"),
        (bare().at(1), vec![Wake, Do::Back(Outcome::AliasSet)], "Baking@2 +300s"),
        (bare().at(1), vec![Wake, Do::Back(Outcome::AliasSet), Wake], "Ready@3 +0s"),
        (full().at(2), vec![Wake, Do::Back(Outcome::HookInvoked)], "Awaiting@2 +3600s"),
        (
            full().at(2),
            vec![Wake, Do::Back(Outcome::HookInvoked), Wake],
            "Closing Failed@2 +0s HOOK_EXECUTION_FAILURE",
        ),
        (bare().at(4), vec![Wake, Do::Back(Outcome::Verified)], "Closing Succeeded@5 +0s"),
        (bare().at(4), vec![Wake, Do::Back(Outcome::Verified), Wake], "Done Succeeded@5 kept"),
        (
            bare().at(4),
            vec![Wake, Do::Back(Outcome::Verified), Wake, Wake],
            "Done Succeeded@5 kept ignored Over",
        ),
    ]);
}

#[test]
fn early_and_stale_timers() {
    let case = bare();
    let early = Timestamp::from_millis(0);
    assert_eq!(
        decide(&case.plan, &case.state, &Event::Wake { epoch: 1 }, early),
        Decision::Later(case.plan.start_at)
    );
    for epoch in [0, 2, 99] {
        let decided = decide(&case.plan, &case.state, &Event::Wake { epoch }, case.now);
        assert_eq!(decided, Decision::Ignore(Why::StaleEpoch));
    }
}

#[test]
fn what_acts_bring() {
    use Do::{Back, Wake};
    let elsewhere = || Outcome::Resolved { observed: AliasState::shifted("1", "7", 20) };
    table(vec![
        (bare(), vec![Wake, Back(elsewhere())], "Closing Failed@0 +0s INVALID_LAMBDA_CONFIGURATION"),
        (bare(), vec![Wake, Back(gone())], "Closing Failed@0 +0s INVALID_LAMBDA_FUNCTION"),
        (bare(), vec![Wake, Back(denied())], "Closing Failed@0 +0s IAM_ROLE_PERMISSIONS"),
        (bare(), vec![Wake, Back(refused())], "Closing Failed@0 +0s INVALID_LAMBDA_CONFIGURATION"),
        (bare(), vec![Wake, Back(retry())], "Ready@0 +0s tries 1"),
        (bare(), vec![Wake, Back(Outcome::Verified)], "Ready@0 +0s tries 1"),
        (full().at(1), vec![Wake, Back(red())], "Closing Stopped@1 +0s ALARM_ACTIVE"),
        (full().at(6), vec![Wake, Back(red())], "Ready@6 +0s ALARM_ACTIVE"),
        (full().at(1), vec![Wake, Back(retry()), Wake, Back(refused())], "Ready@1 +20s tries 2"),
        (
            full().at(1),
            vec![Wake, Back(retry()), Wake, Back(retry()), Wake, Back(retry())],
            "Closing Stopped@1 +0s ALARM_ACTIVE",
        ),
        (full().at(2), vec![Wake, Back(denied())], "Closing Failed@2 +0s HOOK_EXECUTION_FAILURE"),
        (full().at(2), vec![Wake, Back(refused())], "Closing Failed@2 +0s HOOK_EXECUTION_FAILURE"),
        (full().at(2), vec![Wake, Back(gone())], "Closing Failed@2 +0s HOOK_EXECUTION_FAILURE"),
        (
            bare().at(1),
            vec![Wake, Back(foreign())],
            "Closing Failed@1 +0s INVALID_LAMBDA_CONFIGURATION yielded",
        ),
        (bare().at(1), vec![Wake, Back(gone())], "Ready@1 +0s INVALID_LAMBDA_FUNCTION"),
        (bare().at(1), vec![Wake, Back(denied())], "Ready@1 +0s IAM_ROLE_PERMISSIONS"),
        (bare().at(1), vec![Wake, Back(refused())], "Ready@1 +0s INVALID_LAMBDA_CONFIGURATION"),
        (
            bare().at(4),
            vec![Wake, Back(foreign())],
            "Closing Failed@4 +0s INVALID_LAMBDA_CONFIGURATION yielded",
        ),
        (bare().at(4), vec![Wake, Back(gone())], "Ready@4 +0s INVALID_LAMBDA_FUNCTION"),
    ]);
}

#[test]
fn a_call_in_doubt_keeps_everything_waiting_until_its_lease_is_over() {
    use Do::{Back, Hook, Stop, Wake};
    table(vec![
        (bare().at(1), vec![Wake, Back(doubt())], "Ready@1 +20s tries 1"),
        (bare().at(1), vec![Wake, Back(doubt()), Stop], "Ready@1 +20s MANUAL_STOP"),
        (bare().at(1), vec![Wake, Stop, Back(doubt())], "Ready@1 +20s MANUAL_STOP"),
        (bare().at(1), vec![Wake, Back(doubt()), Stop, Wake], "Acting@1 +20s MANUAL_STOP"),
        // Nothing to undo, and still a hook may be on its way.
        (full().at(2), vec![Wake, Back(doubt()), Stop], "Closing Stopped@2 +20s MANUAL_STOP"),
        // Its answer may be that to an earlier try.
        (full().at(2), vec![Wake, Back(doubt()), Hook(HookStatus::Succeeded)], "Ready@3 +20s"),
    ]);
}

#[test]
fn late_answers_of_lost_claims_change_nothing() {
    use Do::{Late, Wake};
    let token = bare().at(1).state.epoch + 1;
    let done = || Late(token, Outcome::AliasSet);
    table(vec![
        (bare().at(1), vec![done()], "Ready@1 +0s ignored StaleClaim"),
        (bare().at(1), vec![Wake, Wake, done()], "Ready@1 +0s tries 1 ignored StaleClaim"),
        (bare().at(1), vec![Wake, Wake, Wake, done()], "Acting@1 +20s tries 1 ignored StaleClaim"),
        (bare().at(1), vec![Wake, done(), done()], "Baking@2 +300s ignored StaleClaim"),
    ]);
}

#[test]
fn a_step_is_tried_a_bounded_number_of_times() {
    for lost in [false, true] {
        let mut case = bare().at(1);
        for _ in 0..FORWARD_TRIES {
            assert_eq!(case.state.ending, None);
            case.step(Do::Wake);
            case.step(if lost { Do::Wake } else { Do::Back(retry()) });
        }
        assert_eq!(case.told(), "Ready@1 +0s THROTTLED");
    }
}

#[test]
fn lifecycle_events_follow_the_steps() {
    use EventStatus::{Failed, InProgress, Pending, Skipped, Succeeded};
    let statuses = |case: &super::fixture::Case| {
        let all: Vec<_> = case.state.events.iter().map(|e| e.status).collect();
        [all[0], all[1], all[2]]
    };
    for (step, expected) in [
        (0, [Pending; 3]),
        (2, [Pending; 3]),
        (4, [Succeeded, Pending, Pending]),
        (7, [Succeeded, InProgress, Pending]),
        (8, [Succeeded, Succeeded, Pending]),
        (10, [Succeeded; 3]),
    ] {
        assert_eq!(statuses(&full().at(step)), expected, "step {step}");
    }
    let mut stopped = full().at(7);
    stopped.step(Do::Stop);
    assert_eq!(statuses(&stopped), [Succeeded, Failed, Skipped]);
}
