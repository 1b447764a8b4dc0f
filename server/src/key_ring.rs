//! The access keys of this service: in the table with their secrets sealed, and open in memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use cutover_access::credentials::Credentials;
use cutover_core::access::Role;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use cutover_ports::table::Table;
use cutover_seal::file::{FileError, read_private, write_private};
use cutover_seal::master::Master;
use cutover_store::access_key::{self, ACCESS_KEY_VERSION, AccessKey};
use cutover_store::codec::StoreError;

/// The file of the key that seals secrets, in the data folder.
pub const MASTER_FILE: &str = "master-key";
/// The file of the first key's id and secret, in the data folder.
pub const ROOT_FILE: &str = "root-credentials";
/// The first key's name.
const ROOT: &str = "root";
/// The name of the key that functions of this machine are given.
const FUNCTIONS: &str = "functions";
/// Live keys that there may be; every enrolled host has one.
const MOST: usize = 100_000;

/// A live key and its secret.
#[derive(Debug)]
pub struct Held {
    /// The key.
    pub key: AccessKey,
    credentials: Credentials,
    /// Made for this process and stored nowhere.
    passing: bool,
}

impl Held {
    /// What it signs with.
    pub fn secret(&self) -> &str {
        &self.credentials.secret
    }
}

/// The keys.
pub struct KeyRing {
    table: Arc<dyn Table>,
    scope: Scope,
    master: Arc<Master>,
    live: RwLock<HashMap<String, Arc<Held>>>,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file of secrets.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secrets were sealed with another master key.
    #[error(
        "the key {id} was sealed with another master key than {}; put the right one back from a backup, or \
         start with --auth none on a loopback address and an empty data folder",
        .file.display()
    )]
    Master {
        /// A key that cannot be opened.
        id: String,
        /// The master key's file.
        file: PathBuf,
    },
    /// There are as many keys as there may be.
    #[error("there are {MOST} live keys; revoke some first")]
    TooMany,
}

impl KeyRing {
    /// The keys in this table, whose secrets are sealed with this master key of this folder. The folder's file
    /// of the first key, and that key, are made when they are not there.
    pub async fn open(
        table: Arc<dyn Table>,
        scope: Scope,
        data: &Path,
        master: Arc<Master>,
    ) -> Result<Self, KeysError> {
        let file = data.join(MASTER_FILE);
        let ring = Self { master, table, scope, live: RwLock::default() };
        for key in access_key::all(ring.table.as_ref(), &ring.scope).await? {
            if key.revoked_at.is_none() {
                let secret = ring.master.open_sealed(&key.id, &key.sealed);
                let secret =
                    secret.ok_or_else(|| KeysError::Master { id: key.id.clone(), file: file.clone() })?;
                ring.hold(key, secret, false);
            }
        }
        ring.root(&data.join(ROOT_FILE)).await?;
        Ok(ring)
    }

    /// The first key. Its file gone, a new one takes over: so nobody is locked out for good.
    async fn root(&self, file: &Path) -> Result<(), KeysError> {
        let region = &self.scope.region;
        if let Some(text) = read_private(file)? {
            // Those who read the file sign for the region that stands in it.
            return match Credentials::from_profile(&text) {
                Some((root, stood)) if stood != *region => Ok(write_private(file, &profile(&root, region))?),
                _ => Ok(()),
            };
        }
        let live: Vec<_> =
            self.live.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let (_, credentials) = self.create(ROOT, Role::Operator, None, None).await?;
        write_private(file, &profile(&credentials, region))?;
        for before in live.iter().filter(|held| held.key.name == ROOT) {
            self.revoke(&before.key.id, Some(ROOT)).await?;
        }
        tracing::info!(file = %file.display(), "made a root key");
        Ok(())
    }

    /// The live key of that id.
    pub fn find(&self, id: &str) -> Option<Arc<Held>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Notes that a key is used: once a day, and without anybody waiting for it.
    pub fn used(self: &Arc<Self>, held: &Arc<Held>, now: Timestamp) {
        let today = now.to_string()[..10].to_owned();
        if held.passing || held.key.used_on.as_ref() == Some(&today) {
            return;
        }
        let key = AccessKey { used_on: Some(today.clone()), ..held.key.clone() };
        let noted = Held { key, credentials: held.credentials.clone(), passing: false };
        match self.live.write().unwrap_or_else(PoisonError::into_inner).get_mut(&held.key.id) {
            Some(slot) => *slot = Arc::new(noted),
            // Revoked in this moment.
            None => return,
        }
        let (ring, id) = (self.clone(), held.key.id.clone());
        tokio::spawn(async move {
            let noted = access_key::change(ring.table.as_ref(), &ring.scope, &id, |key| {
                key.used_on = Some(today.clone());
            });
            if let Err(error) = noted.await {
                tracing::warn!(key = id, %error, "the day of a key's last use is not stored");
            }
        });
    }

    /// Issues a key. The credentials are told this once.
    pub async fn create(
        &self,
        name: &str,
        role: Role,
        applications: Option<Vec<String>>,
        by: Option<&str>,
    ) -> Result<(AccessKey, Credentials), KeysError> {
        if self.live.read().unwrap_or_else(PoisonError::into_inner).len() >= MOST {
            return Err(KeysError::TooMany);
        }
        let credentials = Credentials::generate();
        let key = self.key(&credentials, name, role, applications, by);
        access_key::create(self.table.as_ref(), &self.scope, &key).await?;
        self.hold(key.clone(), credentials.secret.clone(), false);
        Ok((key, credentials))
    }

    /// A key for the functions of this machine, good as long as this process: all they need is to report.
    pub fn for_functions(&self) -> Credentials {
        let credentials = Credentials::generate();
        let key = self.key(&credentials, FUNCTIONS, Role::Agent, None, None);
        self.hold(key, credentials.secret.clone(), true);
        credentials
    }

    /// Every stored key: live ones first, each kind by age.
    pub async fn all(&self) -> Result<Vec<AccessKey>, KeysError> {
        let mut keys = access_key::all(self.table.as_ref(), &self.scope).await?;
        keys.sort_by_key(|key| (key.revoked_at.is_some(), key.created_at, key.id.clone()));
        Ok(keys)
    }

    /// Ends a key, for good and at once; nothing if there is no such key. The first time counts.
    pub async fn revoke(&self, id: &str, by: Option<&str>) -> Result<Option<AccessKey>, KeysError> {
        let now = SystemClock.now();
        let changed = access_key::change(self.table.as_ref(), &self.scope, id, |key| {
            if key.revoked_at.is_none() {
                key.revoked_at = Some(now);
                key.revoked_by = by.map(str::to_owned);
            }
        });
        let changed = changed.await?;
        if changed.is_some() {
            self.drop_live(id);
        }
        Ok(changed)
    }

    /// Ends every live key of that name but these.
    pub async fn revoke_named(&self, name: &str, but: &[String], by: Option<&str>) -> Result<(), KeysError> {
        let live: Vec<_> =
            self.live.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for held in live.iter().filter(|held| held.key.name == name && !but.contains(&held.key.id)) {
            self.revoke(&held.key.id, by).await?;
        }
        Ok(())
    }

    fn key(
        &self,
        credentials: &Credentials,
        name: &str,
        role: Role,
        applications: Option<Vec<String>>,
        by: Option<&str>,
    ) -> AccessKey {
        AccessKey {
            v: ACCESS_KEY_VERSION,
            id: credentials.id.clone(),
            name: name.to_owned(),
            role,
            applications,
            sealed: self.master.seal(&credentials.id, &credentials.secret),
            created_at: SystemClock.now(),
            created_by: by.map(str::to_owned),
            used_on: None,
            revoked_at: None,
            revoked_by: None,
        }
    }

    fn hold(&self, key: AccessKey, secret: String, passing: bool) {
        let id = key.id.clone();
        let held = Held { credentials: Credentials { id: id.clone(), secret }, key, passing };
        self.live.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::new(held));
    }

    fn drop_live(&self, id: &str) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

fn profile(root: &Credentials, region: &str) -> String {
    root.to_profile("Cutover's root key, role operator: for `cutover keys` on this machine.", region)
}

#[cfg(test)]
#[path = "key_ring_tests.rs"]
mod tests;
