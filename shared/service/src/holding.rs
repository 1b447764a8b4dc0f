//! Which deployments a group is busy with, for those who started one and have to find it again.

use cutover_core::audience::Callback;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::{AliasShift, PlanKind};

use crate::error::Answer;
use crate::service::Service;

/// A deployment of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: DeploymentId,
    /// The alias that it moves, and between which versions.
    pub shift: Option<AliasShift>,
    /// Whether it records that the traffic of another one is back.
    pub rollback: bool,
    /// Who waits for its outcome.
    pub callback: Option<Callback>,
}

/// What a group is busy with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// The deployment that holds it.
    pub active: Option<Held>,
    /// The last one that was created.
    pub last: Option<Held>,
}

impl Service {
    /// What the group of that name is busy with.
    pub async fn holding(&self, scope: &Scope, application: &str, group: &str) -> Answer<Holding> {
        let (application, _) = self.application(scope, application).await?;
        let (group, _) = self.group(scope, &application.id, group).await?;
        Ok(Holding {
            active: self.held(scope, group.active).await?,
            last: self.held(scope, group.last_attempted.map(|last| last.id)).await?,
        })
    }

    async fn held(&self, scope: &Scope, id: Option<DeploymentId>) -> Answer<Option<Held>> {
        let Some(id) = id else { return Ok(None) };
        let planned = self.deployments().planned(scope, &id).await?;
        Ok(planned.map(|planned| Held {
            shift: planned.plan.moves().cloned(),
            rollback: matches!(planned.plan.kind, PlanKind::Rollback { .. }),
            callback: planned.record.audience.callback.clone(),
            id,
        }))
    }
}
