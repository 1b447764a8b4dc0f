use serde_json::{Value, from_value, json};

use super::*;
use crate::rules::Valid;

fn told(members: Value) -> &'static str {
    let settings: GroupSettings = from_value(members.clone()).expect("settings");
    Valid::of(settings).map_or_else(|error| error.code, |_| "")
}

#[test]
fn every_member_of_a_group_has_its_exception() {
    let topic = "arn:aws:sns:us-east-1:123456789012:t";
    let trigger = |name: &str, arn: &str, event: &str| json!({"triggerName": name, "triggerTargetArn": arn, "triggerEvents": [event]});
    let filter = json!({"Key": "k", "Value": "v", "Type": "KEY_AND_VALUE"});
    let terminate = |mins: i64| {
        json!({"blueGreenDeploymentConfiguration": {"terminateBlueInstancesOnDeploymentSuccess":
            {"action": "TERMINATE", "terminationWaitTimeInMinutes": mins}}})
    };
    let pair = |groups: Value, listeners: Value| {
        json!({"loadBalancerInfo": {"targetGroupPairInfoList":
            [{"targetGroups": groups, "prodTrafficRoute": {"listenerArns": listeners}}]}})
    };
    let two = json!([{"name": "a"}, {"name": "b"}]);
    for (members, code) in [
        (json!({"serviceRoleArn": "role"}), "InvalidRoleException"),
        (json!({"serviceRoleArn": "arn:aws:iam::123456789012:user/u"}), "InvalidRoleException"),
        (json!({"serviceRoleArn": "arn:aws:iam::123456789012:role/path/r"}), ""),
        (
            json!({"triggerConfigurations": [trigger("", topic, "DeploymentStart")]}),
            "InvalidTriggerConfigException",
        ),
        (
            json!({"triggerConfigurations": [trigger("n", "t", "DeploymentStart")]}),
            "InvalidTriggerConfigException",
        ),
        (
            json!({"triggerConfigurations": [trigger("n", topic, "Deployment")]}),
            "InvalidTriggerConfigException",
        ),
        (json!({"triggerConfigurations": [{}]}), "InvalidTriggerConfigException"),
        (
            json!({"triggerConfigurations": vec![trigger("n", topic, "InstanceReady"); 11]}),
            "TriggerTargetsLimitExceededException",
        ),
        (json!({"triggerConfigurations": [trigger("n", topic, "InstanceReady")]}), ""),
        (json!({"ec2TagFilters": [{"Type": "KEY"}]}), "InvalidEC2TagException"),
        (json!({"ec2TagFilters": [{"Key": "k".repeat(129)}]}), "InvalidEC2TagException"),
        (json!({"onPremisesInstanceTagFilters": [{"Value": "v".repeat(257)}]}), "InvalidTagException"),
        (json!({"ec2TagFilters": [{"Key": "k".repeat(128), "Value": "v".repeat(256)}]}), ""),
        (json!({"onPremisesInstanceTagFilters": vec![&filter; 11]}), "InvalidTagException"),
        (
            json!({"ec2TagFilters": [&filter], "ec2TagSet": {"ec2TagSetList": [[&filter]]}}),
            "InvalidEC2TagCombinationException",
        ),
        (json!({"ec2TagFilters": [&filter], "ec2TagSet": {"ec2TagSetList": []}}), ""),
        (
            json!({"onPremisesInstanceTagFilters": [&filter],
                   "onPremisesTagSet": {"onPremisesTagSetList": [[&filter]]}}),
            "InvalidOnPremisesTagCombinationException",
        ),
        (json!({"ec2TagSet": {"ec2TagSetList": [[], [], [], []]}}), "TagSetListLimitExceededException"),
        (json!({"onPremisesTagSet": {"onPremisesTagSetList": [[{"Type": "x"}]]}}), "InvalidTagException"),
        (json!({"autoScalingGroups": vec!["a"; 11]}), "InvalidAutoScalingGroupException"),
        (json!({"autoScalingGroups": [""]}), "InvalidAutoScalingGroupException"),
        (json!({"outdatedInstancesStrategy": "LATER"}), "InvalidInputException"),
        (json!({"deploymentStyle": {"deploymentType": "RED"}}), "InvalidDeploymentStyleException"),
        (terminate(2_881), "InvalidBlueGreenDeploymentConfigurationException"),
        (terminate(-1), "InvalidBlueGreenDeploymentConfigurationException"),
        (terminate(2_880), ""),
        (
            json!({"blueGreenDeploymentConfiguration": {"deploymentReadyOption": {"actionOnTimeout": "WAIT"}}}),
            "InvalidBlueGreenDeploymentConfigurationException",
        ),
        (
            json!({"blueGreenDeploymentConfiguration": {"greenFleetProvisioningOption": {"action": "BUY"}}}),
            "InvalidBlueGreenDeploymentConfigurationException",
        ),
        (json!({"loadBalancerInfo": {"elbInfoList": [{}]}}), "InvalidLoadBalancerInfoException"),
        (
            json!({"loadBalancerInfo": {"targetGroupInfoList": vec![json!({"name": "a"}); 11]}}),
            "InvalidLoadBalancerInfoException",
        ),
        (pair(json!([{"name": "a"}]), json!(["l"])), "InvalidTargetGroupPairException"),
        (pair(two.clone(), json!([])), "InvalidTargetGroupPairException"),
        (pair(two.clone(), json!(["l".repeat(1_012)])), "InvalidTargetGroupPairException"),
        (pair(two, json!(["l"])), ""),
        (json!({"ecsServices": [{"clusterName": "c"}]}), "InvalidECSServiceException"),
        (
            json!({"ecsServices": [{"serviceName": "a"}, {"serviceName": "b"}]}),
            "ECSServiceMappingLimitExceededException",
        ),
        (
            json!({"ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["Launch"]}}),
            "InvalidAutoScalingGroupProcessToSuspendException",
        ),
        (
            json!({"ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": vec!["Terminate"; 5]}}),
            "InvalidAutoScalingGroupProcessToSuspendException",
        ),
        (json!({"ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["Terminate"]}}), ""),
    ] {
        assert_eq!(told(members.clone()), code, "{members}");
    }
}

#[test]
fn replacement_instances_have_one_exception() {
    let check = |members: Value| {
        let targets: TargetInstances = from_value(members).expect("target instances");
        target_instances(&targets).map_err(|error| error.code)
    };
    assert_eq!(check(json!({"tagFilters": [{"Type": "KEY"}]})), Err("InvalidTargetInstancesException"));
    assert_eq!(check(json!({"autoScalingGroups": [""]})), Err("InvalidTargetInstancesException"));
    assert_eq!(check(json!({"autoScalingGroups": ["a"]})), Ok(()));
}
