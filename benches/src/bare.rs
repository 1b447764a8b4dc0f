//! Bare SQLite: WAL, synchronous=FULL, group commit, one table without indexes, and nothing above it. One
//! operation is a durable step at its least: read the item, check its version, write it anew, add a
//! message of 300 bytes. The floor under everything durable on this machine.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

type Job = (String, u64, String, oneshot::Sender<()>);

/// Makes `commits` durable commits of `bytes` each from `writers` tasks at a time, `each` of them to one item
/// and then on to the next, as deployments come and go; gives the time it took.
///
/// # Panics
/// When SQLite fails: there is nothing to measure then.
pub async fn run(dir: &Path, writers: usize, commits: u64, each: u64, bytes: usize) -> Duration {
    let conn = open(&dir.join("bare.db"));
    let (sender, inbox) = mpsc::channel::<Job>();
    let writer = std::thread::spawn(move || write(&conn, &inbox));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for w in 0..writers {
        let sender = sender.clone();
        let mine = commits / writers as u64 + u64::from((w as u64) < commits % writers as u64);
        tasks.push(tokio::spawn(async move {
            for n in 0..mine {
                let (item, version) = (n / each, n % each);
                let (answer, answered) = oneshot::channel();
                sender
                    .send((
                        format!("123456789012/us-east-1/D#{w}-{item}"),
                        version,
                        "x".repeat(bytes),
                        answer,
                    ))
                    .expect("the writer lives");
                answered.await.expect("the writer answers");
            }
        }));
    }
    for task in tasks {
        task.await.expect("the task ends");
    }
    let took = started.elapsed();
    drop(sender);
    writer.join().expect("the writer ends");
    took
}

fn open(file: &Path) -> Connection {
    let conn = Connection::open(file).expect("a file");
    conn.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    conn.pragma_update(None, "synchronous", "FULL").expect("FULL");
    conn.execute_batch(
        "CREATE TABLE items (pk TEXT, sk TEXT, version INTEGER, body TEXT, PRIMARY KEY (pk, sk));
         CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT)",
    )
    .expect("a table");
    conn
}

fn write(conn: &Connection, inbox: &mpsc::Receiver<Job>) {
    let statement = |sql| conn.prepare(sql).expect("a statement");
    let mut get = statement("SELECT version, body FROM items WHERE pk = ?1 AND sk = 'STATE'");
    let mut put = statement("INSERT OR REPLACE INTO items VALUES (?1, 'STATE', ?2, ?3)");
    let mut send = statement("INSERT INTO messages (body) VALUES (?1)");
    let message = "m".repeat(300);
    let mut waiting = Vec::new();
    while let Ok(first) = inbox.recv() {
        conn.execute_batch("BEGIN IMMEDIATE").expect("begin");
        let rest = std::iter::from_fn(|| inbox.try_recv().ok()).take(511);
        for (pk, version, body, answer) in std::iter::once(first).chain(rest) {
            let found =
                get.query_row([&pk], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional();
            let stored = found.expect("a read").map_or(0, |(stored, _)| stored);
            assert_eq!(stored, version as i64, "the version that was expected");
            put.execute(params![pk, version as i64 + 1, body]).expect("a write");
            send.execute([&message]).expect("a message");
            waiting.push(answer);
        }
        conn.execute_batch("COMMIT").expect("commit");
        for answer in waiting.drain(..) {
            let _ = answer.send(());
        }
    }
}
