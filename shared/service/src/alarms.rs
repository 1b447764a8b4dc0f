//! Alarm and rollback configurations, of groups and of single deployments.

use std::collections::BTreeSet;

use cutover_core::plan::{AlarmPlan, AutoRollback};
use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::{AlarmConfiguration, AutoRollbackConfiguration};

use crate::rules::rule::shortened;

/// Most alarms of a group (behaviour: alarms).
const ALARMS: usize = 10;
/// Longest alarm name, in characters (behaviour: alarms).
const ALARM_CHARS: usize = 255;
const ROLLBACK_EVENTS: [&str; 3] =
    ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];

/// behaviour: alarms: at most 10, names unique and of 1 to 255 characters; enabled needs at least one; not
/// enabled keeps the list.
pub(crate) fn check_alarms(given: &AlarmConfiguration) -> Result<(), ApiError> {
    let invalid = |message: String| ApiError::refused("InvalidAlarmConfigException", message);
    let list = given.alarms.as_deref().unwrap_or_default();
    if list.len() > ALARMS {
        let message = format!("{} alarms are given; at most {ALARMS} are allowed.", list.len());
        return Err(ApiError::refused("AlarmsLimitExceededException", message));
    }
    let mut names = BTreeSet::new();
    for alarm in list {
        let name = alarm.name.as_deref().unwrap_or_default();
        if name.is_empty() || name.chars().count() > ALARM_CHARS {
            return Err(invalid(format!("An alarm has a name of 1 to {ALARM_CHARS} characters.")));
        }
        if !names.insert(name) {
            return Err(invalid(format!("The alarm {:?} is given twice.", shortened(name))));
        }
    }
    if given.enabled.unwrap_or(false) && list.is_empty() {
        return Err(invalid("The alarm configuration is enabled, but it names no alarm.".to_owned()));
    }
    Ok(())
}

/// The configuration with everything that may be left away filled in.
pub(crate) fn alarms(given: &AlarmConfiguration) -> AlarmConfiguration {
    AlarmConfiguration {
        enabled: Some(given.enabled.unwrap_or(false)),
        ignore_poll_alarm_failure: Some(given.ignore_poll_alarm_failure.unwrap_or(false)),
        alarms: Some(given.alarms.clone().unwrap_or_default()),
    }
}

/// The alarms that guard a deployment.
pub(crate) fn alarm_plan(checked: &AlarmConfiguration) -> AlarmPlan {
    let names = checked.alarms.iter().flatten().filter_map(|alarm| alarm.name.clone());
    let enabled = checked.enabled.unwrap_or(false);
    AlarmPlan {
        names: if enabled { names.collect() } else { Vec::new() },
        ignore_poll_failure: checked.ignore_poll_alarm_failure.unwrap_or(false),
    }
}

/// behaviour: rollbacks: three events; enabled needs at least one.
pub(crate) fn check_rollback(given: &AutoRollbackConfiguration) -> Result<(), ApiError> {
    let invalid = |message: String| ApiError::refused("InvalidAutoRollbackConfigException", message);
    let events = given.events.as_deref().unwrap_or_default();
    if let Some(stranger) = events.iter().find(|e| !ROLLBACK_EVENTS.contains(&e.as_str())) {
        let known = ROLLBACK_EVENTS.join(", ");
        return Err(invalid(format!("The event {:?} is none of {known}.", shortened(stranger))));
    }
    if given.enabled.unwrap_or(false) && events.is_empty() {
        return Err(invalid("Automatic rollback is enabled, but it names no event.".to_owned()));
    }
    Ok(())
}

/// The configuration with everything that may be left away filled in.
pub(crate) fn auto_rollback(given: &AutoRollbackConfiguration) -> AutoRollbackConfiguration {
    AutoRollbackConfiguration {
        enabled: Some(given.enabled.unwrap_or(false)),
        events: Some(given.events.clone().unwrap_or_default()),
    }
}

/// When a rollback deployment follows.
pub(crate) fn rollback_plan(checked: &AutoRollbackConfiguration) -> AutoRollback {
    let on = |event: &str| {
        checked.enabled.unwrap_or(false) && checked.events.iter().flatten().any(|given| given == event)
    };
    let [failure, alarm, request] = ROLLBACK_EVENTS;
    AutoRollback { on_failure: on(failure), on_alarm: on(alarm), on_request: on(request) }
}

#[cfg(test)]
mod tests {
    use cutover_wire::api::group::Alarm;

    use super::*;

    fn guarded(enabled: bool, names: &[&str]) -> AlarmConfiguration {
        AlarmConfiguration {
            enabled: Some(enabled),
            ignore_poll_alarm_failure: None,
            alarms: Some(names.iter().map(|n| Alarm { name: Some((*n).to_owned()) }).collect()),
        }
    }

    #[test]
    fn alarms_are_few_and_named_once() {
        let long = "a".repeat(256);
        for (given, code) in [
            (guarded(true, &[]), "InvalidAlarmConfigException"),
            (guarded(true, &["a", "a"]), "InvalidAlarmConfigException"),
            (guarded(false, &[""]), "InvalidAlarmConfigException"),
            (guarded(true, &[&long]), "InvalidAlarmConfigException"),
            (
                guarded(true, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]),
                "AlarmsLimitExceededException",
            ),
        ] {
            assert_eq!(check_alarms(&given).expect_err("a refusal").code, code);
        }
        assert!(check_alarms(&guarded(false, &["a"])).is_ok());
        let kept = alarms(&guarded(false, &["a"]));
        assert_eq!(kept.ignore_poll_alarm_failure, Some(false));
        assert!(alarm_plan(&kept).names.is_empty());
        let watched = alarms(&guarded(true, &["a", "b"]));
        assert_eq!(alarm_plan(&watched).names, ["a", "b"]);
        assert_eq!(alarms(&AlarmConfiguration::default()).enabled, Some(false));
    }

    #[test]
    fn rollback_events_are_three() {
        let given = |enabled, events: &[&str]| AutoRollbackConfiguration {
            enabled: Some(enabled),
            events: Some(events.iter().map(|e| (*e).to_owned()).collect()),
        };
        for bad in [given(true, &[]), given(false, &["DEPLOYMENT_WHATEVER"])] {
            assert_eq!(
                check_rollback(&bad).expect_err("a refusal").code,
                "InvalidAutoRollbackConfigException"
            );
        }
        let on = rollback_plan(&auto_rollback(&given(true, &ROLLBACK_EVENTS[1..])));
        assert_eq!(on, AutoRollback { on_failure: false, on_alarm: true, on_request: true });
        assert_eq!(rollback_plan(&given(false, &ROLLBACK_EVENTS)), AutoRollback::default());
    }
}
