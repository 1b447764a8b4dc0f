use serde_json::json;

use crate::world::{ROLE, World, deployment};

#[tokio::test]
async fn an_application_lives_under_its_name() {
    let world = World::new();
    let app = |name: &str| json!({ "applicationName": name });
    let tags = json!([{"Key": "team", "Value": "a"}]);
    let created = world
        .ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "Lambda", "tags": tags}))
        .await;
    let got = world.ok("GetApplication", app("app")).await;
    let expected = json!({"applicationId": created["applicationId"], "applicationName": "app",
        "computePlatform": "Lambda", "createTime": 1_700_000_000.0, "linkedToGitHub": false});
    assert_eq!(got, json!({ "application": expected }));
    world.ok("CreateApplication", app("server")).await;
    assert_eq!(world.ok("GetApplication", app("server")).await["application"]["computePlatform"], "Server");
    let batch = world.ok("BatchGetApplications", json!({"applicationNames": ["server", "app"]})).await;
    assert_eq!(batch["applicationsInfo"][1], expected);
    assert_eq!(batch["applicationsInfo"][0]["applicationName"], "server");
    assert_eq!(world.ok("ListApplications", json!({})).await, json!({"applications": ["app", "server"]}));
    for _ in 0..2 {
        assert_eq!(world.ok("DeleteApplication", app("server")).await, json!({}));
    }
    let (code, message) = world.refused("GetApplication", app("server")).await;
    assert_eq!(code, "ApplicationDoesNotExistException");
    assert_eq!(message, "No application found for name: server");
    world.pass_ms(1_500);
    let again = world.ok("CreateApplication", app("server")).await;
    let got = world.ok("GetApplication", app("server")).await;
    assert_eq!(got["application"]["createTime"], 1_700_000_001.5);
    assert_eq!(got["application"]["applicationId"], again["applicationId"]);
}

#[tokio::test]
async fn renaming_keeps_groups_and_deployments() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    world.ok("UpdateApplication", json!({"applicationName": "app", "newApplicationName": "app2"})).await;
    world.ok("UpdateApplication", json!({"applicationName": "app2", "newApplicationName": "app2"})).await;
    world.ok("UpdateApplication", json!({"applicationName": "app2"})).await;
    let group = json!({"applicationName": "app2", "deploymentGroupName": "grp"});
    let got = world.ok("GetDeploymentGroup", group.clone()).await;
    assert_eq!(got["deploymentGroupInfo"]["applicationName"], "app2");
    assert_eq!(got["deploymentGroupInfo"]["lastAttemptedDeployment"]["deploymentId"], id.as_str());
    assert_eq!(world.ok("ListDeployments", group).await["deployments"], json!([id]));
    world
        .refusals(
            "GetApplication",
            &[(json!({"applicationName": "app"}), "ApplicationDoesNotExistException")],
        )
        .await;
    world.ok("CreateApplication", json!({"applicationName": "app"})).await;
    world
        .refusals(
            "UpdateApplication",
            &[
                (
                    json!({"applicationName": "app", "newApplicationName": "app2"}),
                    "ApplicationAlreadyExistsException",
                ),
                (
                    json!({"applicationName": "no", "newApplicationName": "x"}),
                    "ApplicationDoesNotExistException",
                ),
                (
                    json!({"applicationName": "no", "newApplicationName": "no"}),
                    "ApplicationDoesNotExistException",
                ),
                (
                    json!({"applicationName": "app", "newApplicationName": "a/b"}),
                    "InvalidApplicationNameException",
                ),
                (json!({"newApplicationName": "x"}), "ApplicationNameRequiredException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn deleting_takes_the_groups_along() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    world.ok("DeleteApplication", json!({"applicationName": "app"})).await;
    world.refusals("CreateDeployment", &[(deployment(json!({})), "ApplicationDoesNotExistException")]).await;
    world.run().await;
    assert_eq!(world.info(&id).await["status"], "Succeeded");
    world.ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "Lambda"})).await;
    let groups = world.ok("ListDeploymentGroups", json!({"applicationName": "app"})).await;
    assert_eq!(groups, json!({"applicationName": "app", "deploymentGroups": []}));
    let group = json!({"applicationName": "app", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
    world.ok("CreateDeploymentGroup", group).await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "app"})).await;
    let many: Vec<String> = (0..101).map(|n| format!("a{n}")).collect();
    world
        .refusals(
            "CreateApplication",
            &[
                (json!({"applicationName": "app"}), "ApplicationAlreadyExistsException"),
                (json!({"applicationName": ""}), "ApplicationNameRequiredException"),
                (json!({"applicationName": "x".repeat(101)}), "InvalidApplicationNameException"),
                (
                    json!({"applicationName": "b", "computePlatform": "Cloud"}),
                    "InvalidComputePlatformException",
                ),
                (json!({"applicationName": "b", "tags": [{"Value": "v"}]}), "InvalidTagsToAddException"),
            ],
        )
        .await;
    world
        .refusals(
            "BatchGetApplications",
            &[
                (json!({}), "ApplicationNameRequiredException"),
                (json!({"applicationNames": []}), "ApplicationNameRequiredException"),
                (json!({"applicationNames": ["app", "no"]}), "ApplicationDoesNotExistException"),
                (json!({"applicationNames": ["a b"]}), "InvalidApplicationNameException"),
                (json!({"applicationNames": many}), "BatchLimitExceededException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn regions_are_apart() {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "app"})).await;
    let elsewhere = world.at_region("eu-west-1");
    assert_eq!(elsewhere.ok("ListApplications", json!({})).await["applications"], json!([]));
    elsewhere.ok("CreateApplication", json!({"applicationName": "app"})).await;
}
