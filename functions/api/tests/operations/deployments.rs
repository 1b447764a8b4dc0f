use serde_json::{Value, json};

use crate::world::{ROLE, World, appspec, deployment, revision};

#[tokio::test]
async fn created_is_visible_first_and_the_group_is_taken() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    assert_eq!(world.info(&id).await["status"], "Created");
    let (code, message) = world.refused("CreateDeployment", deployment(json!({}))).await;
    assert_eq!(code, "DeploymentLimitExceededException");
    assert_eq!(message, format!("The Deployment Group 'grp' already has an active Deployment '{id}'"));
    world.run_to_first_shift().await;
    assert_eq!(world.info(&id).await["status"], "InProgress");
    world.run().await;
    assert_eq!(world.info(&id).await["status"], "Succeeded");
    let next = json!({"revision": revision(&appspec("2", "3", &[]))});
    let next = world.deploy(next).await;
    let info = world.info(&next).await;
    assert_eq!(info["previousRevision"], world.info(&id).await["revision"]);
}

const ECS_SPEC: &str = r#"{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service",
    "Properties": {"TaskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1",
    "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 80}}}}]}"#;

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::with_group(json!({})).await;
    for (name, platform) in [("srv", "Server"), ("ecs", "ECS")] {
        world.ok("CreateApplication", json!({"applicationName": name, "computePlatform": platform})).await;
        let group = json!({"applicationName": name, "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
        world.ok("CreateDeploymentGroup", group).await;
    }
    let with = |member: &str, value: Value| deployment(json!({ member: value }));
    let on = |name: &str, config: &str| {
        deployment(json!({"applicationName": name, "deploymentConfigName": config}))
    };
    let mut ecs = on("ecs", "CodeDeployDefault.ECSAllAtOnce");
    ecs["revision"] = revision(ECS_SPEC);
    world
        .refusals(
            "CreateDeployment",
            &[
                (json!({}), "ApplicationNameRequiredException"),
                (with("applicationName", json!("no")), "ApplicationDoesNotExistException"),
                (with("deploymentGroupName", json!(null)), "DeploymentGroupNameRequiredException"),
                (with("deploymentGroupName", json!("no")), "DeploymentGroupDoesNotExistException"),
                (with("deploymentConfigName", json!("no")), "DeploymentConfigDoesNotExistException"),
                (with("deploymentConfigName", json!("")), "InvalidDeploymentConfigNameException"),
                (
                    with("deploymentConfigName", json!("CodeDeployDefault.ECSAllAtOnce")),
                    "InvalidDeploymentConfigNameException",
                ),
                (with("description", json!("x".repeat(257))), "DescriptionTooLongException"),
                (with("fileExistsBehavior", json!("ASK")), "InvalidFileExistsBehaviorException"),
                (
                    with("ignoreApplicationStopFailures", json!(true)),
                    "InvalidIgnoreApplicationStopFailuresValueException",
                ),
                (
                    with("updateOutdatedInstancesOnly", json!(true)),
                    "InvalidUpdateOutdatedInstancesOnlyValueException",
                ),
                (with("targetInstances", json!({"tagFilters": []})), "InvalidTargetInstancesException"),
                (with("overrideAlarmConfiguration", json!({"enabled": true})), "InvalidAlarmConfigException"),
                (
                    with("autoRollbackConfiguration", json!({"events": ["NEVER"]})),
                    "InvalidAutoRollbackConfigException",
                ),
                (with("revision", json!(null)), "RevisionRequiredException"),
                (with("revision", json!({"revisionType": "S3"})), "InvalidRevisionException"),
                (with("revision", json!("x")), "SerializationException"),
                (on("srv", "CodeDeployDefault.OneAtATime"), "InvalidRevisionException"),
                (ecs, "InvalidECSServiceException"),
            ],
        )
        .await;
    let elsewhere = world.at_region("eu-west-1");
    elsewhere.ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "Lambda"})).await;
    let group = json!({"applicationName": "app", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
    elsewhere.ok("CreateDeploymentGroup", group).await;
    let (code, message) = elsewhere.refused("CreateDeployment", deployment(json!({}))).await;
    assert_eq!(code, "InvalidInputException");
    assert!(
        message.contains("in the region us-east-1, and the request is signed for eu-west-1"),
        "{message}"
    );
    let input = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    assert_eq!(world.ok("ListDeployments", input).await["deployments"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_deployed_is_created_and_fails_at_its_start() {
    let world = World::with_group(json!({"autoRollbackConfiguration":
        {"enabled": true, "events": ["DEPLOYMENT_FAILURE"]}}))
    .await;
    world.ok("CreateApplication", json!({"applicationName": "srv"})).await;
    let group = json!({"applicationName": "srv", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
    world.ok("CreateDeploymentGroup", group).await;
    let broken = appspec("1", "2", &[]).replace("\"1\"", "\"one\"");
    let wrong_digest = json!({"revisionType": "AppSpecContent",
        "appSpecContent": {"content": appspec("1", "2", &[]), "sha256": "0".repeat(64)}});
    let bundle =
        json!({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "zip"}});
    for (application, revision, code, said) in [
        ("app", revision(&broken), "INVALID_REVISION", "line 1, column"),
        ("app", wrong_digest, "INVALID_REVISION", "sha256"),
        ("app", revision(&appspec("1", "1", &[])), "INVALID_REVISION", "nothing to shift"),
        ("srv", bundle, "NO_INSTANCES", "no instances were found"),
    ] {
        let config = (application == "srv").then_some("CodeDeployDefault.OneAtATime");
        let asked = json!({"applicationName": application, "revision": revision});
        let mut asked = deployment(asked);
        if let Some(config) = config {
            asked["deploymentConfigName"] = config.into();
        }
        let (planned, _) = world.refused("PlanDeployment", asked.clone()).await;
        let why =
            if application == "srv" { "InvalidComputePlatformException" } else { "InvalidRevisionException" };
        assert_eq!(planned, why);
        let id = world.ok("CreateDeployment", asked).await["deploymentId"].take();
        let id = id.as_str().expect("an id");
        assert_eq!(world.info(id).await["status"], "Created");
        world.run().await;
        let info = world.info(id).await;
        assert_eq!((&info["status"], &info["errorInformation"]["code"]), (&json!("Failed"), &json!(code)));
        let message = info["errorInformation"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(said), "{message}");
        assert!(info["startTime"].is_number() && info["completeTime"].is_number(), "{info}");
        assert_eq!(info["deploymentOverview"]["Failed"], 0);
        assert_eq!(info["rollbackInfo"], json!(null));
        let targets = world.ok("ListDeploymentTargets", json!({ "deploymentId": id })).await;
        assert_eq!(targets, json!({"targetIds": []}));
        world.ok("ExplainDeployment", json!({ "deploymentId": id })).await;
    }
}

#[tokio::test]
async fn digests_and_string_revisions_are_accepted() {
    let world = World::with_group(json!({})).await;
    let content = appspec("1", "2", &[]);
    let string = json!({"revisionType": "String", "string": {"content": content}});
    let id = world.deploy(json!({ "revision": string })).await;
    let shown = world.info(&id).await["revision"].take();
    let digest = shown["string"]["sha256"].as_str().expect("a digest").to_owned();
    world.run().await;
    let content =
        json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content, "sha256": digest}});
    let id = world.deploy(json!({ "revision": content })).await;
    assert_eq!(world.info(&id).await["revision"], content);
}

#[tokio::test]
async fn stopping_is_pending_until_it_is_over() {
    let world = World::with_group(json!({})).await;
    let stop = |id: &str| json!({"deploymentId": id, "autoRollbackEnabled": true});
    let id = world.deploy(json!({})).await;
    world.run_to_first_shift().await;
    for _ in 0..2 {
        let answer = world.ok("StopDeployment", stop(&id)).await;
        assert_eq!(answer["status"], "Pending");
        assert!(answer["statusMessage"].is_string());
    }
    world.run().await;
    world.refusals("StopDeployment", &[(stop(&id), "DeploymentAlreadyCompletedException")]).await;
    let info = world.info(&id).await;
    assert_eq!(
        (&info["status"], &info["errorInformation"]["code"]),
        (&json!("Stopped"), &json!("MANUAL_STOP"))
    );
    assert!(info["rollbackInfo"]["rollbackDeploymentId"].is_string());
    let early = world.deploy(json!({})).await;
    let answer = world.ok("StopDeployment", json!({ "deploymentId": early })).await;
    assert_eq!(answer["status"], "Succeeded");
    world.run().await;
    let info = world.info(&early).await;
    assert_eq!(info["status"], "Stopped");
    assert!(info.get("rollbackInfo").is_none());
    world
        .refusals(
            "StopDeployment",
            &[
                (json!({}), "DeploymentIdRequiredException"),
                (json!({"deploymentId": "d-1"}), "InvalidDeploymentIdException"),
                (json!({"deploymentId": "d-AAAAAAAAA"}), "DeploymentDoesNotExistException"),
                (json!({"deploymentId": early, "autoRollbackEnabled": "yes"}), "SerializationException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn alarms_and_rollbacks_of_the_request_override_the_groups() {
    let world = World::with_group(json!({
        "alarmConfiguration": {"enabled": true, "alarms": [{"name": "hot"}]},
        "autoRollbackConfiguration": {"enabled": true, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
    }))
    .await;
    world.outside.red.lock().unwrap().push("hot".to_owned());
    let id = world.deploy(json!({})).await;
    world.run().await;
    let info = world.info(&id).await;
    assert_eq!(
        (&info["status"], &info["errorInformation"]["code"]),
        (&json!("Stopped"), &json!("ALARM_ACTIVE"))
    );
    assert!(info.get("overrideAlarmConfiguration").is_none());
    let rescue = json!({"overrideAlarmConfiguration": {"enabled": false, "alarms": [{"name": "hot"}]},
        "autoRollbackConfiguration": {"enabled": false}});
    let id = world.deploy(rescue).await;
    world.run().await;
    let info = world.info(&id).await;
    assert_eq!(info["status"], "Succeeded");
    assert_eq!(info["overrideAlarmConfiguration"]["enabled"], false);
    assert_eq!(info["autoRollbackConfiguration"], json!({"enabled": false, "events": []}));
}

#[tokio::test]
async fn lists_are_filtered_and_newest_first() {
    let world = World::with_group(json!({})).await;
    let first = world.deploy(json!({})).await;
    world.run().await;
    world.pass_ms(3_600_000);
    let second = world.deploy(json!({"revision": revision(&appspec("9", "3", &[]))})).await;
    world.run().await;
    world.pass_ms(3_600_000);
    let third = world.deploy(json!({"revision": revision(&appspec("2", "3", &[]))})).await;
    let group = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    let list = async |more: Value| {
        let mut input = group.clone();
        for (member, value) in more.as_object().expect("an object") {
            input[member] = value.clone();
        }
        world.ok("ListDeployments", input).await["deployments"].take()
    };
    assert_eq!(list(json!({})).await, json!([third, second, first]));
    assert_eq!(world.ok("ListDeployments", json!({})).await["deployments"], json!([third, second, first]));
    assert_eq!(list(json!({"includeOnlyStatuses": ["Failed", "Created"]})).await, json!([third, second]));
    assert_eq!(list(json!({"includeOnlyStatuses": ["Queued"]})).await, json!([]));
    let start = 1_700_000_000;
    assert_eq!(list(json!({"createTimeRange": {"start": start, "end": start}})).await, json!([first]));
    assert_eq!(list(json!({"createTimeRange": {"start": start + 1}})).await, json!([third, second]));
    assert_eq!(list(json!({"createTimeRange": {"end": 1e30}})).await, json!([third, second, first]));
    assert_eq!(list(json!({"externalId": "stack"})).await, json!([]));
    // Nothing is linked to an external id, whatever it looks like.
    for external in [third.as_str(), "app", "stack"] {
        let named = json!({"externalId": external});
        assert_eq!(world.ok("DeleteResourcesByExternalId", named).await, json!({}));
    }
    assert_eq!(list(json!({})).await, json!([third, second, first]));
    let batch = json!({"deploymentIds": [second, "d-AAAAAAAAA", first]});
    let batch = world.ok("BatchGetDeployments", batch).await["deploymentsInfo"].take();
    let ids: Vec<_> = batch.as_array().expect("deployments").iter().map(|d| &d["deploymentId"]).collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
    world
        .refusals(
            "ListDeployments",
            &[
                (json!({"applicationName": "app"}), "DeploymentGroupNameRequiredException"),
                (json!({"deploymentGroupName": "grp"}), "ApplicationNameRequiredException"),
                (json!({"includeOnlyStatuses": ["Done"]}), "InvalidDeploymentStatusException"),
                (json!({"createTimeRange": {"start": 2, "end": 1}}), "InvalidTimeRangeException"),
                (json!({"createTimeRange": {"start": "now"}}), "SerializationException"),
            ],
        )
        .await;
    world
        .refusals(
            "BatchGetDeployments",
            &[
                (json!({}), "DeploymentIdRequiredException"),
                (json!({"deploymentIds": ["x"]}), "InvalidDeploymentIdException"),
                (json!({"deploymentIds": vec!["d-AAAAAAAAA"; 101]}), "BatchLimitExceededException"),
            ],
        )
        .await;
}
