//! The API of `cutover serve` over HTTP: requests a second beside an echo that does nothing else, in turns in
//! one run; what lists cost while the store grows; and the memory of a service over a large store.
//!
//! `benches/api/run` builds the command and runs this.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::api::process::Process;
use bench::api::{echo, fill, growth, rates};

/// Applications in the store.
const APPLICATIONS: usize = 1_000;
/// Deployments in it at first.
const FEW: u64 = 1_000;
/// Groups without a deployment, for each second and round of CreateDeployment.
const FREE_EACH_SECOND: usize = 12_000;

/// What can be chosen.
struct Options {
    cutover: PathBuf,
    moto: Option<PathBuf>,
    rounds: usize,
    span: Duration,
    deployments: u64,
    log: String,
    /// The one operation that is measured; all are without.
    only: Option<String>,
}

impl Options {
    fn given() -> Self {
        let words: Vec<String> = std::env::args().collect();
        let of = |name: &str| words.iter().skip_while(|word| *word != name).nth(1).cloned();
        let number = |name: &str| of(name).map(|n| n.parse().expect("a number"));
        Self {
            cutover: of("--cutover").expect("--cutover: the release build of the command").into(),
            moto: of("--moto").map(Into::into),
            rounds: number("--rounds").unwrap_or(3) as usize,
            span: Duration::from_secs(number("--seconds").unwrap_or(3)),
            deployments: number("--deployments").unwrap_or(1_000_000),
            log: of("--log").unwrap_or_else(|| "info".to_owned()),
            only: of("--only"),
        }
    }
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|word| word == "echo") {
        return echo::serve().await;
    }
    let options = Options::given();
    let data = Folder(std::env::temp_dir().join(format!("cutover-api-{}", std::process::id())));
    measure(&options, &data.0).await;
}

/// A folder that goes, however the run ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{}: {error}", self.0.display());
        }
    }
}

async fn measure(options: &Options, data: &Path) {
    let Options { rounds, span, deployments, .. } = *options;
    let wanted = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    let creating = usize::from(wanted("CreateDeployment"));
    let free = rounds + creating * FREE_EACH_SECOND * span.as_secs() as usize * rounds;
    fill::filled(data, async |table| {
        fill::catalog(Arc::clone(&table), APPLICATIONS, free).await;
        fill::deployments(table, 0, FEW).await;
    })
    .await;
    let few = {
        let cutover = Process::cutover(&options.cutover, data, &options.log);
        println!("{APPLICATIONS} applications, {FEW} deployments; 64 connections");
        let times = growth::times(&cutover, FEW, span).await;
        let mut operations = rates::operations(APPLICATIONS, FEW, free, rounds);
        operations.retain(|operation| wanted(operation.name));
        rates::beside_echo(&cutover, &operations, rounds, span).await;
        match &options.moto {
            Some(moto) => rates::beside_moto(&cutover, moto, span).await,
            None => println!("moto_server is not there, and not measured"),
        }
        times
    };
    if deployments <= FEW {
        return;
    }
    let started = Instant::now();
    let large = data.join("large");
    let mut each = 0;
    fill::filled(&large, async |table| {
        fill::catalog(Arc::clone(&table), APPLICATIONS, 0).await;
        each = fill::deployments(table, 0, deployments).await;
    })
    .await;
    let took = started.elapsed().as_secs_f64();
    println!("\n{deployments} deployments of {each} bytes filled in within {took:.0} s");
    let started = Instant::now();
    let cutover = Process::cutover(&options.cutover, &large, &options.log);
    println!("start over them: {:.0?}", started.elapsed());
    let idle = cutover.memory();
    let many = growth::times(&cutover, deployments, span).await;
    println!("ListDeployments, median time   {FEW:>12} {deployments:>12}  ratio");
    for ((kind, few), many) in growth::KINDS.iter().zip(&few).zip(&many) {
        println!("{kind:<30} {few:>12.2?} {many:>12.2?}  {:.2}", many.as_secs_f64() / few.as_secs_f64());
    }
    let gets = rates::operations(APPLICATIONS, deployments.min(100_000), 1, 1);
    rates::beside_echo(&cutover, &gets[..3], rounds, span).await;
    let busy = cutover.memory();
    let mib = |kib: u64| kib as f64 / 1024.0;
    println!(
        "memory: {:.1} MiB of its own at the start, {:.1} MiB after all this; {:.1} MiB of pages of the store's file",
        mib(idle.own),
        mib(busy.own),
        mib(busy.files)
    );
}
