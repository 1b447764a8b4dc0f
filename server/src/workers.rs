//! Workers: one loop for each phase queue, many deliveries at a time.

use std::sync::Arc;
use std::time::Duration;

use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_ports::queue::{Delivery, Inbox};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Deliveries of one queue in progress at the same time.
const CONCURRENCY: usize = 256;
/// Messages taken at once.
const BATCH: usize = 64;
/// How long one poll of a queue lasts.
const POLL: Duration = Duration::from_secs(20);
/// How long to rest after a failed poll.
const REST: Duration = Duration::from_millis(500);

/// Works on the phase's queue until `stop` turns true, then lets what is in progress end.
pub async fn work(
    driver: Driver,
    inbox: Arc<dyn Inbox>,
    phase: Arc<dyn Phase>,
    mut stop: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(CONCURRENCY));
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        let Ok(free) = permits.clone().acquire_many_owned(1).await else { break };
        drop(free);
        let most = permits.available_permits().clamp(1, BATCH);
        let received = tokio::select! {
            received = inbox.receive(phase.queue(), most, POLL) => received,
            _ = stop.changed() => break,
        };
        match received {
            Ok(deliveries) => {
                for delivery in deliveries {
                    let Ok(permit) = permits.clone().acquire_owned().await else { break };
                    let (driver, inbox, phase) = (driver.clone(), inbox.clone(), phase.clone());
                    running.spawn(async move {
                        deliver(&driver, inbox.as_ref(), phase.as_ref(), &delivery).await;
                        drop(permit);
                    });
                }
            }
            Err(error) => {
                tracing::warn!(queue = %phase.queue(), %error, "poll failed");
                tokio::time::sleep(REST).await;
            }
        }
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

async fn deliver(driver: &Driver, inbox: &dyn Inbox, phase: &dyn Phase, delivery: &Delivery) {
    match driver.handle(delivery, phase).await {
        Ok(()) => {
            if let Err(error) = inbox.delete(delivery).await {
                tracing::debug!(queue = %delivery.queue, %error, "delivered once more");
            }
        }
        Err(error) => tracing::warn!(queue = %delivery.queue, %error, "left to be delivered again"),
    }
}
