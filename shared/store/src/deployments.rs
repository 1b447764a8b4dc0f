//! Deployments: created once, committed step by step, finished once.

use std::sync::Arc;

use cutover_core::deployment::{Deployment, Phase};
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::Plan;
use cutover_core::time::Timestamp;
use cutover_core::view::Brief;
use cutover_ports::table::{Expect, Key, Table, TableError, Write};
use futures_util::future::try_join_all;

use crate::codec::StoreError;
use crate::group::{Group, LastDeployment};
use crate::key::{self, Timed};
use crate::log;
use crate::notice;
use crate::plans::{Planned, Plans};
use crate::state::{self, Stored, Sweep};
use crate::watch;

/// The repository of deployments.
pub struct Deployments {
    pub(crate) table: Arc<dyn Table>,
    plans: Plans,
}

/// Why a deployment was not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// The id is taken: draw another.
    #[error("the deployment id is taken")]
    IdTaken,
    /// The group was changed or claimed in between, or what is written with it was: load both again.
    #[error("the group was changed in between")]
    GroupChanged,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Deployments {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { plans: Plans::new(table.clone()), table }
    }

    /// The table below.
    pub fn table(&self) -> &Arc<dyn Table> {
        &self.table
    }

    /// A deployment's plan and record.
    pub async fn planned(
        &self,
        scope: &Scope,
        id: &DeploymentId,
    ) -> Result<Option<Arc<Planned>>, StoreError> {
        self.plans.get(scope, id).await
    }

    /// A deployment's state, strongly consistent.
    pub async fn load(&self, scope: &Scope, id: &DeploymentId) -> Result<Option<Stored>, StoreError> {
        match self.table.get(&key::state(scope, id)).await? {
            Some(item) => Ok(Some(state::from_item(&item)?)),
            None => Ok(None),
        }
    }

    /// What the API shows of a deployment's state, strongly consistent.
    pub async fn brief(&self, scope: &Scope, id: &DeploymentId) -> Result<Option<Brief>, StoreError> {
        self.table.get(&key::state(scope, id)).await?.as_ref().map(state::brief).transpose()
    }

    /// Creates a deployment: state, plan, the group's claim and the alarm watches, all or nothing.
    /// `group` is the group as loaded, free, at `group_version`; `more` is written with it.
    pub async fn create(
        &self,
        planned: &Planned,
        mut group: Group,
        group_version: u64,
        more: Vec<Write>,
    ) -> Result<Stored, CreateError> {
        let plan = &planned.plan;
        group.active = Some(plan.deployment.clone());
        group.last_attempted =
            Some(LastDeployment { id: plan.deployment.clone(), created_at: plan.created_at, ended_at: None });
        let (stored, mut writes) = new_writes(planned)?;
        writes.push(Write::Put {
            item: group.to_item(&plan.scope, group_version + 1)?,
            expect: Expect::Version(group_version),
        });
        writes.extend(more);
        match self.table.transact(writes).await {
            Ok(()) => Ok(stored),
            Err(TableError::Condition(0 | 1)) => Err(CreateError::IdTaken),
            Err(TableError::Condition(_)) => Err(CreateError::GroupChanged),
            Err(error) => Err(CreateError::Store(error.into())),
        }
    }

    /// Puts the next state over the one that was loaded; [`StoreError::Conflict`] if it is no longer that.
    pub async fn commit(
        &self,
        plan: &Plan,
        loaded: &Stored,
        mut next: Deployment,
        now: Timestamp,
    ) -> Result<Stored, StoreError> {
        log::spill(self.table.as_ref(), &plan.scope, &mut next).await?;
        let mut sweep = Sweep::fresh(next.wake_at, now);
        // A claim's wake is not sent: the delivery that its worker holds comes back if the worker does not.
        sweep.sent |= matches!(next.phase, Phase::Acting { .. });
        let stored = Stored { version: loaded.version + 1, deployment: next, sweep };
        let item = state::to_item(&plan.scope, plan, &stored)?;
        self.table.put_if(item, Expect::Version(loaded.version)).await?;
        Ok(stored)
    }

    /// Notes what the sweep did about the current epoch.
    pub async fn note_sweep(&self, plan: &Plan, loaded: &Stored, sweep: Sweep) -> Result<(), StoreError> {
        let stored = Stored { version: loaded.version + 1, deployment: loaded.deployment.clone(), sweep };
        let item = state::to_item(&plan.scope, plan, &stored)?;
        Ok(self.table.put_if(item, Expect::Version(loaded.version)).await?)
    }

    /// How many deployments of the scope are not over, as far as the indexes know; counted up to `most` in each
    /// of the [`key::WAKE_BUCKETS`] buckets. Every deployment that is not over has a timer.
    pub async fn live(&self, scope: &Scope, most: usize) -> Result<usize, StoreError> {
        let until = key::wake_until(key::LAST);
        let buckets: Vec<_> = (0..key::WAKE_BUCKETS).map(key::wake_pk).collect();
        let timers = try_join_all(buckets.iter().map(|bucket| self.table.due(bucket, &until, most))).await?;
        let ours = |timer: &&Key| key::parse_deployment_pk(&timer.pk).is_some_and(|(at, _)| at == *scope);
        Ok(timers.iter().flatten().filter(ours).count())
    }

    /// Deployments and shards of one wake bucket whose timer is due by `until`, earliest first.
    pub async fn due(&self, bucket: u64, until: Timestamp, limit: usize) -> Result<Vec<Timed>, StoreError> {
        let keys = self.table.due(&key::wake_pk(bucket), &key::wake_until(until), limit).await?;
        Ok(keys.iter().filter_map(|k| key::parse_timed_pk(&k.pk)).collect())
    }
}

/// The state of a new deployment and the writes that every creation makes: state, plan, watches, and what is to be told
/// of its start.
pub(crate) fn new_writes(planned: &Planned) -> Result<(Stored, Vec<Write>), StoreError> {
    let plan = &planned.plan;
    let deployment = Deployment::new(plan);
    let sweep = Sweep::fresh(deployment.wake_at, plan.created_at);
    let stored = Stored { version: 1, deployment, sweep };
    let mut writes = vec![
        Write::Put { item: state::to_item(&plan.scope, plan, &stored)?, expect: Expect::Absent },
        Write::Put { item: planned.to_item()?, expect: Expect::Absent },
    ];
    writes.extend(watch::puts(plan)?);
    writes.extend(notice::of_start(planned)?);
    Ok((stored, writes))
}
