//! What a webhook gets: our own JSON, with a version; new members may come, none changes its meaning.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::facts::{Facts, iso};
use super::{slack, teams};

/// The version of this format.
pub const WEBHOOK_VERSION: u16 = 1;

/// What a webhook gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Our JSON.
    Json,
    /// What an incoming webhook of Slack takes.
    Slack,
    /// What a workflow of Microsoft Teams takes.
    Teams,
}

impl Format {
    /// The body of a delivery of that id.
    pub fn body(self, facts: &Facts, id: &str) -> String {
        let body = match self {
            Self::Json => body(facts, id),
            Self::Slack => slack::body(facts),
            Self::Teams => teams::body(facts),
        };
        body.to_string()
    }
}

/// The body in our JSON.
pub fn body(facts: &Facts, id: &str) -> Value {
    let mut deployment = json!({
        "id": facts.deployment,
        "application": facts.application,
        "deploymentGroup": facts.group,
        "computePlatform": facts.platform,
        "status": facts.status,
        "createTime": iso(facts.created_at),
        "overview": {
            "failed": facts.overview.failed,
            "inProgress": facts.overview.in_progress,
            "pending": facts.overview.pending,
            "skipped": facts.overview.skipped,
            "succeeded": facts.overview.succeeded,
        },
    });
    for (member, at) in [("startTime", facts.started_at), ("completeTime", facts.completed_at)] {
        if let Some(at) = at {
            deployment[member] = iso(at).into();
        }
    }
    if let Some(error) = &facts.error {
        deployment["error"] = json!({ "code": error.code, "message": error.message });
    }
    if let Some(rollback) = &facts.rollback {
        let mut told = Map::from_iter([("message".to_owned(), rollback.message.as_str().into())]);
        told.extend(rollback.by.as_ref().map(|by| ("rollbackDeploymentId".to_owned(), by.as_str().into())));
        told.extend(rollback.of.as_ref().map(|of| ("rolledBackDeploymentId".to_owned(), of.as_str().into())));
        deployment["rollback"] = told.into();
    }
    let mut body = json!({
        "v": WEBHOOK_VERSION,
        "id": id,
        "event": facts.told.as_str(),
        "sequence": facts.seq,
        "time": iso(facts.at),
        "account": facts.scope.account,
        "region": facts.scope.region,
        "deployment": deployment,
    });
    if let Some(host) = &facts.host {
        let events = host.events.iter().map(|event| {
            json!({
                "event": event.name,
                "status": event.status,
                "startTime": event.start.map(iso),
                "endTime": event.end.map(iso),
            })
        });
        body["instance"] = json!({
            "name": host.name,
            "arn": host.arn,
            "status": host.status,
            "lifecycleEvents": events.collect::<Vec<_>>(),
        });
    }
    body
}
