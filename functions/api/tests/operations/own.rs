use cutover_core::deployment::{Deployment, Verdict};
use cutover_core::export::{EXPORT_VERSION, Export};
use cutover_core::plan::Step;
use serde_json::{Value, json};

use crate::world::{World, appspec, deployment, revision};

#[tokio::test]
async fn planning_creates_nothing() {
    let world = World::with_group(json!({})).await;
    let plan = world.ok("PlanDeployment", deployment(json!({}))).await["timeline"].take();
    assert_eq!(plan["alias"], "fn:live");
    assert_eq!(plan["entries"].as_array().expect("entries").len(), 5);
    assert_eq!(world.ok("ListDeployments", json!({})).await["deployments"], json!([]));
    world.deploy(json!({})).await;
    assert_eq!(world.ok("PlanDeployment", deployment(json!({}))).await["timeline"], plan);
    let refused = [(deployment(json!({"revision": null})), "RevisionRequiredException")];
    world.refusals("PlanDeployment", &refused).await;
}

#[tokio::test]
async fn a_deployment_is_explained_and_its_log_read() {
    let world = World::with_group(json!({})).await;
    let id = json!({"deploymentId": world.deploy(json!({})).await});
    world.run_to_first_shift().await;
    let told = world.ok("ExplainDeployment", id.clone()).await;
    assert_eq!(told["explanation"]["status"], "InProgress");
    assert_eq!(told["explanation"]["targetWeight"], 0.1);
    assert_eq!(told["timeline"]["targetVersion"], "2");
    world.run().await;
    let log = world.ok("ListMarks", id.clone()).await;
    let marks = log["marks"].as_array().expect("marks");
    assert_eq!(marks[0]["kind"], "created");
    assert_eq!(marks.last().expect("a mark")["kind"], "done");
    assert!(log.get("nextToken").is_none());
    let unknown = json!({"deploymentId": "d-AAAAAAAAA"});
    for operation in ["ExplainDeployment", "ExportDeployment", "ListMarks", "AbandonDeployment"] {
        world.refusals(operation, &[(unknown.clone(), "DeploymentDoesNotExistException")]).await;
    }
    world.refusals("AbandonDeployment", &[(id, "DeploymentAlreadyCompletedException")]).await;
}

#[tokio::test]
async fn a_deployment_is_exported_with_its_log_and_its_rollback() {
    let events = ["DEPLOYMENT_STOP_ON_REQUEST"];
    let world =
        World::with_group(json!({"autoRollbackConfiguration": {"enabled": true, "events": events}})).await;
    let hooks = [("AfterAllowTraffic", "post")];
    let id = world.deploy(json!({"revision": revision(&appspec("1", "2", &hooks))})).await;
    let named = json!({ "deploymentId": id });
    world.run_to_first_shift().await;
    let running: Export = read(world.ok("ExportDeployment", named.clone()).await);
    assert_eq!((running.state.verdict(), running.rollback), (None, None));
    world.ok("StopDeployment", named.clone()).await;
    world.run().await;
    let whole: Export = read(world.ok("ExportDeployment", named).await);
    assert_eq!((whole.v, whole.plan.deployment.as_str()), (EXPORT_VERSION, id.as_str()));
    assert_eq!(whole.state.verdict(), Some(Verdict::Stopped));
    assert_eq!(whole.log.len(), whole.state.next_mark as usize);
    assert!(whole.state.marks.is_empty());
    assert_eq!(whole.rollback.as_ref().and_then(Deployment::verdict), Some(Verdict::Succeeded));
    let ids: Vec<_> = whole.plan.steps.iter().filter_map(execution_id).collect();
    assert_eq!(ids, [""], "nobody who reads it can answer for the hook");
    let back = json!({"deploymentId": whole.plan.rollback_id});
    let back: Export = read(world.ok("ExportDeployment", back).await);
    assert_eq!((back.record.rollback_of, back.rollback), (Some(whole.plan.deployment), None));
}

fn read(mut answer: Value) -> Export {
    serde_json::from_value(answer["export"].take()).expect("an export")
}

fn execution_id(step: &Step) -> Option<&str> {
    match step {
        Step::Hook { execution_id, .. } => Some(execution_id),
        _ => None,
    }
}

#[tokio::test]
async fn what_cannot_be_undone_can_be_abandoned() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    let named = json!({ "deploymentId": id });
    world.run_to_first_shift().await;
    world.refusals("AbandonDeployment", &[(named.clone(), "InvalidOperationException")]).await;
    *world.outside.broken.lock().unwrap() = true;
    world.ok("StopDeployment", named.clone()).await;
    for _ in 0..20 {
        world.step().await;
    }
    assert_eq!(world.info(&id).await["status"], "InProgress");
    let answer = world.ok("AbandonDeployment", named.clone()).await;
    assert_eq!(
        answer,
        json!({"deploymentId": id, "left": [{"resource": "fn:live", "before": "version 1 without weights",
            "lastSeen": "version 1 with 10 % on version 2"}]})
    );
    world.run().await;
    assert_eq!(world.info(&id).await["status"], "Stopped");
    let marks = world.ok("ListMarks", named).await["marks"].take();
    let abandoned =
        marks.as_array().expect("marks").iter().find(|m| m["kind"] == "abandoned").expect("a mark");
    assert!(abandoned["detail"].as_str().expect("text").contains("by alice"));
    *world.outside.broken.lock().unwrap() = false;
    world.deploy(json!({})).await;
}
