//! Which hosts a deployment has, in the order in which they are started, and the rule that holds for them.

use std::collections::HashMap;
use std::sync::Arc;

use cutover_core::act::Outcome;
use cutover_core::deployment::ErrorCode;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::roster::{HealthClass, LastDeployment, Roster, RosterHost};
use cutover_core::fleet::rule::{FleetError, FleetRule};
use cutover_core::fleet_plan::{FleetPlan, Selection};
use cutover_core::ids::{DeploymentId, ShardId};
use cutover_core::plan::{Plan, PlanKind};
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_store::codec::StoreError;
use cutover_store::fleets::Rostered;
use cutover_store::group;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::shards::Shards;

/// Deployments that are read back, one after another, if each left out hosts: a host that was left out longer ago counts
/// as one that is not known.
const MOST_EARLIER: usize = 32;
/// Shards of the last deployment that are read at the same time.
const AT_A_TIME: usize = 8;

/// Looks up hosts and what is known of them.
#[derive(Clone)]
pub struct Lookup {
    shards: Shards,
    inventory: Arc<dyn Inventory>,
}

impl Lookup {
    /// Over these shards and this inventory.
    pub fn new(shards: Shards, inventory: Arc<dyn Inventory>) -> Self {
        Self { shards, inventory }
    }

    /// The whole fleet of a plan as it is now; stores nothing. An outcome says why there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn rostered(
        &self,
        plan: &Plan,
        fleet: &FleetPlan,
    ) -> Result<Result<Rostered, Outcome>, StoreError> {
        let found = match self.inventory.select(&plan.scope, &fleet.selection).await {
            Ok(found) => found,
            Err(error) => return Ok(Err(unlisted(error))),
        };
        let last = self.last_fleet(plan).await?;
        let rostered = rostered(plan, fleet, found, &self.history(plan, last.clone()).await?);
        // Whoever is left out is remembered by the deployment before.
        let earlier = last.filter(|_| fleet.outdated_only);
        let rostered = rostered.map(|rostered| Rostered { earlier, ..rostered });
        Ok(rostered.map_err(|error| Outcome::NoFleet { code: error.code(), message: error.to_string() }))
    }

    /// How many hosts in service the fleet's Auto Scaling groups have launched since it was looked up: those that neither
    /// have its revision nor failed on the way. An outcome says why that is not known.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn launched(&self, plan: &Plan, fleet: &FleetPlan) -> Result<Result<u32, Outcome>, StoreError> {
        let groups = fleet.selection.auto_scaling_groups.clone();
        let selection = Selection { auto_scaling_groups: groups, ..Selection::default() };
        let found = match self.inventory.select(&plan.scope, &selection).await {
            Ok(found) => found,
            Err(error) => return Ok(Err(unlisted(error))),
        };
        let history = self.history(plan, Some(plan.deployment.clone())).await?;
        let new = found.iter().filter(|host| is_launched(history.get(&host.name), fleet)).count();
        Ok(Ok(u32::try_from(new).unwrap_or(u32::MAX)))
    }

    /// The last deployment of the group that looked up hosts.
    async fn last_fleet(&self, plan: &Plan) -> Result<Option<DeploymentId>, StoreError> {
        let table = self.shards.driver().deployments().table();
        let found = group::load(table.as_ref(), &plan.scope, &plan.group.group_id).await?;
        Ok(found.and_then(|(group, _)| group.last_fleet))
    }

    /// How the last deployment of every host of the group ended, and with which revision. Every roster takes over what
    /// the one before knew of its hosts, so one is enough; those that left hosts out name the one before.
    async fn history(
        &self,
        plan: &Plan,
        mut last: Option<DeploymentId>,
    ) -> Result<HashMap<String, Past>, StoreError> {
        let mut past = HashMap::new();
        for _ in 0..MOST_EARLIER {
            let Some(id) = last else { break };
            last = self.read_history(plan, &id, &mut past).await?;
        }
        Ok(past)
    }

    /// Adds what a deployment knows of hosts that are not known yet, and gives the one before it, if there is more.
    async fn read_history(
        &self,
        plan: &Plan,
        last: &DeploymentId,
        past: &mut HashMap<String, Past>,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let (fleets, mut earlier) = (self.shards.fleets(), None);
        let shards = match fleets.divided(&plan.scope, last).await? {
            Some(divided) => divided.ids(&plan.scope, last),
            None => vec![ShardId::first(&plan.scope, last)],
        };
        let read = |shard| async move {
            Ok::<_, StoreError>((fleets.roster(&shard).await?, fleets.board(&shard).await?))
        };
        let mut read = stream::iter(shards.into_iter().map(read)).buffered(AT_A_TIME);
        while let Some((rostered, stored)) = read.try_next().await? {
            if let Some(rostered) = rostered {
                for (name, how) in ended(&rostered, stored.map(|stored| stored.board).as_ref()) {
                    past.entry(name).or_insert(how);
                }
                earlier = rostered.earlier.clone();
            }
        }
        Ok(earlier)
    }
}

/// The outcome when nobody can say which hosts there are.
fn unlisted(error: CallError) -> Outcome {
    let message = format!("The instances cannot be listed: {error}.");
    match error {
        CallError::Gone { .. } => Outcome::NoFleet { code: ErrorCode::AutoScalingConfiguration, message },
        CallError::Refused { .. } => Outcome::NoFleet { code: ErrorCode::NoInstances, message },
        CallError::Denied { .. } => Outcome::Denied { message },
        CallError::Conflict | CallError::Transient { .. } => Outcome::Retry { message },
    }
}

/// How the deployment of this shard ended on its hosts; one without a board has touched none.
fn ended(rostered: &Rostered, board: Option<&Board>) -> Vec<(String, Past)> {
    let known = |(place, (host, before)): (usize, (&RosterHost, &Option<String>))| {
        let past = match board.and_then(|board| board.cells.get(place)) {
            Some(Cell::Succeeded) => Past::Succeeded(Some(rostered.revision.clone())),
            Some(cell) if cell.has_failed() => Past::Failed,
            _ if host.class == HealthClass::Unhealthy => Past::Failed,
            _ => Past::Succeeded(before.clone()),
        };
        (host.name.clone(), past)
    };
    rostered.roster.hosts.iter().zip(&rostered.before).enumerate().map(known).collect()
}

/// Whether a host has neither the fleet's revision nor failed to get one: whoever failed waits for a person.
fn is_launched(past: Option<&Past>, fleet: &FleetPlan) -> bool {
    match past {
        None => true,
        Some(Past::Failed) => false,
        Some(Past::Succeeded(had)) => had.as_ref() != Some(&fleet.revision),
    }
}

/// How a host's last deployment in the group ended; with which revision, where that is known.
enum Past {
    Failed,
    Succeeded(Option<String>),
}

fn rostered(
    plan: &Plan,
    fleet: &FleetPlan,
    found: Vec<FoundHost>,
    history: &HashMap<String, Past>,
) -> Result<Rostered, FleetError> {
    let current = fleet.previous.as_ref().map(|previous| previous.revision.as_str());
    let follows = matches!(plan.kind, PlanKind::FollowUp { .. });
    let outdated = |host: &FoundHost| {
        if follows {
            return is_launched(history.get(&host.name), fleet);
        }
        let has =
            matches!(history.get(&host.name), Some(Past::Succeeded(Some(had))) if *had == fleet.revision);
        !(fleet.outdated_only && has)
    };
    let hosts = found.into_iter().filter(outdated).map(|host| {
        let last = match history.get(&host.name) {
            None => LastDeployment::Never,
            Some(Past::Failed) => LastDeployment::Failed,
            Some(Past::Succeeded(revision)) => LastDeployment::Succeeded(revision.as_deref()),
        };
        let class = HealthClass::of(last, current);
        RosterHost { name: host.name, zone: host.zone, class, poll_gap_ms: host.poll_gap_ms }
    });
    let seed = plan.deployment.as_str().bytes().fold(0_u64, |hash, b| hash.wrapping_mul(31) ^ u64::from(b));
    let roster = Roster::new(hosts.collect(), fleet.zonal.is_some(), seed);
    let rule = FleetRule::new(fleet.minimum, fleet.zonal, &roster)?;
    let rule = FleetRule { accept_ms: fleet.accept_ms, ..rule };
    let before = roster.hosts.iter().map(|host| match history.get(&host.name) {
        Some(Past::Succeeded(revision)) => revision.clone(),
        Some(Past::Failed) | None => None,
    });
    Ok(Rostered { earlier: None, rule, before: before.collect(), revision: fleet.revision.clone(), roster })
}
