//! What live deployments cost: memory for each of 10,000 that wait, and the time from an alarm to the
//! weights restored.
//!
//! `cargo bench -p bench --bench live`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alarm_check::AlarmCheck;
use async_trait::async_trait;
use bench::world::{MemoryAliases, group, planned, scope};
use cutover_core::alias::AliasState;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_local::sqlite::store::LocalStore;
use cutover_ports::alarms::{AlarmState, Alarms};
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::call::CallError;
use cutover_ports::queue::Inbox;
use cutover_ports::system::SystemClock;
use cutover_ports::table::Table;
use cutover_server::workers;
use cutover_store::deployments::Deployments;
use cutover_store::plans::Planned;
use tokio::sync::watch;

const LIVE: u64 = 10_000;
const ALARMS: u64 = 200;

/// Every alarm is fine until somebody says otherwise.
struct Fine;

#[async_trait]
impl Alarms for Fine {
    async fn states(&self, names: &[String]) -> Result<BTreeMap<String, AlarmState>, CallError> {
        Ok(names.iter().map(|n| (n.clone(), AlarmState::Ok)).collect())
    }
}

#[tokio::main]
async fn main() {
    let dir = std::env::temp_dir().join(format!("cutover-live-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let store = LocalStore::open(&dir, Arc::new(SystemClock)).expect("a store");
    let table: Arc<dyn Table> = store.table();
    let deployments = Arc::new(Deployments::new(table.clone()));
    let driver = Driver::new(deployments.clone(), store.queue(), Arc::new(SystemClock));
    let aliases = Arc::new(MemoryAliases::default());
    let check = Arc::new(AlarmCheck::new(Arc::new(Fine), driver.clone()));
    let phases: [Arc<dyn Phase>; 3] = [
        Arc::new(linear_shift::phase(aliases.clone())),
        Arc::new(rollback::phase(aliases.clone())),
        check.clone(),
    ];
    let (stop, stopped) = watch::channel(false);
    let inbox: Arc<dyn Inbox> = store.queue();
    for phase in phases {
        tokio::spawn(workers::work(driver.clone(), inbox.clone(), phase, stopped.clone()));
    }

    let before = resident_kib();
    let mut live = Vec::new();
    for n in 0..LIVE {
        live.push(start(&driver, &deployments, table.as_ref(), n).await);
    }
    for planned in &live {
        until_shifted(aliases.as_ref(), planned, 50).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = resident_kib();
    let each = (after.saturating_sub(before)) as f64 / LIVE as f64;
    println!("{LIVE} live deployments: {each:.2} KiB of memory each ({before} -> {after} KiB)");

    let mut times = Vec::new();
    for n in 0..ALARMS {
        let planned = &live[n as usize];
        let started = Instant::now();
        check.alarm_active(&scope(), &format!("alarm-{n}")).await.expect("a told deployment");
        until_shifted(aliases.as_ref(), planned, 0).await;
        times.push(started.elapsed());
    }
    times.sort();
    let at = |p: usize| times[(times.len() - 1) * p / 100];
    println!("alarm to weights restored: p50 {:.1?}, p99 {:.1?}, worst {:.1?}", at(50), at(99), at(100));
    let _ = stop.send(true);
    store.close().await.expect("the store closes");
    std::fs::remove_dir_all(&dir).expect("the folder goes");
}

/// Starts a deployment that gives half the traffic and then waits for two days.
async fn start(driver: &Driver, deployments: &Deployments, table: &dyn Table, n: u64) -> Planned {
    let group = group(table, n).await;
    let mut planned = planned(&group, n, 50, vec![format!("alarm-{n}")], 1);
    for step in &mut planned.plan.steps {
        if let cutover_core::plan::Step::Bake { span_ms } = step {
            *span_ms = 172_800_000;
        }
    }
    let stored = deployments.create(&planned, group, 1, Vec::new()).await.expect("a new deployment");
    driver.start(&planned, &stored).await.expect("its first wake");
    planned
}

async fn until_shifted(aliases: &MemoryAliases, planned: &Planned, percent: u8) {
    let wanted = AliasState::shifted(&planned.plan.shift.current, &planned.plan.shift.target, percent);
    while aliases.read(&planned.plan.shift.alias).await.expect("an alias").state != wanted {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).expect("a resident size");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}
