//! The Lambda function: events of EventBridge, and messages of its queue.

use std::sync::Arc;

use cutover_driver::pushes::Pushes;
use cutover_driver::shards::Shards;
use cutover_lambda::batch::{Batch, BatchAnswer};
use cutover_lambda::context::Context;
use cutover_lambda::runtime::run;
use cutover_lambda::settings::{outgoing, settings};
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_service::service::Service;
use push_trigger::PushTrigger;
use serde_json::{Value, json};

fn main() -> Result<(), lambda_runtime::Error> {
    let context = Context::from_env()?;
    // Nothing is listed here, so that any key will do.
    let settings = settings(&context.scope, OsEntropy.key());
    let service =
        Service::new(Arc::new(context.driver.clone()), Arc::new(SystemClock), Arc::new(OsEntropy), settings);
    let service = service.with_fleets(Shards::without_key(context.driver.clone()));
    let service = Arc::new(service.with_outgoing(outgoing()));
    let pushes = Pushes::new(context.driver.clone(), service.clone());
    let trigger = PushTrigger::new(pushes, service, context.scope.clone());
    run(async |event: Value| {
        if event.get("Records").is_none() {
            return Ok(json!({ "told": trigger.event(&event).await? }));
        }
        let batch: Batch = serde_json::from_value(event)?;
        let mut dealt = Vec::new();
        for record in &batch.records {
            let done = trigger.message(&record.body).await;
            if let Err(error) = &done {
                tracing::error!(message = record.message_id, %error, "left to be delivered again");
            }
            dealt.push(done.is_ok());
        }
        Ok(serde_json::to_value(BatchAnswer::of(&batch, &dealt))?)
    })
}
