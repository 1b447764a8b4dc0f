//! Functions and alarms of a service with local targets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Api, CALL_PATIENCE, OWN};
use crate::failure::Failure;

#[derive(Deserialize)]
struct Published {
    version: Value,
}

/// A function: `functions show --json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FunctionDetails {
    /// Published versions.
    pub(crate) versions: Vec<Value>,
    /// Aliases by name.
    pub(crate) aliases: BTreeMap<String, AliasDetails>,
}

/// An alias.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AliasDetails {
    /// The version that gets what the weights leave.
    pub(crate) version: String,
    /// Other versions and their shares, as fractions.
    pub(crate) weights: BTreeMap<String, f64>,
    /// Changes with every write.
    pub(crate) revision_id: String,
}

/// One call of a function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CallResult {
    /// The version that was called.
    pub(crate) version: String,
    /// What it answered.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) payload: Value,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

#[derive(Deserialize)]
struct Called {
    results: Vec<CallResult>,
}

/// An alarm to put.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlarmInput {
    /// Its name.
    pub(crate) alarm_name: String,
    /// Computed from the calls of this function.
    pub(crate) function_name: Option<String>,
    /// And of this version of it.
    pub(crate) version: Option<String>,
    /// In ALARM above this share of failed calls.
    pub(crate) max_error_rate: Option<f64>,
}

/// An alarm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AlarmDetails {
    /// Its name.
    pub(crate) name: String,
    /// OK, ALARM or INSUFFICIENT_DATA.
    pub(crate) state: String,
    /// What it is computed from, if it is.
    pub(crate) rule: Option<Value>,
}

#[derive(Deserialize)]
struct Alarms {
    alarms: Vec<AlarmDetails>,
}

impl Api {
    /// Publishes the next version of a function and returns its number.
    pub(crate) async fn publish_function(&self, name: &str, command: &str) -> Result<String, Failure> {
        let input = json!({ "functionName": name, "command": command });
        let answer: Published = self.own("PublishFunction", &input).await?;
        Ok(plain(&answer.version))
    }

    /// Points an alias at a version, without weights.
    pub(crate) async fn put_alias(&self, name: &str, alias: &str, version: &str) -> Result<Value, Failure> {
        let input = json!({ "functionName": name, "alias": alias, "version": version });
        self.own("PutFunctionAlias", &input).await
    }

    /// A function's versions and aliases.
    pub(crate) async fn function(&self, name: &str) -> Result<FunctionDetails, Failure> {
        self.own("DescribeFunction", &json!({ "functionName": name })).await
    }

    /// Calls a function `count` times, through a qualifier if one is given.
    pub(crate) async fn invoke(
        &self,
        name: &str,
        qualifier: Option<&str>,
        payload: &Value,
        count: u32,
    ) -> Result<Vec<CallResult>, Failure> {
        let input =
            json!({ "functionName": name, "qualifier": qualifier, "payload": payload, "count": count });
        Ok(self.call::<Called>(OWN, "InvokeFunction", &input, CALL_PATIENCE).await?.results)
    }

    /// Makes or changes an alarm.
    pub(crate) async fn put_alarm(&self, input: &AlarmInput) -> Result<Value, Failure> {
        self.own("PutAlarm", input).await
    }

    /// Sets an alarm's state.
    pub(crate) async fn set_alarm(&self, name: &str, state: &str) -> Result<Value, Failure> {
        self.own("SetAlarmState", &json!({ "alarmName": name, "state": state })).await
    }

    /// Every alarm.
    pub(crate) async fn alarms(&self) -> Result<Vec<AlarmDetails>, Failure> {
        Ok(self.own::<Alarms>("ListAlarms", &json!({})).await?.alarms)
    }
}

/// A value as words: a text without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
