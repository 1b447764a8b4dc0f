//! On-premises instances, and the deprecated operations on a deployment's instances.

use super::tag::{Tag, TagFilter};
use super::target::LifecycleEvent;
use super::time::Time;

shapes! {
    /// RegisterOnPremisesInstance.
    RegisterOnPremisesInstanceInput {
        instance_name: Option<String>,
        iam_session_arn: Option<String>,
        iam_user_arn: Option<String>,
    }

    /// GetOnPremisesInstance and DeregisterOnPremisesInstance.
    OnPremisesInstanceInput {
        instance_name: Option<String>,
    }

    /// What GetOnPremisesInstance answers.
    GetOnPremisesInstanceOutput {
        instance_info: InstanceInfo,
    }

    /// An on-premises instance.
    InstanceInfo {
        instance_name: String,
        iam_session_arn: Option<String>,
        iam_user_arn: Option<String>,
        instance_arn: String,
        register_time: Option<Time>,
        deregister_time: Option<Time>,
        tags: Vec<Tag>,
    }

    /// BatchGetOnPremisesInstances.
    BatchGetOnPremisesInstancesInput {
        instance_names: Option<Vec<String>>,
    }

    /// What BatchGetOnPremisesInstances answers.
    BatchGetOnPremisesInstancesOutput {
        instance_infos: Vec<InstanceInfo>,
    }

    /// ListOnPremisesInstances.
    ListOnPremisesInstancesInput {
        registration_status: Option<String>,
        tag_filters: Option<Vec<TagFilter>>,
        next_token: Option<String>,
    }

    /// What ListOnPremisesInstances answers.
    ListOnPremisesInstancesOutput {
        instance_names: Vec<String>,
        next_token: Option<String>,
    }

    /// AddTagsToOnPremisesInstances and RemoveTagsFromOnPremisesInstances.
    OnPremisesTagsInput {
        tags: Option<Vec<Tag>>,
        instance_names: Option<Vec<String>>,
    }

    /// GetDeploymentInstance.
    GetDeploymentInstanceInput {
        deployment_id: Option<String>,
        instance_id: Option<String>,
    }

    /// What GetDeploymentInstance answers.
    GetDeploymentInstanceOutput {
        instance_summary: InstanceSummary,
    }

    /// An instance in a deployment.
    InstanceSummary {
        deployment_id: String,
        instance_id: String,
        status: String,
        last_updated_at: Option<Time>,
        lifecycle_events: Vec<LifecycleEvent>,
    }

    /// BatchGetDeploymentInstances.
    BatchGetDeploymentInstancesInput {
        deployment_id: Option<String>,
        instance_ids: Option<Vec<String>>,
    }

    /// What BatchGetDeploymentInstances answers.
    BatchGetDeploymentInstancesOutput {
        instances_summary: Vec<InstanceSummary>,
        error_message: Option<String>,
    }

    /// ListDeploymentInstances.
    ListDeploymentInstancesInput {
        deployment_id: Option<String>,
        next_token: Option<String>,
        instance_status_filter: Option<Vec<String>>,
        instance_type_filter: Option<Vec<String>>,
    }

    /// What ListDeploymentInstances answers.
    ListDeploymentInstancesOutput {
        instances_list: Vec<String>,
        next_token: Option<String>,
    }
}
