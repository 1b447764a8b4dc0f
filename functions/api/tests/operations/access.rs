use api::Permit;
use cutover_core::access::Role;
use serde_json::{Value, json};

use crate::world::{ROLE, World, deployment};

async fn denied(world: &World, operation: &str, input: Value) -> String {
    let (code, message) = world.refused(operation, input).await;
    assert_eq!(code, "AccessDeniedException", "{operation}: {message}");
    message
}

#[tokio::test]
async fn a_role_reaches_as_far_as_its_operations() {
    let world = World::with_group(json!({})).await;
    let application = json!({"applicationName": "other", "computePlatform": "Lambda"});
    let hook =
        json!({"deploymentId": "d-AAAAAAAAA", "lifecycleEventHookExecutionId": "x", "status": "Failed"});
    let calls = [
        ("ListApplications", json!({})),
        ("CreateDeployment", deployment(json!({}))),
        ("CreateApplication", application),
        ("PutLifecycleEventHookExecutionStatus", hook),
    ];
    for (role, allowed) in [
        (Role::ReadOnly, [true, false, false, false]),
        (Role::Agent, [false, false, false, true]),
        (Role::Deployer, [true, true, false, true]),
        (Role::Operator, [true, true, true, true]),
    ] {
        let caller = world.with_permit(Permit::Role(role, None));
        for ((operation, input), allowed) in calls.iter().zip(allowed) {
            let target = format!("CodeDeploy_20141006.{operation}");
            let (_, error, body) = caller.raw(Some(&target), input.to_string().as_bytes()).await;
            assert_eq!(error != Some("AccessDeniedException"), allowed, "{role:?} {operation}: {body}");
        }
    }
    let message =
        denied(&world.with_permit(Permit::Role(Role::ReadOnly, None)), "DeleteApplication", json!({})).await;
    assert_eq!(
        message,
        "User: alice is not authorized to perform: codedeploy:DeleteApplication on resource: *"
    );
}

#[tokio::test]
async fn a_bound_deployer_deploys_its_own_applications_only() {
    let world = World::with_group(json!({})).await;
    let id = world.deploy(json!({})).await;
    world.ok("CreateApplication", json!({"applicationName": "other", "computePlatform": "Lambda"})).await;
    let group = json!({"applicationName": "other", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
    world.ok("CreateDeploymentGroup", group).await;
    let bound = |name: &str| {
        let permit = Permit::Role(Role::Deployer, Some(vec![name.to_owned()]));
        world.with_permit(permit)
    };
    let (mine, foreign) = (bound("app"), bound("other"));

    // Looking is free.
    foreign.ok("GetDeployment", json!({"deploymentId": id})).await;
    // Named by the request, by its deployment, by either beside the other, or not at all.
    let message = denied(&foreign, "CreateDeployment", deployment(json!({}))).await;
    assert!(
        message.ends_with("on resource: arn:aws:codedeploy:us-east-1:123456789012:application:app"),
        "{message}"
    );
    denied(&foreign, "StopDeployment", json!({"deploymentId": id})).await;
    denied(&foreign, "StopDeployment", json!({"deploymentId": id, "applicationName": "other"})).await;
    denied(&mine, "CreateDeployment", json!({"deploymentId": id, "applicationName": "other"})).await;
    denied(&mine, "StopDeployment", json!({})).await;
    let hook = json!({"deploymentId": id, "lifecycleEventHookExecutionId": "x", "status": "Failed"});
    denied(&foreign, "PutLifecycleEventHookExecutionStatus", hook).await;
    // What cannot be read for sure is not passed on.
    let twice = br#"{"deploymentId": 5, "applicationName": "app"}"#;
    let (_, error, _) = mine.raw(Some("CodeDeploy_20141006.CreateDeployment"), twice).await;
    assert_eq!(error, Some("SerializationException"));
    assert_eq!(
        mine.refused("StopDeployment", json!({"deploymentId": "d-AAAAAAAAA"})).await.0,
        "DeploymentDoesNotExistException"
    );

    // The application counts by the name that it has now.
    world.ok("UpdateApplication", json!({"applicationName": "app", "newApplicationName": "web"})).await;
    denied(&mine, "StopDeployment", json!({"deploymentId": id})).await;
    bound("web").ok("StopDeployment", json!({"deploymentId": id})).await;
}
