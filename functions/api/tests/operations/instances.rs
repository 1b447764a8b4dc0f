use serde_json::json;

use crate::world::{ROLE, World};

#[tokio::test]
async fn only_deployments_to_server_have_instances() {
    let world = World::with_group(json!({})).await;
    let lambda = world.deploy(json!({})).await;
    world.ok("CreateApplication", json!({"applicationName": "srv"})).await;
    let group = json!({"applicationName": "srv", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
    world.ok("CreateDeploymentGroup", group).await;
    let bundle =
        json!({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "zip"}});
    let asked = json!({"applicationName": "srv", "deploymentGroupName": "grp", "revision": bundle});
    let server = world.ok("CreateDeployment", asked).await["deploymentId"].take();
    for (operation, more) in [
        ("ListDeploymentInstances", json!({})),
        ("GetDeploymentInstance", json!({"instanceId": "i-1"})),
        ("BatchGetDeploymentInstances", json!({"instanceIds": ["i-1"]})),
    ] {
        let mut input = more.clone();
        input["deploymentId"] = lambda.as_str().into();
        assert_eq!(world.refused(operation, input.clone()).await.0, "InvalidComputePlatformException");
        input["deploymentId"] = "d-ZZZZZZZZZ".into();
        assert_eq!(world.refused(operation, input).await.0, "DeploymentDoesNotExistException");
    }
    let list = world.ok("ListDeploymentInstances", json!({ "deploymentId": server })).await;
    assert_eq!(list, json!({"instancesList": []}));
    let one = json!({"deploymentId": server, "instanceId": "i-1"});
    assert_eq!(world.refused("GetDeploymentInstance", one).await.0, "InstanceDoesNotExistException");
    let some = json!({"deploymentId": server, "instanceIds": ["i-1"]});
    let some = world.ok("BatchGetDeploymentInstances", some).await;
    assert_eq!(some["instancesSummary"], json!([]));
    assert!(some["errorMessage"].as_str().is_some_and(|message| message.contains("i-1")));
    world
        .refusals(
            "ListDeploymentInstances",
            &[
                (
                    json!({"deploymentId": server, "instanceStatusFilter": ["x"]}),
                    "InvalidInstanceStatusException",
                ),
                (
                    json!({"deploymentId": server, "instanceTypeFilter": ["x"]}),
                    "InvalidInstanceTypeException",
                ),
                (json!({"deploymentId": server, "nextToken": "x"}), "InvalidNextTokenException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn no_deployment_waits_for_a_request_to_go_on() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    for operation in ["ContinueDeployment", "SkipWaitTimeForInstanceTermination"] {
        world
            .refusals(
                operation,
                &[
                    (json!({}), "DeploymentIdRequiredException"),
                    (json!({"deploymentId": "x"}), "InvalidDeploymentIdException"),
                    (json!({"deploymentId": "d-ZZZZZZZZZ"}), "DeploymentDoesNotExistException"),
                    (json!({ "deploymentId": id }), "UnsupportedActionForDeploymentTypeException"),
                ],
            )
            .await;
    }
    let wait = json!({"deploymentId": id, "deploymentWaitType": "x"});
    world.refusals("ContinueDeployment", &[(wait, "InvalidDeploymentWaitTypeException")]).await;
    world.run().await;
    let input = json!({ "deploymentId": id });
    world.refusals("ContinueDeployment", &[(input, "DeploymentAlreadyCompletedException")]).await;
}
