//! Alarm watches: which deployments an alarm guards. Put when a deployment is created, removed when it is
//! over; the poll counts here how often in a row the alarm could not be read.

use std::sync::Arc;

use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::Plan;
use cutover_ports::table::{Expect, Index, Item, Place, Query, Range, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode};
use crate::key;

/// A watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Where.
    pub scope: Scope,
    /// The alarm's name.
    pub alarm: String,
    /// The deployment it guards.
    pub deployment: DeploymentId,
    /// Failed readings in a row.
    #[serde(default)]
    pub failures: u32,
}

/// The puts of a new deployment's watches.
pub(crate) fn puts(plan: &Plan) -> Result<Vec<Write>, StoreError> {
    let watch = |alarm: &String| {
        let watch = Watch {
            scope: plan.scope.clone(),
            alarm: alarm.clone(),
            deployment: plan.deployment.clone(),
            failures: 0,
        };
        Ok(Write::Put { item: to_item(&watch, 1)?, expect: Expect::Anything })
    };
    plan.alarms.names.iter().map(watch).collect()
}

/// The deletes of a finished deployment's watches.
pub(crate) fn deletes(plan: &Plan) -> Vec<Write> {
    let key = |alarm: &String| key::watch(&plan.scope, alarm, &plan.deployment);
    plan.alarms.names.iter().map(|a| Write::Delete { key: key(a), expect: Expect::Anything }).collect()
}

fn to_item(watch: &Watch, version: u64) -> Result<Item, StoreError> {
    let mut item =
        Item::new(key::watch(&watch.scope, &watch.alarm, &watch.deployment), version, encode(watch)?);
    item.gsi1 = Some(key::watch_index(&watch.scope, &watch.alarm, &watch.deployment));
    Ok(item)
}

/// Reads watches.
pub struct Watches {
    table: Arc<dyn Table>,
}

const PAGE: usize = 500;
/// Pages that one reading of all watches may take: 50,000 watches.
const MAX_PAGES: usize = 100;

impl Watches {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The watches of one alarm.
    pub async fn of(&self, scope: &Scope, alarm: &str) -> Result<Vec<Watch>, StoreError> {
        self.all_of(Index::Main, key::alarm_pk(scope, alarm)).await
    }

    /// Every watch.
    pub async fn all(&self) -> Result<Vec<Watch>, StoreError> {
        self.all_of(Index::Gsi1, key::WATCHES.to_owned()).await
    }

    async fn all_of(&self, index: Index, pk: String) -> Result<Vec<Watch>, StoreError> {
        let (mut found, mut after): (Vec<Watch>, Option<Place>) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let query =
                Query { index, pk: pk.clone(), range: Range::All, descending: false, limit: PAGE, after };
            let page = self.table.query(query).await?;
            for item in &page.items {
                found.push(decode(item)?);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
        Ok(found)
    }

    /// Notes how often in a row the alarm could not be read. A watch that is gone stays gone.
    pub async fn note_failures(&self, watch: &Watch, failures: u32) -> Result<(), StoreError> {
        let key = key::watch(&watch.scope, &watch.alarm, &watch.deployment);
        let Some(item) = self.table.get(&key).await? else { return Ok(()) };
        let noted = Watch { failures, ..watch.clone() };
        match self.table.put_if(to_item(&noted, item.version + 1)?, Expect::Version(item.version)).await {
            Ok(()) | Err(TableError::Condition(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
