use std::sync::Arc;

use serde_json::json;

use crate::world::{ROLE, World, deployment};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_creates_one_gets_the_group() {
    let world = Arc::new(World::with_group(json!({})).await);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let target = Some("CodeDeploy_20141006.CreateDeployment");
                world.raw(target, deployment(json!({})).to_string().as_bytes()).await
            })
        })
        .collect();
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await.expect("an answer") {
            (200, None, body) => won.push(body["deploymentId"].as_str().expect("an id").to_owned()),
            (400, Some("DeploymentLimitExceededException"), body) => lost.push(body["message"].clone()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won.len(), lost.len()), (1, 49));
    let text = format!("The Deployment Group 'grp' already has an active Deployment '{}'", won[0]);
    assert!(lost.iter().all(|message| *message == text), "{lost:?}");
    assert_eq!(world.ok("ListDeployments", json!({})).await["deployments"], json!(won));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_is_given_once_and_updates_are_not_lost() {
    let world = Arc::new(World::with_group(json!({})).await);
    let create: Vec<_> = (0..20)
        .map(|_| {
            let world = world.clone();
            let body =
                json!({"applicationName": "app", "deploymentGroupName": "new", "serviceRoleArn": ROLE});
            tokio::spawn(async move {
                world
                    .raw(Some("CodeDeploy_20141006.CreateDeploymentGroup"), body.to_string().as_bytes())
                    .await
                    .1
            })
        })
        .collect();
    let mut errors = Vec::new();
    for task in create {
        errors.extend(task.await.expect("an answer"));
    }
    assert_eq!(errors, ["DeploymentGroupAlreadyExistsException"; 19]);
    let members = [
        json!({"outdatedInstancesStrategy": "IGNORE"}),
        json!({"alarmConfiguration": {"enabled": true, "alarms": [{"name": "a"}]}}),
        json!({"deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes"}),
        json!({"terminationHookEnabled": true}),
    ];
    let update: Vec<_> = members
        .into_iter()
        .map(|mut body| {
            let world = world.clone();
            body["applicationName"] = json!("app");
            body["currentDeploymentGroupName"] = json!("grp");
            tokio::spawn(async move { world.ok("UpdateDeploymentGroup", body).await })
        })
        .collect();
    for task in update {
        task.await.expect("an answer");
    }
    let group = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    let info = world.ok("GetDeploymentGroup", group).await["deploymentGroupInfo"].take();
    assert_eq!(info["outdatedInstancesStrategy"], "IGNORE");
    assert_eq!(info["alarmConfiguration"]["alarms"], json!([{"name": "a"}]));
    assert_eq!(info["deploymentConfigName"], "CodeDeployDefault.LambdaCanary10Percent5Minutes");
    assert_eq!(info["terminationHookEnabled"], true);
}
