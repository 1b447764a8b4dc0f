//! What would have happened, in a line. Pure.

use cutover_core::deployment::{Cause, Verdict};
use sim::setup::GENESIS;

use crate::rehearse::outcome::Outcome;
use crate::rehearse::time::clock;
use crate::view::bar::percent;

/// What would have happened, in a line.
pub(crate) fn conclusion(outcome: &Outcome) -> String {
    let Some(ending) = &outcome.deployment.state.ending else {
        return format!("would have SUCCEEDED after {}", clock(outcome.deployment.at));
    };
    let at = ending.at.as_millis() - GENESIS;
    let share = outcome.share_at(at);
    let end = if ending.verdict == Verdict::Stopped { "been STOPPED" } else { "FAILED" };
    let red: Vec<_> = outcome.alarms.iter().filter(|a| a.is_red_at(at)).map(|a| a.name.as_str()).collect();
    let why = match (ending.cause, red.as_slice()) {
        (Cause::Alarm, [one]) => format!(" by alarm {one}"),
        (Cause::Alarm, [_, ..]) => format!(" by the alarms {}", red.join(" and ")),
        _ => format!(" ({})", ending.message.trim_end_matches('.')),
    };
    let back = outcome.shares.iter().find(|(set, share)| *set >= at && *share == 0.0);
    let traffic = match back {
        _ if share == 0.0 => " before any traffic moved".to_owned(),
        Some((set, _)) => format!(" at {} %; traffic back at {}", percent(share), clock(*set)),
        None => format!(" at {} %; the traffic stays there", percent(share)),
    };
    let rollback = if outcome.rollback.is_some() { "created" } else { "not created" };
    format!("would have {end} at {}{why}{traffic}; rollback deployment {rollback}", clock(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::judge::State;
    use crate::rehearse::outcome::tests::canary;

    #[test]
    fn the_end_is_told_in_a_line() {
        for (changes, expected) in [
            (&[][..], "would have SUCCEEDED after 0:05:03"),
            (
                &[(120_000, State::Alarm)],
                "would have been STOPPED at 0:02:00 by alarm hot at 10 %; traffic back at 0:02:00; \
                 rollback deployment created",
            ),
            (
                &[(-5, State::Alarm)],
                "would have been STOPPED at 0:00:02 by alarm hot before any traffic moved; rollback deployment \
                 created",
            ),
        ] {
            assert_eq!(conclusion(&canary(changes)), expected);
        }
    }
}
