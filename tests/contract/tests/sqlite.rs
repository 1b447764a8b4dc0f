//! The contracts against the tables and queues in SQLite.

mod support;

use std::sync::Arc;

use contract::pace::Pace;
use cutover_local::sqlite::store::{LocalStore, StoreOptions};
use cutover_ports::system::SystemClock;
use cutover_ports::table::{Expect, Item, Key, Table};
use support::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn table() {
    let dir = TempDir::new();
    let store = LocalStore::open(dir.path(), Arc::new(SystemClock)).unwrap();
    contract::table::table_contract(|| store.table(), Pace::quick()).await;
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn queue() {
    let pace = Pace::quick();
    let dir = TempDir::new();
    let options = StoreOptions { visibility: pace.visibility, ..StoreOptions::default() };
    let store = LocalStore::open_with(dir.path(), Arc::new(SystemClock), options).unwrap();
    let count =
        async |queue: &cutover_local::sqlite::queue::SqliteQueue, name| queue.dead_letters(name).len();
    contract::queue::queue_contract(|| store.queue(), count, pace).await;
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_leaves_what_is_to_be_kept() {
    let dir = TempDir::new();
    let store = LocalStore::open(dir.path(), Arc::new(SystemClock)).unwrap();
    let table = store.table();
    let [gone, kept] = ["GONE", "KEPT"].map(|pk| Item::new(Key::new(pk, "S"), 1, "{}".to_owned()));
    let put = |item: &Item| table.put_if(item.clone(), Expect::Absent);
    for item in [&gone, &kept] {
        put(item).await.unwrap();
    }
    table.clear(|pk| pk == "KEPT").await.unwrap();
    assert_eq!(table.get(&gone.key).await, Ok(None));
    assert_eq!(table.get(&kept.key).await, Ok(Some(kept.clone())));
    assert!(put(&kept).await.is_err());
    // Those that come in the same moment are before it or after it.
    let (cleared, written) = tokio::join!(table.clear(|_| false), put(&gone));
    assert_eq!((cleared, written), (Ok(()), Ok(())));
    drop(table);
    store.close().await.unwrap();
    let found = LocalStore::open(dir.path(), Arc::new(SystemClock)).unwrap().table();
    assert_eq!(found.get(&kept.key).await, Ok(None));
}
