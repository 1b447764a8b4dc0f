//! Checks of the members of a deployment group that stand for themselves.

use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::{BlueGreenConfiguration, GroupSettings, TriggerConfig};
use cutover_wire::api::tag::TagFilter;

use crate::fields::{one_of, shortened};

/// Most triggers, tag filters, Auto Scaling groups of a group (behaviour: quotas).
const MOST: usize = 10;
/// Most tag groups (behaviour: quotas).
const TAG_GROUPS: usize = 3;
/// Longest wait before original instances are terminated, in minutes (behaviour: blue/green).
const TERMINATION_MINS: i64 = 2_880;
const TRIGGER_EVENTS: [&str; 10] = [
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

/// `arn:PARTITION:SERVICE:…`, with something in its last part.
fn is_arn(text: &str, service: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, name, _, _, rest]
        if !partition.is_empty() && name == service && !rest.is_empty())
}

/// The ARN of an IAM role. Whether it exists is not looked up.
pub(crate) fn role(arn: Option<&str>) -> Result<(), ApiError> {
    match arn {
        None | Some("") => Err(ApiError::refused("RoleRequiredException", "The serviceRoleArn is required.")),
        Some(arn) if is_arn(arn, "iam") && arn.contains(":role/") => Ok(()),
        Some(arn) => {
            let message = format!("The serviceRoleArn {:?} is not the ARN of an IAM role.", shortened(arn));
            Err(ApiError::refused("InvalidRoleException", message))
        }
    }
}

/// behaviour: triggers: at most 10, each with a name, an SNS topic and known events.
pub(crate) fn triggers(triggers: &[TriggerConfig]) -> Result<(), ApiError> {
    if triggers.len() > MOST {
        let message = format!("{} triggers are given; at most {MOST} are allowed.", triggers.len());
        return Err(ApiError::refused("TriggerTargetsLimitExceededException", message));
    }
    for trigger in triggers {
        let name = trigger.trigger_name.as_deref().unwrap_or_default();
        let target = trigger.trigger_target_arn.as_deref().unwrap_or_default();
        let events = trigger.trigger_events.as_deref().unwrap_or_default();
        let known = !events.is_empty() && events.iter().all(|e| TRIGGER_EVENTS.contains(&e.as_str()));
        if name.is_empty() || !is_arn(target, "sns") || !known {
            let message = format!(
                "A trigger has a name, the ARN of an SNS topic, and events out of {}.",
                TRIGGER_EVENTS.join(", ")
            );
            return Err(ApiError::refused("InvalidTriggerConfigException", message));
        }
    }
    Ok(())
}

/// behaviour: tag selection: at most 10 filters, at most 3 groups of them, and either filters or groups.
pub(crate) fn tag_filters(settings: &GroupSettings) -> Result<(), ApiError> {
    let ec2_sets = settings.ec2_tag_set.as_ref().and_then(|set| set.ec2_tag_set_list.as_deref());
    let on_premises_sets =
        settings.on_premises_tag_set.as_ref().and_then(|set| set.on_premises_tag_set_list.as_deref());
    let families = [
        (&settings.ec2_tag_filters, ec2_sets, "InvalidEC2TagException", "InvalidEC2TagCombinationException"),
        (
            &settings.on_premises_instance_tag_filters,
            on_premises_sets,
            "InvalidTagException",
            "InvalidOnPremisesTagCombinationException",
        ),
    ];
    for (filters, sets, invalid, combination) in families {
        let filters = filters.as_deref().unwrap_or_default();
        let sets = sets.unwrap_or_default();
        if !filters.is_empty() && !sets.is_empty() {
            let message = "Give either tag filters or a tag set, not both.";
            return Err(ApiError::refused(combination, message));
        }
        if sets.len() > TAG_GROUPS {
            let message = format!("{} tag groups are given; at most {TAG_GROUPS} are allowed.", sets.len());
            return Err(ApiError::refused("TagSetListLimitExceededException", message));
        }
        std::iter::once(filters)
            .chain(sets.iter().map(Vec::as_slice))
            .try_for_each(|f| one_group(f, invalid))?;
    }
    Ok(())
}

fn one_group(filters: &[TagFilter], code: &'static str) -> Result<(), ApiError> {
    if filters.len() > MOST {
        let message = format!("{} tag filters are given; at most {MOST} are allowed.", filters.len());
        return Err(ApiError::refused(code, message));
    }
    filters.iter().try_for_each(|filter| {
        one_of(&filter.kind, &["KEY_ONLY", "VALUE_ONLY", "KEY_AND_VALUE"], code, "The type of a tag filter")
    })
}

/// behaviour: blue/green: known words, waits of 0 or more, termination after at most 2,880 minutes.
pub(crate) fn blue_green(given: &BlueGreenConfiguration) -> Result<(), ApiError> {
    const CODE: &str = "InvalidBlueGreenDeploymentConfigurationException";
    let word = |value: Option<&Option<String>>, words: &[&str], member: &str| {
        one_of(value.unwrap_or(&None), words, CODE, member)
    };
    let terminate = given.terminate_blue_instances_on_deployment_success.as_ref();
    let ready = given.deployment_ready_option.as_ref();
    let fleet = given.green_fleet_provisioning_option.as_ref();
    word(terminate.map(|t| &t.action), &["TERMINATE", "KEEP_ALIVE"], "The termination action")?;
    word(
        ready.map(|r| &r.action_on_timeout),
        &["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"],
        "actionOnTimeout",
    )?;
    word(
        fleet.map(|f| &f.action),
        &["DISCOVER_EXISTING", "COPY_AUTO_SCALING_GROUP"],
        "The fleet provisioning action",
    )?;
    let termination = terminate.and_then(|t| t.termination_wait_time_in_minutes).unwrap_or(0);
    let wait = ready.and_then(|r| r.wait_time_in_minutes).unwrap_or(0);
    if !(0..=TERMINATION_MINS).contains(&termination) || wait < 0 {
        let message = format!(
            "terminationWaitTimeInMinutes must be 0 to {TERMINATION_MINS} and waitTimeInMinutes 0 or more."
        );
        return Err(ApiError::refused(CODE, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn settings(members: Value) -> GroupSettings {
        from_value(members).expect("settings")
    }

    #[test]
    fn roles_are_arns_of_iam() {
        for (arn, code) in [
            (None, "RoleRequiredException"),
            (Some(""), "RoleRequiredException"),
            (Some("role"), "InvalidRoleException"),
            (Some("arn:aws:iam::123456789012:user/u"), "InvalidRoleException"),
            (Some("arn:aws:sns::123456789012:role/r"), "InvalidRoleException"),
        ] {
            assert_eq!(role(arn).expect_err("a refusal").code, code, "{arn:?}");
        }
        assert!(role(Some("arn:aws:iam::123456789012:role/path/r")).is_ok());
    }

    #[test]
    fn triggers_need_name_topic_and_known_events() {
        let one = |name: &str, arn: &str, event: &str| json!({"triggerName": name, "triggerTargetArn": arn, "triggerEvents": [event]});
        let topic = "arn:aws:sns:us-east-1:123456789012:t";
        let check = |list: Vec<Value>| {
            let settings = settings(json!({ "triggerConfigurations": list }));
            triggers(&settings.trigger_configurations.unwrap_or_default())
        };
        for (list, code) in [
            (vec![one("", topic, "DeploymentStart")], "InvalidTriggerConfigException"),
            (vec![one("n", "t", "DeploymentStart")], "InvalidTriggerConfigException"),
            (vec![one("n", topic, "Deployment")], "InvalidTriggerConfigException"),
            (vec![json!({})], "InvalidTriggerConfigException"),
            (vec![one("n", topic, "InstanceReady"); 11], "TriggerTargetsLimitExceededException"),
        ] {
            assert_eq!(check(list).expect_err("a refusal").code, code);
        }
        assert!(check(vec![one("n", topic, "InstanceReady")]).is_ok());
    }

    #[test]
    fn tag_filters_are_few_and_of_one_kind() {
        let filter = json!({"Key": "k", "Value": "v", "Type": "KEY_AND_VALUE"});
        for (members, code) in [
            (json!({"ec2TagFilters": [{"Type": "KEY"}]}), "InvalidEC2TagException"),
            (json!({"onPremisesInstanceTagFilters": vec![&filter; 11]}), "InvalidTagException"),
            (
                json!({"ec2TagFilters": [&filter], "ec2TagSet": {"ec2TagSetList": [[&filter]]}}),
                "InvalidEC2TagCombinationException",
            ),
            (
                json!({"onPremisesInstanceTagFilters": [&filter],
                       "onPremisesTagSet": {"onPremisesTagSetList": [[&filter]]}}),
                "InvalidOnPremisesTagCombinationException",
            ),
            (json!({"ec2TagSet": {"ec2TagSetList": [[], [], [], []]}}), "TagSetListLimitExceededException"),
        ] {
            assert_eq!(tag_filters(&settings(members)).expect_err("a refusal").code, code);
        }
        let both = json!({"ec2TagFilters": [&filter], "ec2TagSet": {"ec2TagSetList": []}});
        assert!(tag_filters(&settings(both)).is_ok());
    }

    #[test]
    fn blue_green_waits_are_bounded() {
        let check = |members: Value| blue_green(&from_value(members).expect("a configuration"));
        let terminate = |mins: i64| {
            json!({"terminateBlueInstancesOnDeploymentSuccess":
                {"action": "TERMINATE", "terminationWaitTimeInMinutes": mins}})
        };
        for bad in [
            terminate(2_881),
            terminate(-1),
            json!({"deploymentReadyOption": {"waitTimeInMinutes": -1}}),
            json!({"deploymentReadyOption": {"actionOnTimeout": "WAIT"}}),
            json!({"greenFleetProvisioningOption": {"action": "BUY"}}),
        ] {
            let told = check(bad).expect_err("a refusal");
            assert_eq!(told.code, "InvalidBlueGreenDeploymentConfigurationException");
        }
        assert!(check(terminate(2_880)).is_ok());
    }
}
