use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Item, Table, Write};
use cutover_store::key;
use serde_json::json;

use crate::world::{ROLE, World, deployment};

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

/// A deployment that is not over, as far as it is counted.
fn live(region: &str, n: u32) -> Item {
    let (scope, id) = (Scope::new("123456789012", region), DeploymentId::new(format!("d-{n:09}")));
    let mut state = Item::new(key::state(&scope, &id), 1, "{}".to_owned());
    state.wake = Some(key::wake(&scope, &id, Timestamp::from_millis(1_800_000_000_000)));
    state
}

#[tokio::test]
async fn thirteen_hundred_deployments_may_run() {
    let world = World::with_group(json!({})).await;
    let other = json!({"applicationName": "app", "deploymentGroupName": "other", "serviceRoleArn": ROLE});
    world.ok("CreateDeploymentGroup", other).await;
    let elsewhere = (0..1_300).map(|n| live("eu-west-1", n));
    for state in (0..1_299).map(|n| live("us-east-1", n)).chain(elsewhere) {
        world.table.put_if(state, Expect::Absent).await.expect("a table");
    }
    world.deploy(json!({})).await;
    let more = deployment(json!({"deploymentGroupName": "other"}));
    let (code, message) = world.refused("CreateDeployment", more.clone()).await;
    assert_eq!(code, "DeploymentLimitExceededException");
    assert_eq!(message, "There are 1300 deployments in progress already, and no more are allowed.");
    // A group that is busy says so.
    assert!(world.refused("CreateDeployment", deployment(json!({}))).await.1.contains("'grp' already has"));
    // One is over, and counts no more.
    let key = live("us-east-1", 7).key;
    let over = vec![Write::Delete { key, expect: Expect::Anything }];
    world.table.transact(over).await.expect("a table");
    world.ok("CreateDeployment", more).await;
}

#[tokio::test]
async fn deployments_of_others_are_counted_within_a_second() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    world.run().await;
    assert_eq!(world.info(&id).await["status"], "Succeeded");
    for n in 0..1_300 {
        world.table.put_if(live("us-east-1", n), Expect::Absent).await.expect("a table");
    }
    world.pass_ms(1_000);
    world.refusals("CreateDeployment", &[(deployment(json!({})), "DeploymentLimitExceededException")]).await;
}
