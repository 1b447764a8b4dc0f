//! fleet-report: takes the reports of hosts in, as many at a time as the queue has. A report is believed when the key
//! that its host enrolled with has signed it; what is not believed is told in the log and dropped.

pub mod belief;

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover_core::ids::ShardId;
use cutover_driver::driver::DriverError;
use cutover_driver::shards::Shards;
use cutover_store::codec::StoreError;
use cutover_store::hosts::Hosts;
use cutover_wire::agent::report::Report;
use futures_util::future::ready;
use futures_util::stream::{self, StreamExt};

use belief::Doubt;

/// Shards that hear their reports at the same time.
const AT_A_TIME: usize = 8;

/// Takes reports in. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    shards: Shards,
    hosts: Arc<Hosts>,
}

impl Intake {
    /// Over these shards; the hosts know the keys.
    pub fn new(shards: Shards, hosts: Arc<Hosts>) -> Self {
        Self { shards, hosts }
    }

    /// Takes in a batch: for every body whether it is dealt with. What is not must come again.
    pub async fn take(&self, bodies: &[&str]) -> Vec<bool> {
        let mut dealt = vec![true; bodies.len()];
        let mut by_shard: BTreeMap<ShardId, Vec<(usize, Report)>> = BTreeMap::new();
        for (place, body) in bodies.iter().enumerate() {
            match self.believed(body).await {
                Ok(Ok(report)) => {
                    let deployment = report.deployment.clone();
                    let id = ShardId { scope: report.scope.clone(), deployment, shard: report.seat.shard };
                    by_shard.entry(id).or_default().push((place, report));
                }
                Ok(Err(doubt)) => tracing::warn!(%doubt, "a report was dropped"),
                Err(error) => {
                    tracing::warn!(%error, "a report is left to come again");
                    dealt[place] = false;
                }
            }
        }
        let told = by_shard.into_iter().map(|(id, reports)| async move {
            let (places, reports): (Vec<_>, Vec<_>) = reports.into_iter().unzip();
            let told = self.told(&id, &reports).await;
            told.map_err(|error| {
                tracing::warn!(shard = %id, %error, "reports are left to come again");
                places
            })
        });
        let left = stream::iter(told).buffer_unordered(AT_A_TIME).filter_map(|told| ready(told.err()));
        for place in left.concat().await {
            dealt[place] = false;
        }
        dealt
    }

    async fn told(&self, id: &ShardId, reports: &[Report]) -> Result<(), DriverError> {
        let taken = self.shards.take(id, reports).await?;
        if taken.strange > 0 {
            tracing::warn!(shard = %id, reports = taken.strange, "reports about orders that were never given");
        }
        Ok(())
    }

    /// The report, if its host has signed it.
    async fn believed(&self, body: &str) -> Result<Result<Report, Doubt>, StoreError> {
        let claim = match belief::claimed(body) {
            Ok(claim) => claim,
            Err(doubt) => return Ok(Err(doubt)),
        };
        let found = self.hosts.find(&claim.scope, &claim.host).await?;
        Ok(belief::believed(body, found.as_ref().map(|(host, _)| host), self.shards.driver().now()))
    }
}
