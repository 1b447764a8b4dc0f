//! What survives, and what the store says when it cannot go on.

mod support;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cutover_core::queue::QueueName;
use cutover_local::sqlite::open_error::OpenError;
use cutover_local::sqlite::store::{LocalStore, StoreOptions};
use cutover_ports::queue::{Inbox, MAX_RECEIVES, Outgoing, Queue};
use cutover_ports::system::SystemClock;
use cutover_ports::table::{Expect, Index, Item, Key, Query, Range, Table, TableError};
use futures_util::future::join_all;
use support::TempDir;

fn open(dir: &Path) -> Result<LocalStore, OpenError> {
    LocalStore::open(dir, Arc::new(SystemClock))
}

fn item(n: usize) -> Item {
    Item::new(Key::new("P", format!("S#{n:05}")), 1, format!("{{\"text\":\"{}\"}}", "x".repeat(2000)))
}

async fn count(table: &dyn Table) -> usize {
    let mut query = Query {
        index: Index::Main,
        pk: "P".to_owned(),
        range: Range::All,
        descending: false,
        limit: 1000,
        after: None,
    };
    let mut found = 0;
    loop {
        let page = table.query(query.clone()).await.expect("query");
        found += page.items.len();
        if page.next.is_none() {
            return found;
        }
        query.after = page.next;
    }
}

/// The files as a killed process would leave them.
fn copy_as_killed(from: &Path, to: &Path) {
    for name in ["cutover.db-wal", "cutover.db"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).expect("copy");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_at_once_are_all_there_after_a_kill() {
    let (dir, copy) = (TempDir::new(), TempDir::new());
    let store = open(dir.path()).unwrap();
    let table = store.table();
    let puts = (0..2000).map(|n| {
        let table = table.clone();
        tokio::spawn(async move { table.put_if(item(n), Expect::Absent).await })
    });
    for put in join_all(puts).await {
        put.unwrap().unwrap();
    }
    assert_eq!(count(&*table).await, 2000);
    copy_as_killed(dir.path(), copy.path());
    let found = open(copy.path()).unwrap();
    assert_eq!(count(&*found.table()).await, 2000);
    assert_eq!(found.table().get(&item(1999).key).await, Ok(Some(item(1999))));
}

#[tokio::test]
async fn every_acknowledged_write_is_in_the_files_at_once() {
    let dir = TempDir::new();
    let store = open(dir.path()).unwrap();
    for n in 0..20 {
        store.table().put_if(item(n), Expect::Absent).await.unwrap();
        let copy = TempDir::new();
        copy_as_killed(dir.path(), copy.path());
        assert_eq!(count(&*open(copy.path()).unwrap().table()).await, n + 1);
    }
}

#[tokio::test]
async fn closed_or_dropped_it_opens_again_with_everything() {
    let dir = TempDir::new();
    for n in 0..4 {
        let store = open(dir.path()).unwrap();
        assert_eq!(count(&*store.table()).await, n);
        store.table().put_if(item(n), Expect::Absent).await.unwrap();
        if n % 2 == 0 {
            let table = store.table();
            store.close().await.unwrap();
            let refused = table.put_if(item(99), Expect::Absent).await;
            assert_eq!(refused, Err(TableError::Broken("the store is closed".to_owned())));
            assert_eq!(fs::metadata(dir.path().join("cutover.db-wal")).map_or(0, |log| log.len()), 0);
        }
    }
}

#[tokio::test]
async fn messages_survive_a_kill_and_are_visible_again() {
    let (dir, copy) = (TempDir::new(), TempDir::new());
    let store = open(dir.path()).unwrap();
    let queue = store.queue();
    let send =
        |body: &str, delay_ms| Outgoing { queue: QueueName::Rollback, body: body.to_owned(), delay_ms };
    for body in ["deleted", "in flight"] {
        queue.send(send(body, 0)).await.unwrap();
    }
    queue.send(send("later", 600_000)).await.unwrap();
    let taken = queue.receive(QueueName::Rollback, 10, Duration::ZERO).await.unwrap();
    assert_eq!(taken.len(), 2);
    queue.delete(taken.iter().find(|delivery| delivery.body == "deleted").unwrap()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    copy_as_killed(dir.path(), copy.path());
    let found = open(copy.path()).unwrap().queue();
    assert_eq!(found.len(QueueName::Rollback), 2);
    let again = found.receive(QueueName::Rollback, 10, Duration::ZERO).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].body.as_str(), again[0].receive_count), ("in flight", 2));
}

#[tokio::test]
async fn dead_letters_survive() {
    let dir = TempDir::new();
    let options = StoreOptions { visibility: Duration::from_millis(1), max_pages: None };
    let store = LocalStore::open_with(dir.path(), Arc::new(SystemClock), options).unwrap();
    let queue = store.queue();
    queue.send(Outgoing { queue: QueueName::AlarmCheck, body: "m".to_owned(), delay_ms: 0 }).await.unwrap();
    for _ in 0..MAX_RECEIVES {
        let taken = queue.receive(QueueName::AlarmCheck, 1, Duration::from_secs(1)).await.unwrap();
        assert_eq!(taken.len(), 1);
    }
    assert!(queue.receive(QueueName::AlarmCheck, 1, Duration::from_millis(20)).await.unwrap().is_empty());
    let letters = queue.dead_letters(QueueName::AlarmCheck);
    assert_eq!((letters.len(), letters[0].receive_count), (1, MAX_RECEIVES));
    drop(queue);
    store.close().await.unwrap();
    assert_eq!(open(dir.path()).unwrap().queue().dead_letters(QueueName::AlarmCheck), letters);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_keeps_what_was_acknowledged_and_nothing_else() {
    let dir = TempDir::new();
    let options = StoreOptions { max_pages: Some(200), ..StoreOptions::default() };
    let store = LocalStore::open_with(dir.path(), Arc::new(SystemClock), options).unwrap();
    let table = store.table();
    let results = join_all((0..400).map(|n| table.put_if(item(n), Expect::Absent))).await;
    let kept: Vec<usize> = (0..400).filter(|n| results[*n].is_ok()).collect();
    let full = results.iter().find_map(|result| result.clone().err()).unwrap();
    assert_eq!(
        full.to_string(),
        "use the table: the disk is full; nothing of this write was kept; free some space and try again"
    );
    let mut more = 0;
    while table.put_if(item(1000 + more), Expect::Absent).await.is_ok() {
        more += 1;
    }
    assert_eq!(count(&*table).await, kept.len() + more);
    // What is there can still be changed and read.
    let smaller = Item::new(item(1000).key, 2, "{}".to_owned());
    table.put_if(smaller.clone(), Expect::Anything).await.unwrap();
    assert_eq!(table.get(&smaller.key).await, Ok(Some(smaller)));
    drop(table);
    store.close().await.unwrap();
    assert_eq!(count(&*open(dir.path()).unwrap().table()).await, kept.len() + more);
}

#[tokio::test]
async fn a_second_opener_is_refused() {
    let dir = TempDir::new();
    let first = open(dir.path()).unwrap();
    let refused = open(dir.path()).unwrap_err();
    assert_eq!(refused, OpenError::InUse { dir: dir.path().to_owned() });
    drop(first);
    assert!(open(dir.path()).is_ok());
}

#[tokio::test]
async fn what_is_no_store_is_refused_with_advice() {
    let dir = TempDir::new();
    let file = dir.path().join("cutover.db");
    let message = |dir: &TempDir| open(dir.path()).unwrap_err().to_string();
    fs::write(&file, "not a database at all, but long enough to be looked at".repeat(100)).unwrap();
    let text = message(&dir);
    assert!(
        text.starts_with(&format!("the store file {} is not a readable Cutover store: ", file.display()))
    );
    assert!(text.ends_with("; restore it from a backup or move it away"), "{text}");

    fs::remove_file(&file).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE somebody(elses)").unwrap();
    drop(other);
    assert!(message(&dir).contains("it belongs to another program"));

    fs::remove_file(&file).unwrap();
    open(dir.path()).unwrap().close().await.unwrap();
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 7).unwrap();
    assert!(message(&dir).contains("has layout 7, and this version knows layouts up to 1"));
}

#[tokio::test]
async fn a_damaged_file_is_found_after_an_unclean_end() {
    let (dir, copy) = (TempDir::new(), TempDir::new());
    let store = open(dir.path()).unwrap();
    for n in 0..200 {
        store.table().put_if(item(n), Expect::Absent).await.unwrap();
    }
    store.close().await.unwrap();
    let store = open(dir.path()).unwrap();
    store.table().put_if(item(200), Expect::Absent).await.unwrap();
    copy_as_killed(dir.path(), copy.path());
    let file = copy.path().join("cutover.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    assert!(matches!(open(copy.path()), Err(OpenError::Unreadable { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_disk_is_told_until_a_restart() {
    let dir = TempDir::new();
    let store = open(dir.path()).unwrap();
    let table = store.table();
    for n in 0..50 {
        table.put_if(item(n), Expect::Absent).await.unwrap();
    }
    store.close().await.unwrap();
    let store = open(dir.path()).unwrap();
    let table = store.table();
    assert_eq!(table.failure(), None);
    // All pages but the first hold something else, like those of a broken disk.
    let file = fs::OpenOptions::new().write(true).open(dir.path().join("cutover.db")).expect("open");
    let len = usize::try_from(file.metadata().expect("a file").len()).expect("a length");
    file.write_all_at(&vec![0xff; len - 4_096], 4_096).expect("write");
    let error = table.put_if(item(50), Expect::Absent).await.expect_err("a failure");
    assert!(matches!(error, TableError::Broken(_)), "{error}");
    let told = table.failure().expect("a failure");
    assert!(told.to_string().contains("nothing is written until a restart"), "{told}");
    assert_eq!(table.put_if(item(9_999), Expect::Absent).await, Err(told));
}
