//! What hooks answered, and when.

use cutover_core::event::HookStatus;
use cutover_core::lifecycle::LifecycleEvent;
use cutover_core::mark::MarkKind;
use cutover_core::plan::Step;

use super::course::{Course, Entry, legible};
use crate::setup::{Hook, Setup};
use crate::story::{Place, Stage, Trouble};

/// An invocation takes this long at most.
const CALL_MS: i64 = 8_000;
/// What a hook that was never invoked would answer, after so long.
const UNKNOWN: (i64, HookStatus) = (1_000, HookStatus::Succeeded);

pub(super) fn answers(course: &Course<'_>, setup: &mut Setup, assumed: &mut Vec<String>) {
    for (index, step) in (0..).zip(&course.export.plan.steps) {
        let Step::Hook { event, .. } = step else { continue };
        let hook = hook(course, Place::Step(index), event.as_str(), setup, assumed);
        match event {
            LifecycleEvent::BeforeAllowTraffic => setup.before = Some(hook),
            _ => setup.after = Some(hook),
        }
    }
}

fn hook(course: &Course<'_>, place: Place, name: &str, setup: &mut Setup, assumed: &mut Vec<String>) -> Hook {
    let invoked = course.at(place).any(|entry| entry.mark.kind == MarkKind::HookInvoked);
    let answered = course.at(place).find(|entry| entry.mark.kind == MarkKind::HookAnswered);
    let Some(answered) = answered else {
        if invoked {
            return Hook::default();
        }
        let answer = "it succeeds after 1s if it is";
        assumed.push(format!("the {name} hook was not invoked, as far as the log tells: {answer}"));
        return Hook { answers: vec![UNKNOWN], returns_after: 0 };
    };
    let status = match answered.mark.detail.as_deref() {
        Some("Failed") => HookStatus::Failed,
        _ => HookStatus::Succeeded,
    };
    let after = legible(answered.stood.since_stage(answered.mark.at));
    if answered.stood.stage == Stage::Waiting {
        let limit = i64::try_from(setup.hook_timeout_ms).unwrap_or(i64::MAX) - 50;
        return Hook { answers: vec![(after.min(limit).max(0), status)], returns_after: 0 };
    }
    let after = after.min(CALL_MS);
    if invoked_by_a_lost_try(course, answered, setup) {
        return Hook { answers: vec![(after, status)], returns_after: 0 };
    }
    // It answered before its invocation returned.
    Hook { answers: vec![(after, status)], returns_after: (after + 500).max(3_000) }
}

/// Whether the answer is that to a try of which no good word came: its worker did not come back, or it heard
/// nothing. That try did invoke the hook.
fn invoked_by_a_lost_try(course: &Course<'_>, answered: &Entry<'_>, setup: &mut Setup) -> bool {
    let lost = answered.stood.stage == Stage::Come || course.lost_after(answered);
    let tries = &mut setup.faults.tries;
    let last = tries.iter().rposition(|tries| tries.place == answered.stood.place);
    let Some(last) = last.filter(|_| lost) else { return false };
    let told = match tries[last].trouble {
        Trouble::Crashed => Trouble::CrashedAfter,
        Trouble::Failed | Trouble::Unanswered => Trouble::AnswerLost,
        _ => return false,
    };
    let mut one = tries[last];
    (one.trouble, one.times) = (told, 1);
    tries[last].times -= 1;
    tries.insert(last + 1, one);
    tries.retain(|tries| tries.times > 0);
    true
}
