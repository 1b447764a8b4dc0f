//! fleet-plan: looks up the hosts of a fleet and writes its roster, once.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, FleetAsk, Outcome};
use cutover_core::deployment::ErrorCode;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::roster::{HealthClass, LastDeployment, Roster, RosterHost};
use cutover_core::fleet::rule::{FleetError, FleetRule};
use cutover_core::fleet_plan::FleetPlan;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::plan::Plan;
use cutover_core::queue::QueueName;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_store::fleets::Rostered;
use cutover_store::group;

use super::{Passing, no_fleet, outcome, seen};
use crate::phase::{Phase, not_mine};
use crate::shards::Shards;

/// Looks up hosts.
pub struct ResolvePhase {
    shards: Shards,
    inventory: Arc<dyn Inventory>,
}

impl ResolvePhase {
    /// Over these shards and this inventory.
    pub fn new(shards: Shards, inventory: Arc<dyn Inventory>) -> Self {
        Self { shards, inventory }
    }

    /// The roster that is there counts: hosts are looked up once.
    async fn ask(&self, scope: &Scope, id: &DeploymentId) -> Result<Outcome, Passing> {
        let planned = self.shards.driver().deployments().planned(scope, id).await?;
        let Some((plan, fleet)) = planned.as_ref().and_then(|p| Some((&p.plan, p.plan.fleet.as_deref()?)))
        else {
            return Ok(no_fleet());
        };
        let (shard, fleets) = (ShardId::first(scope, id), self.shards.fleets());
        match (fleets.roster(&shard).await?, fleets.board(&shard).await?) {
            (Some(rostered), Some(stored)) => {
                Ok(Outcome::Fleet { seen: seen(&rostered.rule, &stored.board) })
            }
            _ => self.resolve(plan, fleet, &shard).await,
        }
    }

    async fn resolve(&self, plan: &Plan, fleet: &FleetPlan, shard: &ShardId) -> Result<Outcome, Passing> {
        let found = match self.inventory.select(&plan.scope, &fleet.selection).await {
            Ok(found) => found,
            Err(error) => return Ok(unlisted(error)),
        };
        let history = self.history(plan).await?;
        let rostered = match rostered(plan, fleet, found, &history) {
            Ok(rostered) => rostered,
            Err(error) => {
                return Ok(Outcome::NoFleet { code: error.code(), message: error.to_string() });
            }
        };
        let board = Board::new(&rostered.roster, self.shards.driver().clock.now());
        // Another worker may have been quicker: then its roster counts, and the next try reads it.
        if !self.shards.fleets().create(shard, &rostered, &board).await? {
            return Err(Passing("the hosts were looked up by another worker at the same time".to_owned()));
        }
        self.shards.start(shard, &board).await;
        Ok(Outcome::Fleet { seen: seen(&rostered.rule, &board) })
    }

    /// How the last deployment of every host of the group ended, and with which revision. Every roster takes over what
    /// the one before knew, so one is enough.
    async fn history(&self, plan: &Plan) -> Result<HashMap<String, Past>, Passing> {
        let table = self.shards.driver().deployments().table();
        let found = group::load(table.as_ref(), &plan.scope, &plan.group.group_id).await?;
        let Some(last) = found.and_then(|(group, _)| group.last_fleet) else { return Ok(HashMap::new()) };
        let shard = ShardId::first(&plan.scope, &last);
        let (fleets, mut past) = (self.shards.fleets(), HashMap::new());
        let (Some(rostered), Some(stored)) = (fleets.roster(&shard).await?, fleets.board(&shard).await?)
        else {
            return Ok(past);
        };
        for ((host, cell), before) in
            rostered.roster.hosts.iter().zip(&stored.board.cells).zip(&rostered.before)
        {
            let known = match cell {
                Cell::Succeeded => Past::Succeeded(Some(rostered.revision.clone())),
                cell if cell.has_failed() => Past::Failed,
                _ if host.class == HealthClass::Unhealthy => Past::Failed,
                _ => Past::Succeeded(before.clone()),
            };
            past.insert(host.name.clone(), known);
        }
        Ok(past)
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
    let outdated = |host: &FoundHost| {
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
    Ok(Rostered { rule, before: before.collect(), revision: fleet.revision.clone(), roster })
}

#[async_trait]
impl Phase for ResolvePhase {
    fn queue(&self) -> QueueName {
        QueueName::FleetPlan
    }

    async fn perform(&self, act: &Act) -> Outcome {
        match act {
            Act::Fleet { scope, deployment, ask: FleetAsk::Resolve } => {
                outcome(self.ask(scope, deployment).await)
            }
            _ => not_mine(self.queue(), act),
        }
    }
}
