//! The STATE item: a deployment's mutable half and what the sweep notes about it.

use cutover_core::deployment::{DEPLOYMENT_VERSION, Deployment};
use cutover_core::ids::Scope;
use cutover_core::limits::{MAX_QUEUE_DELAY_MS, SWEEP_ROUNDS};
use cutover_core::plan::Plan;
use cutover_core::time::Timestamp;
use cutover_core::view::Brief;
use cutover_ports::table::Item;
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// A deployment's state as stored, with the version that the next write must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Grows with every write, by one.
    pub version: u64,
    /// The state.
    pub deployment: Deployment,
    /// The sweep's notes on the current epoch.
    pub sweep: Sweep,
}

/// The sweep's notes on the current epoch; a commit starts them anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// Whether the epoch's wake has been sent (or stands for by a claim); if not, it is too far off for a
    /// queue and the sweep will send it.
    pub sent: bool,
    /// How often the sweep had to send it again.
    #[serde(default)]
    pub rounds: u32,
    /// Not again before.
    pub next_at: Timestamp,
}

impl Sweep {
    /// The notes of a commit made now whose wake is due then.
    pub fn fresh(wake_at: Option<Timestamp>, now: Timestamp) -> Self {
        let delay = wake_at.map_or(0, |at| at.ms_since(now));
        Self { sent: delay <= MAX_QUEUE_DELAY_MS, rounds: 0, next_at: now }
    }

    /// Whether the sweep has given up: an operator must look.
    pub fn is_quarantined(&self) -> bool {
        self.rounds >= SWEEP_ROUNDS
    }
}

#[derive(Serialize, Deserialize)]
struct Body<D> {
    deployment: D,
    sweep: Sweep,
}

/// What the API shows of the state of an item, without reading the rest of it.
pub fn brief(item: &Item) -> Result<Brief, StoreError> {
    #[derive(Deserialize)]
    struct BriefBody {
        deployment: Brief,
    }
    let body: BriefBody = decode(item)?;
    known(item, body.deployment.v, DEPLOYMENT_VERSION)?;
    Ok(body.deployment)
}

/// The item of a state.
pub fn to_item(scope: &Scope, plan: &Plan, stored: &Stored) -> Result<Item, StoreError> {
    let (d, id) = (&stored.deployment, &stored.deployment.id);
    let body = encode(&Body { deployment: d, sweep: stored.sweep })?;
    let mut item = Item::new(key::state(scope, id), stored.version, body);
    let age = key::by_age(plan.created_at, id);
    item.gsi1 = Some(cutover_ports::table::Key::new(
        key::group_deployments(scope, &plan.group.group_id),
        age.clone(),
    ));
    item.gsi2 = Some(cutover_ports::table::Key::new(key::deployments(scope), age));
    item.wake = d.wake_at.map(|at| key::wake(scope, id, at));
    Ok(item)
}

/// The state of an item.
pub fn from_item(item: &Item) -> Result<Stored, StoreError> {
    let body: Body<Deployment> = decode(item)?;
    known(item, body.deployment.v, DEPLOYMENT_VERSION)?;
    Ok(Stored { version: item.version, deployment: body.deployment, sweep: body.sweep })
}
