//! The one table of operations.

use std::future::Future;
use std::pin::Pin;

use cutover_core::access::Access::{self, Audit, Begin, Deploy, Operate, Read, Report};
use cutover_wire::api::error::ApiError;

use crate::api::{Answered, Call};
use crate::protocol::Target;

/// The service of CodeDeploy's operations.
pub const CODEDEPLOY: &str = "CodeDeploy_20141006";
/// The service of Cutover's own operations.
pub const OWN: &str = "Cutover_20261101";

/// Answers the calls of one operation.
pub(crate) type Handler = for<'a> fn(Call<'a>) -> Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;

/// An operation: what it demands of its caller and who answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

const fn on(name: &'static str, access: Access, handler: Handler) -> Operation {
    Operation { name, access, handler }
}

/// Answers with what the use case answers. With `settings` the request is read as two shapes: what names a
/// deployment group, and what is set on it. With `caller` the use case asks who calls, not only where.
macro_rules! answers {
    ($use_case:ident) => {
        |call| {
            Box::pin(
                async move { call.answer(call.service.$use_case(&call.caller.scope, call.input()?).await?) },
            )
        }
    };
    ($use_case:ident, caller) => {
        |call| Box::pin(async move { call.answer(call.service.$use_case(call.caller, call.input()?).await?) })
    };
    ($use_case:ident, settings) => {
        |call| {
            Box::pin(async move {
                let (named, settings) = call.inputs()?;
                call.answer(call.service.$use_case(&call.caller.scope, named, settings).await?)
            })
        }
    };
}

/// Answers an empty object once the use case is done.
macro_rules! done {
    ($use_case:ident) => {
        |call| {
            Box::pin(
                async move { call.done(call.service.$use_case(&call.caller.scope, call.input()?).await?) },
            )
        }
    };
}

/// CodeDeploy's 47 operations.
static OPERATIONS: [Operation; 47] = [
    on("AddTagsToOnPremisesInstances", Operate, done!(tag_hosts)),
    on("BatchGetApplicationRevisions", Read, answers!(batch_get_revisions)),
    on("BatchGetApplications", Read, answers!(batch_get_applications)),
    on("BatchGetDeploymentGroups", Read, answers!(batch_get_deployment_groups)),
    on("BatchGetDeploymentInstances", Read, answers!(batch_get_deployment_instances)),
    on("BatchGetDeploymentTargets", Read, answers!(batch_get_deployment_targets)),
    on("BatchGetDeployments", Read, answers!(batch_get_deployments)),
    on("BatchGetOnPremisesInstances", Read, answers!(batch_get_hosts)),
    on("ContinueDeployment", Deploy, done!(continue_deployment)),
    on("CreateApplication", Operate, answers!(create_application)),
    on("CreateDeployment", Deploy, answers!(create_deployment)),
    on("CreateDeploymentConfig", Operate, answers!(create_deployment_config)),
    on("CreateDeploymentGroup", Operate, answers!(create_deployment_group, settings)),
    on("DeleteApplication", Operate, done!(delete_application)),
    on("DeleteDeploymentConfig", Operate, done!(delete_deployment_config)),
    on("DeleteDeploymentGroup", Operate, answers!(delete_deployment_group)),
    on("DeleteGitHubAccountToken", Operate, answers!(delete_git_hub_token)),
    on("DeleteResourcesByExternalId", Operate, done!(delete_by_external_id)),
    on("DeregisterOnPremisesInstance", Operate, done!(deregister_host)),
    on("GetApplication", Read, answers!(get_application)),
    on("GetApplicationRevision", Read, answers!(get_revision)),
    on("GetDeployment", Read, answers!(get_deployment)),
    on("GetDeploymentConfig", Read, answers!(get_deployment_config)),
    on("GetDeploymentGroup", Read, answers!(get_deployment_group)),
    on("GetDeploymentInstance", Read, answers!(get_deployment_instance)),
    on("GetDeploymentTarget", Read, answers!(get_deployment_target)),
    on("GetOnPremisesInstance", Read, answers!(get_host)),
    on("ListApplicationRevisions", Read, answers!(list_revisions)),
    on("ListApplications", Read, answers!(list_applications)),
    on("ListDeploymentConfigs", Read, answers!(list_deployment_configs)),
    on("ListDeploymentGroups", Read, answers!(list_deployment_groups)),
    on("ListDeploymentInstances", Read, answers!(list_deployment_instances)),
    on("ListDeploymentTargets", Read, answers!(list_deployment_targets)),
    on("ListDeployments", Read, answers!(list_deployments)),
    on("ListGitHubAccountTokenNames", Read, answers!(list_git_hub_tokens)),
    on("ListOnPremisesInstances", Read, answers!(list_hosts)),
    on("ListTagsForResource", Read, answers!(list_tags)),
    on("PutLifecycleEventHookExecutionStatus", Report, answers!(put_hook_status)),
    on("RegisterApplicationRevision", Deploy, done!(register_revision)),
    on("RegisterOnPremisesInstance", Operate, done!(register_host)),
    on("RemoveTagsFromOnPremisesInstances", Operate, done!(untag_hosts)),
    on("SkipWaitTimeForInstanceTermination", Deploy, done!(continue_deployment)),
    on("StopDeployment", Deploy, answers!(stop_deployment)),
    on("TagResource", Operate, done!(tag_resource)),
    on("UntagResource", Operate, done!(untag_resource)),
    on("UpdateApplication", Operate, done!(update_application)),
    on("UpdateDeploymentGroup", Operate, answers!(update_deployment_group, settings)),
];

/// Cutover's own operations.
static OWN_OPERATIONS: [Operation; 21] = [
    on("AbandonDeployment", Operate, answers!(abandon_deployment, caller)),
    on("AcceptOrder", Begin, answers!(accept_order, caller)),
    on("CreateEnrollmentToken", Operate, answers!(create_enrollment_token, caller)),
    on("CreateTrigger", Operate, answers!(create_trigger)),
    on("CreateWebhook", Operate, answers!(create_webhook)),
    on("DeleteTrigger", Operate, answers!(delete_trigger)),
    on("DeleteWebhook", Operate, answers!(delete_webhook)),
    on("ExplainDeployment", Read, answers!(explain_deployment, caller)),
    on("ExportDeployment", Read, answers!(export_deployment, caller)),
    on("GetBundleAddress", Begin, answers!(get_bundle_address, caller)),
    on("ListAuditRecords", Audit, answers!(list_audit_records, caller)),
    on("ListDeadLetters", Read, answers!(list_dead_letters)),
    on("ListMarks", Read, answers!(list_marks, caller)),
    on("ListPushes", Read, answers!(list_pushes)),
    on("ListTriggers", Read, answers!(list_triggers)),
    on("ListWebhooks", Read, answers!(list_webhooks)),
    on("PlanDeployment", Read, answers!(plan_deployment)),
    on("PutGitHubAccountToken", Operate, answers!(put_git_hub_token)),
    on("ReplayDeadLetters", Operate, answers!(replay_dead_letters)),
    on("TestTrigger", Read, answers!(test_trigger)),
    on("TestWebhook", Operate, answers!(test_webhook)),
];

/// The operation that a request names, if there is one.
pub(crate) fn find(target: Target<'_>) -> Option<&'static Operation> {
    let all = match target.service {
        CODEDEPLOY => &OPERATIONS[..],
        OWN => &OWN_OPERATIONS[..],
        _ => return None,
    };
    let at = all.binary_search_by(|operation| operation.name.cmp(target.operation)).ok()?;
    all.get(at)
}

/// The refusal of a request that names no operation, or one that there is not.
pub(crate) fn unknown(target: Option<Target<'_>>) -> ApiError {
    let message = match target {
        None => "The request has no X-Amz-Target header.",
        Some(_) => "The operation of this X-Amz-Target is unknown.",
    };
    ApiError::refused("UnknownOperationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Asked;

    #[test]
    fn names_are_sorted_and_stand_once() {
        for table in [&OPERATIONS[..], &OWN_OPERATIONS[..]] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name));
        }
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
            (Some("CodeDeploy_20141006.ListApplications"), None),
            (Some("Cutover_20261101.PlanDeployment"), None),
        ] {
            let asked = Asked::json(target);
            assert_eq!(
                asked.name(),
                target.filter(|_| part.is_none()).and_then(|t| Some(t.split_once('.')?.1))
            );
            if let Some(part) = part {
                let error = unknown(asked.target);
                assert_eq!((error.code, error.status), ("UnknownOperationException", 400));
                assert!(error.message.contains(part), "{target:?}: {error}");
            }
        }
    }
}
