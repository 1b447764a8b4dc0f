//! Name pointers, and deployment configurations with who uses them.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | a group's use of a configuration | `S/CFG#name` | `G#uuid` | the group's create, update, delete | 100 B |
//!
//! A configuration is deleted in two writes, so that no group can begin to use it in between: first it is
//! marked as retiring, which fails every group write that checked the version before; then, if nobody uses
//! it, it goes, and otherwise the mark is taken back.

use std::collections::HashMap;
use std::sync::Arc;

use cutover_core::config::DeploymentConfig;
use cutover_core::ids::{GroupId, Scope};
use cutover_ports::table::{Expect, Index, Item, Key, Query, Range, Table, TableError, Write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec::{StoreError, decode, encode};
use crate::key;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pointer {
    /// The id of the named thing.
    pub(crate) id: String,
}

impl Pointer {
    pub(crate) fn item(key: Key, id: &str) -> Result<Item, StoreError> {
        Ok(Item::new(key, 1, encode(&Self { id: id.to_owned() })?))
    }
}

/// Most keys of one batch reading.
const BATCH: usize = 100;

/// The things that up to [`BATCH`] names stand for, as far as they exist, by the name that was asked for. `pointer` is the
/// key of a name's pointer, `thing` that of what has the id.
pub(crate) async fn find_all<T: DeserializeOwned>(
    table: &dyn Table,
    names: &[&str],
    pointer: impl Fn(&str) -> Key,
    thing: impl Fn(String) -> Key,
) -> Result<HashMap<String, T>, StoreError> {
    let pointers: HashMap<Key, &str> = names.iter().take(BATCH).map(|name| (pointer(name), *name)).collect();
    let mut wanted = HashMap::new();
    for item in table.batch_get(&pointers.keys().cloned().collect::<Vec<_>>()).await? {
        wanted.insert(thing(decode::<Pointer>(&item)?.id), pointers[&item.key]);
    }
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let items = table.batch_get(&wanted.keys().cloned().collect::<Vec<_>>()).await?;
    items.iter().map(|item| Ok((wanted[&item.key].to_owned(), decode(item)?))).collect()
}

/// Why a thing did not get its name, or did not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Something else has the name.
    #[error("the name is taken")]
    Taken,
    /// Something that was read before was changed in between: load it again.
    #[error("it was changed in between")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A custom deployment configuration as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredConfig {
    /// The configuration.
    #[serde(flatten)]
    pub config: DeploymentConfig,
    /// zonalConfig as the API spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zonal: Option<Value>,
    /// On its way out: no group may begin to use it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retiring: bool,
}

/// A custom configuration that a group write relies on: it must still be what was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reliance {
    /// Its name.
    pub name: String,
    /// Its version when loaded.
    pub version: u64,
}

/// What became of a configuration that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigDeletion {
    /// It is gone, or never was.
    Gone,
    /// A group uses it.
    InUse,
}

/// Tries of a deletion against concurrent ones.
const TRIES: usize = 8;

/// The repository of custom configurations.
pub struct Configs {
    table: Arc<dyn Table>,
}

impl Configs {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The custom configuration of that name and its version.
    pub async fn find(&self, scope: &Scope, name: &str) -> Result<Option<(StoredConfig, u64)>, StoreError> {
        match self.table.get(&key::config(scope, name)).await? {
            Some(item) => Ok(Some((decode(&item)?, item.version))),
            None => Ok(None),
        }
    }

    /// Stores a new configuration.
    pub async fn create(&self, scope: &Scope, config: &StoredConfig) -> Result<(), NameError> {
        let item = Item::new(key::config(scope, &config.config.name), 1, encode(config)?);
        match self.table.put_if(item, Expect::Absent).await {
            Ok(()) => Ok(()),
            Err(TableError::Condition(_)) => Err(NameError::Taken),
            Err(error) => Err(NameError::Store(error.into())),
        }
    }

    /// Deletes the configuration unless a group uses it.
    pub async fn delete(&self, scope: &Scope, name: &str) -> Result<ConfigDeletion, StoreError> {
        for _ in 0..TRIES {
            let Some((config, version)) = self.find(scope, name).await? else {
                return Ok(ConfigDeletion::Gone);
            };
            match self.retire(scope, name, config, version).await {
                Err(StoreError::Conflict) => {}
                done => return done,
            }
        }
        Err(StoreError::Unavailable(format!(
            "the configuration was changed at the same time, {TRIES} times in a row"
        )))
    }

    async fn retire(
        &self,
        scope: &Scope,
        name: &str,
        mut config: StoredConfig,
        version: u64,
    ) -> Result<ConfigDeletion, StoreError> {
        let put = |config: &StoredConfig, version: u64| {
            Ok::<_, StoreError>(Item::new(key::config(scope, name), version, encode(config)?))
        };
        config.retiring = true;
        self.table.put_if(put(&config, version + 1)?, Expect::Version(version)).await?;
        if self.is_used(scope, name).await? {
            config.retiring = false;
            self.table.put_if(put(&config, version + 2)?, Expect::Version(version + 1)).await?;
            return Ok(ConfigDeletion::InUse);
        }
        let delete = Write::Delete { key: key::config(scope, name), expect: Expect::Version(version + 1) };
        self.table.transact(vec![delete]).await?;
        Ok(ConfigDeletion::Gone)
    }

    async fn is_used(&self, scope: &Scope, name: &str) -> Result<bool, StoreError> {
        let query = Query {
            index: Index::Main,
            pk: uses_pk(scope, name),
            range: Range::All,
            descending: false,
            limit: 1,
            after: None,
        };
        Ok(!self.table.query(query).await?.items.is_empty())
    }
}

fn uses_pk(scope: &Scope, name: &str) -> String {
    format!("{scope}/CFG#{name}")
}

fn use_key(scope: &Scope, name: &str, group: &GroupId) -> Key {
    Key::new(uses_pk(scope, name), format!("G#{group}"))
}

/// The writes by which a group begins to use a configuration.
pub(crate) fn begin_use(
    scope: &Scope,
    reliance: &Reliance,
    group: &GroupId,
) -> Result<[Write; 2], StoreError> {
    let check =
        Write::Check { key: key::config(scope, &reliance.name), expect: Expect::Version(reliance.version) };
    let item = Pointer::item(use_key(scope, &reliance.name, group), group.as_str())?;
    Ok([check, Write::Put { item, expect: Expect::Anything }])
}

/// The write by which a group ends its use of a configuration, if it had one.
pub(crate) fn end_use(scope: &Scope, name: &str, group: &GroupId) -> Write {
    Write::Delete { key: use_key(scope, name, group), expect: Expect::Anything }
}
