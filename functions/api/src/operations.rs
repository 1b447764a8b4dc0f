//! The one table of operations.

use std::future::Future;
use std::pin::Pin;

use cutover_core::access::Access::{self, Audit, Deploy, Operate, Read, Report};
use cutover_wire::api::error::ApiError;

use crate::api::{Answered, Call};
use crate::{applications, deployment_configs, deployment_groups, deployments, hooks, own, targets};

/// The prefix of CodeDeploy's operations in X-Amz-Target.
const CODEDEPLOY: &str = "CodeDeploy_20141006";
/// The prefix of Cutover's own operations.
const OWN: &str = "Cutover_20261101";

/// Answers the calls of one operation.
pub(crate) type Handler = for<'a> fn(Call<'a>) -> Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;

/// An operation: what it demands of its caller and who answers. One without a handler is known but not
/// supported yet.
struct Operation {
    name: &'static str,
    does: Option<(Access, Handler)>,
}

const fn on(name: &'static str, access: Access, handler: Handler) -> Operation {
    Operation { name, does: Some((access, handler)) }
}

const fn not_yet(name: &'static str) -> Operation {
    Operation { name, does: None }
}

/// CodeDeploy's 47 operations.
const OPERATIONS: [Operation; 47] = [
    not_yet("AddTagsToOnPremisesInstances"),
    not_yet("BatchGetApplicationRevisions"),
    on("BatchGetApplications", Read, |call| Box::pin(applications::batch_get(call))),
    on("BatchGetDeploymentGroups", Read, |call| Box::pin(deployment_groups::batch_get(call))),
    not_yet("BatchGetDeploymentInstances"),
    on("BatchGetDeploymentTargets", Read, |call| Box::pin(targets::batch_get(call))),
    on("BatchGetDeployments", Read, |call| Box::pin(deployments::batch_get(call))),
    not_yet("BatchGetOnPremisesInstances"),
    not_yet("ContinueDeployment"),
    on("CreateApplication", Operate, |call| Box::pin(applications::create(call))),
    on("CreateDeployment", Deploy, |call| Box::pin(deployments::create(call))),
    on("CreateDeploymentConfig", Operate, |call| Box::pin(deployment_configs::create(call))),
    on("CreateDeploymentGroup", Operate, |call| Box::pin(deployment_groups::create(call))),
    on("DeleteApplication", Operate, |call| Box::pin(applications::delete(call))),
    on("DeleteDeploymentConfig", Operate, |call| Box::pin(deployment_configs::delete(call))),
    on("DeleteDeploymentGroup", Operate, |call| Box::pin(deployment_groups::delete(call))),
    not_yet("DeleteGitHubAccountToken"),
    not_yet("DeleteResourcesByExternalId"),
    not_yet("DeregisterOnPremisesInstance"),
    on("GetApplication", Read, |call| Box::pin(applications::get(call))),
    not_yet("GetApplicationRevision"),
    on("GetDeployment", Read, |call| Box::pin(deployments::get(call))),
    on("GetDeploymentConfig", Read, |call| Box::pin(deployment_configs::get(call))),
    on("GetDeploymentGroup", Read, |call| Box::pin(deployment_groups::get(call))),
    not_yet("GetDeploymentInstance"),
    on("GetDeploymentTarget", Read, |call| Box::pin(targets::get(call))),
    not_yet("GetOnPremisesInstance"),
    not_yet("ListApplicationRevisions"),
    on("ListApplications", Read, |call| Box::pin(applications::list(call))),
    on("ListDeploymentConfigs", Read, |call| Box::pin(deployment_configs::list(call))),
    on("ListDeploymentGroups", Read, |call| Box::pin(deployment_groups::list(call))),
    not_yet("ListDeploymentInstances"),
    on("ListDeploymentTargets", Read, |call| Box::pin(targets::list(call))),
    on("ListDeployments", Read, |call| Box::pin(deployments::list(call))),
    not_yet("ListGitHubAccountTokenNames"),
    not_yet("ListOnPremisesInstances"),
    not_yet("ListTagsForResource"),
    on("PutLifecycleEventHookExecutionStatus", Report, |call| Box::pin(hooks::put_status(call))),
    not_yet("RegisterApplicationRevision"),
    not_yet("RegisterOnPremisesInstance"),
    not_yet("RemoveTagsFromOnPremisesInstances"),
    not_yet("SkipWaitTimeForInstanceTermination"),
    on("StopDeployment", Deploy, |call| Box::pin(deployments::stop(call))),
    not_yet("TagResource"),
    not_yet("UntagResource"),
    on("UpdateApplication", Operate, |call| Box::pin(applications::update(call))),
    on("UpdateDeploymentGroup", Operate, |call| Box::pin(deployment_groups::update(call))),
];

/// Cutover's own operations.
const OWN_OPERATIONS: [Operation; 6] = [
    on("AbandonDeployment", Operate, |call| Box::pin(own::abandon(call))),
    on("ExplainDeployment", Read, |call| Box::pin(own::explain(call))),
    on("ExportDeployment", Read, |call| Box::pin(own::export(call))),
    on("ListAuditRecords", Audit, |call| Box::pin(own::audit_records(call))),
    on("ListMarks", Read, |call| Box::pin(own::marks(call))),
    on("PlanDeployment", Read, |call| Box::pin(own::plan(call))),
];

/// An operation that is supported.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) name: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

/// The name of the operation of an X-Amz-Target, if there is one: for logs and counters.
pub fn name(target: Option<&str>) -> Option<&'static str> {
    find(target).ok().map(|found| found.name)
}

/// The operation of an X-Amz-Target.
pub(crate) fn find(target: Option<&str>) -> Result<Found, ApiError> {
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
        Some(&Operation { name, does: Some((access, handler)) }) => Ok(Found { name, access, handler }),
        Some(Operation { name, does: None }) => {
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
        assert_eq!(OPERATIONS.iter().filter(|o| o.does.is_some()).count(), 25);
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
