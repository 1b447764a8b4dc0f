//! The driver and what it stands on.

use std::sync::Arc;

use cutover_core::ids::{DeploymentId, GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::clock::Clock;
use cutover_ports::queue::{Queue, QueueError};
use cutover_store::codec::StoreError;
use cutover_store::deployments::Deployments;
use cutover_store::fleets::Fleets;
use cutover_store::notice::Notices;
use cutover_store::plans::Planned;
use cutover_store::state::Stored;
use cutover_wire::envelope::EnvelopeError;

/// Tries of one decision against concurrent commits, and steps of one delivery.
pub(crate) const ROUNDS: usize = 8;

/// Carries messages to `decide()`. Cheap to clone.
#[derive(Clone)]
pub struct Driver {
    pub(crate) deployments: Arc<Deployments>,
    pub(crate) fleets: Arc<Fleets>,
    pub(crate) notices: Arc<Notices>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Why a message could not be handled. It is left unacknowledged and comes again.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The message makes no sense; redelivery ends in the dead-letter queue, where a person looks.
    #[error(transparent)]
    Message(#[from] EnvelopeError),
    /// The store failed.
    #[error("{deployment}: {source}")]
    Store {
        /// Which deployment.
        deployment: DeploymentId,
        /// How.
        source: StoreError,
    },
    /// The store failed, and no deployment is to blame.
    #[error("the group {group}: {source}")]
    Group {
        /// Which group.
        group: GroupId,
        /// How.
        source: StoreError,
    },
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// What it was to be taken in together with failed.
    #[error("{0}: {1}")]
    Together(DeploymentId, String),
    /// Others kept committing first.
    #[error("{0}: somebody else committed first, {ROUNDS} times in a row")]
    Contended(DeploymentId),
}

impl Driver {
    /// The time, by the clock of this process.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Over this store, queue and clock.
    pub fn new(deployments: Arc<Deployments>, queue: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> Self {
        let fleets = Arc::new(Fleets::new(deployments.table().clone()));
        let notices = Arc::new(Notices::new(deployments.table().clone()));
        Self { deployments, fleets, notices, queue, clock }
    }

    /// The repository it commits to.
    pub fn deployments(&self) -> &Arc<Deployments> {
        &self.deployments
    }

    /// The repository of their fleets.
    pub fn fleets(&self) -> &Arc<Fleets> {
        &self.fleets
    }

    /// What there is to tell of them.
    pub fn notices(&self) -> &Arc<Notices> {
        &self.notices
    }

    /// Sends a new deployment's first wake. If that is lost, the sweep sends it.
    pub async fn start(&self, planned: &Planned, stored: &Stored) -> Result<(), QueueError> {
        self.hint_or_leave(planned, planned.plan.start_at.ms_since(self.now())).await;
        self.publish(&planned.plan, &stored.deployment).await
    }

    pub(crate) async fn load(
        &self,
        scope: &Scope,
        id: &DeploymentId,
    ) -> Result<Option<(Arc<Planned>, Stored)>, DriverError> {
        let failed = |source| DriverError::Store { deployment: id.clone(), source };
        let Some(planned) = self.deployments.planned(scope, id).await.map_err(failed)? else {
            return Ok(None);
        };
        let stored = self.deployments.load(scope, id).await.map_err(failed)?;
        Ok(stored.map(|stored| (planned, stored)))
    }
}
