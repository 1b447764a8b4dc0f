//! A push comes in.

use cutover_core::event::Event;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::PlanKind;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::push::Push;
use cutover_core::trigger::queue::{self, MOST_WAITING, OnPush, Policy, Standing};
use cutover_core::trigger::rule::Trigger;
use cutover_ports::table::{Expect, TableError, Write};
use cutover_store::codec::StoreError;
use cutover_store::group::Group;
use cutover_store::pushes::{self, PUSH_VERSION, PushRecord, QueueTimer, Waiting};
use cutover_store::{key, triggers};

use super::maker::{Made, Ready, Start};
use super::timer::FIRST_LOOK_MS;
use super::{LOOK, PushError, Pushes, TRIES, push_id};

impl Pushes {
    /// Takes a push in: what became of it, by trigger. Only `trigger`, if one is named, is asked; otherwise all are.
    ///
    /// # Errors
    /// When one of them could not be dealt with. The others were: the push may be brought again.
    pub async fn take_in(
        &self,
        scope: &Scope,
        trigger: Option<&str>,
        push: &Push,
    ) -> Result<Vec<(String, Outcome)>, PushError> {
        let asked = match trigger {
            Some(name) => triggers::find(self.table(), scope, name).await?.into_iter().collect(),
            None => triggers::all(self.table(), scope).await?,
        };
        let (mut outcomes, mut failed) = (Vec::new(), None);
        for trigger in asked.iter().filter(|trigger| trigger.matches(push)) {
            match self.take(scope, trigger, push).await {
                Ok(outcome) => outcomes.push((trigger.name.clone(), outcome)),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(outcomes), Err)
    }

    /// Takes a push in that is one of the trigger's.
    pub async fn take(&self, scope: &Scope, trigger: &Trigger, push: &Push) -> Result<Outcome, PushError> {
        let id = push_id(&trigger.name, push);
        for _ in 0..TRIES {
            if let Some(known) = pushes::find(self.table(), scope, &id).await? {
                return Ok(known.outcome);
            }
            if let Some(outcome) = self.try_to_take(scope, trigger, push, &id).await? {
                tracing::info!(trigger = trigger.name, push = id, ?outcome, "took a push in");
                return Ok(outcome);
            }
        }
        Err(PushError::Contended)
    }

    /// Nothing when it must be looked at again.
    async fn try_to_take(
        &self,
        scope: &Scope,
        trigger: &Trigger,
        push: &Push,
        id: &str,
    ) -> Result<Option<Outcome>, PushError> {
        let mut record = record(trigger, push, id, self.driver.now());
        let wanted = match trigger.wanted(push) {
            Ok(wanted) => wanted,
            Err(why) => return self.remember(scope, record, Outcome::Refused(why)).await,
        };
        record.order = Some(wanted.order.clone());
        let ready = match self.maker.make(scope, &wanted.request).await? {
            Made::Ready(ready) => *ready,
            Made::Refused(why) => return self.remember(scope, record, Outcome::Refused(why)).await,
        };
        let (waiting, _) = pushes::waiting(self.table(), scope, &ready.group.id, LOOK).await?;
        let last = ready.group.last_order.as_ref();
        let standing = Standing {
            active: ready.group.active.is_some(),
            last: last.map(|last| &last.key),
            waiting: waiting.iter().map(Waiting::in_line).collect(),
        };
        let decided = match queue::on_push(trigger.policy, &standing, &wanted.order) {
            OnPush::Start if ready.full.is_some() && trigger.policy == Policy::Reject => OnPush::Busy,
            OnPush::Start if ready.full.is_some() => OnPush::Wait,
            decided => decided,
        };
        if let (Some(fetch), OnPush::Start | OnPush::Wait | OnPush::Replace) = (&wanted.fetch, &decided)
            && let Some(why) = self.maker.bring(scope, trigger, fetch).await?
        {
            return self.remember(scope, record, Outcome::Refused(why)).await;
        }
        match decided {
            OnPush::Start => {
                let created = Outcome::Created(ready.planned.plan.deployment.clone());
                let first = record.settled(created.clone(), self.driver.now()).first(scope)?;
                let started = self.start(ready, wanted.order, vec![first]).await?;
                Ok(matches!(started, Start::Created(_)).then_some(created))
            }
            OnPush::Wait | OnPush::Replace => {
                let policy = trigger.policy;
                let push = record.settled(Outcome::Waiting, self.driver.now());
                let waiting =
                    Waiting { v: PUSH_VERSION, push, order: wanted.order, policy, request: wanted.request };
                self.wait(scope, &ready, &waiting).await
            }
            OnPush::Superseded => {
                let by = match last.filter(|last| last.key > wanted.order) {
                    Some(last) => format!("{} was started with something newer", last.deployment),
                    None => "something newer waits for the group".to_owned(),
                };
                self.remember(scope, record, Outcome::Superseded(by)).await
            }
            OnPush::Busy => {
                let why = ready.full.unwrap_or_else(|| busy(&ready.group));
                self.remember(scope, record, Outcome::Refused(why)).await
            }
            OnPush::Crowded => {
                let why = format!("{MOST_WAITING} requests wait for the group already");
                self.remember(scope, record, Outcome::Refused(why)).await
            }
        }
    }

    async fn remember(
        &self,
        scope: &Scope,
        record: PushRecord,
        outcome: Outcome,
    ) -> Result<Option<Outcome>, PushError> {
        let record = record.settled(outcome, self.driver.now());
        let first = pushes::remember(self.table(), scope, &record).await?;
        Ok(first.then_some(record.outcome))
    }

    /// Begins to wait, while the group is as it was read.
    async fn wait(
        &self,
        scope: &Scope,
        ready: &Ready,
        waiting: &Waiting,
    ) -> Result<Option<Outcome>, PushError> {
        let (group, version) = (&ready.group, ready.version);
        let timer = QueueTimer::new(self.driver.now().plus_ms(FIRST_LOOK_MS), 0);
        let mut writes = waiting.begin(scope, &group.id, &timer, self.maker.bits() >> 12)?.to_vec();
        writes.push(match group.waited_for {
            true => Write::Check { key: key::group(scope, &group.id), expect: Expect::Version(version) },
            false => {
                let group = Group { waited_for: true, ..group.clone() };
                Write::Put { item: group.to_item(scope, version + 1)?, expect: Expect::Version(version) }
            }
        });
        match self.table().transact(writes).await {
            Ok(()) => {}
            Err(TableError::Broken(why)) => return Err(StoreError::Broken(why).into()),
            // Whether it has landed, the push tells.
            Err(_) => return Ok(None),
        }
        // What is left undone here, the timer does.
        match &group.active {
            None => self.driver.turn_or_leave(scope, &group.id).await,
            Some(_) => self.look_around(scope, group).await,
        }
        Ok(Some(Outcome::Waiting))
    }

    /// Drops those in whose place something newer waits, and asks the running deployment to stop if it is to be replaced.
    async fn look_around(&self, scope: &Scope, group: &Group) {
        let looked = async {
            let (waiting, _) = pushes::waiting(self.table(), scope, &group.id, LOOK).await?;
            self.thin_out(scope, group, waiting).await
        };
        if let Err(error) = looked.await {
            tracing::warn!(group = %group.id, %error, "left to the next turn");
        }
    }

    /// Asks a running deployment to stop. What it changed it puts back itself; no rollback deployment comes between.
    pub(super) async fn replace(&self, scope: &Scope, active: &DeploymentId) -> Result<(), PushError> {
        let planned = self.driver.deployments().planned(scope, active).await?;
        // A rollback deployment ends by itself, and is not what is to be replaced.
        if planned.is_some_and(|planned| planned.plan.kind == PlanKind::Forward) {
            self.driver.signal(scope, active, Event::StopRequested { rollback: Some(false) }).await?;
        }
        Ok(())
    }
}

fn record(trigger: &Trigger, push: &Push, id: &str, now: cutover_core::time::Timestamp) -> PushRecord {
    PushRecord {
        v: PUSH_VERSION,
        id: id.to_owned(),
        trigger: trigger.name.clone(),
        source: push.source,
        place: push.place.clone(),
        reference: push.reference.clone(),
        order: None,
        pushed_at: push.at,
        heard_at: now,
        settled_at: None,
        outcome: Outcome::Waiting,
    }
}

fn busy(group: &Group) -> String {
    match &group.active {
        Some(active) => {
            format!("The Deployment Group '{}' already has an active Deployment '{active}'", group.name)
        }
        None => "other requests wait for the group".to_owned(),
    }
}
