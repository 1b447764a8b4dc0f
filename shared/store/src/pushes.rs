//! Pushes: what became of each, and the requests that wait for their turn.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | push | `S/PUSH#digest` | `META` | the end of its wait | 600 B |
//! | request that waits | `S/G#uuid` | `Q#orderkey#arrival#push` | never: its turn | 1–64 KB |
//! | timer of what waits | `S/G#uuid` | `QUEUE` | every arrival; the sweep; gone with the last one | 150 B |
//!
//! A push is put where there is none, in the transaction that creates its deployment or its waiting request: whoever
//! brings it again finds it. One that waits is version 1 and remembered; then it is version 2, and forgotten after
//! [`KEPT_MS`].

use cutover_core::ids::{GroupId, Scope};
use cutover_core::time::Timestamp;
use cutover_core::trigger::order::OrderKey;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::push::Source;
use cutover_core::trigger::queue::{InLine, Policy};
use cutover_ports::table::{Expect, Index, Item, Place, Query, Range, Table, TableError, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec::{StoreError, decode, encode, known};
use crate::key;
use crate::lists::Listed;

/// The stored version of [`PushRecord`], [`Waiting`] and the timer.
pub const PUSH_VERSION: u16 = 1;
/// How long it is known what became of a push, and so how long it counts as the same one.
pub const KEPT_MS: u64 = 14 * 86_400_000;

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRecord {
    /// [`PUSH_VERSION`].
    pub v: u16,
    /// Digest of the trigger's name and of the event.
    pub id: String,
    /// The trigger.
    pub trigger: String,
    /// Who told of it.
    pub source: Source,
    /// Where.
    pub place: String,
    /// What.
    pub reference: String,
    /// Its place among others, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderKey>,
    /// When it happened, by its source.
    pub pushed_at: Timestamp,
    /// When it was first heard of.
    pub heard_at: Timestamp,
    /// When it was decided about for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: Outcome,
}

impl PushRecord {
    /// The same, decided.
    #[must_use]
    pub fn settled(mut self, outcome: Outcome, now: Timestamp) -> Self {
        self.settled_at = (outcome != Outcome::Waiting).then_some(now);
        self.outcome = outcome;
        self
    }

    fn to_item(&self, scope: &Scope, version: u64) -> Result<Item, StoreError> {
        let place = key::by_time(self.heard_at, &self.id);
        let mut item = Item::new(key::push(scope, &self.id), version, encode(self)?);
        item.gsi1 = Some(cutover_ports::table::Key::new(key::pushes(scope), place.clone()));
        item.gsi2 = Some(cutover_ports::table::Key::new(key::pushes_of(scope, &self.trigger), place));
        item.expires_at = self.settled_at.map(|at| at.plus_ms(KEPT_MS).as_millis() / 1000);
        Ok(item)
    }

    /// The write that remembers a push that nobody has heard of yet.
    pub fn first(&self, scope: &Scope) -> Result<Write, StoreError> {
        Ok(Write::Put { item: self.to_item(scope, 1)?, expect: Expect::Absent })
    }
}

/// A request that waits for its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// [`PUSH_VERSION`].
    pub v: u16,
    /// The push that asks, as it is remembered.
    pub push: PushRecord,
    /// Its place among others.
    pub order: OrderKey,
    /// What happens to it if something newer comes.
    pub policy: Policy,
    /// The input of CreateDeployment.
    pub request: Value,
}

impl Waiting {
    /// What decides about its turn.
    pub fn in_line(&self) -> InLine<'_> {
        InLine { policy: self.policy, order: &self.order }
    }

    fn key(&self, scope: &Scope, group: &GroupId) -> cutover_ports::table::Key {
        key::waiting(scope, group, (self.order.as_str(), self.push.heard_at, &self.push.id))
    }

    /// The writes by which it begins to wait. `timer` is put in the place of the group's, under a version that no other
    /// arrival gives it.
    pub fn begin(
        &self,
        scope: &Scope,
        group: &GroupId,
        timer: &QueueTimer,
        version: u64,
    ) -> Result<[Write; 3], StoreError> {
        Ok([
            self.push.first(scope)?,
            Write::Put { item: Item::new(self.key(scope, group), 1, encode(self)?), expect: Expect::Absent },
            Write::Put { item: timer.to_item(scope, group, version)?, expect: Expect::Anything },
        ])
    }

    /// The writes by which its wait ends.
    pub fn end(
        &self,
        scope: &Scope,
        group: &GroupId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<[Write; 2], StoreError> {
        let push = self.push.clone().settled(outcome, now);
        Ok([
            Write::Delete { key: self.key(scope, group), expect: Expect::Version(1) },
            Write::Put { item: push.to_item(scope, 2)?, expect: Expect::Version(1) },
        ])
    }
}

/// The timer of what waits for a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueTimer {
    /// [`PUSH_VERSION`].
    pub v: u16,
    /// When somebody is to look.
    pub due_at: Timestamp,
    /// How often somebody was sent since the last arrival.
    #[serde(default)]
    pub rounds: u32,
}

impl QueueTimer {
    /// Due then.
    pub fn new(due_at: Timestamp, rounds: u32) -> Self {
        Self { v: PUSH_VERSION, due_at, rounds }
    }

    fn to_item(&self, scope: &Scope, group: &GroupId, version: u64) -> Result<Item, StoreError> {
        let mut item = Item::new(key::queue_timer(scope, group), version, encode(self)?);
        item.wake = Some(key::queue_wake(scope, group, self.due_at));
        Ok(item)
    }
}

/// The push of that id.
pub async fn find(table: &dyn Table, scope: &Scope, id: &str) -> Result<Option<PushRecord>, StoreError> {
    let Some(item) = table.get(&key::push(scope, id)).await? else { return Ok(None) };
    read_push(&item).map(Some)
}

/// Remembers a push that nobody has heard of; false if somebody has.
pub async fn remember(table: &dyn Table, scope: &Scope, push: &PushRecord) -> Result<bool, StoreError> {
    match table.put_if(push.to_item(scope, 1)?, Expect::Absent).await {
        Ok(()) => Ok(true),
        Err(TableError::Condition(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A page of pushes, newest first; of that trigger, or of all.
pub async fn list(
    table: &dyn Table,
    scope: &Scope,
    trigger: Option<&str>,
    after: Option<Place>,
    limit: usize,
) -> Result<Listed<PushRecord>, StoreError> {
    let (index, pk) = match trigger {
        Some(name) => (Index::Gsi2, key::pushes_of(scope, name)),
        None => (Index::Gsi1, key::pushes(scope)),
    };
    let query = Query { index, pk, range: Range::All, descending: true, limit, after };
    let page = table.query(query).await?;
    Ok(Listed { found: page.items.iter().map(read_push).collect::<Result<_, _>>()?, next: page.next })
}

/// What waits for a group, by order key and then by arrival: the first `limit`, and whether there are more.
pub async fn waiting(
    table: &dyn Table,
    scope: &Scope,
    group: &GroupId,
    limit: usize,
) -> Result<(Vec<Waiting>, bool), StoreError> {
    let mut query = Query {
        index: Index::Main,
        pk: key::queue_timer(scope, group).pk,
        range: Range::Prefix(key::WAITING.to_owned()),
        descending: false,
        limit,
        after: None,
    };
    let mut found: Vec<Waiting> = Vec::new();
    loop {
        let page = table.query(query.clone()).await?;
        for item in &page.items {
            let waiting: Waiting = decode(item)?;
            known(item, waiting.v, PUSH_VERSION)?;
            found.push(waiting);
        }
        match page.next {
            Some(_) if found.len() >= limit => return Ok((found, true)),
            Some(next) => query.after = Some(next),
            None => return Ok((found, false)),
        }
    }
}

/// The timer of what waits for a group, and its stored version.
pub async fn timer(
    table: &dyn Table,
    scope: &Scope,
    group: &GroupId,
) -> Result<Option<(QueueTimer, u64)>, StoreError> {
    let Some(item) = table.get(&key::queue_timer(scope, group)).await? else { return Ok(None) };
    let timer: QueueTimer = decode(&item)?;
    known(&item, timer.v, PUSH_VERSION)?;
    Ok(Some((timer, item.version)))
}

/// Puts the timer over the one of that version; [`StoreError::Conflict`] if somebody has arrived since.
pub async fn set_timer(
    table: &dyn Table,
    (scope, group): (&Scope, &GroupId),
    timer: &QueueTimer,
    over: u64,
) -> Result<(), StoreError> {
    let item = timer.to_item(scope, group, over + 1)?;
    Ok(table.put_if(item, Expect::Version(over)).await?)
}

/// Removes the timer of that version, of a group that nothing waits for. One that arrived since keeps it.
pub async fn end_timer(
    table: &dyn Table,
    scope: &Scope,
    group: &GroupId,
    version: u64,
) -> Result<(), StoreError> {
    let key = key::queue_timer(scope, group);
    match table.transact(vec![Write::Delete { key, expect: Expect::Version(version) }]).await {
        Ok(()) | Err(TableError::Condition(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn read_push(item: &Item) -> Result<PushRecord, StoreError> {
    let push: PushRecord = decode(item)?;
    known(item, push.v, PUSH_VERSION)?;
    Ok(push)
}
