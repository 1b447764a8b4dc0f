//! Keys from their issue to their end, over a table in memory.

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
        self.ring_of(table, "eu-west-1").await
    }

    async fn ring_of(&self, table: &Arc<MemoryTable>, region: &str) -> Result<Arc<KeyRing>, KeysError> {
        let scope = Scope::new("123456789012", region);
        let table: Arc<dyn Table> = table.clone();
        let master = Arc::new(Master::open(&self.0.join(MASTER_FILE))?);
        KeyRing::open(table, scope, &self.0, master).await.map(Arc::new)
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
    let states: Vec<_> = again.all().await.expect("keys").iter().map(|k| k.revoked_at.is_some()).collect();
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
    let read = || Credentials::from_profile(&std::fs::read_to_string(&file).expect("a file")).expect("a key");
    folder.ring(&table).await.expect("a ring");
    let (root, region) = read();
    assert_eq!(region, "eu-west-1");
    let moved = folder.ring_of(&table, "eu-north-1").await;
    assert!(moved.expect("a ring").find(&root.id).is_some());
    assert_eq!(read(), (root.clone(), "eu-north-1".to_owned()));
    std::fs::remove_file(&file).expect("a file");
    let ring = folder.ring(&table).await.expect("a ring");
    assert!(ring.find(&root.id).is_none() && ring.find(&read().0.id).is_some());
    std::fs::remove_file(folder.0.join(MASTER_FILE)).expect("a file");
    assert!(matches!(folder.ring(&table).await, Err(KeysError::Master { .. })));
}
