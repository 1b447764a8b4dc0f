//! The finish transaction: the state becomes Done, the group is released or handed on, the rollback deployment or the
//! follow-up is created, the alarm watches go, what is to be told of it is noted. All or nothing, so nobody slips in between.

use cutover_core::deployment::{Deployment, Verdict};
use cutover_core::follow_up;
use cutover_core::ids::GroupId;
use cutover_core::rollback;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, TableError, Write};

use crate::codec::StoreError;
use crate::deployments::{Deployments, new_writes};
use crate::group::{self, Group, LastDeployment};
use crate::notice;
use crate::plans::Planned;
use crate::pushes;
use crate::state::{self, Stored, Sweep};
use crate::watch;

/// Tries of the transaction when the group is changed or contended at the same time.
const TRIES: usize = 8;

/// What the finish transaction left behind.
pub struct Finished {
    /// The state as stored, Done.
    pub done: Stored,
    /// The rollback deployment or the follow-up that now holds the group, if one was created.
    pub successor: Option<(Planned, Stored)>,
    /// The group, if it is free now and requests may wait for it.
    pub released: Option<GroupId>,
}

impl Deployments {
    /// Commits the Done state `next` over the one that was loaded.
    pub async fn finish(
        &self,
        planned: &Planned,
        loaded: &Stored,
        next: Deployment,
        now: Timestamp,
    ) -> Result<Finished, StoreError> {
        for nth in 0..TRIES {
            // A follow-up whose id is taken keeps no deployment from its end.
            let follows = nth < TRIES / 2;
            let (finished, writes) = self.finish_writes(planned, loaded, &next, now, follows).await?;
            match self.table.transact(writes).await {
                Ok(()) => return Ok(finished),
                Err(TableError::Condition(0)) => return Err(StoreError::Conflict),
                Err(TableError::Condition(_) | TableError::Contended) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable(format!(
            "the group was changed at the same time, {TRIES} times in a row"
        )))
    }

    async fn finish_writes(
        &self,
        planned: &Planned,
        loaded: &Stored,
        next: &Deployment,
        now: Timestamp,
        follows: bool,
    ) -> Result<(Finished, Vec<Write>), StoreError> {
        let plan = &planned.plan;
        let done =
            Stored { version: loaded.version + 1, deployment: next.clone(), sweep: Sweep::fresh(None, now) };
        let mut writes = vec![Write::Put {
            item: state::to_item(&plan.scope, plan, &done)?,
            expect: Expect::Version(loaded.version),
        }];
        writes.extend(watch::deletes(plan));
        let mut finished = Finished { done, successor: None, released: None };
        // A group that was deleted meanwhile needs no release, and gets no rollback deployment.
        if let Some((mut group, version)) =
            group::load(self.table.as_ref(), &plan.scope, &plan.group.group_id).await?
        {
            let last =
                LastDeployment { id: next.id.clone(), created_at: plan.created_at, ended_at: Some(now) };
            if next.verdict() == Some(Verdict::Succeeded) {
                group.last_successful = Some(last.clone());
                group.target_revision = Some(planned.record.revision.clone());
            }
            if group.active.as_ref() == Some(&next.id) {
                group.active = None;
                group.last_attempted = Some(last);
                if next.fleet.is_some() {
                    group.last_fleet = Some(next.id.clone());
                }
                if let Some(successor) = self.successor(planned, next, &group, now, follows).await? {
                    let (stored, new) = new_writes(&successor)?;
                    writes.extend(new);
                    group.active = Some(successor.plan.deployment.clone());
                    group.last_attempted = Some(LastDeployment {
                        id: successor.plan.deployment.clone(),
                        created_at: now,
                        ended_at: None,
                    });
                    finished.successor = Some((successor, stored));
                }
            }
            finished.released = (group.waited_for && group.active.is_none()).then(|| group.id.clone());
            writes.push(Write::Put {
                item: group.to_item(&plan.scope, version + 1)?,
                expect: Expect::Version(version),
            });
        }
        writes.extend(notice::of_end(planned, &finished, now)?);
        Ok((finished, writes))
    }

    /// What the group is handed to: a rollback deployment, or a follow-up unless a request waits. What waits is newer, and
    /// deploys to all hosts.
    async fn successor(
        &self,
        planned: &Planned,
        next: &Deployment,
        group: &Group,
        now: Timestamp,
        follows: bool,
    ) -> Result<Option<Planned>, StoreError> {
        let Planned { plan, record } = planned;
        if rollback::wanted(plan, next) {
            let (plan, record) = rollback::of(plan, record, now);
            return Ok(Some(Planned { plan, record }));
        }
        let Some(id) = follow_up::wanted(plan, next).filter(|_| follows) else { return Ok(None) };
        if group.waited_for {
            let (waiting, _) = pushes::waiting(self.table.as_ref(), &plan.scope, &group.id, 1).await?;
            if !waiting.is_empty() {
                return Ok(None);
            }
        }
        let follow_up = follow_up::of(plan, record, id, now);
        Ok(follow_up.map(|(plan, record)| Planned { plan, record }))
    }
}
