//! Deployment targets.

use std::collections::BTreeMap;

use super::time::Time;

shapes! {
    /// ListDeploymentTargets.
    ListDeploymentTargetsInput {
        deployment_id: Option<String>,
        next_token: Option<String>,
        target_filters: Option<BTreeMap<String, Vec<String>>>,
    }

    /// What ListDeploymentTargets answers.
    ListDeploymentTargetsOutput {
        target_ids: Vec<String>,
        next_token: Option<String>,
    }

    /// GetDeploymentTarget.
    GetDeploymentTargetInput {
        deployment_id: Option<String>,
        target_id: Option<String>,
    }

    /// What GetDeploymentTarget answers.
    GetDeploymentTargetOutput {
        deployment_target: DeploymentTarget,
    }

    /// BatchGetDeploymentTargets.
    BatchGetDeploymentTargetsInput {
        deployment_id: Option<String>,
        target_ids: Option<Vec<String>>,
    }

    /// What BatchGetDeploymentTargets answers.
    BatchGetDeploymentTargetsOutput {
        deployment_targets: Vec<DeploymentTarget>,
    }

    /// A target of any type.
    DeploymentTarget {
        deployment_target_type: String,
        instance_target: Option<InstanceTarget>,
        lambda_target: Option<LambdaTarget>,
    }

    /// A host.
    InstanceTarget {
        deployment_id: String,
        target_id: String,
        target_arn: String,
        status: String,
        last_updated_at: Option<Time>,
        lifecycle_events: Vec<LifecycleEvent>,
        instance_label: Option<String>,
    }

    /// A Lambda alias.
    LambdaTarget {
        deployment_id: String,
        target_id: String,
        target_arn: String,
        status: String,
        last_updated_at: Option<Time>,
        lifecycle_events: Vec<LifecycleEvent>,
        lambda_function_info: LambdaFunctionInfo,
    }

    /// What is shifted, and how far.
    LambdaFunctionInfo {
        function_name: String,
        function_alias: String,
        current_version: String,
        target_version: String,
        target_version_weight: f64,
    }

    /// A lifecycle event.
    LifecycleEvent {
        lifecycle_event_name: String,
        diagnostics: Option<Diagnostics>,
        start_time: Option<Time>,
        end_time: Option<Time>,
        status: String,
    }

    /// How a lifecycle event came out.
    Diagnostics {
        error_code: String,
        script_name: String,
        message: String,
        log_tail: String,
    }
}
