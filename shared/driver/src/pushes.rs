//! Pushes: each leads to exactly one outcome, however often it is brought, and requests that wait get their turn.
//!
//! ```text
//! push ─► matching triggers ─► on_push ─┬─► create: deployment, group, push      one transaction
//!                                       ├─► wait: request, timer, push           one transaction
//!                                       └─► superseded, refused: push            one write
//! group released, or the timer ─► turn ─► next ─► create: deployment, group, push; the request gone
//! ```
//! The push is put where there is none, in the same transaction as what it leads to: whoever brings it again, or whoever
//! was quicker, finds it. A request begins to wait while its group is as it was read, so that it is there when the group
//! is released later, and whoever releases it tells.

mod maker;
mod start;
mod take;
mod timer;
mod turn;

use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_core::queue::QueueName;
use cutover_core::trigger::push::Push;
use cutover_ports::queue::Outgoing;
use cutover_ports::table::Table;
use cutover_store::codec::StoreError;
use cutover_store::triggers;
use cutover_wire::envelope::{Envelope, Message};
use sha2::{Digest, Sha256};

use crate::driver::{Driver, DriverError};

pub use maker::{Made, Maker, Ready};

/// Tries against concurrent pushes of the same group.
const TRIES: usize = 16;
/// Requests of a group that are looked at together.
const LOOK: usize = 1_000;

/// Takes pushes in. Cheap to clone.
#[derive(Clone)]
pub struct Pushes {
    driver: Driver,
    maker: Arc<dyn Maker>,
}

/// Why a push or a turn could not be dealt with. It is brought again.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The store failed.
    #[error("use the store: {0}")]
    Store(#[from] StoreError),
    /// The engine failed.
    #[error("tell a deployment: {0}")]
    Driver(#[from] DriverError),
    /// No deployment could be made of it, for a reason that may pass.
    #[error("make the deployment: {0}")]
    Making(String),
    /// Others kept committing first.
    #[error("others kept changing the group first, {TRIES} times in a row")]
    Contended,
}

impl Pushes {
    /// Over this driver; deployments are made by `maker`.
    pub fn new(driver: Driver, maker: Arc<dyn Maker>) -> Self {
        Self { driver, maker }
    }

    /// The driver below.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Whether a trigger is about the push.
    ///
    /// # Errors
    /// When the triggers cannot be read.
    pub async fn is_wanted(&self, scope: &Scope, push: &Push) -> Result<bool, PushError> {
        let all = triggers::all(self.table(), scope).await?;
        Ok(all.iter().any(|trigger| trigger.matches(push)))
    }

    /// Sends the push to the queue of pushes, for this trigger or for all.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn tell(&self, scope: &Scope, trigger: Option<&str>, push: &Push) -> Result<(), PushError> {
        let Driver { queue, clock, .. } = &self.driver;
        let envelope = Envelope::push(scope.clone(), trigger.map(str::to_owned), push.clone(), clock.now());
        let message = Outgoing { queue: QueueName::PushTrigger, body: envelope.encode(), delay_ms: 0 };
        Ok(queue.send(message).await.map_err(DriverError::from)?)
    }

    /// Deals with a message of the queue of pushes.
    ///
    /// # Errors
    /// When it must come again.
    pub async fn handle(&self, body: &str) -> Result<(), PushError> {
        match Envelope::decode(body).map_err(DriverError::from)?.message {
            Message::Push { scope, trigger, push } => {
                let outcomes = self.take_in(&scope, trigger.as_deref(), &push).await?;
                if outcomes.is_empty() {
                    tracing::debug!(source = %push.source, place = push.place, "a push that no trigger is about");
                }
                Ok(())
            }
            Message::Turn { scope, group } => self.turn(&scope, &group).await,
            Message::Wake { .. } | Message::ShardWake { .. } | Message::Notify { .. } => {
                tracing::warn!("a timer came to the queue of pushes");
                Ok(())
            }
        }
    }

    fn table(&self) -> &dyn Table {
        self.driver.deployments().table().as_ref()
    }
}

/// Names what a trigger makes of an event.
pub fn push_id(trigger: &str, push: &Push) -> String {
    let digest = Sha256::digest(format!("{trigger}\n{}\n{}", push.source, push.event));
    let mut id = String::with_capacity(40);
    cutover_core::hex::push_hex(&mut id, &digest[..20]);
    id
}
