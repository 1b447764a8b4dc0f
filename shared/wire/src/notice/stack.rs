//! What the handle of a CloudFormation wait condition gets.

use cutover_core::audience::Told;
use serde_json::{Value, json};

use super::facts::Facts;

/// CloudFormation takes 4,096 bytes; the reason is the only part that may be long.
const REASON: usize = 600;

/// The signal of a deployment's end. The end of a rollback deployment is told as the failure of the deployment that it
/// rolled back, for which `error` is why.
pub fn signal(facts: &Facts, deployment: &str, error: Option<&str>) -> Value {
    let succeeded = facts.told == Told::DeploymentSuccess && deployment == facts.deployment;
    let mut reason = match (succeeded, error) {
        (true, _) => format!("Deployment {deployment} succeeded"),
        (false, Some(error)) => format!("Deployment {deployment} did not succeed: {error}"),
        (false, None) => format!("Deployment {deployment} did not succeed"),
    };
    if deployment != facts.deployment {
        reason = format!("{reason} Rolled back by {}: {}.", facts.deployment, facts.status);
    }
    let reason: String = reason.chars().take(REASON).collect();
    json!({
        "Status": if succeeded { "SUCCESS" } else { "FAILURE" },
        "Reason": reason,
        "UniqueId": deployment,
        "Data": deployment,
    })
}
