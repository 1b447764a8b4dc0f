//! The properties of the resource, in which every number and truth value has become a text.

use cutover_wire::api::config::{TimeBasedCanary, TimeBasedLinear, TrafficRoutingConfig};
use cutover_wire::api::group::{Alarm, AlarmConfiguration, AutoRollbackConfiguration, TriggerConfig};
use serde::Deserialize;
use serde_json::Value;

use crate::trouble::Trouble;

/// What a template says of a shift.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Properties {
    pub(crate) function_name: String,
    pub(crate) alias_name: String,
    pub(crate) target_version: String,
    pub(crate) application_name: String,
    pub(crate) deployment_group_name: String,
    /// The address of the wait condition's handle.
    pub(crate) callback_url: String,
    /// "false" leaves the alias to CloudFormation.
    pub(crate) enabled: Option<String>,
    /// The group, where the template has it; otherwise it has to be there.
    pub(crate) deployment_group: Option<GroupProperties>,
    pub(crate) before_allow_traffic_hook: Option<String>,
    pub(crate) after_allow_traffic_hook: Option<String>,
}

/// A group, as AWS::CodeDeploy::DeploymentGroup has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GroupProperties {
    pub(crate) alarm_configuration: AlarmProperties,
    pub(crate) auto_rollback_configuration: RollbackProperties,
    pub(crate) deployment_config_name: Option<String>,
    /// Configurations that the template has.
    pub(crate) deployment_configs: Vec<ConfigProperties>,
    pub(crate) service_role_arn: Option<String>,
    pub(crate) trigger_configurations: Vec<TriggerProperties>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AlarmProperties {
    enabled: String,
    ignore_poll_alarm_failure: String,
    alarms: Vec<NamedProperties>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedProperties {
    name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RollbackProperties {
    enabled: String,
    events: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct TriggerProperties {
    trigger_name: Option<String>,
    trigger_target_arn: Option<String>,
    trigger_events: Option<Vec<String>>,
}

/// A configuration of the template's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConfigProperties {
    pub(crate) deployment_config_name: String,
    pub(crate) traffic_routing_config: Value,
}

impl Properties {
    /// Reads them.
    pub(crate) fn read(value: &Value) -> Result<Self, Trouble> {
        Self::deserialize(value)
            .map_err(|error| Trouble::Refused(format!("the properties of the resource: {error}")))
    }

    pub(crate) fn enabled(&self) -> bool {
        self.enabled.as_deref().is_none_or(is_true)
    }
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

impl AlarmProperties {
    pub(crate) fn shape(&self) -> AlarmConfiguration {
        AlarmConfiguration {
            enabled: Some(is_true(&self.enabled)),
            ignore_poll_alarm_failure: Some(is_true(&self.ignore_poll_alarm_failure)),
            alarms: Some(self.alarms.iter().map(|alarm| Alarm { name: Some(alarm.name.clone()) }).collect()),
        }
    }
}

impl RollbackProperties {
    pub(crate) fn shape(&self) -> AutoRollbackConfiguration {
        AutoRollbackConfiguration { enabled: Some(is_true(&self.enabled)), events: Some(self.events.clone()) }
    }
}

impl TriggerProperties {
    pub(crate) fn shape(&self) -> TriggerConfig {
        TriggerConfig {
            trigger_name: self.trigger_name.clone(),
            trigger_target_arn: self.trigger_target_arn.clone(),
            trigger_events: self.trigger_events.clone(),
        }
    }
}

impl ConfigProperties {
    pub(crate) fn shape(&self) -> TrafficRoutingConfig {
        let routing = &self.traffic_routing_config;
        let number = |style: &str, name: &str| match &routing[style][name] {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        let has = |style: &str| routing.get(style).is_some();
        TrafficRoutingConfig {
            kind: routing["Type"].as_str().map(str::to_owned),
            time_based_canary: has("TimeBasedCanary").then(|| TimeBasedCanary {
                canary_percentage: number("TimeBasedCanary", "CanaryPercentage"),
                canary_interval: number("TimeBasedCanary", "CanaryInterval"),
            }),
            time_based_linear: has("TimeBasedLinear").then(|| TimeBasedLinear {
                linear_percentage: number("TimeBasedLinear", "LinearPercentage"),
                linear_interval: number("TimeBasedLinear", "LinearInterval"),
            }),
        }
    }
}
