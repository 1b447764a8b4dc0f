//! What is given: how the plan moves the traffic, and what guards it.

use cutover_core::config::TrafficRouting;
use cutover_core::export::Export;
use cutover_core::lifecycle::LifecycleEvent;
use cutover_core::plan::{ShiftStyle, Step};
use cutover_core::time::Timestamp;

use super::names::words;
use crate::setup::{Hook, Setup};

pub(super) fn setup(export: &Export, assumed: &mut Vec<String>) -> Setup {
    let plan = &export.plan;
    let mut setup = Setup::quiet(routing(export));
    setup.speed = plan.speed;
    setup.alarms = words(&plan.alarms.names);
    for (word, name) in setup.alarms.iter().zip(&plan.alarms.names).filter(|(word, name)| word != name) {
        assumed.push(format!("the alarm {word} stands for {:?}", name));
    }
    setup.ignore_poll_failure = plan.alarms.ignore_poll_failure;
    setup.auto_rollback = plan.auto_rollback;
    if let Some(Step::Fail { code, .. }) = plan.steps.first() {
        setup.unworkable.push((0, *code));
    }
    for step in &plan.steps {
        let Step::Hook { event, timeout_ms, .. } = step else { continue };
        setup.hook_timeout_ms = *timeout_ms;
        match event {
            LifecycleEvent::BeforeAllowTraffic => setup.before = Some(Hook::default()),
            _ => setup.after = Some(Hook::default()),
        }
    }
    let same = setup.planned(0, "1", None, Timestamp::from_millis(0)).is_some_and(|replayed| {
        let (one, other) = (&replayed.plan.steps, &plan.steps);
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
    });
    if !same {
        assumed.push("the plan is made of other steps than one of today would be".to_owned());
    }
    setup
}

/// The routing that makes the plan's shares and waits.
fn routing(export: &Export) -> TrafficRouting {
    let plan = &export.plan;
    let percentage = plan.steps.iter().find_map(|step| match step {
        Step::Shift { percent } => Some(*percent),
        _ => None,
    });
    let span_ms = plan.steps.iter().find_map(|step| match step {
        Step::Bake { span_ms } => Some(*span_ms),
        _ => None,
    });
    let (Some(percentage), Some(span_ms)) = (percentage, span_ms) else { return TrafficRouting::AllAtOnce };
    // The plan's wait was divided, and what was left over dropped.
    let minutes = (span_ms * u64::from(plan.speed)).div_ceil(60_000).max(1);
    let interval_mins = u32::try_from(minutes).unwrap_or(u32::MAX);
    match plan.style {
        ShiftStyle::Canary => TrafficRouting::TimeBasedCanary { percentage, interval_mins },
        ShiftStyle::Linear => TrafficRouting::TimeBasedLinear { percentage, interval_mins },
        ShiftStyle::AllAtOnce => TrafficRouting::AllAtOnce,
    }
}

/// Whether two steps are the same but for names.
fn alike(one: &Step, other: &Step) -> bool {
    match (one, other) {
        (
            Step::Hook { event, timeout_ms, .. },
            Step::Hook { event: other, timeout_ms: other_timeout, .. },
        ) => (event, timeout_ms) == (other, other_timeout),
        (Step::Fail { code, .. }, Step::Fail { code: other, .. }) => code == other,
        _ => one == other,
    }
}
