//! On-premises instances: registered under a name with one IAM identity, tagged, deregistered, kept.
//!
//! | item | pk | sk | changes | size |
//! |---|---|---|---|---|
//! | host | `S/HOST#name` | `META` | register, enrol, tag, deregister | 0.3–5 KB |
//! | IAM identity pointer | `S/IAM#arn` | `META` | register, enrol, deregister | 150 B |
//!
//! gsi1 holds hosts by registration status and name, gsi2 all of them by name. A deregistered host keeps its
//! item, without its identity, until its name is registered again.

use std::sync::Arc;

use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::table::{Expect, Index, Item, Key, Place, Query, Range, Table, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::catalog::{NameError, Pointer};
use crate::codec::{StoreError, decode, encode, known};
use crate::key;
use crate::lists::Listed;

/// The stored version of [`Host`].
pub const HOST_VERSION: u16 = 1;

/// An on-premises instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// [`HOST_VERSION`].
    pub v: u16,
    /// Its name.
    pub name: String,
    /// Its instance ARN.
    pub arn: String,
    /// What it calls as.
    pub identity: Identity,
    /// Its tags, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// The public half of the key that its reports are signed with, in base64; absent until it has enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The only access key that it may call with, where keys are checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// Keys that count as well, until the host confirms that it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<HostKeys>,
    /// The key before this one, for what it signed that is still on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<FormerKey>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was deregistered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deregistered_at: Option<Timestamp>,
}

impl Host {
    /// Whether it may take orders and report: registered, and it has a key.
    pub fn is_enrolled(&self) -> bool {
        self.public_key.is_some() && self.deregistered_at.is_none()
    }

    /// The public keys that count now, in base64; none unless it is enrolled.
    pub fn keys(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let next = self.next.as_ref().map(|next| &next.public_key);
        let former =
            self.former.as_ref().filter(|former| now < former.until).map(|former| &former.public_key);
        let keys = self.public_key.iter().chain(next).chain(former).filter(|_| self.is_enrolled());
        keys.map(String::as_str)
    }

    /// The access keys that it may call with.
    pub fn access_keys(&self) -> impl Iterator<Item = &String> {
        self.access_key.iter().chain(self.next.as_ref().and_then(|next| next.access_key.as_ref()))
    }

    /// Takes all keys from it.
    pub fn without_keys(&mut self) {
        (self.public_key, self.access_key, self.next, self.former) = (None, None, None, None);
    }
}

/// Keys of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostKeys {
    /// The public half of what it signs with, in base64.
    pub public_key: String,
    /// The access key, where keys are checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
}

/// A key that has given way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerKey {
    /// The public half, in base64.
    pub public_key: String,
    /// When it does not count any more.
    pub until: Timestamp,
}

/// What an on-premises instance calls as: one identity, one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// An IAM user, by ARN.
    User(String),
    /// A session of an IAM role, by ARN.
    Session(String),
}

impl Identity {
    /// The ARN.
    pub fn arn(&self) -> &str {
        match self {
            Self::User(arn) | Self::Session(arn) => arn,
        }
    }
}

/// Which hosts a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Registered ones.
    Registered,
    /// Deregistered ones.
    Deregistered,
}

/// The repository of on-premises instances.
pub struct Hosts {
    table: Arc<dyn Table>,
}

impl Hosts {
    /// Over this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// The host of that name and its stored version.
    pub async fn find(&self, scope: &Scope, name: &str) -> Result<Option<(Host, u64)>, StoreError> {
        match self.table.get(&key::host(scope, name)).await? {
            Some(item) => Ok(Some((read(&item)?, item.version))),
            None => Ok(None),
        }
    }

    /// Those of up to 100 hosts that exist, with their stored versions, by name.
    pub async fn find_all(&self, scope: &Scope, names: &[String]) -> Result<Vec<(Host, u64)>, StoreError> {
        let mut keys: Vec<Key> = names.iter().map(|name| key::host(scope, name)).collect();
        keys.sort();
        keys.dedup();
        let items = self.table.batch_get(&keys).await?;
        let mut found = items
            .iter()
            .map(|item| Ok((read(item)?, item.version)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        found.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Stores a host under its name, over a deregistered one of stored version `over`, and takes its identity.
    /// [`NameError::Taken`] says that the identity is another host's.
    pub async fn register(&self, scope: &Scope, host: &Host, over: Option<u64>) -> Result<(), NameError> {
        let pointer = Pointer::item(key::identity(scope, host.identity.arn()), &host.name)?;
        let expect = over.map_or(Expect::Absent, Expect::Version);
        let writes = vec![
            Write::Put { item: pointer, expect: Expect::Absent },
            Write::Put { item: to_item(scope, host, over.unwrap_or(0) + 1)?, expect },
        ];
        match self.table.transact(writes).await {
            Ok(()) => Ok(()),
            Err(TableError::Condition(0)) => Err(NameError::Taken),
            Err(TableError::Condition(_) | TableError::Contended) => Err(NameError::Changed),
            Err(error) => Err(NameError::Store(error.into())),
        }
    }

    /// Puts a deregistered host over the one of that version, and frees its identity.
    pub async fn deregister(&self, scope: &Scope, host: &Host, version: u64) -> Result<(), StoreError> {
        let writes = vec![
            Write::Put { item: to_item(scope, host, version + 1)?, expect: Expect::Version(version) },
            Write::Delete { key: key::identity(scope, host.identity.arn()), expect: Expect::Anything },
        ];
        Ok(self.table.transact(writes).await?)
    }

    /// Puts all of up to 100 hosts over what was loaded, or none.
    pub async fn put_all(&self, scope: &Scope, hosts: &[(Host, u64)]) -> Result<(), StoreError> {
        let put = |(host, version): &(Host, u64)| {
            let item = to_item(scope, host, version + 1)?;
            Ok::<_, StoreError>(Write::Put { item, expect: Expect::Version(*version) })
        };
        Ok(self.table.transact(hosts.iter().map(put).collect::<Result<_, _>>()?).await?)
    }

    /// A page of hosts, by name.
    pub async fn list(
        &self,
        scope: &Scope,
        which: Which,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Listed<Host>, StoreError> {
        let (index, pk) = match which {
            Which::All => (Index::Gsi2, key::hosts(scope)),
            Which::Registered => (Index::Gsi1, key::hosts_by_status(scope, true)),
            Which::Deregistered => (Index::Gsi1, key::hosts_by_status(scope, false)),
        };
        let query = Query { index, pk, range: Range::All, descending: false, limit, after };
        let page = self.table.query(query).await?;
        let found = page.items.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Listed { found, next: page.next })
    }
}

pub(crate) fn to_item(scope: &Scope, host: &Host, version: u64) -> Result<Item, StoreError> {
    let mut item = Item::new(key::host(scope, &host.name), version, encode(host)?);
    let registered = host.deregistered_at.is_none();
    item.gsi1 = Some(Key::new(key::hosts_by_status(scope, registered), host.name.clone()));
    item.gsi2 = Some(Key::new(key::hosts(scope), host.name.clone()));
    Ok(item)
}

fn read(item: &Item) -> Result<Host, StoreError> {
    let host: Host = decode(item)?;
    known(item, host.v, HOST_VERSION)?;
    Ok(host)
}
