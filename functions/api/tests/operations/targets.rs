use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn the_one_target_is_there_from_the_start() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    let target = json!({"deploymentId": id, "targetId": "fn:live"});
    let get = async || world.ok("GetDeploymentTarget", target.clone()).await["deploymentTarget"].take();
    let list = async |filters: Value| {
        let input = json!({"deploymentId": id, "targetFilters": filters});
        world.ok("ListDeploymentTargets", input).await
    };
    assert_eq!(list(json!(null)).await, json!({"targetIds": ["fn:live"]}));
    assert_eq!(get().await["lambdaTarget"]["status"], "Pending");
    world.run_to_first_shift().await;
    world.step().await;
    let shown = get().await["lambdaTarget"].take();
    assert_eq!(shown["lambdaFunctionInfo"]["targetVersionWeight"], 0.1);
    assert_eq!(shown["targetArn"], "arn:aws:lambda:us-east-1:123456789012:function:fn:live");
    let statuses: Vec<_> =
        shown["lifecycleEvents"].as_array().expect("events").iter().map(|e| &e["status"]).collect();
    assert_eq!(statuses, ["Succeeded", "InProgress", "Pending"]);
    assert_eq!(list(json!({"TargetStatus": ["InProgress", "Ready"]})).await["targetIds"], json!(["fn:live"]));
    assert_eq!(list(json!({"TargetStatus": ["Failed"]})).await["targetIds"], json!([]));
    assert_eq!(list(json!({"ServerInstanceLabel": ["Blue"]})).await["targetIds"], json!([]));
    world.run().await;
    let batch = json!({"deploymentId": id, "targetIds": ["fn:live"]});
    let batch = world.ok("BatchGetDeploymentTargets", batch).await;
    assert_eq!(batch["deploymentTargets"][0], get().await);
    assert_eq!(
        batch["deploymentTargets"][0]["lambdaTarget"]["lambdaFunctionInfo"]["targetVersionWeight"],
        1.0
    );
    let one = |target: Value| json!({"deploymentId": id, "targetId": target});
    world
        .refusals(
            "GetDeploymentTarget",
            &[
                (one(json!(null)), "DeploymentTargetIdRequiredException"),
                (one(json!("fn:dead")), "DeploymentTargetDoesNotExistException"),
                (json!({"targetId": "fn:live"}), "DeploymentIdRequiredException"),
                (json!({"deploymentId": "d-AAAAAAAAA", "targetId": "x"}), "DeploymentDoesNotExistException"),
            ],
        )
        .await;
    let some = |ids: Value| json!({"deploymentId": id, "targetIds": ids});
    world
        .refusals(
            "BatchGetDeploymentTargets",
            &[
                (some(json!(null)), "DeploymentTargetIdRequiredException"),
                (some(json!(["fn:live", "x"])), "DeploymentTargetDoesNotExistException"),
                (some(json!(vec!["x"; 26])), "DeploymentTargetListSizeExceededException"),
            ],
        )
        .await;
    let filtered = |filters: Value| json!({"deploymentId": id, "targetFilters": filters});
    world
        .refusals(
            "ListDeploymentTargets",
            &[
                (filtered(json!({"Colour": ["Blue"]})), "InvalidTargetFilterNameException"),
                (filtered(json!({"TargetStatus": ["Gone"]})), "InvalidInstanceStatusException"),
                (filtered(json!({"ServerInstanceLabel": ["Red"]})), "InvalidInstanceTypeException"),
                (json!({"deploymentId": id, "nextToken": "x"}), "InvalidNextTokenException"),
            ],
        )
        .await;
}
