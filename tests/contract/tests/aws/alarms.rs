//! Alarms against CloudWatch.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use contract::names::unique;
use cutover_aws::alarms::CloudWatchAlarms;
use cutover_ports::alarms::{AlarmState, Alarms};

#[tokio::test(flavor = "multi_thread")]
async fn alarms() {
    let sdk = crate::sdk();
    let client = aws_sdk_cloudwatch::Client::new(sdk.config().await);
    let run = unique("alarm");
    let mut expected = BTreeMap::new();
    for (name, value, state) in [
        ("fine", StateValue::Ok, AlarmState::Ok),
        ("ringing", StateValue::Alarm, AlarmState::Alarm),
        ("blind", StateValue::InsufficientData, AlarmState::InsufficientData),
        ("both", StateValue::Alarm, AlarmState::Alarm),
    ] {
        let name = format!("{run}/{name}");
        if name.ends_with("both") {
            let rule = format!("ALARM(\"{run}/ringing\") OR ALARM(\"{run}/fine\")");
            let made = client.put_composite_alarm().alarm_name(&name).alarm_rule(rule).send().await;
            made.expect("make a composite alarm (MiniStack needs the Python package cbor2)");
        } else {
            let made = client
                .put_metric_alarm()
                .alarm_name(&name)
                .namespace("Contract")
                .metric_name("Errors")
                .statistic(Statistic::Sum)
                .period(60)
                .evaluation_periods(1)
                .threshold(1.0)
                .comparison_operator(ComparisonOperator::GreaterThanThreshold);
            made.send().await.expect("make an alarm");
        }
        let set = client.set_alarm_state().alarm_name(&name).state_value(value).state_reason("contract");
        set.send().await.expect("set the alarm");
        expected.insert(name, state);
    }
    let alarms = CloudWatchAlarms::new(sdk);
    assert_eq!(alarms.states(&[]).await, Ok(BTreeMap::new()));
    // Two requests' worth of names, some of them twice; what does not exist is missing from the answer.
    let mut names: Vec<String> = expected.keys().cloned().collect();
    names.extend((0..120).map(|n| format!("{run}/missing-{n}")));
    names.extend(expected.keys().cloned());
    assert_eq!(alarms.states(&names).await, Ok(expected));
}
