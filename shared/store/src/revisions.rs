//! Revisions of an application: registered by hand or by their first deployment.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | revision | `S/A#uuid` | `REV#digest` | registration, use by a deployment | 0.3–64 KB |
//! | its place by first use | `S/A#uuid` | `USED#instant#digest` | its first use | 100 B |
//!
//! The digest is the SHA-256 of the location, so the same location is the same revision. gsi1 holds revisions by
//! registration, gsi2 by last use; the first use is moved once in a life and stands in an item of its own. What
//! was never used counts as used at the beginning of time.

use std::collections::HashMap;
use std::sync::Arc;

use cutover_core::ids::{ApplicationId, Scope};
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Index, Item, Key, Place, Query, Range, Table, TableError, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalog::Pointer;
use crate::codec::{StoreError, decode, encode, known};
use crate::key;
use crate::lists::Listed;

/// The stored version of [`Revision`].
pub const REVISION_VERSION: u16 = 1;

/// A revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// [`REVISION_VERSION`].
    pub v: u16,
    /// Hexadecimal SHA-256 of the location: its identity in the application.
    pub digest: String,
    /// revisionLocation as the API spells it.
    pub location: Value,
    /// What was said at its registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was first seen.
    pub registered_at: Timestamp,
    /// When it was first deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_used_at: Option<Timestamp>,
    /// When it was last deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// What revisions are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Their registration.
    Registered,
    /// Their first use.
    FirstUsed,
    /// Their last use.
    LastUsed,
}

/// The repository of revisions.
pub struct Revisions {
    table: Arc<dyn Table>,
}

/// Tries of a deletion against concurrent ones.
const TRIES: usize = 8;
/// Revisions that are deleted in one transaction, with a second item each.
const DELETED_AT_ONCE: usize = 50;

impl Revisions {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The revision of that digest and its stored version.
    pub async fn find(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        digest: &str,
    ) -> Result<Option<(Revision, u64)>, StoreError> {
        match self.table.get(&key::revision(scope, application, digest)).await? {
            Some(item) => Ok(Some((read(&item)?, item.version))),
            None => Ok(None),
        }
    }

    /// Those of up to 100 revisions that exist, by digest.
    pub async fn find_all(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        digests: &[String],
    ) -> Result<HashMap<String, Revision>, StoreError> {
        let mut keys: Vec<Key> = digests.iter().map(|d| key::revision(scope, application, d)).collect();
        keys.sort();
        keys.dedup();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let items = self.table.batch_get(&keys).await?;
        items.iter().map(|item| read(item).map(|revision| (revision.digest.clone(), revision))).collect()
    }

    /// Puts `new` over what was loaded as `old`; [`StoreError::Conflict`] if it is no longer that, or if the
    /// application is no longer there.
    pub async fn put(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        old: Option<&(Revision, u64)>,
        new: &Revision,
    ) -> Result<(), StoreError> {
        let mut writes = writes(scope, application, old, new)?;
        writes.extend(self.still_there(scope, application).await?);
        Ok(self.table.transact(writes).await?)
    }

    async fn still_there(
        &self,
        scope: &Scope,
        application: &ApplicationId,
    ) -> Result<Option<Write>, StoreError> {
        let key = key::application(scope, application);
        let item = self.table.get(&key).await?.ok_or(StoreError::Conflict)?;
        Ok(Some(Write::Check { key, expect: Expect::Version(item.version) }))
    }

    /// A page of revisions.
    pub async fn list(
        &self,
        scope: &Scope,
        application: &ApplicationId,
        (order, descending): (Order, bool),
        after: Option<Place>,
        limit: usize,
    ) -> Result<Listed<Revision>, StoreError> {
        let (index, pk, range) = match order {
            Order::Registered => {
                (Index::Gsi1, key::revisions_by_registration(scope, application), Range::All)
            }
            Order::LastUsed => (Index::Gsi2, key::revisions_by_last_use(scope, application), Range::All),
            Order::FirstUsed => (
                Index::Main,
                key::application_pk(scope, application),
                Range::Prefix(key::FIRST_USE.to_owned()),
            ),
        };
        let page = self.table.query(Query { index, pk, range, descending, limit, after }).await?;
        let found = match order {
            Order::FirstUsed => {
                let digests: Vec<String> = page
                    .items
                    .iter()
                    .map(|item| Ok(decode::<Pointer>(item)?.id))
                    .collect::<Result<_, StoreError>>()?;
                let mut by_digest = HashMap::new();
                for some in digests.chunks(100) {
                    by_digest.extend(self.find_all(scope, application, some).await?);
                }
                digests.iter().filter_map(|digest| by_digest.remove(digest)).collect()
            }
            _ => page.items.iter().map(read).collect::<Result<_, _>>()?,
        };
        Ok(Listed { found, next: page.next })
    }

    /// Deletes all revisions of an application that is gone.
    pub async fn delete_all(&self, scope: &Scope, application: &ApplicationId) -> Result<(), StoreError> {
        let mut contended = 0;
        loop {
            let query = Query {
                index: Index::Main,
                pk: key::application_pk(scope, application),
                range: Range::Prefix(key::REVISION.to_owned()),
                descending: false,
                limit: DELETED_AT_ONCE,
                after: None,
            };
            let mut deletes = Vec::new();
            for item in self.table.query(query).await?.items {
                let first = first_use(scope, application, &read(&item)?);
                for key in [item.key, first] {
                    deletes.push(Write::Delete { key, expect: Expect::Anything });
                }
            }
            if deletes.is_empty() {
                return Ok(());
            }
            match self.table.transact(deletes).await {
                Ok(()) => contended = 0,
                Err(TableError::Contended) if contended < TRIES => contended += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The writes that put `new` over what was loaded as `old`.
pub fn writes(
    scope: &Scope,
    application: &ApplicationId,
    old: Option<&(Revision, u64)>,
    new: &Revision,
) -> Result<Vec<Write>, StoreError> {
    let version = old.map_or(0, |(_, version)| *version);
    let expect = if old.is_some() { Expect::Version(version) } else { Expect::Absent };
    let mut item = Item::new(key::revision(scope, application, &new.digest), version + 1, encode(new)?);
    let by = |at: Option<Timestamp>| key::by_time(at.unwrap_or(Timestamp::from_millis(0)), &new.digest);
    item.gsi1 =
        Some(Key::new(key::revisions_by_registration(scope, application), by(Some(new.registered_at))));
    item.gsi2 = Some(Key::new(key::revisions_by_last_use(scope, application), by(new.last_used_at)));
    let mut writes = vec![Write::Put { item, expect }];
    let place = first_use(scope, application, new);
    let before = old.map(|(old, _)| first_use(scope, application, old));
    if before.as_ref() != Some(&place) {
        writes.push(Write::Put { item: Pointer::item(place, &new.digest)?, expect: Expect::Anything });
        writes.extend(before.map(|key| Write::Delete { key, expect: Expect::Anything }));
    }
    Ok(writes)
}

fn first_use(scope: &Scope, application: &ApplicationId, revision: &Revision) -> Key {
    let at = revision.first_used_at.unwrap_or(Timestamp::from_millis(0));
    key::first_use(scope, application, at, &revision.digest)
}

fn read(item: &Item) -> Result<Revision, StoreError> {
    let revision: Revision = decode(item)?;
    known(item, revision.v, REVISION_VERSION)?;
    Ok(revision)
}
