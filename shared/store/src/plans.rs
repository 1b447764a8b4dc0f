//! The PLAN item: a deployment's immutable half, and a bounded cache of those read lately.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::{PLAN_VERSION, Plan};
use cutover_core::record::Record;
use cutover_ports::table::{Item, Table};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// A plan and the facts that the API returns with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What the API returns of it.
    pub record: Record,
}

impl Planned {
    /// The item.
    pub fn to_item(&self) -> Result<Item, StoreError> {
        Ok(Item::new(key::plan(&self.plan.scope, &self.plan.deployment), 1, encode(self)?))
    }
}

/// Bytes of stored plans that are kept.
const CACHED_BYTES: usize = 32 * 1024 * 1024;

/// Reads plans. They never change, so those read lately are kept.
pub struct Plans {
    table: Arc<dyn Table>,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    by_id: HashMap<(Scope, DeploymentId), Arc<Planned>>,
    age: VecDeque<((Scope, DeploymentId), usize)>,
    bytes: usize,
}

impl Plans {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, cache: Mutex::default() }
    }

    /// The plan of a deployment, if there is such a deployment.
    pub async fn get(&self, scope: &Scope, id: &DeploymentId) -> Result<Option<Arc<Planned>>, StoreError> {
        let place = (scope.clone(), id.clone());
        if let Some(found) = self.cached().by_id.get(&place) {
            return Ok(Some(found.clone()));
        }
        let Some(item) = self.table.get(&key::plan(scope, id)).await? else { return Ok(None) };
        let planned = Arc::new(decode::<Planned>(&item)?);
        known(&item, planned.plan.v, PLAN_VERSION)?;
        self.keep(place, planned.clone(), item.body.len());
        Ok(Some(planned))
    }

    fn keep(&self, place: (Scope, DeploymentId), planned: Arc<Planned>, bytes: usize) {
        let mut cache = self.cached();
        if cache.by_id.insert(place.clone(), planned).is_none() {
            cache.age.push_back((place, bytes));
            cache.bytes += bytes;
        }
        while cache.bytes > CACHED_BYTES
            && let Some((oldest, bytes)) = cache.age.pop_front()
        {
            cache.by_id.remove(&oldest);
            cache.bytes -= bytes;
        }
    }

    fn cached(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
