//! ECS: RegisterTaskDefinition.

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::pipelines::TaskDefinitions;
use serde_json::Value;

use crate::caller::Place;
use crate::json::{Client, Service};
use crate::sdk::Sdk;

const ECS: Service =
    Service { place: Place { name: "ecs", id: "ECS" }, target: "AmazonEC2ContainerServiceV20141113" };

/// Task definitions of the configured account and region.
#[derive(Debug, Clone)]
pub struct EcsTaskDefinitions {
    client: Client,
}

impl EcsTaskDefinitions {
    /// Calls as whoever the SDK's configuration says.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, ECS) }
    }
}

#[async_trait]
impl TaskDefinitions for EcsTaskDefinitions {
    async fn register(&self, definition: &Value) -> Result<String, CallError> {
        let told = self.client.call("RegisterTaskDefinition", definition).await;
        let told = told.map_err(|fault| fault.into_call_error(|| "the task definition".to_owned()))?;
        let arn = told.pointer("/taskDefinition/taskDefinitionArn").and_then(Value::as_str);
        let nothing = || CallError::Transient { message: "ECS answered no ARN".to_owned() };
        arn.map(str::to_owned).ok_or_else(nothing)
    }
}
