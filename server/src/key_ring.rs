//! The access keys of this service: in the table with their secrets sealed, and open in memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use cutover_access::credentials::Credentials;
use cutover_access::seal::{FileError, Master, read_private, write_private};
use cutover_core::access::Role;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_ports::clock::Clock;
use cutover_ports::system::SystemClock;
use cutover_ports::table::Table;
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
/// Live keys that there may be.
const MOST: usize = 10_000;

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
    master: Master,
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
    /// The keys in this table, with the files of secrets in this folder. Both files and a first key are made
    /// when they are not there.
    pub async fn open(table: Arc<dyn Table>, scope: Scope, data: &Path) -> Result<Self, KeysError> {
        let file = data.join(MASTER_FILE);
        let ring = Self { master: Master::open(&file)?, table, scope, live: RwLock::default() };
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
mod tests {
    use cutover_local::memory::MemoryTable;
    use cutover_ports::table::Table;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("cutover-ring-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }

        async fn ring(&self, table: &Arc<MemoryTable>) -> Result<Arc<KeyRing>, KeysError> {
            let scope = Scope::new("123456789012", "eu-west-1");
            let table: Arc<dyn Table> = table.clone();
            KeyRing::open(table, scope, &self.0).await.map(Arc::new)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn a_key_lives_from_its_issue_to_its_end() {
        let (folder, table) = (Folder::new("life"), Arc::new(MemoryTable::new()));
        let ring = folder.ring(&table).await.expect("a ring");
        let (key, credentials) = ring.create("ci", Role::Deployer, None, Some("ada")).await.expect("a key");
        assert!(!key.sealed.contains(&credentials.secret));
        // Another process over the same table, after a restart.
        let again = folder.ring(&table).await.expect("a ring");
        assert_eq!(again.find(&key.id).expect("live").secret(), credentials.secret);
        let revoked = again.revoke(&key.id, Some("bob")).await.expect("a store").expect("a key");
        assert_eq!(revoked.revoked_by.as_deref(), Some("bob"));
        let twice = again.revoke(&key.id, Some("eve")).await.expect("a store").expect("a key");
        assert_eq!(twice, revoked, "the first time counts");
        assert!(again.find(&key.id).is_none());
        assert!(again.revoke("CUTONONE", None).await.expect("a store").is_none());
        assert!(folder.ring(&table).await.expect("a ring").find(&key.id).is_none());
        let states: Vec<_> =
            again.all().await.expect("keys").iter().map(|k| k.revoked_at.is_some()).collect();
        assert_eq!(states, [false, true], "live ones first: the root key, then the revoked one");
    }

    #[tokio::test]
    async fn a_use_is_noted_once_a_day_and_does_not_bring_a_revoked_key_back() {
        let (folder, table) = (Folder::new("use"), Arc::new(MemoryTable::new()));
        let ring = folder.ring(&table).await.expect("a ring");
        let (key, _) = ring.create("ci", Role::Agent, None, None).await.expect("a key");
        let held = ring.find(&key.id).expect("live");
        let noon = Timestamp::from_millis(1_793_534_400_000);
        ring.used(&held, noon);
        let noted = ring.find(&key.id).expect("live");
        assert_eq!(noted.key.used_on.as_deref(), Some("2026-11-01"));
        ring.used(&noted, noon.plus_ms(1_000));
        assert!(Arc::ptr_eq(&noted, &ring.find(&key.id).expect("live")), "nothing to note");
        ring.revoke(&key.id, None).await.expect("a store");
        ring.used(&noted, noon.plus_ms(86_400_000));
        assert!(ring.find(&key.id).is_none());
    }

    #[tokio::test]
    async fn functions_have_a_key_that_stands_nowhere() {
        let (folder, table) = (Folder::new("functions"), Arc::new(MemoryTable::new()));
        let ring = folder.ring(&table).await.expect("a ring");
        let made = ring.for_functions();
        let held = ring.find(&made.id).expect("live");
        assert_eq!((held.key.role, held.secret()), (Role::Agent, made.secret.as_str()));
        assert!(ring.all().await.expect("keys").iter().all(|key| key.id != made.id));
    }

    #[tokio::test]
    async fn the_root_key_follows_the_region_and_its_loss_is_mended() {
        let (folder, table) = (Folder::new("root"), Arc::new(MemoryTable::new()));
        let file = folder.0.join(ROOT_FILE);
        let read =
            || Credentials::from_profile(&std::fs::read_to_string(&file).expect("a file")).expect("a key");
        folder.ring(&table).await.expect("a ring");
        let (root, region) = read();
        assert_eq!(region, "eu-west-1");
        let moved: Arc<dyn Table> = table.clone();
        let moved = KeyRing::open(moved, Scope::new("123456789012", "eu-north-1"), &folder.0).await;
        assert!(moved.expect("a ring").find(&root.id).is_some());
        assert_eq!(read(), (root.clone(), "eu-north-1".to_owned()));
        std::fs::remove_file(&file).expect("a file");
        let ring = folder.ring(&table).await.expect("a ring");
        assert!(ring.find(&root.id).is_none() && ring.find(&read().0.id).is_some());
        std::fs::remove_file(folder.0.join(MASTER_FILE)).expect("a file");
        assert!(matches!(folder.ring(&table).await, Err(KeysError::Master { .. })));
    }
}
