//! Task definitions of ECS.

use contract::names::unique;
use cutover_aws::task_definitions::EcsTaskDefinitions;
use cutover_ports::call::CallError;
use cutover_ports::pipelines::TaskDefinitions;
use serde_json::json;

#[tokio::test]
async fn every_registration_is_a_revision_of_its_own() {
    let definitions = EcsTaskDefinitions::new(crate::sdk());
    let family = unique("contract");
    let definition = json!({ "family": family, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
        "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "web", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web@sha256:0a" }] });
    for revision in [1, 2] {
        let arn = definitions.register(&definition).await.expect("it is registered");
        let end = format!(":task-definition/{family}:{revision}");
        assert!(arn.starts_with("arn:aws:ecs:us-east-1:") && arn.ends_with(&end), "{arn}");
    }
    let told = definitions.register(&json!({ "containerDefinitions": [] })).await;
    assert!(matches!(told, Err(CallError::Refused { .. })), "{told:?}");
}
