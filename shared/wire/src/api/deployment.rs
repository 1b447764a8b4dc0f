//! Deployments.

use serde_json::Value;

use super::group::{AlarmConfiguration, AutoRollbackConfiguration, Ec2DeploymentOptions};
use super::revision::RevisionLocation;
use super::time::Time;

shapes! {
    /// CreateDeployment, and Cutover's PlanDeployment.
    CreateDeploymentInput {
        application_name: Option<String>,
        deployment_group_name: Option<String>,
        revision: Option<RevisionLocation>,
        deployment_config_name: Option<String>,
        description: Option<String>,
        ignore_application_stop_failures: Option<bool>,
        target_instances: Option<TargetInstances>,
        auto_rollback_configuration: Option<AutoRollbackConfiguration>,
        update_outdated_instances_only: Option<bool>,
        file_exists_behavior: Option<String>,
        deployment_mode: Option<String>,
        override_alarm_configuration: Option<AlarmConfiguration>,
        ec2_deployment_options: Option<Ec2DeploymentOptions>,
    }

    /// The replacement instances of a blue/green deployment.
    TargetInstances {
        tag_filters: Option<Vec<super::tag::TagFilter>>,
        auto_scaling_groups: Option<Vec<String>>,
        ec2_tag_set: Option<super::tag::Ec2TagSet>,
    }

    /// What CreateDeployment answers.
    CreateDeploymentOutput {
        deployment_id: String,
    }

    /// GetDeployment.
    DeploymentInput {
        deployment_id: Option<String>,
    }

    /// What GetDeployment answers.
    GetDeploymentOutput {
        deployment_info: DeploymentInfo,
    }

    /// A deployment.
    DeploymentInfo {
        application_name: String,
        deployment_group_name: String,
        deployment_config_name: String,
        deployment_id: String,
        previous_revision: Option<Value>,
        revision: Option<Value>,
        status: String,
        error_information: Option<ErrorInformation>,
        create_time: Option<Time>,
        start_time: Option<Time>,
        complete_time: Option<Time>,
        deployment_overview: Option<DeploymentOverview>,
        description: Option<String>,
        creator: String,
        ignore_application_stop_failures: bool,
        auto_rollback_configuration: Option<Value>,
        update_outdated_instances_only: bool,
        rollback_info: Option<RollbackInfo>,
        related_deployments: Option<RelatedDeployments>,
        deployment_style: Option<Value>,
        instance_termination_wait_time_started: bool,
        target_instances: Option<Value>,
        blue_green_deployment_configuration: Option<Value>,
        load_balancer_info: Option<Value>,
        file_exists_behavior: Option<String>,
        deployment_mode: Option<Value>,
        ec2_deployment_options: Option<Value>,
        compute_platform: String,
        override_alarm_configuration: Option<Value>,
    }

    /// Why a deployment did not succeed.
    ErrorInformation {
        code: String,
        message: String,
    }

    /// How many targets stand how, once the deployment is over.
    DeploymentOverview {
        #[serde(rename = "Pending")] pending: i64,
        #[serde(rename = "InProgress")] in_progress: i64,
        #[serde(rename = "Succeeded")] succeeded: i64,
        #[serde(rename = "Failed")] failed: i64,
        #[serde(rename = "Skipped")] skipped: i64,
        #[serde(rename = "Ready")] ready: i64,
    }

    /// The deployments for hosts that were launched meanwhile.
    RelatedDeployments {
        auto_update_outdated_instances_root_deployment_id: Option<String>,
        auto_update_outdated_instances_deployment_ids: Option<Vec<String>>,
    }

    /// What a deployment has to do with a rollback.
    RollbackInfo {
        rollback_deployment_id: Option<String>,
        rollback_triggering_deployment_id: Option<String>,
        rollback_message: Option<String>,
    }

    /// BatchGetDeployments.
    BatchGetDeploymentsInput {
        deployment_ids: Option<Vec<String>>,
    }

    /// What BatchGetDeployments answers.
    BatchGetDeploymentsOutput {
        deployments_info: Vec<DeploymentInfo>,
    }

    /// ListDeployments.
    ListDeploymentsInput {
        application_name: Option<String>,
        deployment_group_name: Option<String>,
        external_id: Option<String>,
        include_only_statuses: Option<Vec<String>>,
        create_time_range: Option<TimeRange>,
        next_token: Option<String>,
    }

    /// From when to when, each end open when absent.
    TimeRange {
        start: Option<Time>,
        end: Option<Time>,
    }

    /// What ListDeployments answers.
    ListDeploymentsOutput {
        deployments: Vec<String>,
        next_token: Option<String>,
    }

    /// ContinueDeployment and SkipWaitTimeForInstanceTermination.
    ContinueDeploymentInput {
        deployment_id: Option<String>,
        deployment_wait_type: Option<String>,
    }

    /// StopDeployment.
    StopDeploymentInput {
        deployment_id: Option<String>,
        auto_rollback_enabled: Option<bool>,
    }

    /// What StopDeployment answers.
    StopDeploymentOutput {
        status: String,
        status_message: String,
    }
}
