use serde_json::{Value, json};

use crate::world::{ROLE, World};

fn canary(name: &str, percentage: i64, interval: i64) -> Value {
    json!({"deploymentConfigName": name, "computePlatform": "Lambda", "trafficRoutingConfig": {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": percentage, "canaryInterval": interval}}})
}

fn linear(percentage: i64, interval: i64) -> Value {
    json!({"deploymentConfigName": "l", "computePlatform": "Lambda", "trafficRoutingConfig": {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": percentage, "linearInterval": interval}}})
}

async fn get(world: &World, name: &str) -> Value {
    let input = json!({ "deploymentConfigName": name });
    world.ok("GetDeploymentConfig", input).await["deploymentConfigInfo"].take()
}

#[tokio::test]
async fn predefined_ones_are_there_and_stay() {
    let world = World::new();
    let listed = world.ok("ListDeploymentConfigs", json!({})).await;
    assert_eq!(listed["deploymentConfigsList"].as_array().expect("names").len(), 17);
    assert_eq!(
        get(&world, "CodeDeployDefault.OneAtATime").await,
        json!({"deploymentConfigId": "00000000-0000-0000-0000-000000000001",
            "deploymentConfigName": "CodeDeployDefault.OneAtATime", "computePlatform": "Server",
            "minimumHealthyHosts": {"type": "MOST_CONCURRENCY", "value": 1}})
    );
    let linear = get(&world, "CodeDeployDefault.LambdaLinear10PercentEvery1Minute").await;
    assert_eq!(
        linear["trafficRoutingConfig"],
        json!({"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 1}})
    );
    world
        .refusals(
            "DeleteDeploymentConfig",
            &[
                (
                    json!({"deploymentConfigName": "CodeDeployDefault.OneAtATime"}),
                    "InvalidOperationException",
                ),
                (json!({}), "DeploymentConfigNameRequiredException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn custom_ones_read_back_as_given() {
    let world = World::new();
    let id = world.ok("CreateDeploymentConfig", canary("slow", 99, 2_880)).await["deploymentConfigId"].take();
    assert_eq!(
        get(&world, "slow").await,
        json!({"deploymentConfigId": id, "deploymentConfigName": "slow", "computePlatform": "Lambda",
            "createTime": 1_700_000_000.0, "trafficRoutingConfig": {"type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": 99, "canaryInterval": 2_880}}})
    );
    let zonal = json!({"monitorDurationInSeconds": 60,
        "minimumHealthyHostsPerZone": {"type": "HOST_COUNT", "value": 1}});
    let server = json!({"deploymentConfigName": "hosts", "zonalConfig": zonal,
        "minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 75}});
    world.ok("CreateDeploymentConfig", server).await;
    let got = get(&world, "hosts").await;
    assert_eq!((&got["zonalConfig"], &got["computePlatform"]), (&zonal, &json!("Server")));
    assert_eq!(got["minimumHealthyHosts"], json!({"type": "FLEET_PERCENT", "value": 75}));
    let all = json!({"deploymentConfigName": "all", "computePlatform": "ECS",
        "trafficRoutingConfig": {"type": "AllAtOnce"}});
    world.ok("CreateDeploymentConfig", all).await;
    assert_eq!(get(&world, "all").await["trafficRoutingConfig"], json!({"type": "AllAtOnce"}));
    let names = world.ok("ListDeploymentConfigs", json!({})).await;
    assert_eq!(
        names["deploymentConfigsList"].as_array().expect("names")[17..],
        [json!("all"), json!("hosts"), json!("slow")]
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::new();
    world.ok("CreateDeploymentConfig", canary("c", 10, 5)).await;
    let routing = "InvalidTrafficRoutingConfigurationException";
    let healthy = "InvalidMinimumHealthyHostValueException";
    let server = |minimum: Value| json!({"deploymentConfigName": "s", "minimumHealthyHosts": minimum});
    let mut both = canary("b", 10, 5);
    both["minimumHealthyHosts"] = json!({"type": "HOST_COUNT", "value": 1});
    let mut mixed = canary("m", 10, 5);
    mixed["trafficRoutingConfig"]["type"] = json!("TimeBasedLinear");
    world
        .refusals(
            "CreateDeploymentConfig",
            &[
                (canary("c", 10, 5), "DeploymentConfigAlreadyExistsException"),
                (canary("CodeDeployDefault.Mine", 10, 5), "InvalidDeploymentConfigNameException"),
                (canary("a b", 10, 5), "InvalidDeploymentConfigNameException"),
                (json!({}), "DeploymentConfigNameRequiredException"),
                (canary("x", 0, 5), routing),
                (canary("x", 100, 5), routing),
                (canary("x", 10, 0), routing),
                (canary("x", 10, 2_881), routing),
                (linear(1, 30), routing),
                (mixed, routing),
                (json!({"deploymentConfigName": "x", "computePlatform": "Lambda"}), routing),
                (
                    json!({"deploymentConfigName": "x", "computePlatform": "Cloud"}),
                    "InvalidComputePlatformException",
                ),
                (both, healthy),
                (json!({"deploymentConfigName": "x"}), healthy),
                (server(json!({"type": "FLEET_PERCENT", "value": 101})), healthy),
                (server(json!({"type": "HOST_COUNT", "value": -1})), healthy),
                (server(json!({"type": "MOST_CONCURRENCY", "value": 1})), healthy),
                (
                    json!({"deploymentConfigName": "x", "computePlatform": "Lambda", "zonalConfig": {},
                        "trafficRoutingConfig": {"type": "AllAtOnce"}}),
                    "InvalidZonalDeploymentConfigurationException",
                ),
            ],
        )
        .await;
    world
        .refusals(
            "GetDeploymentConfig",
            &[
                (json!({"deploymentConfigName": "no"}), "DeploymentConfigDoesNotExistException"),
                (json!({"deploymentConfigName": "x".repeat(101)}), "InvalidDeploymentConfigNameException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn one_in_use_stays_until_no_group_uses_it() {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "Lambda"})).await;
    world.ok("CreateDeploymentConfig", canary("slow", 10, 5)).await;
    let slow = json!({"deploymentConfigName": "slow"});
    for group in ["a", "b"] {
        let input = json!({"applicationName": "app", "deploymentGroupName": group, "serviceRoleArn": ROLE,
            "deploymentConfigName": "slow"});
        world.ok("CreateDeploymentGroup", input).await;
    }
    let in_use = [(slow.clone(), "DeploymentConfigInUseException")];
    world.refusals("DeleteDeploymentConfig", &in_use).await;
    world.ok("DeleteDeploymentGroup", json!({"applicationName": "app", "deploymentGroupName": "a"})).await;
    world.refusals("DeleteDeploymentConfig", &in_use).await;
    let update = json!({"applicationName": "app", "currentDeploymentGroupName": "b",
        "deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"});
    world.ok("UpdateDeploymentGroup", update).await;
    for _ in 0..2 {
        assert_eq!(world.ok("DeleteDeploymentConfig", slow.clone()).await, json!({}));
    }
    world.refusals("GetDeploymentConfig", &[(slow, "DeploymentConfigDoesNotExistException")]).await;
}
