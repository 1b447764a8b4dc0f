//! Local alarms.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cutover_local::alarms::{AlarmChange, AlarmError, AlarmRule, LocalAlarms};
use cutover_ports::alarms::{AlarmState, Alarms};
use support::{Bench, scope};

async fn open(bench: &Bench) -> Arc<LocalAlarms> {
    LocalAlarms::open(bench.table.clone(), scope(), bench.functions.outcomes()).await.expect("open")
}

fn rule(function: &str, version: &str, max_error_rate: f64) -> Option<AlarmRule> {
    Some(AlarmRule { function: function.to_owned(), version: version.to_owned(), max_error_rate })
}

#[tokio::test]
async fn an_alarm_is_what_it_is_set_to_and_survives() {
    let bench = Bench::new();
    let alarms = open(&bench).await;
    let mut changes = alarms.subscribe();
    alarms.put("errors", None).await.unwrap();
    alarms.put("other", None).await.unwrap();
    alarms.set("errors", AlarmState::Alarm).await.unwrap();
    alarms.set("errors", AlarmState::Alarm).await.unwrap();
    for (name, state) in
        [("errors", AlarmState::Ok), ("other", AlarmState::Ok), ("errors", AlarmState::Alarm)]
    {
        assert_eq!(changes.try_recv(), Ok(AlarmChange { name: name.to_owned(), state }));
    }
    assert!(changes.try_recv().is_err());
    let names = ["errors", "other", "never"].map(str::to_owned);
    let expected =
        BTreeMap::from([("errors".to_owned(), AlarmState::Alarm), ("other".to_owned(), AlarmState::Ok)]);
    assert_eq!(alarms.states(&names).await.unwrap(), expected);
    assert_eq!(open(&bench).await.states(&names).await.unwrap(), expected);
    assert_eq!(alarms.set("never", AlarmState::Ok).await, Err(AlarmError::NoAlarm("never".to_owned())));
    assert!(alarms.put("", None).await.is_err());
    assert!(alarms.put("x", rule("f", "1", 1.5)).await.is_err());
}

#[tokio::test]
async fn failures_of_a_version_are_told_at_once() {
    let bench = Bench::new();
    bench.publish("f", "true").await;
    bench.publish("f", "exit 1").await;
    let alarms = open(&bench).await;
    alarms.put("errors", rule("f", "2", 0.4)).await.unwrap();
    assert_eq!(alarms.list()[0].state, AlarmState::InsufficientData);
    let mut changes = alarms.subscribe();
    bench.functions.invoke("f", Some("1"), b"").await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(50), changes.recv()).await.is_err());
    bench.functions.invoke("f", Some("2"), b"").await.unwrap();
    let told = tokio::time::timeout(Duration::from_millis(500), changes.recv()).await.unwrap().unwrap();
    assert_eq!(told, AlarmChange { name: "errors".to_owned(), state: AlarmState::Alarm });
    assert_eq!(alarms.list()[0].state, AlarmState::Alarm);

    // Set by hand it stays so until the next invocation.
    alarms.set("errors", AlarmState::Ok).await.unwrap();
    assert_eq!(changes.recv().await.unwrap().state, AlarmState::Ok);
    assert_eq!(alarms.list()[0].state, AlarmState::Ok);
    bench.functions.invoke("f", Some("2"), b"").await.unwrap();
    assert_eq!(changes.recv().await.unwrap().state, AlarmState::Alarm);
}
