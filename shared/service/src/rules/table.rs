//! The table: every input shape, member by member. A member that is missing here does not compile.

use cutover_wire::api::access::*;
use cutover_wire::api::agent::{
    AcceptOrderInput, CreateEnrollmentTokenInput, EnrollHostInput, EnrollInstanceInput, RotateHostKeyInput,
};
use cutover_wire::api::application::*;
use cutover_wire::api::config::*;
use cutover_wire::api::deployment::*;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::git_hub::*;
use cutover_wire::api::group::*;
use cutover_wire::api::hook::PutHookStatusInput;
use cutover_wire::api::instance::*;
use cutover_wire::api::own::*;
use cutover_wire::api::revision::*;
use cutover_wire::api::tag::*;
use cutover_wire::api::target::*;
use cutover_wire::api::trigger::*;
use cutover_wire::api::webhook::*;

use super::Ruled;
use super::rule::{Anything, Rule};
use super::words::*;
use crate::{
    alarms, archives, deployments, enrolment, git_hub, group_checks, hosts, instance_proof, outgoing,
    revision, tags, targets, triggers,
};

macro_rules! table {
    ($($shape:ident { $($member:ident: $rule:expr,)* } $(=> $together:path)?)*) => {$(
        impl Ruled for $shape {
            fn check(&self) -> Result<(), ApiError> {
                let Self { $($member,)* } = self;
                $(Rule::check(&$rule, $member)?;)*
                $($together(self)?;)?
                Ok(())
            }
        }
    )*};
}

table! {
    CreateApplicationInput {
        application_name: APPLICATION,
        compute_platform: PLATFORM,
        tags: tags::OPTIONAL,
    }
    ApplicationInput {
        application_name: APPLICATION,
    }
    BatchGetApplicationsInput {
        application_names: APPLICATIONS,
    }
    ListApplicationsInput {
        next_token: Anything,
    }
    UpdateApplicationInput {
        application_name: APPLICATION,
        new_application_name: optional(APPLICATION),
    }

    CreateDeploymentConfigInput {
        deployment_config_name: CONFIG,
        minimum_healthy_hosts: Anything,
        traffic_routing_config: Anything,
        compute_platform: PLATFORM,
        zonal_config: Anything,
    }
    DeploymentConfigInput {
        deployment_config_name: CONFIG,
    }
    ListDeploymentConfigsInput {
        next_token: Anything,
    }

    CreateDeploymentGroupInput {
        application_name: APPLICATION,
        deployment_group_name: GROUP,
        tags: tags::OPTIONAL,
    }
    UpdateDeploymentGroupInput {
        application_name: APPLICATION,
        current_deployment_group_name: GROUP,
        new_deployment_group_name: optional(GROUP),
    }
    GroupSettings {
        deployment_config_name: optional(CONFIG),
        ec2_tag_filters: EC2_TAG_FILTERS,
        on_premises_instance_tag_filters: TAG_FILTERS,
        auto_scaling_groups: AUTO_SCALING_GROUPS,
        service_role_arn: optional(ROLE),
        trigger_configurations: TRIGGERS,
        alarm_configuration: alarms::check_alarms,
        auto_rollback_configuration: alarms::check_rollback,
        outdated_instances_strategy: OUTDATED_INSTANCES,
        deployment_style: group_checks::style,
        blue_green_deployment_configuration: group_checks::blue_green,
        load_balancer_info: group_checks::load_balancers,
        ec2_tag_set: group_checks::ec2_tag_set,
        ecs_services: ECS_SERVICES,
        on_premises_tag_set: group_checks::on_premises_tag_set,
        ec2_deployment_options: group_checks::ec2_options,
        termination_hook_enabled: Anything,
    } => group_checks::either_filters_or_sets
    DeploymentGroupInput {
        application_name: APPLICATION,
        deployment_group_name: GROUP,
    }
    BatchGetDeploymentGroupsInput {
        application_name: APPLICATION,
        deployment_group_names: GROUPS,
    }
    ListDeploymentGroupsInput {
        application_name: APPLICATION,
        next_token: Anything,
    }

    // A group name is required, but told only once the application is known to exist.
    CreateDeploymentInput {
        application_name: APPLICATION,
        deployment_group_name: optional(GROUP),
        revision: revision::located,
        deployment_config_name: optional(CONFIG),
        description: DESCRIPTION,
        ignore_application_stop_failures: Anything,
        target_instances: group_checks::target_instances,
        auto_rollback_configuration: alarms::check_rollback,
        update_outdated_instances_only: Anything,
        file_exists_behavior: FILE_EXISTS,
        deployment_mode: DEPLOYMENT_MODE,
        override_alarm_configuration: alarms::check_alarms,
        ec2_deployment_options: group_checks::ec2_options,
    }
    DeploymentInput {
        deployment_id: DEPLOYMENT,
    }
    BatchGetDeploymentsInput {
        deployment_ids: DEPLOYMENTS,
    }
    ListDeploymentsInput {
        application_name: optional(APPLICATION),
        deployment_group_name: optional(GROUP),
        external_id: EXTERNAL,
        include_only_statuses: DEPLOYMENT_STATUSES,
        create_time_range: deployments::time_range,
        next_token: Anything,
    } => deployments::named_together
    StopDeploymentInput {
        deployment_id: DEPLOYMENT,
        auto_rollback_enabled: Anything,
    }
    ContinueDeploymentInput {
        deployment_id: DEPLOYMENT,
        deployment_wait_type: WAIT_TYPE,
    }
    PutHookStatusInput {
        deployment_id: DEPLOYMENT,
        lifecycle_event_hook_execution_id: Anything,
        status: HOOK_STATUS,
    }

    ListDeploymentTargetsInput {
        deployment_id: DEPLOYMENT,
        next_token: Anything,
        target_filters: targets::filters,
    }
    GetDeploymentTargetInput {
        deployment_id: DEPLOYMENT,
        target_id: TARGET,
    }
    BatchGetDeploymentTargetsInput {
        deployment_id: DEPLOYMENT,
        target_ids: TARGETS,
    }
    ListDeploymentInstancesInput {
        deployment_id: DEPLOYMENT,
        next_token: Anything,
        instance_status_filter: TARGET_STATUSES,
        instance_type_filter: TARGET_LABELS,
    }
    GetDeploymentInstanceInput {
        deployment_id: DEPLOYMENT,
        instance_id: INSTANCE,
    }
    BatchGetDeploymentInstancesInput {
        deployment_id: DEPLOYMENT,
        instance_ids: INSTANCES,
    }

    RegisterApplicationRevisionInput {
        application_name: APPLICATION,
        description: DESCRIPTION,
        revision: revision::Required,
    }
    GetApplicationRevisionInput {
        application_name: APPLICATION,
        revision: revision::Required,
    }
    BatchGetApplicationRevisionsInput {
        application_name: APPLICATION,
        revisions: REVISIONS,
    }
    ListApplicationRevisionsInput {
        application_name: APPLICATION,
        sort_by: SORT_BY,
        sort_order: SORT_ORDER,
        s3_bucket: BUCKET_FILTER,
        s3_key_prefix: KEY_PREFIX_FILTER,
        deployed: DEPLOYED_FILTER,
        next_token: Anything,
    } => revision::bucket_before_key

    RegisterOnPremisesInstanceInput {
        instance_name: hosts::NewName,
        iam_session_arn: SESSION_ARN,
        iam_user_arn: USER_ARN,
    } => hosts::one_identity
    OnPremisesInstanceInput {
        instance_name: HOST,
    }
    BatchGetOnPremisesInstancesInput {
        instance_names: HOSTS,
    }
    ListOnPremisesInstancesInput {
        registration_status: REGISTRATION,
        tag_filters: HOST_TAG_FILTERS,
        next_token: Anything,
    }
    OnPremisesTagsInput {
        tags: HOST_TAGS,
        instance_names: TAGGED_HOSTS,
    }
    CreateEnrollmentTokenInput {
        instance_name: enrolment::OptionalName,
        tags: NEW_HOST_TAGS,
        expires_in_seconds: enrolment::lifetime,
    }
    AcceptOrderInput {
        deployment_id: DEPLOYMENT,
        order_id: Anything,
        host_name: HOST,
        shard: Anything,
        index: Anything,
        attempt: Anything,
    }
    EnrollHostInput {
        token: enrolment::Token,
        instance_name: enrolment::OptionalName,
        public_key: enrolment::PublicKey,
    }
    EnrollInstanceInput {
        public_key: enrolment::PublicKey,
        region: Anything,
        access_key_id: instance_proof::ACCESS_KEY_ID,
        date: instance_proof::DATE,
        session_token: instance_proof::SESSION_TOKEN,
        signature: instance_proof::SIGNATURE,
    }
    RotateHostKeyInput {
        instance_name: HOST,
        public_key: enrolment::PublicKey,
        confirm: Anything,
    }

    ListTagsForResourceInput {
        resource_arn: RESOURCE_ARN,
        next_token: Anything,
    }
    TagResourceInput {
        resource_arn: RESOURCE_ARN,
        tags: tags::REQUIRED,
    }
    UntagResourceInput {
        resource_arn: RESOURCE_ARN,
        tag_keys: TAG_KEYS,
    }

    ListGitHubAccountTokenNamesInput {
        next_token: Anything,
    }
    PutGitHubAccountTokenInput {
        token_name: GIT_HUB_TOKEN,
        token: git_hub::Token,
    }
    DeleteGitHubAccountTokenInput {
        token_name: GIT_HUB_TOKEN,
    }
    DeleteResourcesByExternalIdInput {
        external_id: Anything,
    }

    CreateTriggerInput {
        trigger_name: TRIGGER,
        source: TRIGGER_SOURCE,
        place: TRIGGER_PATTERN,
        reference: TRIGGER_PATTERN,
        application_name: APPLICATION,
        deployment_group_name: GROUP,
        policy: TRIGGER_POLICY,
        revision: triggers::revision,
        archive_bucket: ARCHIVE_BUCKET,
        archive_prefix: ARCHIVE_PREFIX,
        access_token: archives::token,
        order_key: ORDER_KEY,
        secret: triggers::secret,
    }
    ListTriggersInput {
        next_token: Anything,
    }
    DeleteTriggerInput {
        trigger_name: TRIGGER,
    }
    TestTriggerInput {
        trigger_name: TRIGGER,
        event: Anything,
    }
    ListPushesInput {
        trigger_name: optional(TRIGGER),
        next_token: Anything,
    }
    CreateWebhookInput {
        webhook_name: WEBHOOK,
        url: outgoing::url,
        secret: outgoing::secret,
        format: WEBHOOK_FORMAT,
        events: WEBHOOK_EVENTS,
        applications: WEBHOOK_APPLICATIONS,
    }
    ListWebhooksInput {
        next_token: Anything,
    }
    WebhookNameInput {
        webhook_name: WEBHOOK,
    }
    ListDeadLettersInput {
        next_token: Anything,
    }
    ReplayDeadLettersInput {
        dead_letter_ids: DEAD_LETTERS,
    }

    OwnDeploymentInput {
        deployment_id: DEPLOYMENT,
    }
    ListMarksInput {
        deployment_id: DEPLOYMENT,
        next_token: Anything,
    }
    ListAuditRecordsInput {
        user: Anything,
        start_time: Anything,
        end_time: Anything,
        next_token: Anything,
    }
}
