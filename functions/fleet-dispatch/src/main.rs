//! The Lambda function: queue batches, and questions about the key of orders, `{"cutover": "order-key"}`. It alone reads
//! that key.

use std::sync::Arc;

use cutover_aws::host_queues::SqsHosts;
use cutover_aws::secrets::ParameterStore;
use cutover_driver::acts::fleet::RunPhase;
use cutover_driver::phase::Bounded;
use cutover_driver::shards::Shards;
use cutover_lambda::context::{Context, MissingVariable, variable};
use cutover_lambda::runtime::{on_batch, run};
use cutover_ports::clock::Clock;
use cutover_ports::system::{OsEntropy, SystemClock};
use fleet_dispatch::order_key::OrderKeySecret;
use serde_json::Value;
use tokio::sync::OnceCell;

struct Opened {
    phase: Bounded<RunPhase>,
    key: OrderKeySecret,
}

fn main() -> Result<(), lambda_runtime::Error> {
    let (context, name) = (Context::from_env()?, variable("CUTOVER_ORDER_KEY")?);
    let opened = OnceCell::new();
    run(async |event: Value| {
        let Opened { phase, key } = opened.get_or_try_init(|| open(&context, &name)).await?;
        let now = SystemClock.now();
        if event.get("Records").is_some() {
            key.refresh(now).await;
            return on_batch(&context, phase, event).await;
        }
        let question = event["cutover"].as_str().unwrap_or_default();
        let answer = key.answer(question, || OsEntropy.key(), now).await?;
        Ok(answer.ok_or("ask {\"cutover\": \"order-key\"} or {\"cutover\": \"rotate-order-key\"}")?)
    })
}

async fn open(context: &Context, name: &str) -> Result<Opened, lambda_runtime::Error> {
    let queues = SqsHosts::from_env(context.sdk.clone()).ok_or(MissingVariable("CUTOVER_HOST_QUEUES"))?;
    let secrets = Arc::new(ParameterStore::new(context.sdk.clone()));
    let key = OrderKeySecret::open(secrets, name.to_owned(), || OsEntropy.key(), SystemClock.now()).await?;
    let shards = Shards::new(context.driver.clone(), Arc::new(queues), key.current());
    Ok(Opened { phase: Bounded(fleet_dispatch::phase(shards)), key })
}
