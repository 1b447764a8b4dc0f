//! The start of a deployment that a push asks for.

use cutover_core::trigger::order::OrderKey;
use cutover_ports::table::Write;
use cutover_store::codec::StoreError;
use cutover_store::deployments::CreateError;
use cutover_store::group::LastOrder;

use super::maker::{Ready, Start};
use super::{PushError, Pushes};

impl Pushes {
    /// Creates the deployment; its group keeps the order key, and `also` is written with it.
    pub(super) async fn start(
        &self,
        ready: Ready,
        key: OrderKey,
        also: Vec<Write>,
    ) -> Result<Start, PushError> {
        let Ready { planned, mut group, version, mut more, .. } = ready;
        let deployment = planned.plan.deployment.clone();
        group.last_order = Some(LastOrder { key, deployment: deployment.clone() });
        more.extend(also);
        match self.driver.deployments().create(&planned, group, version, more).await {
            Ok(stored) => {
                if let Err(error) = self.driver.start(&planned, &stored).await {
                    tracing::warn!(%deployment, %error, "first wake left to the sweep");
                }
                Ok(Start::Created(deployment))
            }
            Err(CreateError::Store(error @ StoreError::Broken(_))) => Err(error.into()),
            // Whether it has landed, the push tells.
            Err(CreateError::IdTaken | CreateError::GroupChanged | CreateError::Store(_)) => Ok(Start::Again),
        }
    }
}
