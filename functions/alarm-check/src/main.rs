//! The Lambda function: queue batches, alarm events and the poll's schedule.

use std::sync::Arc;

use alarm_check::AlarmCheck;
use cutover_aws::alarms::CloudWatchAlarms;
use cutover_lambda::alarm::AlarmEvent;
use cutover_lambda::context::Context;
use cutover_lambda::runtime::{on_batch, run};
use serde_json::{Value, json};

fn main() -> Result<(), lambda_runtime::Error> {
    let context = Context::from_env()?;
    let check = AlarmCheck::new(Arc::new(CloudWatchAlarms::new(context.sdk.clone())), context.driver.clone());
    run(async |event: Value| {
        if event.get("Records").is_some() {
            return on_batch(&context, &check, event).await;
        }
        if event.get("detail").is_some() {
            let event: AlarmEvent = serde_json::from_value(event)?;
            let stopped = match event.active(&context.scope) {
                Some((scope, alarm)) => check.alarm_active(&scope, alarm).await?,
                None => 0,
            };
            tracing::info!(stopped, "heard of an alarm");
            return Ok(json!({ "stopped": stopped }));
        }
        let report = check.poll().await?;
        tracing::info!(?report, "polled the alarms");
        Ok(json!({ "watched": report.watched, "stopped": report.stopped, "unread": report.unread }))
    })
}
