//! The contracts against AWS, or an emulator of it at `CUTOVER_TEST_AWS_ENDPOINT`. The emulator answers
//! for all services at one address; what stands there before is left alone.

mod alarms;
mod functions;
mod lossy;
mod queues;
mod task_definitions;
mod zip;

use std::sync::Arc;

use contract::names::unique;
use contract::pace::Pace;
use cutover_aws::provision::create_table;
use cutover_aws::sdk::Sdk;
use cutover_aws::table::DynamoTable;

/// # Panics
/// Without an endpoint: a suite that looked at nothing must not pass.
fn endpoint() -> String {
    let endpoint = std::env::var("CUTOVER_TEST_AWS_ENDPOINT");
    endpoint.expect(
        "CUTOVER_TEST_AWS_ENDPOINT must name an AWS emulator; \
         start one with tests/tools/ministack.py --port 4566",
    )
}

fn sdk() -> Sdk {
    Sdk::emulator(endpoint())
}

#[tokio::test(flavor = "multi_thread")]
async fn table() {
    let table = DynamoTable::new(sdk(), unique("contract"));
    create_table(&table).await.expect("create the table");
    create_table(&table).await.expect("find it there");
    contract::table::table_contract(|| Arc::new(table.clone()), Pace::patient()).await;
}
