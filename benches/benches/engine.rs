//! Durable steps per second of the embedded engine with 1, 32 and 1,000 deployments at a time, beside bare
//! SQLite that writes as many bytes in as many commits, in the same run. Also memory per live deployment.
//!
//! `cargo bench -p bench --bench engine`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::bare;
use bench::counting::CountingTable;
use bench::world::{MemoryAliases, group, planned, scope};
use cutover_core::ids::DeploymentId;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_local::sqlite::store::LocalStore;
use cutover_ports::queue::Inbox;
use cutover_ports::system::SystemClock;
use cutover_ports::table::Table;
use cutover_server::workers;
use cutover_store::deployments::Deployments;
use cutover_store::key;
use tokio::sync::{Semaphore, watch};

/// Rounds; the median of the ratios is told.
const ROUNDS: usize = 3;
/// Steps that one round aims at.
const STEPS: u64 = 30_000;
/// The shares of each deployment: 25 shifts of 4 %.
const PERCENT: u8 = 4;
/// Commits of one deployment: two for each act and one for each wait, creation and end.
const COMMITS_EACH: u64 = 25 * 2 + 24 + 6;

#[tokio::main]
async fn main() {
    println!(
        "{:>11}  {:>12} {:>12} {:>6}  {:>10}",
        "deployments", "engine /s", "bare /s", "ratio", "bytes each"
    );
    let mut n = 0;
    for concurrency in [1, 32, 1_000] {
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let dir = fresh_dir(n);
            let total = (STEPS / COMMITS_EACH).max(concurrency as u64).min(if concurrency == 1 {
                40
            } else {
                u64::MAX
            });
            let (took, commits, bytes) = engine(&dir, concurrency, total, &mut n).await;
            let each = (bytes / commits) as usize;
            let bare = bare::run(&dir, concurrency, commits, COMMITS_EACH, each).await;
            let rate = |took: Duration| commits as f64 / took.as_secs_f64();
            println!(
                "{concurrency:>11}  {:>12.0} {:>12.0} {:>6.2}  {each:>10}",
                rate(took),
                rate(bare),
                rate(took) / rate(bare)
            );
            ratios.push(rate(took) / rate(bare));
            std::fs::remove_dir_all(&dir).expect("the folder goes");
        }
        ratios.sort_by(f64::total_cmp);
        println!("{concurrency:>11}  median ratio {:.2}", ratios[ROUNDS / 2]);
    }
}

fn fresh_dir(n: u64) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("cutover-bench-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    dir
}

/// Runs `total` deployments, `concurrency` at a time, to their end; gives time, commits and bytes.
async fn engine(dir: &Path, concurrency: usize, total: u64, n: &mut u64) -> (Duration, u64, u64) {
    let store = LocalStore::open(dir, Arc::new(SystemClock)).expect("a store");
    let table = Arc::new(CountingTable::new(store.table()));
    let deployments = Arc::new(Deployments::new(table.clone()));
    let driver = Driver::new(deployments.clone(), store.queue(), Arc::new(SystemClock));
    let aliases = Arc::new(MemoryAliases::default());
    let phases: [Arc<dyn Phase>; 2] =
        [Arc::new(linear_shift::phase(aliases.clone())), Arc::new(rollback::phase(aliases))];
    let (stop, stopped) = watch::channel(false);
    let inbox: Arc<dyn Inbox> = store.queue();
    let loops: Vec<_> = phases
        .into_iter()
        .map(|p| tokio::spawn(workers::work(driver.clone(), inbox.clone(), p, stopped.clone())))
        .collect();

    let mut ready = Vec::new();
    for _ in 0..total {
        let group = group(table.as_ref(), *n).await;
        ready.push((planned(&group, *n, PERCENT, Vec::new(), 1), group));
        *n += 1;
    }
    let before = table.totals();
    let free = Arc::new(Semaphore::new(concurrency));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for (planned, group) in ready {
        let permit = free.clone().acquire_owned().await.expect("an open semaphore");
        let (driver, deployments) = (driver.clone(), deployments.clone());
        // Looking costs a read: the more deployments, the less often each is looked at.
        let pause = Duration::from_millis(1 + concurrency as u64 / 4);
        tasks.push(tokio::spawn(async move {
            let stored = deployments.create(&planned, group, 1, Vec::new()).await.expect("a new deployment");
            driver.start(&planned, &stored).await.expect("its first wake");
            while !is_over(deployments.table().as_ref(), &planned.plan.deployment).await {
                tokio::time::sleep(pause).await;
            }
            drop(permit);
        }));
    }
    for task in tasks {
        task.await.expect("the task ends");
    }
    let took = started.elapsed();
    let after = table.totals();
    let _ = stop.send(true);
    for each in loops {
        each.await.expect("the worker ends");
    }
    store.close().await.expect("the store closes");
    (took, after.0 - before.0, after.1 - before.1)
}

/// Only what is over has no timer. Looking at that alone spares the onlookers the state's decoding.
async fn is_over(table: &dyn Table, id: &DeploymentId) -> bool {
    let item = table.get(&key::state(&scope(), id)).await.expect("a readable store");
    item.expect("a deployment").wake.is_none()
}
