//! Whatever happens in whatever order: what must always hold.

use proptest::prelude::*;

use super::fixture::{Case, Do, bare, foreign, full, gone, red, refused, retry};
use crate::act::Outcome;
use crate::alias::AliasState;
use crate::decide::decide;
use crate::deployment::{Deployment, Phase};
use crate::event::{Decision, Event, HookStatus};
use crate::explain::explain;
use crate::ledger::Fate;
use crate::limits::MARKS_BYTES;
use crate::time::Timestamp;

/// What may happen: an event, and how long after the one before, in milliseconds.
fn happening() -> impl Strategy<Value = (u8, u8, u64)> {
    (0_u8..16, 0_u8..12, prop_oneof![Just(0_u64), 0..2_000_u64, 0..400_000_u64])
}

fn outcome(case: &Case, pick: u8) -> Outcome {
    match pick {
        0 => retry(),
        1 => refused(),
        2 => gone(),
        3 => foreign(),
        4 => red(),
        5 => Outcome::InDoubt { message: "é\"\n".repeat(500) },
        6 => Outcome::Resolved { observed: AliasState::whole("1") },
        7 => Outcome::AliasSet,
        8 => Outcome::HookInvoked,
        _ => case.good(),
    }
}

fn event(case: &Case, what: u8, pick: u8) -> Event {
    let held = match case.state.phase {
        Phase::Acting { token, .. } => token,
        _ => case.state.epoch,
    };
    let status = if pick < 9 { HookStatus::Succeeded } else { HookStatus::Failed };
    let hook = |name: &str| format!("{}-{name}-n", case.plan.deployment);
    match what {
        0..=5 => Event::Wake { epoch: case.state.epoch },
        6..=10 => Event::Acted { token: held, outcome: outcome(case, pick) },
        11 => Event::Acted { token: u64::from(pick), outcome: outcome(case, pick) },
        12 => Event::HookReported { execution_id: hook("BeforeAllowTraffic"), status },
        13 => Event::HookReported { execution_id: hook("AfterAllowTraffic"), status },
        14 => match pick {
            0 => Event::StopRequested { rollback: Some(true) },
            1 => Event::AlarmActive { name: "hot".to_owned() },
            2 => Event::AlarmsUnreadable { message: "x".repeat(400) },
            _ => Event::Wake { epoch: u64::from(pick) },
        },
        _ => Event::AbandonRequested { by: "op".to_owned() },
    }
}

/// What the store does when the marks take too much: the oldest move out of the state.
fn spill(state: &mut Deployment) {
    let bytes: usize = state.marks.iter().map(|m| 48 + m.detail.as_ref().map_or(0, String::len)).sum();
    if bytes > MARKS_BYTES && state.marks.len() >= 24 {
        state.marks.drain(..16);
    }
}

fn check(old: &Deployment, new: &Deployment) {
    let over = matches!(new.phase, Phase::Done { .. });
    assert_eq!(new.epoch, old.epoch + 1);
    assert_eq!(new.wake_at.is_none(), over, "a timer unless over: {new:?}");
    assert!(new.cursor == old.cursor || new.cursor == old.cursor + 1);
    assert!(old.ending.is_none() || (new.ending.is_some() && new.cursor == old.cursor));
    if over {
        assert!(new.ledger.iter().all(|e| e.fate != Fate::Open), "left open: {new:?}");
    }
    for (a, b) in old.events.iter().zip(&new.events) {
        assert!(!a.status.is_final() || a == b, "changed what was final");
    }
    for (a, b) in old.ledger.iter().zip(&new.ledger) {
        assert_eq!(a.before, b.before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_happens_breaks_it(
        hooks in any::<bool>(),
        happenings in prop::collection::vec(happening(), 1..160),
    ) {
        let mut case = if hooks { full() } else { bare() };
        for (what, pick, after) in happenings {
            case.now = case.now.plus_ms(after);
            let event = event(&case, what, pick);
            let _ = explain(&case.plan, &case.state, false, case.now);
            match decide(&case.plan, &case.state, &event, case.now) {
                Decision::Commit(mut next) => {
                    check(&case.state, &next);
                    spill(&mut next);
                    let text = serde_json::to_string(&next).expect("JSON");
                    prop_assert!(text.len() < 16 * 1024, "{} bytes", text.len());
                    let back: Deployment = serde_json::from_str(&text).expect("a state");
                    prop_assert_eq!(&back, &*next);
                    case.state = *next;
                }
                Decision::Later(at) => prop_assert!(at > case.now && Some(at) == case.state.wake_at),
                Decision::Ignore(_) => {}
            }
        }
    }

    #[test]
    fn with_a_good_worker_it_always_ends(
        hooks in any::<bool>(),
        happenings in prop::collection::vec(happening(), 0..60),
    ) {
        let mut case = if hooks { full() } else { bare() };
        for (what, pick, after) in happenings {
            case.now = case.now.plus_ms(after);
            let event = event(&case, what, pick);
            if let Decision::Commit(next) = decide(&case.plan, &case.state, &event, case.now) {
                case.state = *next;
            }
        }
        for _ in 0..100 {
            match case.state.phase {
                Phase::Done { .. } => break,
                Phase::Acting { .. } => {
                    let outcome = case.good();
                    case.step(Do::Back(outcome));
                }
                Phase::Awaiting { .. } => case.step(Do::Hook(HookStatus::Succeeded)),
                _ => case.step(Do::Wake),
            }
        }
        prop_assert!(case.state.verdict().is_some(), "{}", case.told());
        prop_assert!(case.now < Timestamp::from_millis(i64::MAX / 2));
    }
}
