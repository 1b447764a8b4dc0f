//! What GetDeployment answers, word for word.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{World, appspec, revision};

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("text")
}

#[tokio::test]
async fn a_finished_deployment() {
    let world = World::with_group(json!({})).await;
    world
        .outside
        .answers
        .lock()
        .unwrap()
        .extend([("pre", "Succeeded"), ("post", "Succeeded")].map(|(f, s)| (f.to_owned(), s)));
    let hooks = [("BeforeAllowTraffic", "pre"), ("AfterAllowTraffic", "post")];
    let id = world
        .deploy(json!({"description": "second version", "revision": revision(&appspec("1", "2", &hooks))}))
        .await;
    assert_snapshot!("created", pretty(&world.info(&id).await));
    world.run().await;
    assert_snapshot!("finished", pretty(&world.info(&id).await));
    let target = json!({"deploymentId": id, "targetId": "fn:live"});
    assert_snapshot!("finished_target", pretty(&world.ok("GetDeploymentTarget", target).await));
}

#[tokio::test]
async fn a_failed_deployment() {
    let world = World::with_group(json!({})).await;
    world.outside.answers.lock().unwrap().insert("pre".to_owned(), "Failed");
    let spec = appspec("1", "2", &[("BeforeAllowTraffic", "pre")]);
    let id = world.deploy(json!({ "revision": revision(&spec) })).await;
    world.run().await;
    assert_snapshot!("failed", pretty(&world.info(&id).await));
    let target = json!({"deploymentId": id, "targetId": "fn:live"});
    assert_snapshot!("failed_target", pretty(&world.ok("GetDeploymentTarget", target).await));
}

#[tokio::test]
async fn a_deployment_that_is_rolled_back() {
    let events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];
    let world = World::with_group(json!({
        "alarmConfiguration": {"enabled": true, "alarms": [{"name": "hot"}]},
        "autoRollbackConfiguration": {"enabled": true, "events": events},
    }))
    .await;
    let id = world.deploy(json!({})).await;
    world.run_to_first_shift().await;
    world.outside.red.lock().unwrap().push("hot".to_owned());
    world.run().await;
    let victim = world.info(&id).await;
    assert_snapshot!("victim", pretty(&victim));
    let rollback = victim["rollbackInfo"]["rollbackDeploymentId"].as_str().expect("an id").to_owned();
    assert_snapshot!("rollback", pretty(&world.info(&rollback).await));
    let target = json!({"deploymentId": rollback, "targetId": "fn:live"});
    assert_snapshot!("rollback_target", pretty(&world.ok("GetDeploymentTarget", target).await));
    assert_eq!(
        victim["rollbackInfo"]["rollbackMessage"],
        format!(
            "Deployment {id} terminated. Automatic rollback is triggered with a DeploymentId {rollback}."
        )
    );
    let group = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    let group = world.ok("GetDeploymentGroup", group).await;
    assert_snapshot!("group_after_rollback", pretty(&group["deploymentGroupInfo"]));
}
