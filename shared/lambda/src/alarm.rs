//! The EventBridge event `CloudWatch Alarm State Change`.

use cutover_core::ids::Scope;
use serde::Deserialize;

/// The event, as far as it is read.
#[derive(Debug, Deserialize)]
pub struct AlarmEvent {
    /// The alarm's account; absent in hand-made events.
    #[serde(default)]
    account: String,
    /// The alarm's region.
    #[serde(default)]
    region: String,
    detail: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    alarm_name: String,
    state: State,
}

#[derive(Debug, Deserialize)]
struct State {
    value: String,
}

impl AlarmEvent {
    /// The alarm, if it went to ALARM, and where it lives; `here` fills what the event leaves out.
    pub fn active(&self, here: &Scope) -> Option<(Scope, &str)> {
        if self.detail.state.value != "ALARM" {
            return None;
        }
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        let scope = Scope::new(or(&self.account, &here.account), or(&self.region, &here.region));
        Some((scope, &self.detail.alarm_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_alarm_counts() {
        let here = Scope::new("1", "r");
        for (state, account, expected) in [
            ("ALARM", "2", Some((Scope::new("2", "r"), "hot"))),
            ("ALARM", "", Some((Scope::new("1", "r"), "hot"))),
            ("OK", "2", None),
            ("INSUFFICIENT_DATA", "2", None),
        ] {
            let text = format!(
                r#"{{"source":"aws.cloudwatch","account":"{account}","detail":{{"alarmName":"hot",
                    "state":{{"value":"{state}"}},"previousState":{{"value":"OK"}}}}}}"#
            );
            let event: AlarmEvent = serde_json::from_str(&text).expect("an event");
            assert_eq!(event.active(&here), expected, "{state}");
        }
    }
}
