use serde_json::{Value, json};

use crate::world::{ROLE, World};

fn named(group: &str) -> Value {
    json!({"applicationName": "app", "deploymentGroupName": group})
}

async fn get(world: &World, group: &str) -> Value {
    world.ok("GetDeploymentGroup", named(group)).await["deploymentGroupInfo"].take()
}

async fn update(world: &World, members: Value) -> Value {
    let mut input = json!({"applicationName": "app", "currentDeploymentGroupName": "grp"});
    for (member, value) in members.as_object().expect("an object") {
        input[member] = value.clone();
    }
    world.ok("UpdateDeploymentGroup", input).await
}

#[tokio::test]
async fn a_minimal_server_group_reads_back_completed() {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "app"})).await;
    let input = json!({"applicationName": "app", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
    let id = world.ok("CreateDeploymentGroup", input).await["deploymentGroupId"].take();
    assert_eq!(
        get(&world, "grp").await,
        json!({"applicationName": "app", "deploymentGroupName": "grp", "deploymentGroupId": id,
            "computePlatform": "Server", "deploymentConfigName": "CodeDeployDefault.OneAtATime",
            "deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"},
            "outdatedInstancesStrategy": "UPDATE", "serviceRoleArn": ROLE, "terminationHookEnabled": false,
            "autoScalingGroups": [], "ec2TagFilters": [], "onPremisesInstanceTagFilters": [],
            "triggerConfigurations": []})
    );
}

#[tokio::test]
async fn absent_and_null_keep_and_empty_clears() {
    let alarms = json!({"enabled": true, "alarms": [{"name": "hot"}]});
    let rollback = json!({"enabled": true, "events": ["DEPLOYMENT_FAILURE"]});
    let world =
        World::with_group(json!({"alarmConfiguration": alarms, "autoRollbackConfiguration": rollback})).await;
    let before = get(&world, "grp").await;
    assert_eq!(
        before["alarmConfiguration"],
        json!({"enabled": true, "ignorePollAlarmFailure": false, "alarms": [{"name": "hot"}]})
    );
    assert_eq!(update(&world, json!({})).await, json!({"hooksNotCleanedUp": []}));
    update(&world, json!({"alarmConfiguration": null, "serviceRoleArn": null})).await;
    assert_eq!(get(&world, "grp").await, before);
    update(&world, json!({"alarmConfiguration": {"enabled": false, "alarms": []}})).await;
    let after = get(&world, "grp").await;
    assert_eq!(
        after["alarmConfiguration"],
        json!({"enabled": false, "ignorePollAlarmFailure": false, "alarms": []})
    );
    assert_eq!(after["autoRollbackConfiguration"], rollback);
    update(&world, json!({"alarmConfiguration": {}, "autoRollbackConfiguration": {}})).await;
    let after = get(&world, "grp").await;
    assert!(after.get("alarmConfiguration").is_none() && after.get("autoRollbackConfiguration").is_none());
    assert_eq!(after["deploymentGroupId"], before["deploymentGroupId"]);
}

#[tokio::test]
async fn server_members_are_kept_as_given() {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "app"})).await;
    let filter = json!([{"Key": "k", "Value": "v", "Type": "KEY_AND_VALUE"}]);
    let pair = json!([{"name": "b"}, {"name": "a"}]);
    let input = json!({"applicationName": "app", "deploymentGroupName": "grp", "serviceRoleArn": ROLE,
        "ec2TagFilters": filter, "autoScalingGroups": ["asg"], "tags": [{"Key": "a", "Value": "b"}],
        "loadBalancerInfo": {"targetGroupInfoList": pair},
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"}},
        "triggerConfigurations": [{"triggerName": "t", "triggerTargetArn": "arn:aws:sns:us-east-1:1:t",
            "triggerEvents": ["DeploymentFailure"]}]});
    world.ok("CreateDeploymentGroup", input.clone()).await;
    let got = get(&world, "grp").await;
    assert_eq!(got["autoScalingGroups"], json!([{"name": "asg"}]));
    assert_eq!(got["loadBalancerInfo"]["targetGroupInfoList"], pair);
    assert_eq!(got["triggerConfigurations"], input["triggerConfigurations"]);
    assert!(got.get("tags").is_none());
    let terminate = &got["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"];
    assert_eq!(*terminate, json!({"action": "KEEP_ALIVE", "terminationWaitTimeInMinutes": 0}));
    let in_place = json!({"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"});
    update(&world, json!({"loadBalancerInfo": {}, "autoScalingGroups": [], "deploymentStyle": in_place}))
        .await;
    let got = get(&world, "grp").await;
    assert_eq!(got["autoScalingGroups"], json!([]));
    assert!(got.get("loadBalancerInfo").is_none());
    assert!(got.get("blueGreenDeploymentConfiguration").is_some());
    update(&world, json!({"ec2TagFilters": [], "ec2TagSet": {"ec2TagSetList": [filter]}})).await;
    let got = get(&world, "grp").await;
    assert_eq!((&got["ec2TagFilters"], &got["ec2TagSet"]["ec2TagSetList"]), (&json!([]), &json!([filter])));
}

#[tokio::test]
async fn ecs_groups_show_integer_waits() {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "ECS"})).await;
    let services = json!([{"serviceName": "s", "clusterName": "c"}]);
    let input = json!({"applicationName": "app", "deploymentGroupName": "grp", "serviceRoleArn": ROLE,
        "ecsServices": services,
        "blueGreenDeploymentConfiguration": {"deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}}});
    world.ok("CreateDeploymentGroup", input).await;
    let got = get(&world, "grp").await;
    let options = &got["blueGreenDeploymentConfiguration"];
    assert_eq!(options["deploymentReadyOption"]["waitTimeInMinutes"], 0);
    assert_eq!(options["terminateBlueInstancesOnDeploymentSuccess"]["terminationWaitTimeInMinutes"], 0);
    assert_eq!((&got["ecsServices"], &got["computePlatform"]), (&services, &json!("ECS")));
}

#[tokio::test]
async fn renaming_keeps_id_and_history() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    world.run().await;
    let before = get(&world, "grp").await;
    update(&world, json!({"newDeploymentGroupName": "grp2"})).await;
    let after = get(&world, "grp2").await;
    assert_eq!(after["deploymentGroupId"], before["deploymentGroupId"]);
    assert_eq!(after["lastSuccessfulDeployment"]["deploymentId"], id.as_str());
    assert_eq!(after["lastSuccessfulDeployment"]["status"], "Succeeded");
    assert_eq!(after["targetRevision"]["revisionType"], "AppSpecContent");
    assert!(after["targetRevision"]["appSpecContent"]["sha256"].is_string());
    assert_eq!(
        world.ok("ListDeploymentGroups", json!({"applicationName": "app"})).await["deploymentGroups"],
        json!(["grp2"])
    );
    let mut other = named("grp");
    other["serviceRoleArn"] = json!(ROLE);
    world.ok("CreateDeploymentGroup", other).await;
    let clash = json!({"applicationName": "app", "currentDeploymentGroupName": "grp",
        "newDeploymentGroupName": "grp2"});
    world.refusals("UpdateDeploymentGroup", &[(clash, "DeploymentGroupAlreadyExistsException")]).await;
    let batch = json!({"applicationName": "app", "deploymentGroupNames": ["grp2", "no", "grp"]});
    let batch = world.ok("BatchGetDeploymentGroups", batch).await;
    let names: Vec<_> = batch["deploymentGroupsInfo"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| &g["deploymentGroupName"])
        .collect();
    assert_eq!(names, ["grp2", "grp"]);
    assert_eq!(batch["errorMessage"], "No Deployment Group found for name: no");
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::with_group(json!({})).await;
    let with = |member: &str, value: Value| {
        let mut input = named("new");
        input["serviceRoleArn"] = json!(ROLE);
        input[member] = value;
        input
    };
    let eleven: Vec<Value> = (0..11).map(|n| json!({"name": n.to_string()})).collect();
    world
        .refusals(
            "CreateDeploymentGroup",
            &[
                (with("deploymentGroupName", json!("grp")), "DeploymentGroupAlreadyExistsException"),
                (with("deploymentGroupName", json!("a b")), "InvalidDeploymentGroupNameException"),
                (with("deploymentGroupName", json!(null)), "DeploymentGroupNameRequiredException"),
                (with("applicationName", json!("no")), "ApplicationDoesNotExistException"),
                (with("serviceRoleArn", json!(null)), "RoleRequiredException"),
                (with("serviceRoleArn", json!("nobody")), "InvalidRoleException"),
                (with("deploymentConfigName", json!("no")), "DeploymentConfigDoesNotExistException"),
                (
                    with("deploymentConfigName", json!("CodeDeployDefault.OneAtATime")),
                    "InvalidDeploymentConfigNameException",
                ),
                (
                    with("deploymentStyle", json!({"deploymentType": "IN_PLACE"})),
                    "InvalidDeploymentStyleException",
                ),
                (
                    with("alarmConfiguration", json!({"enabled": true, "alarms": eleven})),
                    "AlarmsLimitExceededException",
                ),
                (with("alarmConfiguration", json!({"enabled": true})), "InvalidAlarmConfigException"),
                (
                    with("autoRollbackConfiguration", json!({"enabled": true})),
                    "InvalidAutoRollbackConfigException",
                ),
                (with("ecsServices", json!([{"serviceName": "s"}])), "InvalidECSServiceException"),
                (with("autoScalingGroups", json!("asg")), "SerializationException"),
                (with("tags", json!([{"Key": ""}])), "InvalidTagsToAddException"),
            ],
        )
        .await;
    world
        .refusals(
            "UpdateDeploymentGroup",
            &[
                (
                    json!({"applicationName": "app", "currentDeploymentGroupName": "no"}),
                    "DeploymentGroupDoesNotExistException",
                ),
                (json!({"applicationName": "app"}), "DeploymentGroupNameRequiredException"),
                (
                    json!({"applicationName": "app", "currentDeploymentGroupName": "grp", "newDeploymentGroupName": ""}),
                    "InvalidDeploymentGroupNameException",
                ),
                (
                    json!({"applicationName": "app", "currentDeploymentGroupName": "grp", "serviceRoleArn": ""}),
                    "InvalidRoleException",
                ),
            ],
        )
        .await;
    world
        .refusals(
            "GetDeploymentGroup",
            &[
                (named("no"), "DeploymentGroupDoesNotExistException"),
                (json!({}), "ApplicationNameRequiredException"),
            ],
        )
        .await;
    let gone = json!({"applicationName": "app", "deploymentGroupNames": []});
    world.refusals("BatchGetDeploymentGroups", &[(gone, "DeploymentGroupNameRequiredException")]).await;
    for input in [named("grp"), named("grp"), json!({"applicationName": "no", "deploymentGroupName": "x"})] {
        assert_eq!(world.ok("DeleteDeploymentGroup", input).await, json!({"hooksNotCleanedUp": []}));
    }
}
