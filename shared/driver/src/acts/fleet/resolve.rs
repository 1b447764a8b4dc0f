//! fleet-plan: looks up the hosts of a fleet and writes its roster, or those of its shards, once. It also suspends
//! processes of their Auto Scaling groups, and resumes them.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use cutover_core::act::{Act, FleetAsk, Outcome};
use cutover_core::fleet::board::Board;
use cutover_core::fleet::divide::{divide, shape};
use cutover_core::fleet::purse::Purse;
use cutover_core::fleet::roster::Roster;
use cutover_core::fleet::rule::FleetRule;
use cutover_core::fleet_plan::FleetPlan;
use cutover_core::hex::push_hex;
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_core::plan::Plan;
use cutover_core::queue::QueueName;
use cutover_ports::inventory::Inventory;
use cutover_ports::scaling::ScalingProcesses;
use cutover_store::divided::Divided;
use cutover_store::fleets::Rostered;
use sha2::{Digest, Sha256};

use super::lookup::Lookup;
use super::{Passing, no_fleet, outcome, seen, seen_divided};
use crate::acts::scaling;
use crate::phase::{Phase, not_mine};
use crate::shards::Shards;

/// Looks up hosts.
pub struct ResolvePhase {
    shards: Shards,
    lookup: Lookup,
    scaling: Option<Arc<dyn ScalingProcesses>>,
}

impl ResolvePhase {
    /// Over these shards and this inventory, and Auto Scaling where there is such a thing.
    pub fn new(
        shards: Shards,
        inventory: Arc<dyn Inventory>,
        scaling: Option<Arc<dyn ScalingProcesses>>,
    ) -> Self {
        Self { lookup: Lookup::new(shards.clone(), inventory), shards, scaling }
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

    /// How many hosts were launched meanwhile.
    async fn look_again(&self, scope: &Scope, id: &DeploymentId) -> Result<Outcome, Passing> {
        let planned = self.shards.driver().deployments().planned(scope, id).await?;
        let Some((plan, fleet)) = planned.as_ref().and_then(|p| Some((&p.plan, p.plan.fleet.as_deref()?)))
        else {
            return Ok(no_fleet());
        };
        Ok(match self.lookup.launched(plan, fleet).await? {
            Ok(hosts) => Outcome::Launched { hosts },
            Err(outcome) => outcome,
        })
    }

    async fn resolve(&self, plan: &Plan, fleet: &FleetPlan, shard: &ShardId) -> Result<Outcome, Passing> {
        let rostered = match self.lookup.rostered(plan, fleet).await? {
            Ok(rostered) => rostered,
            Err(outcome) => return Ok(outcome),
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
}

/// The fleet as shards of so many hosts at most.
fn divided(whole: Rostered, size: usize) -> Result<(Divided, Vec<Rostered>), Passing> {
    let Rostered { rule, roster, revision, before, earlier } = whole;
    let zonal = rule.zonal.is_some();
    let runs = divide(&roster, zonal, size);
    let rule = FleetRule { shards: u16::try_from(runs.len()).unwrap_or(u16::MAX), ..rule };
    let shards = runs.iter().map(|run| shape(&roster, zonal, run.clone())).collect();
    let part = |run: Range<usize>| Rostered {
        rule: rule.clone(),
        roster: Roster { v: roster.v, hosts: roster.hosts[run.clone()].to_vec() },
        revision: revision.clone(),
        earlier: earlier.clone(),
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
            Act::Fleet { scope, deployment, ask: FleetAsk::LookAgain } => {
                outcome(self.look_again(scope, deployment).await)
            }
            _ => scaling::perform(self.scaling.as_deref(), act)
                .await
                .unwrap_or_else(|| not_mine(self.queue(), act)),
        }
    }
}
