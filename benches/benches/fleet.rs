//! Fleets of 1,000, 10,000 and 100,000 hosts, half at a time: what a host costs the engine, from the look at the inventory
//! to the end of the deployment. The engine is the real one over its SQLite store and queue; the hosts take their orders,
//! ask, and report success at once.
//!
//! It fails if ever more hosts are unavailable than may be.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::fleet::budget::Watched;
use bench::fleet::hosts::{self, Orders};
use bench::fleet::plan::{Hosts, planned};
use bench::fleet::requests::{Counted, Requests};
use bench::process;
use bench::world::{MemoryAliases, group, scope};
use cutover_core::config::ComputePlatform;
use cutover_core::deployment::Verdict;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::ids::ShardId;
use cutover_core::queue::QueueName;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_driver::shards::Shards;
use cutover_local::sqlite::store::LocalStore;
use cutover_ports::clock::Clock;
use cutover_ports::queue::{Inbox, Queue};
use cutover_ports::system::SystemClock;
use cutover_server::workers;
use cutover_signing::handover::{Current, OrderKeys};
use cutover_signing::keys::Signer;
use cutover_store::deployments::Deployments;
use cutover_wire::agent::report::Report;
use futures_util::stream::{self, StreamExt};
use tokio::sync::{mpsc, watch};

/// Reports taken in at once: what a function of AWS Lambda gathers from SQS.
const BATCH: usize = 500;
/// And how long it gathers them.
const WINDOW: Duration = Duration::from_millis(100);
/// How long one poll lasts.
const POLL: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() {
    println!(
        "{:>7} {:>6}  {:>8} {:>8}  {:>11} {:>13}  {:>10} {:>8}  {:>11} {:>8}",
        "hosts",
        "shards",
        "time",
        "hosts/s",
        "writes/host",
        "requests/host",
        "CPU/host",
        "memory",
        "unavailable",
        "allowed"
    );
    let sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000] } else { sizes };
    for (n, hosts) in sizes.into_iter().enumerate() {
        let dir = std::env::temp_dir().join(format!("cutover-fleet-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        fleet(&dir, hosts, n as u64).await;
        std::fs::remove_dir_all(&dir).expect("the folder goes");
    }
}

/// Deploys to so many hosts and tells what that took.
async fn fleet(dir: &Path, hosts: usize, n: u64) {
    let clock = Arc::new(SystemClock);
    let store = LocalStore::open(dir, clock.clone()).expect("a store");
    let table = Arc::new(Watched::new(store.table()));
    let requests = Arc::new(Requests::default());
    let queue = Arc::new(Counted::new(store.queue(), requests.clone()));
    let deployments = Arc::new(Deployments::new(table.clone()));
    let driver = Driver::new(deployments.clone(), queue.clone(), clock.clone());
    let (out, orders) = mpsc::unbounded_channel();
    let channel = Arc::new(Orders::new(dir, out, requests.clone()));
    let file = channel.file();
    let keys = Current::new(OrderKeys::new(Signer::from_seed([7; 32])));
    let shards = Shards::new(driver.clone(), channel, keys);
    let phases: [Arc<dyn Phase>; 3] = [
        Arc::new(fleet_plan::phase(shards.clone(), Arc::new(Hosts(hosts)), None)),
        Arc::new(fleet_dispatch::phase(shards.clone())),
        // Where a deployment closes.
        Arc::new(rollback::phase(Arc::new(MemoryAliases::default()))),
    ];
    let (stop, stopped) = watch::channel(false);
    let inbox: Arc<dyn Inbox> = queue.clone();
    let mut loops: Vec<_> = phases
        .into_iter()
        .map(|phase| tokio::spawn(workers::work(driver.clone(), inbox.clone(), phase, stopped.clone())))
        .collect();
    loops.push(tokio::spawn(intake(shards.clone(), inbox, stopped)));
    let at_work = tokio::spawn(hosts::work(shards.clone(), queue.clone() as Arc<dyn Queue>, file, orders));

    let mut group = group(table.as_ref(), n).await;
    group.platform = ComputePlatform::Server;
    let planned = planned(&group, n, clock.now());
    let id = planned.plan.deployment.clone();
    let (writes, asked, cpu, started) = (table.writes(), requests.total(), process::cpu(), Instant::now());
    process::forget_peak();
    let stored = deployments.create(&planned, group, 1, Vec::new()).await.expect("a new deployment");
    driver.start(&planned, &stored).await.expect("its first wake");
    let verdict = loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let stored = deployments.load(&scope(), &id).await.expect("a readable store");
        if let Some(verdict) = stored.and_then(|stored| stored.deployment.verdict()) {
            break verdict;
        }
    };
    let (took, cpu) = (started.elapsed(), process::cpu() - cpu);
    let (writes, asked) = (table.writes() - writes, requests.total() - asked);
    let each = |count: u64| count as f64 / hosts as f64;
    let allowed = hosts as u32 - FleetMinimum::FleetPercent(50).minimum(hosts as u32);
    let divided = shards.fleets().divided(&scope(), &id).await.expect("a readable store");
    println!(
        "{hosts:>7} {:>6}  {:>6.1} s {:>8.0}  {:>11.3} {:>13.2}  {:>7.0} µs {:>5} MB  {:>11} {allowed:>8}",
        divided.map_or(1, |divided| divided.shards.len()),
        took.as_secs_f64(),
        hosts as f64 / took.as_secs_f64(),
        each(writes),
        each(asked),
        cpu.as_micros() as f64 / hosts as f64,
        process::peak_mb(),
        table.most_unavailable(),
    );
    if std::env::var_os("KINDS").is_some() {
        println!("{:?}", table.kinds());
    }
    assert_eq!(verdict, Verdict::Succeeded, "every host succeeds");
    assert!(table.most_unavailable() <= allowed, "too many hosts were unavailable");
    let _ = stop.send(true);
    for each in loops {
        each.await.expect("the worker ends");
    }
    at_work.abort();
    store.close().await.expect("the store closes");
}

/// Takes reports in, a batch at a time and by shard.
async fn intake(shards: Shards, inbox: Arc<dyn Inbox>, stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let received = inbox.receive(QueueName::FleetReport, BATCH, POLL).await.expect("a queue");
        let mut by_shard: std::collections::BTreeMap<ShardId, Vec<Report>> =
            std::collections::BTreeMap::new();
        for delivery in &received {
            let report: Report = serde_json::from_str(&delivery.body).expect("a report");
            let id =
                ShardId { shard: report.seat.shard, ..ShardId::first(&report.scope, &report.deployment) };
            by_shard.entry(id).or_default().push(report);
        }
        let shards = &shards;
        let take = |(id, reports): (ShardId, Vec<Report>)| async move {
            let taken = shards.take(&id, &reports).await.expect("they are taken in");
            assert_eq!(taken.strange, 0, "every report is about an order");
        };
        stream::iter(by_shard).for_each_concurrent(8, take).await;
        for delivery in &received {
            inbox.delete(delivery).await.expect("a queue");
        }
        if received.len() < BATCH {
            tokio::time::sleep(WINDOW).await;
        }
    }
}
