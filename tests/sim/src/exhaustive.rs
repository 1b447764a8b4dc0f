//! One thing goes wrong, everywhere once.

use crate::faults::{Fault, MessageFault};
use crate::report::Report;
use crate::setup::Setup;
use crate::world;

/// What went wrong in a world in which one thing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Single {
    /// Nothing.
    Nothing,
    /// The call of that number.
    Call(u64, Fault),
    /// The message of that number came twice.
    Doubled(u64),
    /// The message of that number was lost.
    Lost(u64),
}

/// Runs the world without faults, then once for every call and every fault, and once for every message
/// doubled and lost; a `stride` of n tries one in n of these. Gives the first world that violates an
/// invariant or that `judge` finds wrong, and how many worlds and calls it took.
pub fn everywhere(
    setup: &Setup,
    seed: u64,
    stride: usize,
    mut judge: impl FnMut(&Report) -> Result<(), String>,
) -> (Option<(Single, String)>, u64, u64) {
    let (mut worlds, mut calls) = (0, 0);
    let mut look = |single: Single| {
        let report = world::run(&with(setup, single), seed, false);
        worlds += 1;
        calls += report.calls;
        let wrong = match &report.violation {
            Some(violation) => Some(violation.to_string()),
            None => judge(&report).err(),
        };
        (wrong.map(|words| (single, words)), report.calls, report.messages)
    };
    let (mut found, base_calls, base_messages) = look(Single::Nothing);
    let calls_once = (0..base_calls).flat_map(|n| Fault::ALL.map(|(fault, _)| Single::Call(n, fault)));
    let messages_once = (0..base_messages).flat_map(|n| [Single::Doubled(n), Single::Lost(n)]);
    for single in calls_once.chain(messages_once).step_by(stride.max(1)) {
        if found.is_some() {
            break;
        }
        found = look(single).0;
    }
    (found, worlds, calls)
}

/// The setup in which that one thing goes wrong.
pub fn with(setup: &Setup, single: Single) -> Setup {
    let mut setup = setup.clone();
    match single {
        Single::Nothing => {}
        Single::Call(n, fault) => setup.faults.at_call = Some((n, fault)),
        Single::Doubled(n) => setup.faults.messages.push((n, MessageFault::Doubled)),
        Single::Lost(n) => setup.faults.messages.push((n, MessageFault::Lost)),
    }
    setup
}
