//! Rules of the structures that describe a deployment group.

use cutover_wire::api::deployment::TargetInstances;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::*;
use cutover_wire::api::tag::{Ec2TagSet, OnPremisesTagSet, TagFilter};

use crate::rules::rule::{Form, Rule, Text, Texts, counted, one_of};
use crate::rules::words::{AUTO_SCALING_GROUPS, EC2_TAG_FILTERS, TAG_FILTERS};

/// Most tag groups (behaviour: quotas).
const TAG_GROUPS: (usize, &str) = (3, "TagSetListLimitExceededException");
/// Most load balancers and target groups (behaviour: load balancers).
const BALANCERS: (usize, &str) = (10, "InvalidLoadBalancerInfoException");
/// Longest wait before original instances are terminated, in minutes (behaviour: blue/green).
const TERMINATION_MINS: i64 = 2_880;
/// What triggers and webhooks hear of.
pub(crate) const TRIGGER_EVENTS: &[&str] = &[
    "DeploymentStart",
    "DeploymentSuccess",
    "DeploymentFailure",
    "DeploymentStop",
    "DeploymentRollback",
    "DeploymentReady",
    "InstanceStart",
    "InstanceSuccess",
    "InstanceFailure",
    "InstanceReady",
];

/// behaviour: triggers: each with a name, an SNS topic and known events.
pub(crate) fn trigger(trigger: &TriggerConfig) -> Result<(), ApiError> {
    const CODE: &str = "InvalidTriggerConfigException";
    let text = |what, form| Text { what, form, invalid: CODE, required: Some(CODE) };
    text("name of a trigger", Form::Chars { least: 1, most: 256 }).check(&trigger.trigger_name)?;
    // The texts of refused topics have clients that wait for them: "Topic ARN" is said of real ones alone.
    text("target of a trigger", Form::Arn { service: "sns", resource: "" })
        .check(&trigger.trigger_target_arn)?;
    let events = trigger.trigger_events.as_deref().unwrap_or_default();
    counted(events.len(), "trigger event", (TRIGGER_EVENTS.len(), CODE), Some(CODE))?;
    let event = text("event of a trigger", Form::Words(TRIGGER_EVENTS));
    events.iter().try_for_each(|given| event.valid(given).map(drop))
}

/// behaviour: tag selection: three types of filters.
pub(crate) fn tag_filter(filter: &TagFilter, code: &'static str) -> Result<(), ApiError> {
    let text =
        |what, most| Text { what, form: Form::Chars { least: 0, most }, invalid: code, required: None };
    text("key of a tag filter", 128).check(&filter.key)?;
    text("value of a tag filter", 256).check(&filter.value)?;
    one_of(&filter.kind, &["KEY_ONLY", "VALUE_ONLY", "KEY_AND_VALUE"], code, "type of a tag filter")
}

/// behaviour: tag selection: at most 3 groups of at most 10 filters.
pub(crate) fn ec2_tag_set(set: &Ec2TagSet) -> Result<(), ApiError> {
    let groups = set.ec2_tag_set_list.as_deref().unwrap_or_default();
    counted(groups.len(), "tag group", TAG_GROUPS, None)?;
    groups.iter().try_for_each(|group| EC2_TAG_FILTERS.check(&Some(group.clone())))
}

/// As [`ec2_tag_set`].
pub(crate) fn on_premises_tag_set(set: &OnPremisesTagSet) -> Result<(), ApiError> {
    let groups = set.on_premises_tag_set_list.as_deref().unwrap_or_default();
    counted(groups.len(), "tag group", TAG_GROUPS, None)?;
    groups.iter().try_for_each(|group| TAG_FILTERS.check(&Some(group.clone())))
}

/// behaviour: tag selection: either filters or groups of them.
pub(crate) fn either_filters_or_sets(settings: &GroupSettings) -> Result<(), ApiError> {
    let some = |filters: &Option<Vec<TagFilter>>| filters.as_ref().is_some_and(|f| !f.is_empty());
    let sets = |list: Option<&Vec<Vec<TagFilter>>>| list.is_some_and(|l| !l.is_empty());
    let ec2 = settings.ec2_tag_set.as_ref().and_then(|set| set.ec2_tag_set_list.as_ref());
    let on_premises =
        settings.on_premises_tag_set.as_ref().and_then(|set| set.on_premises_tag_set_list.as_ref());
    let code = if some(&settings.ec2_tag_filters) && sets(ec2) {
        "InvalidEC2TagCombinationException"
    } else if some(&settings.on_premises_instance_tag_filters) && sets(on_premises) {
        "InvalidOnPremisesTagCombinationException"
    } else {
        return Ok(());
    };
    Err(ApiError::refused(code, "Give either tag filters or a tag set, not both."))
}

/// Known words; which of them go together depends on the platform.
pub(crate) fn style(style: &DeploymentStyle) -> Result<(), ApiError> {
    const CODE: &str = "InvalidDeploymentStyleException";
    one_of(&style.deployment_type, &["IN_PLACE", "BLUE_GREEN"], CODE, "deploymentType")?;
    let options = &["WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"];
    one_of(&style.deployment_option, options, CODE, "deploymentOption")
}

/// behaviour: blue/green: known words, waits of 0 or more, termination after at most 2,880 minutes.
pub(crate) fn blue_green(given: &BlueGreenConfiguration) -> Result<(), ApiError> {
    const CODE: &str = "InvalidBlueGreenDeploymentConfigurationException";
    let terminate = given.terminate_blue_instances_on_deployment_success.clone().unwrap_or_default();
    let ready = given.deployment_ready_option.clone().unwrap_or_default();
    let fleet = given.green_fleet_provisioning_option.clone().unwrap_or_default();
    one_of(&terminate.action, &["TERMINATE", "KEEP_ALIVE"], CODE, "termination action")?;
    let on_timeout = &["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"];
    one_of(&ready.action_on_timeout, on_timeout, CODE, "actionOnTimeout")?;
    let provisioning = &["DISCOVER_EXISTING", "COPY_AUTO_SCALING_GROUP"];
    one_of(&fleet.action, provisioning, CODE, "fleet provisioning action")?;
    let termination = terminate.termination_wait_time_in_minutes.unwrap_or(0);
    let wait = ready.wait_time_in_minutes.unwrap_or(0);
    if !(0..=TERMINATION_MINS).contains(&termination) || wait < 0 {
        let message = format!(
            "terminationWaitTimeInMinutes must be 0 to {TERMINATION_MINS} and waitTimeInMinutes 0 or more."
        );
        return Err(ApiError::refused(CODE, message));
    }
    Ok(())
}

/// behaviour: load balancers: named, at most 10 of each kind; a pair is two target groups and a production
/// listener. None of them is looked up.
pub(crate) fn load_balancers(info: &LoadBalancerInfo) -> Result<(), ApiError> {
    for list in [&info.elb_info_list, &info.target_group_info_list] {
        named(list.as_deref().unwrap_or_default(), BALANCERS)?;
    }
    let pairs = info.target_group_pair_info_list.as_deref().unwrap_or_default();
    counted(pairs.len(), "target group pair", (1, "InvalidTargetGroupPairException"), None)?;
    pairs.iter().try_for_each(pair)
}

fn named(list: &[Named], most: (usize, &'static str)) -> Result<(), ApiError> {
    counted(list.len(), "load balancer", most, None)?;
    let (form, invalid) = (Form::Chars { least: 1, most: 255 }, most.1);
    let name = Text { what: "name of a load balancer", form, invalid, required: Some(invalid) };
    list.iter().try_for_each(|one| name.check(&one.name))
}

fn pair(pair: &TargetGroupPair) -> Result<(), ApiError> {
    const CODE: &str = "InvalidTargetGroupPairException";
    let groups = pair.target_groups.as_deref().unwrap_or_default();
    named(groups, (2, CODE))?;
    let production = listeners(&pair.prod_traffic_route, CODE)?;
    let test = listeners(&pair.test_traffic_route, CODE)?;
    if groups.len() == 2 && production == 1 && test <= 1 {
        return Ok(());
    }
    let message = "A target group pair is two target groups, one listener in prodTrafficRoute and at most one \
                   in testTrafficRoute.";
    Err(ApiError::refused(CODE, message))
}

/// How many listeners a route has. Their ARNs are not looked up; none is longer than an ARN can be.
fn listeners(route: &Option<TrafficRoute>, code: &'static str) -> Result<usize, ApiError> {
    let arns = route.as_ref().and_then(|route| route.listener_arns.as_deref()).unwrap_or_default();
    let form = Form::Chars { least: 1, most: 1_011 };
    let listener = Text { what: "ARN of a listener", form, invalid: code, required: Some(code) };
    arns.iter().try_for_each(|arn| listener.valid(arn).map(drop))?;
    Ok(arns.len())
}

/// behaviour: Auto Scaling: four processes that may be suspended.
pub(crate) fn ec2_options(options: &Ec2DeploymentOptions) -> Result<(), ApiError> {
    const CODE: &str = "InvalidAutoScalingGroupProcessToSuspendException";
    let words = Form::Words(&["Terminate", "AZRebalance", "InstanceRefresh", "ScheduledActions"]);
    let each = Text { what: "process to suspend", form: words, invalid: CODE, required: None };
    let processes = Texts { each, most: (4, CODE), required: None };
    processes.check(&options.auto_scaling_group_processes_to_suspend)
}

/// behaviour: ECS: a service by its name and cluster.
pub(crate) fn ecs_service(service: &EcsService) -> Result<(), ApiError> {
    const CODE: &str = "InvalidECSServiceException";
    let name =
        |what| Text { what, form: Form::Chars { least: 1, most: 255 }, invalid: CODE, required: Some(CODE) };
    name("name of an ECS service").check(&service.service_name)?;
    Text { required: None, ..name("cluster of an ECS service") }.check(&service.cluster_name)
}

/// behaviour: blue/green: replacements by tags or by Auto Scaling groups.
pub(crate) fn target_instances(targets: &TargetInstances) -> Result<(), ApiError> {
    let told = |error: ApiError| ApiError::refused("InvalidTargetInstancesException", error.message);
    EC2_TAG_FILTERS.check(&targets.tag_filters).map_err(told)?;
    AUTO_SCALING_GROUPS.check(&targets.auto_scaling_groups).map_err(told)?;
    targets.ec2_tag_set.as_ref().map_or(Ok(()), ec2_tag_set).map_err(told)
}

#[cfg(test)]
#[path = "group_checks_tests.rs"]
mod tests;
