//! The Lambda function: jobs of CodePipeline.

use std::sync::Arc;

use cutover_aws::artifacts::S3Artifacts;
use cutover_aws::code_pipeline::CodePipeline;
use cutover_aws::task_definitions::EcsTaskDefinitions;
use cutover_driver::shards::Shards;
use cutover_lambda::context::Context;
use cutover_lambda::runtime::run;
use cutover_lambda::settings::{outgoing, settings};
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_service::service::Service;
use pipeline_action::{Outside, PipelineAction};
use serde_json::{Value, json};

fn main() -> Result<(), lambda_runtime::Error> {
    let action = open(&Context::from_env()?);
    run(async |event: Value| {
        action.handle(&event).await?;
        Ok(json!({}))
    })
}

fn open(context: &Context) -> PipelineAction {
    let driver = Arc::new(context.driver.clone());
    // Nothing is listed here, so that any key will do.
    let settings = settings(&context.scope, OsEntropy.key());
    let service = Service::new(driver, Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    let service = service.with_fleets(Shards::without_key(context.driver.clone())).with_outgoing(outgoing());
    let outside = Outside {
        pipelines: Arc::new(CodePipeline::new(context.sdk.clone())),
        artifacts: Arc::new(S3Artifacts::new(context.sdk.clone())),
        task_definitions: Arc::new(EcsTaskDefinitions::new(context.sdk.clone())),
    };
    let table = context.driver.deployments().table().clone();
    PipelineAction::new(service, (table, Arc::new(SystemClock)), outside, context.scope.clone())
}
