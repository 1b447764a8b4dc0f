//! Fleets of many shards.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | how it is divided | `S/D#id` | `FLEET` | never | 50 B a shard |
//! | purse | `S/D#id` | `PURSE` | grants, words of its shards | 50 B a shard |
//! | rule and roster of a shard | `S/D#id#S#nnn` | `ROSTER#drawn` | never | 100 B a host |
//! | board, target | as those of a lone shard | | a board is there once its shard hears anything | |
//!
//! All rosters are written before the fleet is, each under what it was drawn from: whoever dies in between leaves rosters
//! that nobody reads, and whoever draws another one, since hosts have come or gone meanwhile, writes beside them.

use std::sync::Arc;

use cutover_core::fleet::divide::ShardShape;
use cutover_core::fleet::purse::{PURSE_VERSION, Purse};
use cutover_core::fleet::rule::{FleetRule, RULE_VERSION};
use cutover_core::ids::{DeploymentId, Scope, ShardId};
use cutover_ports::table::{Expect, Item, TableError, Write};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::fleets::{Fleets, Rostered};
use crate::key;

/// Rosters that are written at the same time.
const AT_A_TIME: usize = 8;

/// How a fleet is divided. Stored once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divided {
    /// The fleet's rule.
    pub rule: FleetRule,
    /// Its shards, in the order in which they are granted.
    pub shards: Vec<ShardShape>,
    /// Which rosters are theirs: a digest of all of them.
    pub drawn: String,
}

impl Divided {
    /// The ids of its shards.
    pub fn ids(&self, scope: &Scope, deployment: &DeploymentId) -> Vec<ShardId> {
        let first = ShardId::first(scope, deployment);
        (0..self.shards.len() as u16).map(|shard| ShardId { shard, ..first.clone() }).collect()
    }
}

/// A purse, with the version that the next write must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPurse {
    /// Grows with every write, by one.
    pub version: u64,
    /// The purse.
    pub purse: Purse,
}

impl Fleets {
    /// Creates a fleet of many shards, whose rosters these are; false if the deployment has a fleet already.
    pub async fn create_divided(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        divided: &Divided,
        rosters: &[Rostered],
    ) -> Result<bool, StoreError> {
        let put = |(id, rostered): (ShardId, &Rostered)| {
            let item =
                encode(rostered).map(|body| Item::new(key::drawn_roster(&id, &divided.drawn), 1, body));
            async move { Ok::<_, StoreError>(self.table.put_if(item?, Expect::Anything).await?) }
        };
        let puts: Vec<_> = divided.ids(scope, deployment).into_iter().zip(rosters).map(put).collect();
        stream::iter(puts).buffer_unordered(AT_A_TIME).try_collect::<()>().await?;
        let fleet = Item::new(key::fleet(scope, deployment), 1, encode(divided)?);
        let purse = Item::new(key::purse(scope, deployment), 1, encode(&Purse::new(&divided.shards))?);
        let writes = vec![
            Write::Put { item: fleet, expect: Expect::Absent },
            Write::Put { item: purse, expect: Expect::Absent },
            // Whoever found fewer hosts may have made it a lone shard.
            Write::Check { key: key::roster(&ShardId::first(scope, deployment)), expect: Expect::Absent },
        ];
        match self.table.transact(writes).await {
            Ok(()) => Ok(true),
            Err(TableError::Condition(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// How the deployment's fleet is divided, if it has many shards.
    pub async fn divided(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
    ) -> Result<Option<Arc<Divided>>, StoreError> {
        let id = ShardId::first(scope, deployment);
        if let Some(found) = self.kept().divided.get(&id) {
            return Ok(Some(found.clone()));
        }
        let Some(item) = self.table.get(&key::fleet(scope, deployment)).await? else { return Ok(None) };
        let found: Arc<Divided> = Arc::new(decode(&item)?);
        known(&item, found.rule.v, RULE_VERSION)?;
        self.kept().divided.insert(id, found.clone());
        Ok(Some(found))
    }

    /// The purse of a fleet of many shards, strongly consistent.
    pub async fn purse(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
    ) -> Result<Option<StoredPurse>, StoreError> {
        let Some(item) = self.table.get(&key::purse(scope, deployment)).await? else { return Ok(None) };
        let purse: Purse = decode(&item)?;
        known(&item, purse.v, PURSE_VERSION)?;
        Ok(Some(StoredPurse { version: item.version, purse }))
    }

    /// Puts the next purse over the one that was loaded; [`StoreError::Conflict`] if it is no longer that.
    pub async fn commit_purse(
        &self,
        scope: &Scope,
        deployment: &DeploymentId,
        loaded: &StoredPurse,
        next: &Purse,
    ) -> Result<(), StoreError> {
        let item = Item::new(key::purse(scope, deployment), loaded.version + 1, encode(next)?);
        Ok(self.table.put_if(item, Expect::Version(loaded.version)).await?)
    }
}
