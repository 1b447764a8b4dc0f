//! The Lambda runtime's loop around a function.

use std::future::Future;

use cutover_driver::phase::{Bounded, Phase};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Level;

use crate::batch::{self, Batch};
use crate::context::Context;

/// Runs a function until Lambda ends it: `handle` gets every event's payload.
pub fn run<F, Fut>(handle: F) -> Result<(), Error>
where
    F: Fn(Value) -> Fut,
    Fut: Future<Output = Result<Value, Error>>,
{
    let level = std::env::var("RUST_LOG").ok().and_then(|l| l.parse().ok()).unwrap_or(Level::INFO);
    // Whatever is asked for: beyond that the runtime logs whole events, and some carry credentials or tokens.
    let level = level.min(Level::DEBUG);
    tracing_subscriber::fmt().with_max_level(level).with_ansi(false).without_time().with_target(false).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| handle(event.payload))))
}

/// Runs a queue-driven function of this phase.
pub fn run_phase<P: Phase>(phase: impl FnOnce(&Context) -> P) -> Result<(), Error> {
    let context = Context::from_env()?;
    let phase = Bounded(phase(&context));
    run(async |event| on_batch(&context, &phase, event).await)
}

/// Handles a queue event.
pub async fn on_batch(context: &Context, phase: &dyn Phase, event: Value) -> Result<Value, Error> {
    let batch: Batch = serde_json::from_value(event)?;
    let records = batch.records.len();
    let answer = batch::handle(&context.driver, phase, batch).await;
    tracing::info!(queue = %phase.queue(), records, failed = answer.batch_item_failures.len(), "handled");
    Ok(serde_json::to_value(answer)?)
}
