//! Deployment groups.

use serde_json::{Map, Value};

use super::tag::{Ec2TagSet, OnPremisesTagSet, Tag, TagFilter};

shapes! {
    /// The naming members of CreateDeploymentGroup; its other members are [`GroupSettings`].
    CreateDeploymentGroupInput {
        application_name: Option<String>,
        deployment_group_name: Option<String>,
        tags: Option<Vec<Tag>>,
    }

    /// What CreateDeploymentGroup answers.
    CreateDeploymentGroupOutput {
        deployment_group_id: String,
    }

    /// The naming members of UpdateDeploymentGroup; its other members are [`GroupSettings`].
    UpdateDeploymentGroupInput {
        application_name: Option<String>,
        current_deployment_group_name: Option<String>,
        new_deployment_group_name: Option<String>,
    }

    /// What UpdateDeploymentGroup and DeleteDeploymentGroup answer.
    HooksNotCleanedUpOutput {
        hooks_not_cleaned_up: Vec<Value>,
    }

    /// What a user sets on a group, at its creation and in updates.
    GroupSettings {
        deployment_config_name: Option<String>,
        ec2_tag_filters: Option<Vec<TagFilter>>,
        on_premises_instance_tag_filters: Option<Vec<TagFilter>>,
        auto_scaling_groups: Option<Vec<String>>,
        service_role_arn: Option<String>,
        trigger_configurations: Option<Vec<TriggerConfig>>,
        alarm_configuration: Option<AlarmConfiguration>,
        auto_rollback_configuration: Option<AutoRollbackConfiguration>,
        outdated_instances_strategy: Option<String>,
        deployment_style: Option<DeploymentStyle>,
        blue_green_deployment_configuration: Option<BlueGreenConfiguration>,
        load_balancer_info: Option<LoadBalancerInfo>,
        ec2_tag_set: Option<Ec2TagSet>,
        ecs_services: Option<Vec<EcsService>>,
        on_premises_tag_set: Option<OnPremisesTagSet>,
        ec2_deployment_options: Option<Ec2DeploymentOptions>,
        termination_hook_enabled: Option<bool>,
    }

    /// What is done to Auto Scaling groups during a deployment.
    Ec2DeploymentOptions {
        auto_scaling_group_processes_to_suspend: Option<Vec<String>>,
    }

    /// Who is told of what.
    TriggerConfig {
        trigger_name: Option<String>,
        trigger_target_arn: Option<String>,
        trigger_events: Option<Vec<String>>,
    }

    /// The alarms that guard deployments.
    AlarmConfiguration {
        enabled: Option<bool>,
        ignore_poll_alarm_failure: Option<bool>,
        alarms: Option<Vec<Alarm>>,
    }

    /// An alarm.
    Alarm {
        name: Option<String>,
    }

    /// When a rollback deployment follows.
    AutoRollbackConfiguration {
        enabled: Option<bool>,
        events: Option<Vec<String>>,
    }

    /// In place or blue/green, with or without traffic control.
    DeploymentStyle {
        deployment_type: Option<String>,
        deployment_option: Option<String>,
    }

    /// Options of blue/green deployments.
    BlueGreenConfiguration {
        terminate_blue_instances_on_deployment_success: Option<BlueTermination>,
        deployment_ready_option: Option<DeploymentReadyOption>,
        green_fleet_provisioning_option: Option<GreenFleetProvisioning>,
    }

    /// What becomes of the original instances.
    BlueTermination {
        action: Option<String>,
        termination_wait_time_in_minutes: Option<i64>,
    }

    /// What happens once the replacement is ready.
    DeploymentReadyOption {
        action_on_timeout: Option<String>,
        wait_time_in_minutes: Option<i64>,
    }

    /// Where replacement instances come from.
    GreenFleetProvisioning {
        action: Option<String>,
    }

    /// The load balancers of a group.
    LoadBalancerInfo {
        elb_info_list: Option<Vec<Named>>,
        target_group_info_list: Option<Vec<Named>>,
        target_group_pair_info_list: Option<Vec<TargetGroupPair>>,
    }

    /// A load balancer or a target group, by name.
    Named {
        name: Option<String>,
    }

    /// Two target groups and their listeners.
    TargetGroupPair {
        target_groups: Option<Vec<Named>>,
        prod_traffic_route: Option<TrafficRoute>,
        test_traffic_route: Option<TrafficRoute>,
    }

    /// Listeners.
    TrafficRoute {
        listener_arns: Option<Vec<String>>,
    }

    /// An ECS service.
    EcsService {
        service_name: Option<String>,
        cluster_name: Option<String>,
    }

    /// GetDeploymentGroup and DeleteDeploymentGroup.
    DeploymentGroupInput {
        application_name: Option<String>,
        deployment_group_name: Option<String>,
    }

    /// What GetDeploymentGroup answers.
    GetDeploymentGroupOutput {
        deployment_group_info: Map<String, Value>,
    }

    /// BatchGetDeploymentGroups.
    BatchGetDeploymentGroupsInput {
        application_name: Option<String>,
        deployment_group_names: Option<Vec<String>>,
    }

    /// What BatchGetDeploymentGroups answers.
    BatchGetDeploymentGroupsOutput {
        deployment_groups_info: Vec<Map<String, Value>>,
        error_message: Option<String>,
    }

    /// ListDeploymentGroups.
    ListDeploymentGroupsInput {
        application_name: Option<String>,
        next_token: Option<String>,
    }

    /// What ListDeploymentGroups answers.
    ListDeploymentGroupsOutput {
        application_name: String,
        deployment_groups: Vec<String>,
        next_token: Option<String>,
    }
}
