use serde_json::json;

use crate::world::{ROLE, World};

#[tokio::test]
async fn the_thousand_and_first_is_refused() {
    let world = World::with_group(json!({})).await;
    for n in 1..1_000 {
        world.ok("CreateApplication", json!({"applicationName": format!("a{n}")})).await;
        let name = format!("g{n}");
        let group = json!({"applicationName": "app", "deploymentGroupName": name, "serviceRoleArn": ROLE});
        world.ok("CreateDeploymentGroup", group).await;
    }
    let group = json!({"applicationName": "app", "deploymentGroupName": "more", "serviceRoleArn": ROLE});
    world.refusals("CreateDeploymentGroup", &[(group, "DeploymentGroupLimitExceededException")]).await;
    let application = json!({"applicationName": "more"});
    world.refusals("CreateApplication", &[(application.clone(), "ApplicationLimitExceededException")]).await;
    world.ok("DeleteApplication", json!({"applicationName": "a1"})).await;
    world.ok("CreateApplication", application).await;
    let config = |n: u32| {
        json!({"deploymentConfigName": format!("c{n}"),
        "minimumHealthyHosts": {"type": "HOST_COUNT", "value": 1}})
    };
    for n in 0..200 {
        world.ok("CreateDeploymentConfig", config(n)).await;
    }
    world
        .refusals("CreateDeploymentConfig", &[(config(200), "DeploymentConfigLimitExceededException")])
        .await;
}
