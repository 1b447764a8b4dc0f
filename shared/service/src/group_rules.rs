//! From what a user sets on a group to its stored definition: merged, checked, completed.

use cutover_core::config::ComputePlatform;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::{
    BlueGreenConfiguration, BlueTermination, DeploymentReadyOption, DeploymentStyle, GroupSettings,
};
use cutover_wire::api::without_nulls;
use serde_json::{Map, Value};

use crate::alarms;
use crate::rules::rule::Rule;
use crate::rules::words::ROLE;
use crate::rules::{Ruled, Valid};

/// A group's members as the API spells them.
pub type Definition = Map<String, Value>;

/// The definition of a new group.
pub fn defined(platform: ComputePlatform, settings: &Valid<GroupSettings>) -> Result<Definition, ApiError> {
    completed(platform, &merged(&Map::new(), settings))
}

/// What an update leaves of a definition: absent members stay, empty ones go (behaviour: in updates absent
/// = keep, [] = clear).
pub(crate) fn merged(before: &Definition, update: &GroupSettings) -> Definition {
    let mut after = before.clone();
    for (member, value) in members(update) {
        if is_empty(&value) {
            after.remove(&member);
            continue;
        }
        // Filters and sets exclude each other: the one that is given replaces the other.
        let rival = match member.as_str() {
            "ec2TagFilters" => Some("ec2TagSet"),
            "ec2TagSet" => Some("ec2TagFilters"),
            "onPremisesInstanceTagFilters" => Some("onPremisesTagSet"),
            "onPremisesTagSet" => Some("onPremisesInstanceTagFilters"),
            _ => None,
        };
        rival.map(|rival| after.remove(rival));
        after.insert(member, value);
    }
    after
}

/// The checked and completed form of a definition.
pub(crate) fn completed(platform: ComputePlatform, definition: &Definition) -> Result<Definition, ApiError> {
    // What was stored was read from the same shapes, so this only fails if somebody else wrote it.
    let mut settings: GroupSettings = serde_json::from_value(Value::Object(definition.clone()))
        .map_err(|error| ApiError::internal(format!("read a deployment group's definition: {error}")))?;
    ROLE.check(&settings.service_role_arn)?;
    foreign(platform, &settings)?;
    settings.check()?;
    settings.deployment_style = Some(style(platform, settings.deployment_style.take().unwrap_or_default())?);
    copied_fleet(&settings)?;
    settings.outdated_instances_strategy.get_or_insert_with(|| "UPDATE".to_owned());
    settings.deployment_config_name.get_or_insert_with(|| platform.default_config().to_owned());
    if let Some(given) = &settings.alarm_configuration {
        settings.alarm_configuration = Some(alarms::alarms(given));
    }
    if let Some(given) = &settings.auto_rollback_configuration {
        settings.auto_rollback_configuration = Some(alarms::auto_rollback(given));
    }
    settings.blue_green_deployment_configuration =
        blue_green(platform, settings.blue_green_deployment_configuration.take());
    let mut done = members(&settings);
    if let Some(tags) = definition.get("tags") {
        done.insert("tags".to_owned(), tags.clone());
    }
    Ok(done)
}

fn members(settings: &GroupSettings) -> Definition {
    match serde_json::to_value(settings).map(without_nulls) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Whether nothing is said: an empty list, or an object of nothing but such.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

/// Members that belong to another platform are refused.
fn foreign(platform: ComputePlatform, settings: &GroupSettings) -> Result<(), ApiError> {
    use ComputePlatform::{ECS, Lambda, Server};
    let given = |member: &Option<Value>| member.as_ref().is_some_and(|value| !is_empty(value));
    let member = |name: &str| members(settings).remove(name);
    let name = platform.as_str();
    if platform != ECS && given(&member("ecsServices")) {
        let message = format!("Should not specify ECS services parameter for {name} deployment group");
        return Err(ApiError::refused("InvalidECSServiceException", message));
    }
    let instances = [
        ("autoScalingGroups", "InvalidAutoScalingGroupException"),
        ("ec2TagFilters", "InvalidEC2TagException"),
        ("ec2TagSet", "InvalidEC2TagException"),
        ("onPremisesInstanceTagFilters", "InvalidTagException"),
        ("onPremisesTagSet", "InvalidTagException"),
        ("ec2DeploymentOptions", "InvalidAutoScalingGroupProcessToSuspendException"),
    ];
    let traffic = [
        ("loadBalancerInfo", "InvalidLoadBalancerInfoException"),
        ("blueGreenDeploymentConfiguration", "InvalidBlueGreenDeploymentConfigurationException"),
    ];
    let barred = match platform {
        Server => &[][..],
        ECS => &instances[..],
        Lambda => &[instances.as_slice(), traffic.as_slice()].concat(),
    };
    for (barred, code) in barred {
        if given(&member(barred)) {
            let message = format!("For {name} deployment group, {barred} can not be specified");
            return Err(ApiError::refused(code, message));
        }
    }
    Ok(())
}

/// IN_PLACE/WITHOUT_TRAFFIC_CONTROL unless told otherwise for Server; BLUE_GREEN/WITH_TRAFFIC_CONTROL and
/// nothing else for Lambda and ECS.
fn style(platform: ComputePlatform, given: DeploymentStyle) -> Result<DeploymentStyle, ApiError> {
    let (types, options) = (["IN_PLACE", "BLUE_GREEN"], ["WITHOUT_TRAFFIC_CONTROL", "WITH_TRAFFIC_CONTROL"]);
    let place = usize::from(platform != ComputePlatform::Server);
    let kind = given.deployment_type.unwrap_or_else(|| types[place].to_owned());
    let option = given.deployment_option.unwrap_or_else(|| options[place].to_owned());
    if platform != ComputePlatform::Server && (kind != types[1] || option != options[1]) {
        let message = format!(
            "For {} deployment group, deploymentStyle must be BLUE_GREEN and WITH_TRAFFIC_CONTROL, \
             not {kind} and {option}.",
            platform.as_str()
        );
        return Err(ApiError::refused("InvalidDeploymentStyleException", message));
    }
    Ok(DeploymentStyle { deployment_type: Some(kind), deployment_option: Some(option) })
}

/// behaviour: blue/green: a fleet is copied from exactly one Auto Scaling group.
fn copied_fleet(settings: &GroupSettings) -> Result<(), ApiError> {
    let style = settings.deployment_style.as_ref().and_then(|style| style.deployment_type.as_deref());
    let options = settings.blue_green_deployment_configuration.as_ref();
    let fleet = options.and_then(|options| options.green_fleet_provisioning_option.as_ref());
    let copied = fleet.and_then(|fleet| fleet.action.as_deref()) == Some("COPY_AUTO_SCALING_GROUP");
    let groups = settings.auto_scaling_groups.as_ref().map_or(0, Vec::len);
    if style == Some("BLUE_GREEN") && copied && groups != 1 {
        let message = format!("COPY_AUTO_SCALING_GROUP needs exactly one Auto Scaling group, not {groups}.");
        return Err(ApiError::refused("InvalidAutoScalingGroupException", message));
    }
    Ok(())
}

/// Waits are integers, 0 when unset; an ECS group always shows both (behaviour: what clients rely on).
fn blue_green(
    platform: ComputePlatform,
    given: Option<BlueGreenConfiguration>,
) -> Option<BlueGreenConfiguration> {
    let mut config = given.or_else(|| (platform == ComputePlatform::ECS).then(Default::default))?;
    if platform == ComputePlatform::ECS {
        config.terminate_blue_instances_on_deployment_success.get_or_insert_with(|| BlueTermination {
            action: Some("TERMINATE".to_owned()),
            ..Default::default()
        });
        config.deployment_ready_option.get_or_insert_with(|| DeploymentReadyOption {
            action_on_timeout: Some("CONTINUE_DEPLOYMENT".to_owned()),
            ..Default::default()
        });
    }
    if let Some(terminate) = &mut config.terminate_blue_instances_on_deployment_success {
        terminate.termination_wait_time_in_minutes.get_or_insert(0);
    }
    if let Some(ready) = &mut config.deployment_ready_option {
        ready.wait_time_in_minutes.get_or_insert(0);
    }
    Some(config)
}

#[cfg(test)]
#[path = "group_rules_tests.rs"]
mod tests;
