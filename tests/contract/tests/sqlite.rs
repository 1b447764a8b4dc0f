//! The contracts against the tables and queues in SQLite.

mod support;

use std::sync::Arc;

use contract::pace::Pace;
use cutover_local::sqlite::store::{LocalStore, StoreOptions};
use cutover_ports::system::SystemClock;
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
