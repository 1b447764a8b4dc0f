//! Notices: what is to be told of a deployment, `S/D#id N#seq`. They are written in the transaction that makes them
//! true, so none is lost by a crash and none is told of what did not happen. Only the progress of those who are told
//! changes afterwards.
//!
//! seq 1 is the start, 2 the end, 3 that a rollback deployment was created; whoever is told is told in this order.
//! 90 tells nobody: it stands for the hosts of a fleet until the notifier has begun to look at its boards.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover_core::audience::Told;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::PlanKind;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Index, Item, Query, Range, Table, Write};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::finish::Finished;
use crate::key::{self, Timed};
use crate::plans::Planned;

/// The stored version of [`Notice`].
pub const NOTICE_VERSION: u16 = 1;
/// Seq of the start.
pub const START: u32 = 1;
/// Seq of the end.
pub const END: u32 = 2;
/// Seq of the rollback deployment's creation.
pub const ROLLBACK: u32 = 3;
/// Seq of what stands for the hosts of a fleet.
pub const HOSTS: u32 = 90;
/// A notice is kept for so long once all were told: 30 days.
const KEPT_SECS: i64 = 30 * 86_400;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// [`NOTICE_VERSION`].
    pub v: u16,
    /// Its place among the deployment's.
    pub seq: u32,
    /// What happened.
    pub told: Told,
    /// When.
    pub at: Timestamp,
    /// Whether a rollback deployment follows, so that this end is not the last word.
    #[serde(default)]
    pub followed: bool,
    /// When to look at it next; absent once nobody is left to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// How far each listener is, by its name; one who is missing was not tried yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub heard: BTreeMap<String, Hearing>,
}

/// How far a listener is with a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Hearing {
    /// It was not reached yet.
    Waiting {
        /// Tries that failed.
        tries: u32,
        /// When to try again.
        next: Timestamp,
        /// Why the last one failed.
        error: String,
    },
    /// It was told.
    Told {
        /// When.
        at: Timestamp,
    },
    /// It was given up: a dead letter tells of it.
    Dead {
        /// When.
        at: Timestamp,
    },
}

impl Hearing {
    /// Whether nothing more is done, unless somebody asks for it.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Waiting { .. })
    }
}

/// A notice with the version that the next write must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNotice {
    /// Grows with every write, by one.
    pub version: u64,
    /// The notice.
    pub notice: Notice,
}

impl Notice {
    fn new(seq: u32, told: Told, at: Timestamp, due: Timestamp) -> Self {
        let heard = BTreeMap::new();
        Self { v: NOTICE_VERSION, seq, told, at, followed: false, due: Some(due), heard }
    }

    /// The item.
    pub fn to_item(&self, scope: &Scope, id: &DeploymentId, version: u64) -> Result<Item, StoreError> {
        let mut item = Item::new(key::notice(scope, id, self.seq), version, encode(self)?);
        item.wake = self.due.map(|due| key::notice_wake(scope, id, due));
        item.expires_at = match self.due {
            Some(_) => None,
            None => Some(self.at.as_millis() / 1_000 + KEPT_SECS),
        };
        Ok(item)
    }

    fn write(&self, planned: &Planned) -> Result<Write, StoreError> {
        let item = self.to_item(&planned.plan.scope, &planned.plan.deployment, 1)?;
        Ok(Write::Put { item, expect: Expect::Anything })
    }
}

/// The notices of a new deployment. Those who wait for the outcome alone hear of none.
pub(crate) fn of_start(planned: &Planned) -> Result<Vec<Write>, StoreError> {
    let audience = &planned.record.audience;
    if audience.topics.is_empty() && !audience.bus && !audience.webhooks {
        return Ok(Vec::new());
    }
    let due = planned.plan.start_at;
    let start = Notice::new(START, Told::DeploymentStart, due, due);
    let fleet = planned.plan.fleet.is_some() && audience.hears_of_hosts();
    let hosts = fleet.then(|| Notice::new(HOSTS, Told::InstanceStart, due, due));
    [Some(start), hosts].iter().flatten().map(|notice| notice.write(planned)).collect()
}

/// The notices of a deployment's end.
pub(crate) fn of_end(
    planned: &Planned,
    finished: &Finished,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let Some(verdict) = finished.done.deployment.verdict() else { return Ok(Vec::new()) };
    if planned.record.audience.is_empty() {
        return Ok(Vec::new());
    }
    let back = |(successor, _): &(Planned, _)| matches!(successor.plan.kind, PlanKind::Rollback { .. });
    let followed = finished.successor.as_ref().is_some_and(back);
    let end = Notice { followed, ..Notice::new(END, Told::end(verdict), now, now) };
    let back = followed.then(|| Notice::new(ROLLBACK, Told::DeploymentRollback, now, now));
    [Some(end), back].iter().flatten().map(|notice| notice.write(planned)).collect()
}

/// What there is to tell.
pub struct Notices {
    table: Arc<dyn Table>,
}

/// A deployment has three; what concerns its hosts stands elsewhere.
const MOST: usize = 10;

impl Notices {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The notices of a deployment, in the order in which they are told.
    pub async fn of(&self, scope: &Scope, id: &DeploymentId) -> Result<Vec<StoredNotice>, StoreError> {
        let query = Query {
            index: Index::Main,
            pk: key::deployment_pk(scope, id),
            range: Range::Prefix(key::NOTICE.to_owned()),
            descending: false,
            limit: MOST,
            after: None,
        };
        self.table.query(query).await?.items.iter().map(read).collect()
    }

    /// The notice of that seq, if there is one.
    pub async fn one(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        seq: u32,
    ) -> Result<Option<StoredNotice>, StoreError> {
        self.table.get(&key::notice(scope, id, seq)).await?.as_ref().map(read).transpose()
    }

    /// What is to be told by `until`, of one bucket, earliest first: of deployments, or of the hosts of shards.
    pub async fn due(&self, bucket: u64, until: Timestamp, limit: usize) -> Result<Vec<Timed>, StoreError> {
        let due = self.table.due(&key::notices_pk(bucket), &key::wake_until(until), limit).await?;
        let mut found: Vec<Timed> = due.iter().filter_map(|k| key::parse_timed_pk(&k.pk)).collect();
        // Notices of one deployment, mostly due at the same time.
        found.dedup();
        Ok(found)
    }

    /// The table below.
    pub fn table(&self) -> &Arc<dyn Table> {
        &self.table
    }

    /// Puts `next` over the notice that was loaded, with `more`; [`StoreError::Conflict`] if it is no longer that.
    pub async fn keep(
        &self,
        scope: &Scope,
        id: &DeploymentId,
        loaded: &StoredNotice,
        next: &Notice,
        more: Vec<Write>,
    ) -> Result<(), StoreError> {
        let item = next.to_item(scope, id, loaded.version + 1)?;
        let expect = Expect::Version(loaded.version);
        if more.is_empty() {
            return Ok(self.table.put_if(item, expect).await?);
        }
        let mut writes = vec![Write::Put { item, expect }];
        writes.extend(more);
        Ok(self.table.transact(writes).await?)
    }
}

fn read(item: &Item) -> Result<StoredNotice, StoreError> {
    let notice: Notice = decode(item)?;
    known(item, notice.v, NOTICE_VERSION)?;
    Ok(StoredNotice { version: item.version, notice })
}
