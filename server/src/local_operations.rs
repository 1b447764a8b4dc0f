//! Operations on the functions and alarms of this machine, under Cutover's own target prefix. They exist
//! only where deployments go to local functions.

use std::path::PathBuf;

use cutover_core::access::Access;
use cutover_local::alarms::{AlarmError, AlarmRule};
use cutover_local::functions::error::FunctionError;
use cutover_ports::alarms::AlarmState;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::from_object;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::targets::Local;

/// Invocations that one request may ask for.
const MOST_INVOCATIONS: u32 = 10_000;
/// Invocations of one request that run at the same time.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Publish {
    function_name: String,
    command: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutAlias {
    function_name: String,
    alias: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    function_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invoke {
    function_name: String,
    qualifier: Option<String>,
    #[serde(default)]
    payload: Value,
    count: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutAlarm {
    alarm_name: String,
    function_name: Option<String>,
    version: Option<String>,
    max_error_rate: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetAlarm {
    alarm_name: String,
    state: String,
}

/// The operation's name in the program and what it demands; nothing when it is not one of these.
pub fn demand(name: &str) -> Option<(&'static str, Access)> {
    Some(match name {
        "PublishFunction" => ("PublishFunction", Access::Operate),
        "PutFunctionAlias" => ("PutFunctionAlias", Access::Operate),
        "DescribeFunction" => ("DescribeFunction", Access::Read),
        "InvokeFunction" => ("InvokeFunction", Access::Operate),
        "PutAlarm" => ("PutAlarm", Access::Operate),
        "SetAlarmState" => ("SetAlarmState", Access::Operate),
        "ListAlarms" => ("ListAlarms", Access::Read),
        _ => return None,
    })
}

/// Performs an operation that [`demand`] knows.
pub async fn perform(local: &Local, name: &str, body: &[u8]) -> Result<Value, ApiError> {
    match name {
        "PublishFunction" => publish(local, body).await,
        "PutFunctionAlias" => put_alias(local, body).await,
        "DescribeFunction" => describe(local, body).await,
        "InvokeFunction" => invoke(local, body).await,
        "PutAlarm" => put_alarm(local, body).await,
        "SetAlarmState" => set_alarm(local, body).await,
        _ => Ok(list_alarms(local)),
    }
}

async fn publish(local: &Local, body: &[u8]) -> Result<Value, ApiError> {
    let input: Publish = read(body)?;
    let version =
        local.functions.publish(&input.function_name, &input.command).await.map_err(function_error)?;
    Ok(json!({ "version": version }))
}

async fn put_alias(local: &Local, body: &[u8]) -> Result<Value, ApiError> {
    let input: PutAlias = read(body)?;
    let alias = local.functions.put_alias(&input.function_name, &input.alias, &input.version).await;
    Ok(json!(alias.map_err(function_error)?))
}

async fn describe(local: &Local, body: &[u8]) -> Result<Value, ApiError> {
    let input: Describe = read(body)?;
    Ok(json!(local.functions.show(&input.function_name).await.map_err(function_error)?))
}

async fn invoke(local: &Local, body: &[u8]) -> Result<Value, ApiError> {
    let input: Invoke = read(body)?;
    let count = input.count.unwrap_or(1);
    if !(1..=MOST_INVOCATIONS).contains(&count) {
        return Err(invalid(format!("count must be between 1 and {MOST_INVOCATIONS}, not {count}")));
    }
    let payload = input.payload.to_string();
    let mut results = Vec::with_capacity(count as usize);
    let mut left = count as usize;
    while left > 0 {
        let now = left.min(AT_ONCE);
        let calls = (0..now).map(|_| {
            let (functions, name, qualifier) =
                (local.functions.clone(), input.function_name.clone(), input.qualifier.clone());
            let payload = payload.clone();
            tokio::spawn(
                async move { functions.invoke(&name, qualifier.as_deref(), payload.as_bytes()).await },
            )
        });
        for call in calls.collect::<Vec<_>>() {
            let done =
                call.await.map_err(|error| ApiError::internal(error.to_string()))?.map_err(function_error)?;
            // What a function writes is JSON or, failing that, text.
            let payload = serde_json::from_str(&done.payload).unwrap_or(Value::String(done.payload));
            results.push(json!({ "version": done.version, "payload": payload, "error": done.error }));
        }
        left -= now;
    }
    Ok(json!({ "results": results }))
}

async fn put_alarm(local: &Local, body: &[u8]) -> Result<Value, ApiError> {
    let input: PutAlarm = read(body)?;
    let rule = match (input.function_name, input.version, input.max_error_rate) {
        (None, None, None) => None,
        (Some(function), Some(version), Some(max_error_rate)) => {
            // A rule about nothing would never go off.
            let known = local.functions.show(&function).await.map_err(function_error)?;
            if !known.versions.contains(&version) {
                let message = format!("function {function} has no version {version}");
                return Err(ApiError::refused("ResourceNotFoundException", message));
            }
            Some(AlarmRule { function, version, max_error_rate })
        }
        _ => return Err(invalid("functionName, version and maxErrorRate are given together or not at all")),
    };
    local.alarms.put(&input.alarm_name, rule.clone()).await.map_err(alarm_error)?;
    Ok(json!({ "name": input.alarm_name, "rule": rule }))
}

async fn set_alarm(local: &Local, body: &[u8]) -> Result<Value, ApiError> {
    let input: SetAlarm = read(body)?;
    let state = match input.state.as_str() {
        "OK" => AlarmState::Ok,
        "ALARM" => AlarmState::Alarm,
        "INSUFFICIENT_DATA" => AlarmState::InsufficientData,
        other => return Err(invalid(format!("state must be OK, ALARM or INSUFFICIENT_DATA, not {other:?}"))),
    };
    local.alarms.set(&input.alarm_name, state).await.map_err(alarm_error)?;
    Ok(json!({ "name": input.alarm_name, "state": input.state }))
}

fn list_alarms(local: &Local) -> Value {
    let word = |state| match state {
        AlarmState::Ok => "OK",
        AlarmState::Alarm => "ALARM",
        AlarmState::InsufficientData => "INSUFFICIENT_DATA",
    };
    let alarms = local.alarms.list();
    let view = alarms.iter().map(|a| json!({ "name": a.name, "state": word(a.state), "rule": a.rule }));
    json!({ "alarms": view.collect::<Vec<_>>() })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    from_object(body).map_err(|error| ApiError::unreadable(error.to_string()))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::refused("InvalidParameterException", message)
}

fn function_error(error: FunctionError) -> ApiError {
    match error {
        FunctionError::NoFunction(_) => ApiError::refused("ResourceNotFoundException", error.to_string()),
        FunctionError::Table(_) => ApiError::unavailable(error.to_string()),
        _ => invalid(error.to_string()),
    }
}

fn alarm_error(error: AlarmError) -> ApiError {
    match error {
        AlarmError::NoAlarm(_) => ApiError::refused("ResourceNotFoundException", error.to_string()),
        AlarmError::Table(_) => ApiError::unavailable(error.to_string()),
        _ => invalid(error.to_string()),
    }
}
