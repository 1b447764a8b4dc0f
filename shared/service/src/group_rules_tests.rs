use serde_json::{from_value, json};

use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

fn definition(members: Value) -> Definition {
    let mut members = members.as_object().expect("an object").clone();
    members.insert("serviceRoleArn".to_owned(), ROLE.into());
    members
}

#[test]
fn a_minimal_group_is_completed_by_platform() {
    for (platform, expected) in [
        (
            ComputePlatform::Server,
            json!({"deploymentConfigName": "CodeDeployDefault.OneAtATime", "outdatedInstancesStrategy": "UPDATE",
                "deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}}),
        ),
        (
            ComputePlatform::Lambda,
            json!({"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce", "outdatedInstancesStrategy": "UPDATE",
                "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}}),
        ),
        (
            ComputePlatform::ECS,
            json!({"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce", "outdatedInstancesStrategy": "UPDATE",
                "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
                "blueGreenDeploymentConfiguration": {
                    "terminateBlueInstancesOnDeploymentSuccess":
                        {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0},
                    "deploymentReadyOption":
                        {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}}}),
        ),
    ] {
        let done = completed(platform, &definition(json!({}))).expect("a definition");
        assert_eq!(done, definition(expected));
        assert_eq!(completed(platform, &done).expect("the same again"), done);
    }
}

#[test]
fn members_of_other_platforms_are_refused() {
    use ComputePlatform::{ECS, Lambda, Server};
    let filter = json!([{"Key": "k", "Type": "KEY_ONLY"}]);
    let style = |kind: &str, option: &str| json!({"deploymentStyle": {"deploymentType": kind, "deploymentOption": option}});
    for (platform, members, code, text) in [
        (
            Server,
            json!({"ecsServices": [{"serviceName": "s"}]}),
            "InvalidECSServiceException",
            "Should not specify ECS services parameter for Server deployment group",
        ),
        (
            ECS,
            json!({"autoScalingGroups": ["a"]}),
            "InvalidAutoScalingGroupException",
            "For ECS deployment group, autoScalingGroups can not be specified",
        ),
        (Lambda, json!({"ec2TagFilters": filter}), "InvalidEC2TagException", "Lambda"),
        (Lambda, json!({"onPremisesInstanceTagFilters": filter}), "InvalidTagException", "Lambda"),
        (
            Lambda,
            json!({"loadBalancerInfo": {"elbInfoList": [{"name": "n"}]}}),
            "InvalidLoadBalancerInfoException",
            "Lambda",
        ),
        (Lambda, style("IN_PLACE", "WITH_TRAFFIC_CONTROL"), "InvalidDeploymentStyleException", "BLUE_GREEN"),
        (
            Lambda,
            style("BLUE_GREEN", "WITHOUT_TRAFFIC_CONTROL"),
            "InvalidDeploymentStyleException",
            "BLUE_GREEN",
        ),
        (Server, style("SIDEWAYS", "WITH_TRAFFIC_CONTROL"), "InvalidDeploymentStyleException", "SIDEWAYS"),
        (Server, json!({"outdatedInstancesStrategy": "KEEP"}), "InvalidInputException", "KEEP"),
    ] {
        let told = completed(platform, &definition(members)).expect_err("a refusal");
        assert_eq!(told.code, code);
        assert!(told.message.contains(text), "{told}");
    }
    let empty = json!({"ecsServices": [], "ec2TagFilters": [], "loadBalancerInfo": {}});
    assert!(completed(Lambda, &definition(empty)).is_ok());
}

#[test]
fn absent_keeps_and_empty_clears() {
    let filter = json!([{"Key": "k", "Value": "v", "Type": "KEY_AND_VALUE"}]);
    let before = definition(json!({
        "ec2TagFilters": filter,
        "alarmConfiguration": {"enabled": true, "alarms": [{"name": "a"}]},
        "loadBalancerInfo": {"elbInfoList": [{"name": "n"}]},
        "terminationHookEnabled": true,
        "tags": [["k", "v"]],
    }));
    let update = |members: Value| merged(&before, &from_value(members).expect("settings"));
    assert_eq!(update(json!({})), before);
    assert_eq!(update(json!({"ec2TagFilters": null, "alarmConfiguration": null})), before);
    let cleared = update(json!({"ec2TagFilters": [], "alarmConfiguration": {}, "loadBalancerInfo": {},
        "terminationHookEnabled": false}));
    assert_eq!(cleared, definition(json!({"terminationHookEnabled": false, "tags": [["k", "v"]]})));
    let switched = update(json!({"ec2TagSet": {"ec2TagSetList": [filter]}}));
    assert!(!switched.contains_key("ec2TagFilters") && switched.contains_key("ec2TagSet"));
    let off = update(json!({"alarmConfiguration": {"enabled": false, "alarms": []}}));
    assert_eq!(off["alarmConfiguration"]["enabled"], false);
}

#[test]
fn a_fleet_is_copied_from_one_auto_scaling_group() {
    let told = |kind: &str, groups: Value| {
        let members = json!({
            "deploymentStyle": {"deploymentType": kind}, "autoScalingGroups": groups,
            "blueGreenDeploymentConfiguration": {
                "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}}});
        completed(ComputePlatform::Server, &definition(members)).map(drop).map_err(|error| error.code)
    };
    assert_eq!(told("BLUE_GREEN", json!([])), Err("InvalidAutoScalingGroupException"));
    assert_eq!(told("BLUE_GREEN", json!(["a", "b"])), Err("InvalidAutoScalingGroupException"));
    assert_eq!(told("BLUE_GREEN", json!(["a"])), Ok(()));
    assert_eq!(told("IN_PLACE", json!([])), Ok(()), "the options stay where they mean nothing");
}
