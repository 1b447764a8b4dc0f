//! The one table of operations.

use std::future::Future;
use std::pin::Pin;

use cutover_wire::api::error::ApiError;

use crate::api::{Answered, Call};
use crate::{applications, deployment_configs, deployment_groups, deployments, hooks, own, targets};

/// The prefix of CodeDeploy's operations in X-Amz-Target.
const CODEDEPLOY: &str = "CodeDeploy_20141006";
/// The prefix of Cutover's own operations.
const OWN: &str = "Cutover_20261101";

/// Answers the calls of one operation.
pub(crate) type Handler = for<'a> fn(Call<'a>) -> Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;

/// An operation; one without a handler is known but not supported yet.
struct Operation {
    name: &'static str,
    handler: Option<Handler>,
}

const fn on(name: &'static str, handler: Handler) -> Operation {
    Operation { name, handler: Some(handler) }
}

const fn not_yet(name: &'static str) -> Operation {
    Operation { name, handler: None }
}

/// CodeDeploy's 47 operations.
const OPERATIONS: [Operation; 47] = [
    not_yet("AddTagsToOnPremisesInstances"),
    not_yet("BatchGetApplicationRevisions"),
    on("BatchGetApplications", |call| Box::pin(applications::batch_get(call))),
    on("BatchGetDeploymentGroups", |call| Box::pin(deployment_groups::batch_get(call))),
    not_yet("BatchGetDeploymentInstances"),
    on("BatchGetDeploymentTargets", |call| Box::pin(targets::batch_get(call))),
    on("BatchGetDeployments", |call| Box::pin(deployments::batch_get(call))),
    not_yet("BatchGetOnPremisesInstances"),
    not_yet("ContinueDeployment"),
    on("CreateApplication", |call| Box::pin(applications::create(call))),
    on("CreateDeployment", |call| Box::pin(deployments::create(call))),
    on("CreateDeploymentConfig", |call| Box::pin(deployment_configs::create(call))),
    on("CreateDeploymentGroup", |call| Box::pin(deployment_groups::create(call))),
    on("DeleteApplication", |call| Box::pin(applications::delete(call))),
    on("DeleteDeploymentConfig", |call| Box::pin(deployment_configs::delete(call))),
    on("DeleteDeploymentGroup", |call| Box::pin(deployment_groups::delete(call))),
    not_yet("DeleteGitHubAccountToken"),
    not_yet("DeleteResourcesByExternalId"),
    not_yet("DeregisterOnPremisesInstance"),
    on("GetApplication", |call| Box::pin(applications::get(call))),
    not_yet("GetApplicationRevision"),
    on("GetDeployment", |call| Box::pin(deployments::get(call))),
    on("GetDeploymentConfig", |call| Box::pin(deployment_configs::get(call))),
    on("GetDeploymentGroup", |call| Box::pin(deployment_groups::get(call))),
    not_yet("GetDeploymentInstance"),
    on("GetDeploymentTarget", |call| Box::pin(targets::get(call))),
    not_yet("GetOnPremisesInstance"),
    not_yet("ListApplicationRevisions"),
    on("ListApplications", |call| Box::pin(applications::list(call))),
    on("ListDeploymentConfigs", |call| Box::pin(deployment_configs::list(call))),
    on("ListDeploymentGroups", |call| Box::pin(deployment_groups::list(call))),
    not_yet("ListDeploymentInstances"),
    on("ListDeploymentTargets", |call| Box::pin(targets::list(call))),
    on("ListDeployments", |call| Box::pin(deployments::list(call))),
    not_yet("ListGitHubAccountTokenNames"),
    not_yet("ListOnPremisesInstances"),
    not_yet("ListTagsForResource"),
    on("PutLifecycleEventHookExecutionStatus", |call| Box::pin(hooks::put_status(call))),
    not_yet("RegisterApplicationRevision"),
    not_yet("RegisterOnPremisesInstance"),
    not_yet("RemoveTagsFromOnPremisesInstances"),
    not_yet("SkipWaitTimeForInstanceTermination"),
    on("StopDeployment", |call| Box::pin(deployments::stop(call))),
    not_yet("TagResource"),
    not_yet("UntagResource"),
    on("UpdateApplication", |call| Box::pin(applications::update(call))),
    on("UpdateDeploymentGroup", |call| Box::pin(deployment_groups::update(call))),
];

/// Cutover's own operations.
const OWN_OPERATIONS: [Operation; 5] = [
    on("AbandonDeployment", |call| Box::pin(own::abandon(call))),
    on("ExplainDeployment", |call| Box::pin(own::explain(call))),
    on("ExportDeployment", |call| Box::pin(own::export(call))),
    on("ListMarks", |call| Box::pin(own::marks(call))),
    on("PlanDeployment", |call| Box::pin(own::plan(call))),
];

/// The handler of an X-Amz-Target.
pub(crate) fn find(target: Option<&str>) -> Result<Handler, ApiError> {
    let unknown = |message: String| ApiError::refused("UnknownOperationException", message);
    let Some(target) = target else {
        return Err(unknown("The request has no X-Amz-Target header.".to_owned()));
    };
    let operation = match target.split_once('.') {
        Some((CODEDEPLOY, name)) => OPERATIONS.iter().find(|o| o.name == name),
        Some((OWN, name)) => OWN_OPERATIONS.iter().find(|o| o.name == name),
        _ => None,
    };
    match operation {
        Some(Operation { handler: Some(handler), .. }) => Ok(*handler),
        Some(Operation { name, handler: None }) => {
            Err(unknown(format!("The operation {name} is not supported yet by this version of Cutover.")))
        }
        None => Err(unknown("The operation of this X-Amz-Target is unknown.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_stand_once() {
        for table in [&OPERATIONS[..], &OWN_OPERATIONS[..]] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name));
        }
        assert_eq!(OPERATIONS.iter().filter(|o| o.handler.is_some()).count(), 25);
    }

    #[test]
    fn targets_are_told_apart() {
        for (target, part) in [
            (None, Some("no X-Amz-Target")),
            (Some(""), Some("unknown")),
            (Some("CreateApplication"), Some("unknown")),
            (Some("CodeDeploy_20141006.createapplication"), Some("unknown")),
            (Some("DynamoDB_20120810.ListApplications"), Some("unknown")),
            (Some("CodeDeploy_20141006.PlanDeployment"), Some("unknown")),
            (Some("CodeDeploy_20141006.TagResource"), Some("TagResource is not supported yet")),
            (Some("CodeDeploy_20141006.ListApplications"), None),
            (Some("Cutover_20261101.PlanDeployment"), None),
        ] {
            match (find(target), part) {
                (Ok(_), None) => {}
                (Err(error), Some(part)) => {
                    assert_eq!((error.code, error.status), ("UnknownOperationException", 400));
                    assert!(error.message.contains(part), "{target:?}: {error}");
                }
                (found, _) => panic!("{target:?}: {:?}", found.map(|_| ())),
            }
        }
    }
}
