//! notify: tells those who listen to deployments. What there is to tell stands in the table, written with what made it
//! true; here it is carried to every listener, in order, until it was taken or given up.
//!
//! ```text
//! hint, sweep ─► notices of the deployment ─► claim ─► every listener, at the same time ─► progress, next try, hint
//! ```
//! A listener that hangs or refuses keeps only itself waiting. Whoever dies between a delivery and its note leaves it to
//! be delivered once more, with the same id.

mod backoff;
mod deliver;
mod facts;
mod hosts;
mod listener;
mod tell;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::queue::QueueName;
use cutover_driver::driver::{Driver, DriverError};
use cutover_driver::phase::{Phase, not_mine};
use cutover_ports::outgoing::{EventBus, Topics, WebPoster};
use cutover_ports::secrets::Sealer;
use cutover_store::hosts::Hosts;

/// Where listeners are reached. Those of a kind that is missing are not told.
#[derive(Clone, Default)]
pub struct Outlets {
    /// SNS.
    pub topics: Option<Arc<dyn Topics>>,
    /// The event bus.
    pub bus: Option<Arc<dyn EventBus>>,
    /// Webhooks and stacks.
    pub web: Option<Arc<dyn WebPoster>>,
    /// Opens the secrets of webhooks, where they are sealed.
    pub sealer: Option<Arc<dyn Sealer>>,
}

/// Tells those who listen.
pub struct Notifier {
    driver: Driver,
    hosts: Hosts,
    outlets: Outlets,
}

/// The phase of the queue of hints.
pub fn phase(driver: Driver, outlets: Outlets) -> Notifier {
    let hosts = Hosts::new(driver.deployments().table().clone());
    Notifier { driver, hosts, outlets }
}

#[async_trait]
impl Phase for Notifier {
    fn queue(&self) -> QueueName {
        QueueName::Notify
    }

    async fn perform(&self, act: &Act) -> Outcome {
        not_mine(QueueName::Notify, act)
    }

    async fn notify(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        shard: Option<u16>,
    ) -> Result<(), DriverError> {
        let told = match shard {
            None => self.tell(scope, deployment).await,
            Some(shard) => {
                let first = ShardId::first(scope, deployment);
                self.tell_of_hosts(&ShardId { shard, ..first }).await
            }
        };
        told.map_err(|source| DriverError::Store { deployment: deployment.clone(), source })
    }
}
