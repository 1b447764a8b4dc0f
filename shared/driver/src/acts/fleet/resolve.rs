//! fleet-plan: looks up the hosts of a fleet and writes its roster, or those of its shards, once.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, FleetAsk, Outcome};
use cutover_core::deployment::ErrorCode;
use cutover_core::fleet::board::Board;
use cutover_core::fleet::cell::Cell;
use cutover_core::fleet::divide::{divide, shape};
use cutover_core::fleet::purse::Purse;
use cutover_core::fleet::roster::{HealthClass, LastDeployment, Roster, RosterHost};
use cutover_core::fleet::rule::{FleetError, FleetRule};
use cutover_core::fleet_plan::FleetPlan;
use cutover_core::hex::push_hex;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::plan::Plan;
use cutover_core::queue::QueueName;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_store::codec::StoreError;
use cutover_store::divided::Divided;
use cutover_store::fleets::Rostered;
use cutover_store::group;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::{Passing, no_fleet, outcome, seen, seen_divided};
use crate::phase::{Phase, not_mine};
use crate::shards::Shards;

/// Shards of the last deployment that are read at the same time.
const AT_A_TIME: usize = 8;

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
        if let Some((divided, kept)) = fleets.divided(scope, id).await?.zip(fleets.purse(scope, id).await?) {
            return Ok(Outcome::Fleet { seen: seen_divided(&divided, &kept.purse) });
        }
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
        // Another worker may have been quicker: then its roster counts, and the next try reads it.
        let late = || Passing("the hosts were looked up by another worker at the same time".to_owned());
        let fleets = self.shards.fleets();
        if rostered.roster.hosts.len() > fleet.shard_hosts {
            let (divided, rosters) = divided(rostered, fleet.shard_hosts)?;
            if !fleets.create_divided(&plan.scope, &plan.deployment, &divided, &rosters).await? {
                return Err(late());
            }
            return Ok(Outcome::Fleet { seen: seen_divided(&divided, &Purse::new(&divided.shards)) });
        }
        let board = Board::new(&rostered.roster, self.shards.driver().clock.now());
        if !fleets.create(shard, &rostered, &board).await? {
            return Err(late());
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
        let (fleets, mut past) = (self.shards.fleets(), HashMap::new());
        let shards = match fleets.divided(&plan.scope, &last).await? {
            Some(divided) => divided.ids(&plan.scope, &last),
            None => vec![ShardId::first(&plan.scope, &last)],
        };
        let read = |shard| async move {
            Ok::<_, StoreError>((fleets.roster(&shard).await?, fleets.board(&shard).await?))
        };
        let mut read = stream::iter(shards.into_iter().map(read)).buffered(AT_A_TIME);
        while let Some((rostered, stored)) = read.try_next().await? {
            if let Some(rostered) = rostered {
                past.extend(ended(&rostered, stored.map(|stored| stored.board).as_ref()));
            }
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

/// The fleet as shards of so many hosts at most.
fn divided(whole: Rostered, size: usize) -> Result<(Divided, Vec<Rostered>), Passing> {
    let Rostered { rule, roster, revision, before } = whole;
    let zonal = rule.zonal.is_some();
    let runs = divide(&roster, zonal, size);
    let rule = FleetRule { shards: u16::try_from(runs.len()).unwrap_or(u16::MAX), ..rule };
    let shards = runs.iter().map(|run| shape(&roster, zonal, run.clone())).collect();
    let part = |run: Range<usize>| Rostered {
        rule: rule.clone(),
        roster: Roster { v: roster.v, hosts: roster.hosts[run.clone()].to_vec() },
        revision: revision.clone(),
        before: before[run].to_vec(),
    };
    let rosters: Vec<Rostered> = runs.into_iter().map(part).collect();
    let mut digest = Sha256::new();
    for rostered in &rosters {
        digest.update(serde_json::to_vec(rostered).map_err(|error| Passing(error.to_string()))?);
    }
    let mut drawn = String::new();
    push_hex(&mut drawn, &digest.finalize()[..8]);
    Ok((Divided { rule, shards, drawn }, rosters))
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
