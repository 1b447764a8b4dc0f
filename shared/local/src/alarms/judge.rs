//! All alarms in memory, and what state each is in. The process has the store for itself, so nobody else
//! changes them.

use std::collections::BTreeMap;

use cutover_ports::alarms::AlarmState;

use super::record::{AlarmChange, AlarmRule};
use crate::functions::outcomes::{Outcomes, Tally};

#[derive(Debug, Default)]
pub(super) struct Judge {
    pub(super) alarms: BTreeMap<String, Standing>,
}

#[derive(Debug)]
pub(super) struct Standing {
    pub(super) rule: Option<AlarmRule>,
    pub(super) state: AlarmState,
    /// A state set by hand stands until the next invocation: so many had ended when it was set.
    pub(super) by_hand_at: Option<u64>,
}

impl Judge {
    /// Computes every alarm that has a rule and returns those whose state changed.
    pub(super) fn compute(&mut self, outcomes: &Outcomes) -> Vec<AlarmChange> {
        let mut changes = Vec::new();
        for (name, standing) in &mut self.alarms {
            let Some(rule) = &standing.rule else { continue };
            let tally = outcomes.tally(&rule.function, &rule.version);
            if standing.by_hand_at == Some(tally.ever) {
                continue;
            }
            standing.by_hand_at = None;
            let state = judge(rule, tally);
            if standing.state != state {
                standing.state = state;
                changes.push(AlarmChange { name: name.clone(), state });
            }
        }
        changes
    }

    pub(super) fn has_rules(&self) -> bool {
        self.alarms.values().any(|standing| standing.rule.is_some())
    }
}

fn judge(rule: &AlarmRule, tally: Tally) -> AlarmState {
    if tally.invocations == 0 {
        AlarmState::InsufficientData
    } else if f64::from(tally.failed) / f64::from(tally.invocations) > rule.max_error_rate {
        AlarmState::Alarm
    } else {
        AlarmState::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_rate_decides_once_there_is_an_invocation() {
        for (invocations, failed, max_error_rate, state) in [
            (0, 0, 0.0, AlarmState::InsufficientData),
            (1, 0, 0.0, AlarmState::Ok),
            (1, 1, 0.0, AlarmState::Alarm),
            (10, 1, 0.1, AlarmState::Ok),
            (10, 2, 0.1, AlarmState::Alarm),
            (4, 4, 1.0, AlarmState::Ok),
        ] {
            let rule = AlarmRule { function: "f".to_owned(), version: "1".to_owned(), max_error_rate };
            assert_eq!(judge(&rule, Tally { invocations, failed, ever: 9 }), state, "{failed}/{invocations}");
        }
    }
}
