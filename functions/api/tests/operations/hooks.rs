use serde_json::{Value, json};

use crate::world::{World, appspec, revision};

#[tokio::test]
async fn the_first_answer_of_a_running_hook_counts() {
    let world = World::with_group(json!({})).await;
    let spec = appspec("1", "2", &[("BeforeAllowTraffic", "pre")]);
    let id = world.deploy(json!({ "revision": revision(&spec) })).await;
    while world.outside.invoked.lock().unwrap().is_empty() {
        assert!(world.step().await, "the hook is not invoked");
    }
    let (_, deployment, execution) = world.outside.invoked.lock().unwrap()[0].clone();
    assert_eq!(deployment, id);
    let put = |id: &str, execution: &str, status: Value| json!({"deploymentId": id, "lifecycleEventHookExecutionId": execution, "status": status});
    let bad_status = "InvalidLifecycleEventHookExecutionStatusException";
    let bad_id = "InvalidLifecycleEventHookExecutionIdException";
    let operation = "PutLifecycleEventHookExecutionStatus";
    world
        .refusals(
            operation,
            &[
                (put(&id, &execution, json!("Skipped")), bad_status),
                (put(&id, &execution, json!(null)), bad_status),
                (put(&id, "x", json!("Succeeded")), bad_id),
                (json!({"deploymentId": id, "status": "Succeeded"}), bad_id),
                (put("d-AAAAAAAAA", &execution, json!("Succeeded")), "DeploymentDoesNotExistException"),
                (put("d-1", &execution, json!("Succeeded")), "InvalidDeploymentIdException"),
                (json!({"status": "Succeeded"}), "DeploymentIdRequiredException"),
            ],
        )
        .await;
    let answer = world.ok(operation, put(&id, &execution, json!("Succeeded"))).await;
    assert_eq!(answer, json!({ "lifecycleEventHookExecutionId": execution }));
    let late = [(put(&id, &execution, json!("Failed")), "LifecycleEventAlreadyCompletedException")];
    world.refusals(operation, &late).await;
    world.run().await;
    world.refusals(operation, &late).await;
    assert_eq!(world.info(&id).await["status"], "Succeeded");
}
