//! Alarms on CloudWatch.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use cutover_ports::alarms::{AlarmState, Alarms};
use cutover_ports::call::CallError;

use crate::error::Fault;
use crate::sdk::{Sdk, within};

/// Names in one request, which is also the most alarms in one answer.
const NAMES: usize = 100;
/// Pages of one request; one is enough unless CloudWatch pages for reasons of its own.
const PAGES: usize = 10;

/// Reads metric and composite alarms.
#[derive(Debug, Clone)]
pub struct CloudWatchAlarms {
    sdk: Sdk,
}

impl CloudWatchAlarms {
    /// Alarms of the configured account and region.
    pub fn new(sdk: Sdk) -> Self {
        Self { sdk }
    }

    async fn read(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError> {
        let names: Vec<&String> = names.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut states = BTreeMap::new();
        for names in names.chunks(NAMES) {
            self.read_some(names, &mut states).await?;
        }
        Ok(states)
    }

    async fn read_some(
        &self,
        names: &[&String],
        states: &mut BTreeMap<String, AlarmState>,
    ) -> Result<(), CallError> {
        let mut token = None;
        for _ in 0..PAGES {
            // Without the types only metric alarms are described.
            let request = self
                .sdk
                .cloudwatch()
                .await
                .describe_alarms()
                .set_alarm_names(Some(names.iter().map(|name| (*name).clone()).collect()))
                .alarm_types(AlarmType::MetricAlarm)
                .alarm_types(AlarmType::CompositeAlarm)
                .max_records(NAMES as i32)
                .set_next_token(token);
            let answer = request.send().await;
            let what = || "the alarm".to_owned();
            let answer = answer.map_err(|error| Fault::of(&error).into_call_error(what))?;
            let metric = answer.metric_alarms.into_iter().flatten().map(|a| (a.alarm_name, a.state_value));
            let composite =
                answer.composite_alarms.into_iter().flatten().map(|a| (a.alarm_name, a.state_value));
            states.extend(metric.chain(composite).filter_map(|(name, value)| Some((name?, state(value)))));
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(());
            }
        }
        Err(CallError::Transient { message: format!("the answer on {} alarms does not end", names.len()) })
    }
}

#[async_trait]
impl Alarms for CloudWatchAlarms {
    async fn states(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError> {
        let late = || CallError::Transient { message: "the alarms could not be read in time".to_owned() };
        within(self.read(names)).await.ok_or_else(late)?
    }
}

/// A value that is not known yet cannot be called fine.
fn state(value: Option<StateValue>) -> AlarmState {
    match value {
        Some(StateValue::Ok) => AlarmState::Ok,
        Some(StateValue::Alarm) => AlarmState::Alarm,
        _ => AlarmState::InsufficientData,
    }
}
