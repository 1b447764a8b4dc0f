//! How the hooks answer in a rehearsal.

use cutover_core::event::HookStatus;
use sim::setup::Hook;

use crate::rehearse::time::{Clock, parse};

/// How long after its invocation a hook answers unless told otherwise.
const SOON_MS: i64 = 1_000;

/// The event of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookEvent {
    /// BeforeAllowTraffic.
    Before,
    /// AfterAllowTraffic.
    After,
}

impl HookEvent {
    /// As the API spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Before => "BeforeAllowTraffic",
            Self::After => "AfterAllowTraffic",
        }
    }
}

/// What a hook answers; none: nothing, ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Whose answer.
    pub(crate) event: HookEvent,
    answer: Option<(i64, HookStatus)>,
}

/// Reads `BeforeAllowTraffic=Failed`, `…=Succeeded@90s` or `…=never`.
pub(crate) fn answer(text: &str) -> Result<Answer, String> {
    let wrong = || {
        "write BeforeAllowTraffic or AfterAllowTraffic, =, and Succeeded, Failed or never, with @SPAN for when: \
         BeforeAllowTraffic=Failed@90s"
            .to_owned()
    };
    let (event, answer) = text.split_once('=').ok_or_else(wrong)?;
    let events = [HookEvent::Before, HookEvent::After];
    let event = events.into_iter().find(|e| e.as_str() == event).ok_or_else(wrong)?;
    let (status, after) = match answer.split_once('@') {
        None => (answer, SOON_MS),
        Some((status, span)) => match parse(span) {
            Ok(moment) if moment.clock == Clock::Offset && !span.is_empty() => (status, moment.at),
            _ => return Err(wrong()),
        },
    };
    let answer = match status {
        "Succeeded" => Some((after, HookStatus::Succeeded)),
        "Failed" => Some((after, HookStatus::Failed)),
        "never" if !answer.contains('@') => None,
        _ => return Err(wrong()),
    };
    Ok(Answer { event, answer })
}

/// The hook of that event: it answers Succeeded after a second unless it was told otherwise.
pub(crate) fn hook(event: HookEvent, told: &[Answer]) -> Hook {
    let told = told.iter().rev().find(|answer| answer.event == event);
    let answer = told.map_or(Some((SOON_MS, HookStatus::Succeeded)), |told| told.answer);
    Hook { answers: answer.into_iter().collect(), returns_after: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        for (text, event, expected) in [
            ("BeforeAllowTraffic=Failed", HookEvent::Before, vec![(1_000, HookStatus::Failed)]),
            ("AfterAllowTraffic=Succeeded@90s", HookEvent::After, vec![(90_000, HookStatus::Succeeded)]),
            ("AfterAllowTraffic=Failed@5m", HookEvent::After, vec![(300_000, HookStatus::Failed)]),
            ("BeforeAllowTraffic=never", HookEvent::Before, vec![]),
        ] {
            let told = answer(text).expect("an answer");
            assert_eq!(hook(event, &[told]).answers, expected, "{text}");
        }
        for wrong in [
            "Before=Failed",
            "BeforeAllowTraffic",
            "AllowTraffic=Failed",
            "AfterAllowTraffic=never@1s",
            "AfterAllowTraffic=Failed@",
            "AfterAllowTraffic=Perhaps",
        ] {
            assert!(answer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hooks_succeed_unless_told_otherwise() {
        let told = [answer("AfterAllowTraffic=never").expect("an answer")];
        assert_eq!(hook(HookEvent::Before, &told).answers, [(1_000, HookStatus::Succeeded)]);
        assert!(hook(HookEvent::After, &told).answers.is_empty());
    }
}
