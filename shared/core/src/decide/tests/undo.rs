//! The way back: it never gives up, and it never overwrites anybody.

use super::fixture::{Case, Do, bare, denied, doubt, foreign, gone, refused, retry, table};
use crate::act::{Act, Outcome};
use crate::alias::AliasState;
use crate::route::act;

/// Stopped with a tenth of the traffic on the target.
fn ending() -> Case {
    let mut case = bare().at(3);
    case.step(Do::Stop);
    case
}

#[test]
fn what_an_undo_brings() {
    use Do::{Back, Wake};
    table(vec![
        (ending(), vec![], "Ready@3 +0s MANUAL_STOP"),
        (ending(), vec![Wake], "Acting@3 +20s MANUAL_STOP"),
        (ending(), vec![Wake, Back(Outcome::AliasSet)], "Closing Stopped@3 +0s MANUAL_STOP undone"),
        (ending(), vec![Wake, Back(Outcome::AliasSet), Wake], "Done Stopped@3 MANUAL_STOP undone"),
        (ending(), vec![Wake, Back(gone())], "Closing Stopped@3 +0s MANUAL_STOP gone"),
        (ending(), vec![Wake, Back(foreign())], "Closing Failed@3 +0s INVALID_LAMBDA_CONFIGURATION yielded"),
        (ending(), vec![Wake, Back(denied())], "Ready@3 +0s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Back(refused())], "Ready@3 +0s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Back(retry())], "Ready@3 +0s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Back(doubt())], "Ready@3 +20s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Back(Outcome::Verified)], "Ready@3 +0s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Wake], "Ready@3 +0s tries 1 MANUAL_STOP"),
        (ending(), vec![Wake, Do::Stop], "Acting@3 +20s MANUAL_STOP ignored AlreadyEnding"),
    ]);
}

#[test]
fn it_never_gives_up() {
    let mut case = ending();
    for _ in 0..500 {
        case.step(Do::Wake);
        case.step(Do::Back(refused()));
    }
    let pause = case.state.wake_at.expect("a timer").ms_since(case.now);
    assert!((60_000..=75_000).contains(&pause), "{pause} ms");
    case.step(Do::Wake);
    case.step(Do::Back(Outcome::AliasSet));
    assert_eq!(case.told(), "Closing Stopped@3 +0s MANUAL_STOP undone");
}

#[test]
fn an_operator_gives_up() {
    use Do::{Abandon, Back, Wake};
    table(vec![
        (bare().at(3), vec![Abandon], "Ready@3 +0s ignored NothingToAbandon"),
        (ending(), vec![Abandon], "Closing Stopped@3 +0s MANUAL_STOP abandoned"),
        (ending(), vec![Wake, Abandon], "Acting@3 +20s MANUAL_STOP"),
        (ending(), vec![Wake, Abandon, Abandon], "Acting@3 +20s MANUAL_STOP ignored NothingToAbandon"),
        (ending(), vec![Wake, Abandon, Back(refused())], "Closing Stopped@3 +0s MANUAL_STOP abandoned"),
        (ending(), vec![Wake, Abandon, Back(Outcome::AliasSet)], "Closing Stopped@3 +0s MANUAL_STOP undone"),
        (ending(), vec![Wake, Abandon, Wake], "Closing Stopped@3 +0s MANUAL_STOP abandoned"),
        // Not before the last write has landed.
        (ending(), vec![Wake, Back(doubt()), Abandon], "Closing Stopped@3 +20s MANUAL_STOP abandoned"),
        (ending(), vec![Abandon, Wake, Abandon], "Done Stopped@3 MANUAL_STOP abandoned ignored Over"),
    ]);
}

#[test]
fn every_state_that_was_asked_for_is_known_to_be_ours() {
    let mut case = bare().at(1);
    case.step(Do::Wake);
    case.step(Do::Stop);
    case.step(Do::Wake);
    let asked = act(&case.plan, &case.state);
    let Some(Act::SetAlias { set, ours, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!(set, AliasState::whole("1"));
    assert_eq!(ours, [AliasState::whole("1"), AliasState::shifted("1", "2", 10)]);
}

#[test]
fn a_foreign_hand_names_both_states_and_the_first_reason() {
    let mut case = ending();
    case.step(Do::Wake);
    case.step(Do::Back(foreign()));
    let ending = case.state.ending.as_ref().expect("an end");
    assert_eq!(ending.rollback, Some(false));
    for part in ["version 1 with 10 % on version 2", "version 9 without weights", "stopped by request"] {
        assert!(ending.message.contains(part), "{}", ending.message);
    }
}
