//! Facts from outside, in every phase.

use super::fixture::{Case, Do, bare, foreign, full, retry, table};
use crate::act::Outcome;
use crate::deployment::Phase;
use crate::event::HookStatus::{Failed, Succeeded};

fn acting(case: Case) -> Case {
    let mut case = case;
    case.step(Do::Wake);
    assert!(matches!(case.state.phase, Phase::Acting { .. }));
    case
}

fn awaiting() -> Case {
    let mut case = acting(full().at(2));
    case.step(Do::Back(Outcome::HookInvoked));
    case
}

fn baking() -> Case {
    let mut case = acting(bare().at(1));
    case.step(Do::Back(Outcome::AliasSet));
    case
}

fn closing() -> Case {
    let mut case = acting(full().at(10));
    case.step(Do::Back(Outcome::Verified));
    case
}

#[test]
fn a_stop() {
    use Do::{Back, Stop, StopRolling, Wake};
    table(vec![
        (bare(), vec![Stop], "Closing Stopped@0 +0s MANUAL_STOP"),
        (bare().at(1), vec![Stop], "Closing Stopped@1 +0s MANUAL_STOP"),
        // Under a claim it is only noted; what the act brings decides where it turns.
        (acting(bare().at(1)), vec![Stop], "Acting@1 +20s (MANUAL_STOP)"),
        (acting(bare().at(1)), vec![Stop, Back(Outcome::AliasSet)], "Ready@2 +0s MANUAL_STOP"),
        (acting(bare().at(1)), vec![Stop, Back(retry())], "Ready@1 +0s MANUAL_STOP"),
        (acting(bare().at(1)), vec![Stop, Wake], "Ready@1 +0s MANUAL_STOP"),
        (
            acting(bare().at(1)),
            vec![Stop, Back(foreign())],
            "Closing Failed@1 +0s INVALID_LAMBDA_CONFIGURATION yielded",
        ),
        (acting(bare().at(4)), vec![Stop, Back(Outcome::Verified)], "Ready@5 +0s MANUAL_STOP"),
        (acting(full().at(2)), vec![Stop, Back(Outcome::HookInvoked)], "Closing Stopped@2 +0s MANUAL_STOP"),
        (awaiting(), vec![Stop], "Closing Stopped@2 +0s MANUAL_STOP"),
        (baking(), vec![Stop], "Ready@2 +0s MANUAL_STOP"),
        (baking(), vec![Stop, StopRolling(true)], "Ready@2 +0s MANUAL_STOP ignored AlreadyEnding"),
        (acting(bare().at(1)), vec![Stop, Stop], "Acting@1 +20s (MANUAL_STOP) ignored AlreadyEnding"),
        (closing(), vec![Stop], "Closing Succeeded@11 +0s ignored AlreadyEnding"),
        (closing(), vec![Wake, Stop], "Done Succeeded@11 kept ignored Over"),
    ]);
}

#[test]
fn an_alarm() {
    use Do::{Alarm, Back, Stop, Unreadable};
    table(vec![
        (full(), vec![Alarm("hot")], "Closing Stopped@0 +0s ALARM_ACTIVE"),
        (full(), vec![Alarm("cold")], "Ready@0 +0s ignored NotWatched"),
        (bare(), vec![Unreadable], "Ready@0 +0s ignored NotWatched"),
        (full().at(6), vec![Unreadable], "Ready@6 +0s ALARM_ACTIVE"),
        (acting(full().at(7)), vec![Alarm("hot")], "Acting@7 +20s (ALARM_ACTIVE)"),
        (acting(full().at(7)), vec![Alarm("hot"), Back(Outcome::AliasSet)], "Ready@8 +0s ALARM_ACTIVE"),
        (awaiting(), vec![Alarm("hot")], "Closing Stopped@2 +0s ALARM_ACTIVE"),
        (full().at(6), vec![Stop, Alarm("hot")], "Ready@6 +0s MANUAL_STOP ignored AlreadyEnding"),
        (closing(), vec![Alarm("hot")], "Closing Succeeded@11 +0s ignored AlreadyEnding"),
    ]);
}

#[test]
fn a_hook() {
    use Do::{Back, Hook, HookId, Stop, Wake};
    let before = "d-BAAAAAAAA-BeforeAllowTraffic-n";
    let after = "d-BAAAAAAAA-AfterAllowTraffic-n";
    table(vec![
        (awaiting(), vec![Hook(Succeeded)], "Ready@3 +0s"),
        (awaiting(), vec![Hook(Failed)], "Closing Failed@2 +0s HOOK_EXECUTION_FAILURE"),
        (awaiting(), vec![Hook(Succeeded), HookId(before, Failed)], "Ready@3 +0s ignored AlreadyAnswered"),
        (awaiting(), vec![HookId("x", Succeeded)], "Awaiting@2 +3600s ignored UnknownExecution"),
        (awaiting(), vec![HookId(after, Succeeded)], "Awaiting@2 +3600s ignored UnknownExecution"),
        (
            awaiting(),
            vec![Stop, HookId(before, Succeeded)],
            "Closing Stopped@2 +0s MANUAL_STOP ignored AlreadyEnding",
        ),
        // Before anybody was invoked nobody can answer.
        (full().at(2), vec![Hook(Succeeded)], "Ready@2 +0s ignored UnknownExecution"),
        // It answers before its invocation has returned.
        (acting(full().at(2)), vec![Hook(Succeeded)], "Acting@2 +20s"),
        (acting(full().at(2)), vec![Hook(Succeeded), Hook(Failed)], "Acting@2 +20s ignored AlreadyAnswered"),
        (acting(full().at(2)), vec![Hook(Succeeded), Back(Outcome::HookInvoked)], "Ready@3 +0s"),
        (
            acting(full().at(2)),
            vec![Hook(Failed), Back(Outcome::HookInvoked)],
            "Closing Failed@2 +0s HOOK_EXECUTION_FAILURE",
        ),
        // It answered, so it was invoked, whatever the worker heard.
        (acting(full().at(2)), vec![Hook(Succeeded), Back(retry())], "Ready@3 +0s"),
        (acting(full().at(2)), vec![Hook(Succeeded), Back(super::fixture::refused())], "Ready@3 +0s"),
        (acting(full().at(2)), vec![Hook(Succeeded), Wake], "Ready@3 +0s"),
        (acting(full().at(2)), vec![Wake, Hook(Succeeded)], "Ready@3 +0s"),
        (acting(full().at(2)), vec![Back(retry()), Hook(Succeeded)], "Ready@3 +0s"),
        (
            acting(full().at(2)),
            vec![Hook(Succeeded), Stop, Back(Outcome::HookInvoked)],
            "Closing Stopped@2 +0s MANUAL_STOP",
        ),
    ]);
}

#[test]
fn the_first_end_stands_and_its_words_for_the_rollback_count() {
    for (event, rollback) in
        [(Do::Stop, None), (Do::StopRolling(true), Some(true)), (Do::StopRolling(false), Some(false))]
    {
        let mut case = baking();
        case.step(event);
        case.step(Do::StopRolling(true));
        assert_eq!(case.state.ending.as_ref().map(|e| e.rollback), Some(rollback));
    }
}
