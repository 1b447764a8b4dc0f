//! Whose turn it is, once a group is free.

use cutover_core::ids::{GroupId, Scope};
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::queue::{self, InLine, Policy};
use cutover_ports::table::TableError;
use cutover_store::codec::StoreError;
use cutover_store::group::{self, Group};
use cutover_store::pushes::{self, Waiting};

use super::maker::{Made, Start};
use super::{LOOK, PushError, Pushes};

/// Looks at the queue of one group before somebody else's turn comes.
const LOOKS: usize = 64;

impl Pushes {
    /// Gives what waits for a group its turn: drops what is too old, and starts what comes next if the group is free.
    pub async fn turn(&self, scope: &Scope, id: &GroupId) -> Result<(), PushError> {
        for _ in 0..LOOKS {
            // Both are read before the queue. One that arrives in between changes the timer; and what still waits after the
            // group was read is not what the group is at, which may be stopped for its sake.
            let timer = pushes::timer(self.table(), scope, id).await?;
            let group = group::load(self.table(), scope, id).await?;
            let (waiting, _) = pushes::waiting(self.table(), scope, id, LOOK).await?;
            if waiting.is_empty() {
                if let Some((_, version)) = timer {
                    pushes::end_timer(self.table(), scope, id, version).await?;
                }
                return Ok(());
            }
            let Some((group, _)) = group else {
                for one in &waiting {
                    self.settle(scope, id, one, Outcome::Refused(gone())).await?;
                }
                continue;
            };
            let active = group.active.is_some();
            let Some(one) = self.thin_out(scope, &group, waiting).await? else { continue };
            if active {
                return Ok(());
            }
            if !self.give_turn(scope, &group, one).await? {
                return Ok(());
            }
        }
        // More is to be done, by whoever comes next.
        self.driver.turn_or_leave(scope, id).await;
        Ok(())
    }

    /// Drops those in whose place something newer is or will be deployed, and asks the running deployment to stop if one
    /// that stays is to replace it. Gives the one that comes next.
    pub(super) async fn thin_out(
        &self,
        scope: &Scope,
        group: &Group,
        mut waiting: Vec<Waiting>,
    ) -> Result<Option<Waiting>, PushError> {
        let line: Vec<InLine<'_>> = waiting.iter().map(Waiting::in_line).collect();
        let next = queue::next(&line, group.last_order.as_ref().map(|last| &last.key));
        for place in &next.superseded {
            let one = &waiting[*place];
            let by = match group.last_order.as_ref().filter(|last| last.key > one.order) {
                Some(last) => format!("{} was started with something newer", last.deployment),
                None => "something newer came while it waited".to_owned(),
            };
            self.settle(scope, &group.id, one, Outcome::Superseded(by)).await?;
        }
        let stays = |(place, one): (usize, &Waiting)| {
            one.policy == Policy::Replace && !next.superseded.contains(&place)
        };
        if let Some(active) = &group.active
            && waiting.iter().enumerate().any(stays)
        {
            self.replace(scope, active).await?;
        }
        Ok(next.take.map(|place| waiting.swap_remove(place)))
    }

    /// Starts a deployment, or refuses it; false when there is nothing more to do for now.
    async fn give_turn(&self, scope: &Scope, group: &Group, one: Waiting) -> Result<bool, PushError> {
        let ready = match self.maker.make(scope, &one.request).await? {
            Made::Refused(why) => {
                self.settle(scope, &group.id, &one, Outcome::Refused(why)).await?;
                return Ok(true);
            }
            Made::Ready(ready) => *ready,
        };
        if ready.group.id != group.id {
            self.settle(scope, &group.id, &one, Outcome::Refused(gone())).await?;
            return Ok(true);
        }
        let newer = ready.group.last_order.as_ref().is_some_and(|last| last.key > one.order);
        if ready.group.active.is_some() || newer {
            return Ok(true);
        }
        if ready.full.is_some() {
            return Ok(false);
        }
        let created = Outcome::Created(ready.planned.plan.deployment.clone());
        let end = one.end(scope, &group.id, created.clone(), self.driver.now())?.to_vec();
        if let Start::Created(deployment) = self.start(ready, one.order, end).await? {
            tracing::info!(trigger = one.push.trigger, push = one.push.id, %deployment, "a request got its turn");
        }
        Ok(true)
    }

    /// Ends a wait; somebody else may have ended it already.
    async fn settle(
        &self,
        scope: &Scope,
        group: &GroupId,
        one: &Waiting,
        outcome: Outcome,
    ) -> Result<(), PushError> {
        tracing::info!(trigger = one.push.trigger, push = one.push.id, ?outcome, "a request ends its wait");
        let writes = one.end(scope, group, outcome, self.driver.now())?;
        match self.table().transact(writes.to_vec()).await {
            Ok(()) | Err(TableError::Condition(_)) => Ok(()),
            Err(error) => Err(StoreError::from(error).into()),
        }
    }
}

fn gone() -> String {
    "the deployment group was deleted while it waited".to_owned()
}
