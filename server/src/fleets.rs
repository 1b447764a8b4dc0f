//! What deploys to hosts in this process: phases, and the worker that takes reports in.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_core::queue::QueueName;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_driver::registered::Registered;
use cutover_driver::shards::Shards;
use cutover_driver::united::United;
use cutover_local::host_queues::HostQueues;
use cutover_ports::host_channel::ReportInbox;
use cutover_ports::inventory::Inventory;
use cutover_ports::queue::{Inbox, Outgoing, Queue, QueueError};
use cutover_ports::scaling::ScalingProcesses;
use cutover_ports::table::Table;
use cutover_signing::handover::Current;
use cutover_store::hosts::Hosts;
use fleet_report::Intake;
use tokio::sync::watch;

/// Reports taken in at once.
const BATCH: usize = 200;
/// How long one poll lasts.
const POLL: Duration = Duration::from_secs(20);
/// How long to rest after a failed poll.
const REST: Duration = Duration::from_millis(500);

/// The shards of this process's fleets.
pub fn shards(driver: &Driver, queues: Arc<HostQueues>, order_keys: Arc<Current>) -> Shards {
    Shards::new(driver.clone(), queues, order_keys)
}

/// The hosts that are registered here and those of these inventories.
pub fn inventory(table: Arc<dyn Table>, mut inventories: Vec<Arc<dyn Inventory>>) -> Arc<dyn Inventory> {
    inventories.push(Arc::new(Registered(Hosts::new(table))));
    Arc::new(United(inventories))
}

/// The phases of fleets with these hosts.
pub fn phases(
    shards: &Shards,
    inventory: Arc<dyn Inventory>,
    scaling: Option<Arc<dyn ScalingProcesses>>,
) -> [Arc<dyn Phase>; 2] {
    let plan = fleet_plan::phase(shards.clone(), inventory, scaling);
    [Arc::new(plan), Arc::new(fleet_dispatch::phase(shards.clone()))]
}

/// Reports go through a queue, so that a burst of them is taken in as batches.
pub struct QueuedReports(pub Arc<dyn Queue>);

#[async_trait]
impl ReportInbox for QueuedReports {
    async fn report(&self, _: &Scope, _: &str, jws: String) -> Result<(), QueueError> {
        self.0.send(Outgoing { queue: QueueName::FleetReport, body: jws, delay_ms: 0 }).await
    }
}

/// Takes reports in until `stop` turns true.
pub async fn reports(intake: Intake, inbox: Arc<dyn Inbox>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let received = tokio::select! {
            received = inbox.receive(QueueName::FleetReport, BATCH, POLL) => received,
            _ = stop.changed() => return,
        };
        let deliveries = match received {
            Ok(deliveries) => deliveries,
            Err(error) => {
                tracing::warn!(%error, "poll for reports failed");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let bodies: Vec<&str> = deliveries.iter().map(|delivery| delivery.body.as_str()).collect();
        let dealt = intake.take(&bodies).await;
        for (delivery, _) in deliveries.iter().zip(dealt).filter(|(_, dealt)| *dealt) {
            if let Err(error) = inbox.delete(delivery).await {
                tracing::debug!(%error, "a report is delivered once more");
            }
        }
    }
}
