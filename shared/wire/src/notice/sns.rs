//! What a trigger's SNS topic gets: the message of CodeDeploy's triggers, all numbers as text (behaviour: triggers).

use serde_json::{Map, Value, json};

use super::facts::{Facts, Host, seconds};

/// The longest subject that SNS takes, in characters of ASCII.
const SUBJECT: usize = 100;

/// The message of a trigger of that name.
pub fn message(facts: &Facts, trigger: &str) -> Value {
    match &facts.host {
        Some(host) => of_host(facts, host, trigger),
        None => of_deployment(facts, trigger),
    }
}

/// The subject: what happened, to which deployment, where.
pub fn subject(facts: &Facts) -> String {
    let status = facts.host.as_ref().map_or(facts.status, |host| host.status).to_uppercase();
    let about = facts.host.as_ref().map(|host| format!("{} of ", host.name)).unwrap_or_default();
    let whole = format!(
        "{status}: Cutover {about}{} in {} to {}",
        facts.deployment, facts.scope.region, facts.application
    );
    whole.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).take(SUBJECT).collect()
}

fn of_deployment(facts: &Facts, trigger: &str) -> Value {
    let overview = facts.overview;
    let mut message = begun(facts, trigger);
    let mut put = |member: &str, value: Value| message.insert(member.to_owned(), value);
    put("applicationName", facts.application.as_str().into());
    put("deploymentId", facts.deployment.as_str().into());
    put("deploymentGroupName", facts.group.as_str().into());
    put("createTime", seconds(facts.created_at).into());
    if let Some(at) = facts.completed_at {
        put("completeTime", seconds(at).into());
    }
    put(
        "deploymentOverview",
        json!({
            "Failed": overview.failed.to_string(),
            "InProgress": overview.in_progress.to_string(),
            "Pending": overview.pending.to_string(),
            "Skipped": overview.skipped.to_string(),
            "Succeeded": overview.succeeded.to_string(),
        }),
    );
    put("status", facts.status.into());
    if let Some(error) = &facts.error {
        put("errorInformation", json!({ "ErrorCode": error.code, "ErrorMessage": error.message }));
    }
    if let Some(rollback) = &facts.rollback {
        let mut told = Map::new();
        if let Some(by) = &rollback.by {
            told.insert("RollbackDeploymentId".to_owned(), by.as_str().into());
        }
        if let Some(of) = &rollback.of {
            told.insert("RollbackTriggeringDeploymentId".to_owned(), of.as_str().into());
        }
        told.insert("RollbackMessage".to_owned(), rollback.message.as_str().into());
        put("rollbackInformation", told.into());
    }
    message.into()
}

fn of_host(facts: &Facts, host: &Host, trigger: &str) -> Value {
    let mut message = begun(facts, trigger);
    let mut put = |member: &str, value: Value| message.insert(member.to_owned(), value);
    put("deploymentId", facts.deployment.as_str().into());
    put("instanceId", host.arn.as_str().into());
    put("lastUpdatedAt", seconds(host.updated_at).into());
    put("instanceStatus", host.status.into());
    let events = host.events.iter().map(|event| {
        let mut told = Map::new();
        told.insert("LifecycleEvent".to_owned(), event.name.as_str().into());
        told.insert("LifecycleEventStatus".to_owned(), event.status.as_str().into());
        for (member, at) in [("StartTime", event.start), ("EndTime", event.end)] {
            if let Some(at) = at {
                told.insert(member.to_owned(), seconds(at).into());
            }
        }
        Value::from(told)
    });
    put("lifecycleEvents", events.collect());
    message.into()
}

fn begun(facts: &Facts, trigger: &str) -> Map<String, Value> {
    let members = [
        ("region", facts.scope.region.as_str()),
        ("accountId", facts.scope.account.as_str()),
        ("eventTriggerName", trigger),
    ];
    members.into_iter().map(|(member, value)| (member.to_owned(), value.into())).collect()
}
