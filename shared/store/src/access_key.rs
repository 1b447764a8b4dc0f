//! Access keys.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | access key | `ACCOUNT/global/KEYS` | `KEY#id` | once a day of use; revoked | 400 B |
//!
//! The body is an [`AccessKey`] as JSON. Its secret is sealed with a master key that is not in the table. Keys
//! are of an account, whatever the region; a revoked one is forgotten after [`KEPT_MS`].

use cutover_core::access::{Permit, Role};
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Index, Item, Query, Range, Table};
use serde::{Deserialize, Serialize};

use crate::codec::{StoreError, decode, encode, known};
use crate::key;

/// The stored version of [`AccessKey`].
pub const ACCESS_KEY_VERSION: u16 = 1;
/// How long a revoked key is remembered: as long as the audit records that name it.
pub const KEPT_MS: u64 = 90 * 86_400_000;

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// [`ACCESS_KEY_VERSION`].
    pub v: u16,
    /// What its holder signs with beside the secret.
    pub id: String,
    /// Whose it is; several keys may have one name, so that one can take over from another.
    pub name: String,
    /// What it was issued for.
    pub role: Role,
    /// The only applications that a deployer may deploy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applications: Option<Vec<String>>,
    /// The secret, sealed.
    pub sealed: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The day of its last use, `2026-11-21` in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_on: Option<String>,
    /// From when on it is not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<String>,
}

impl AccessKey {
    /// What its holder may do.
    pub fn permit(&self) -> Permit {
        Permit::Role(self.role, self.applications.clone())
    }

    fn to_item(&self, scope: &Scope, version: u64) -> Result<Item, StoreError> {
        let mut item = Item::new(key::access_key(scope, &self.id), version, encode(self)?);
        item.expires_at = self.revoked_at.map(|at| at.plus_ms(KEPT_MS).as_millis() / 1000);
        Ok(item)
    }

    fn from_item(item: &Item) -> Result<Self, StoreError> {
        let found: Self = decode(item)?;
        known(item, found.v, ACCESS_KEY_VERSION)?;
        Ok(found)
    }
}

/// Every key of the account of this scope.
pub async fn all(table: &dyn Table, scope: &Scope) -> Result<Vec<AccessKey>, StoreError> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let query = Query {
            index: Index::Main,
            pk: key::access_keys(scope),
            range: Range::Prefix("KEY#".to_owned()),
            descending: false,
            limit: 500,
            after,
        };
        let page = table.query(query).await?;
        for item in &page.items {
            keys.push(AccessKey::from_item(item)?);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(keys),
        }
    }
}

/// Stores a new key.
pub async fn create(table: &dyn Table, scope: &Scope, made: &AccessKey) -> Result<(), StoreError> {
    Ok(table.put_if(made.to_item(scope, 1)?, Expect::Absent).await?)
}

/// Changes a key, and gives it as it is then; nothing if there is no such key.
pub async fn change(
    table: &dyn Table,
    scope: &Scope,
    id: &str,
    change: impl Fn(&mut AccessKey),
) -> Result<Option<AccessKey>, StoreError> {
    loop {
        let Some(item) = table.get(&key::access_key(scope, id)).await? else { return Ok(None) };
        let mut found = AccessKey::from_item(&item)?;
        let before = found.clone();
        change(&mut found);
        if found == before {
            return Ok(Some(found));
        }
        let written = table.put_if(found.to_item(scope, item.version + 1)?, Expect::Version(item.version));
        match written.await.map_err(StoreError::from) {
            // Whoever wrote first made progress, and there are few writers.
            Err(StoreError::Conflict) => {}
            other => return other.map(|()| Some(found)),
        }
    }
}
