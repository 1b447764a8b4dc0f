//! The engine in its world and the model take the same turns, drawn at random, and must agree after each.
//!
//! At most one thing goes wrong in a turn, and two in the life of a deployment: that makes the engine late by
//! minutes, and turns are so long that the model need not know. More trouble than that is for random worlds,
//! which look at invariants alone. `PROPTEST_CASES` says how many sequences are tried.

#[path = "model/draw.rs"]
mod draw;
#[path = "model/seen.rs"]
mod seen;

use draw::{Case, Trouble, Turn};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use seen::View;
use sim::exhaustive::Single;
use sim::model::Act;
use sim::setup::Happening;
use sim::world::Live;

/// How long a turn is.
const TURN: i64 = 20 * 60_000;
/// When in a turn things happen, except for requests. Until then all is done that fell due at its beginning: three
/// failed readings of the alarms before each share take five minutes in all, two troubles another four.
const ACTS_AT: i64 = 12 * 60_000;

/// Sequences that are tried.
const CASES: u32 = 200;
const TURNS: std::ops::Range<usize> = 1..24;

fn config() -> ProptestConfig {
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    let config = ProptestConfig {
        failure_persistence: None,
        max_local_rejects: u32::MAX,
        ..ProptestConfig::default()
    };
    if told { config } else { ProptestConfig { cases: CASES, ..config } }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_does_what_the_model_says(sequential TURNS => System);
}

struct System;

impl StateMachineTest for System {
    type SystemUnderTest = Live;
    type Reference = Case;

    fn init_test(case: &Case) -> Live {
        Live::new(&seen::setup(&case.model.group, TURN), case.seed, false)
    }

    fn apply(mut live: Live, case: &Case, turn: Turn) -> Live {
        live.advance(i64::from(turn.after) * TURN);
        let early = matches!(turn.act, Act::Wait | Act::Request);
        let at = if early { 0 } else { ACTS_AT };
        live.advance(at);
        let mut left = TURN - at;
        if let Some(Trouble::One(single)) = turn.trouble {
            live.trouble(single);
        }
        match seen::happening(&turn.act) {
            Some(happening) => live.happen(happening),
            None if turn.act == Act::Request => live.request(),
            None => {}
        }
        if let Some(Trouble::Purge { after }) = turn.trouble {
            live.advance(after);
            left -= after;
            live.happen(Happening::Purge);
        }
        live.advance(left);
        live.trouble(Single::Nothing);
        if let Some(violation) = live.violation() {
            panic!("after {turn:?}: {violation}");
        }
        let (said, seen) = (View::said(&case.model), View::seen(&live));
        assert!(said == seen, "after {turn:?}:\nthe model says {said}\nthe world shows {seen}");
        live
    }

    fn teardown(live: Live, _: Case) {
        if let Some(violation) = live.close().violation {
            panic!("at the end: {violation}");
        }
    }
}

/// Sequences in which nothing ever failed would prove nothing.
#[test]
fn the_machine_comes_to_every_end() {
    let mut runner = TestRunner::deterministic();
    let mut ends = std::collections::BTreeMap::new();
    for _ in 0..1_000 {
        let tree = Case::sequential_strategy(TURNS).new_tree(&mut runner).expect("a sequence");
        let (case, turns, _) = tree.current();
        let end = turns.iter().fold(case, Case::apply);
        for deployment in end.model.deployments {
            *ends
                .entry((deployment.is_rollback, deployment.code.unwrap_or(deployment.status)))
                .or_insert(0) += 1;
        }
    }
    for (end, least) in [
        ((false, "InProgress"), 100),
        ((false, "Succeeded"), 300),
        ((false, "ALARM_ACTIVE"), 300),
        ((false, "HOOK_EXECUTION_FAILURE"), 300),
        ((false, "IAM_ROLE_PERMISSIONS"), 100),
        ((false, "INVALID_LAMBDA_CONFIGURATION"), 300),
        ((false, "INVALID_LAMBDA_FUNCTION"), 100),
        ((false, "MANUAL_STOP"), 100),
        ((true, "Succeeded"), 300),
        ((true, "INVALID_LAMBDA_CONFIGURATION"), 5),
    ] {
        let found = ends.get(&end).copied().unwrap_or(0);
        assert!(found >= least, "{end:?}: {found} of {ends:?}");
    }
}
