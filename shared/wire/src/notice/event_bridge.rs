//! What an event bus gets: CodeDeploy's detail types and details under a source of our own, since no source but AWS's
//! may begin with `aws.` (behaviour: EventBridge).

use cutover_core::audience::Told;
use serde_json::{Value, json};

use super::facts::Facts;

/// Our source.
pub const SOURCE: &str = "cutover.codedeploy";

/// An event, as a bus is asked to take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `DetailType`.
    pub detail_type: &'static str,
    /// `Detail`.
    pub detail: Value,
    /// `Resources`.
    pub resources: Vec<String>,
}

/// The event, if it is one that goes to a bus: that a rollback deployment was created does not.
pub fn event(facts: &Facts, id: &str) -> Option<Event> {
    let state = state(facts.told)?;
    let arn = |rest: String| {
        let scope = &facts.scope;
        format!("arn:{}:codedeploy:{}:{}:{rest}", scope.partition(), scope.region, scope.account)
    };
    let group = arn(format!("deploymentgroup:{}/{}", facts.application, facts.group));
    let application = arn(format!("application:{}", facts.application));
    let mut detail = json!({
        "region": facts.scope.region,
        "deploymentId": facts.deployment,
        "instanceGroupId": facts.group_id,
        "deploymentGroup": facts.group,
        "state": state,
        "application": facts.application,
        "notificationId": id,
    });
    Some(match &facts.host {
        None => Event {
            detail_type: "CodeDeploy Deployment State-change Notification",
            detail,
            resources: vec![group, application],
        },
        Some(host) => {
            detail["instanceId"] = host.name.as_str().into();
            Event {
                detail_type: "CodeDeploy Instance State-change Notification",
                detail,
                resources: vec![group, application, host.arn.clone()],
            }
        }
    })
}

fn state(told: Told) -> Option<&'static str> {
    Some(match told {
        Told::DeploymentStart | Told::InstanceStart => "START",
        Told::DeploymentSuccess | Told::InstanceSuccess => "SUCCESS",
        Told::DeploymentFailure | Told::InstanceFailure => "FAILURE",
        Told::DeploymentStop => "STOP",
        Told::DeploymentReady | Told::InstanceReady => "READY",
        Told::DeploymentRollback => return None,
    })
}
