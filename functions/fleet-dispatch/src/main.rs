//! The Lambda function: queue batches, and the question of which key orders are checked with. It alone reads the key
//! that they are signed with, once.

use std::sync::Arc;

use cutover_aws::host_queues::SqsHosts;
use cutover_aws::secrets::ParameterStore;
use cutover_driver::acts::fleet::RunPhase;
use cutover_driver::phase::Bounded;
use cutover_driver::shards::Shards;
use cutover_lambda::context::{Context, MissingVariable, variable};
use cutover_lambda::runtime::{on_batch, run};
use cutover_ports::system::OsEntropy;
use cutover_signing::handover::Current;
use fleet_dispatch::order_key;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The phase, and the public half of the key as JSON.
type Opened = (Bounded<RunPhase>, Value);

fn main() -> Result<(), lambda_runtime::Error> {
    let (context, name) = (Context::from_env()?, variable("CUTOVER_ORDER_KEY")?);
    let opened = OnceCell::new();
    run(async |event: Value| {
        let (phase, public) = opened.get_or_try_init(|| open(&context, &name)).await?;
        match event.get("Records") {
            Some(_) => on_batch(&context, phase, event).await,
            None => Ok(public.clone()),
        }
    })
}

async fn open(context: &Context, name: &str) -> Result<Opened, lambda_runtime::Error> {
    let queues = SqsHosts::from_env(context.sdk.clone()).ok_or(MissingVariable("CUTOVER_HOST_QUEUES"))?;
    let secrets = ParameterStore::new(context.sdk.clone());
    let keys = order_key::open(&secrets, name, || OsEntropy.key()).await?;
    let public = json!({ "keyId": keys.signer().id(), "publicKey": keys.signer().public() });
    let shards = Shards::new(context.driver.clone(), Arc::new(queues), Current::new(keys));
    Ok((Bounded(fleet_dispatch::phase(shards)), public))
}
