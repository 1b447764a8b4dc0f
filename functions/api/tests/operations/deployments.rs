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
    let wrong_digest = json!({"revisionType": "AppSpecContent",
        "appSpecContent": {"content": appspec("1", "2", &[]), "sha256": "0".repeat(64)}});
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
                (with("revision", wrong_digest), "InvalidRevisionException"),
                (with("revision", json!("x")), "SerializationException"),
                (on("srv", "CodeDeployDefault.OneAtATime"), "InvalidRevisionException"),
                (on("ecs", "CodeDeployDefault.ECSAllAtOnce"), "InvalidRevisionException"),
            ],
        )
        .await;
    let broken = appspec("1", "2", &[]).replace("\"1\"", "\"one\"");
    let (code, message) = world.refused("CreateDeployment", with("revision", revision(&broken))).await;
    assert_eq!(code, "InvalidRevisionException");
    assert!(message.contains("line 1, column"), "{message}");
    let server = on("srv", "CodeDeployDefault.OneAtATime");
    assert!(world.refused("CreateDeployment", server).await.1.contains("Server are not supported yet"));
    let input = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    assert_eq!(world.ok("ListDeployments", input).await["deployments"], json!([]));
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
