//! The Lambda function: reports come in batches, and those that could not be taken in are named.

use std::sync::Arc;

use cutover_driver::shards::Shards;
use cutover_lambda::batch::{Batch, BatchAnswer};
use cutover_lambda::context::Context;
use cutover_lambda::runtime::run;
use cutover_store::hosts::Hosts;
use fleet_report::Intake;
use serde_json::Value;

fn main() -> Result<(), lambda_runtime::Error> {
    let context = Context::from_env()?;
    let hosts = Hosts::new(context.driver.deployments().table().clone());
    let intake = Intake::new(Shards::without_key(context.driver.clone()), Arc::new(hosts));
    run(async |event: Value| {
        let batch: Batch = serde_json::from_value(event)?;
        let bodies: Vec<&str> = batch.records.iter().map(|record| record.body.as_str()).collect();
        let answer = BatchAnswer::of(&batch, &intake.take(&bodies).await);
        tracing::info!(reports = bodies.len(), failed = answer.batch_item_failures.len(), "taken in");
        Ok(serde_json::to_value(answer)?)
    })
}
