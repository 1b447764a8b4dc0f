//! Requests a second of operations, beside an echo of the same requests, in turns.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::connection::Connection;
use super::load::{self, Measured, Requests};
use super::process::Process;
use super::{fill, request};

/// Connections that send at a time.
const CONNECTIONS: usize = 64;

/// What is asked of the service.
pub struct Operation {
    /// As the API spells it.
    pub name: &'static str,
    /// Of a list that every round takes from the start.
    cycle: Option<Vec<Vec<u8>>>,
    /// Of a list that each request is taken from once, some for every round.
    rounds: Vec<Vec<Vec<u8>>>,
}

impl Operation {
    /// Any of these requests, again and again.
    pub fn reading(name: &'static str, requests: Vec<Vec<u8>>) -> Self {
        Self { name, cycle: Some(requests), rounds: Vec::new() }
    }

    /// These requests, each once, in equal parts for every round.
    pub fn writing(name: &'static str, requests: Vec<Vec<u8>>, rounds: usize) -> Self {
        let parts = requests.chunks(requests.len() / rounds).map(<[_]>::to_vec).collect();
        Self { name, cycle: None, rounds: parts }
    }

    fn requests(&self, round: usize) -> (Arc<Requests>, Arc<Requests>) {
        match &self.cycle {
            Some(all) => (Requests::cycle(all.clone()), Requests::cycle(all.clone())),
            None => {
                let mine = self.rounds[round].clone();
                (Requests::cycle(mine.clone()), Requests::once(mine))
            }
        }
    }
}

/// The four operations that are told, over a store with these numbers of applications, deployments and free
/// groups.
pub fn operations(applications: usize, deployments: u64, free: usize, rounds: usize) -> Vec<Operation> {
    let get = |n| request::call("GetApplication", &json!({"applicationName": format!("application-{n}")}));
    let one = |n| request::call("GetDeployment", &json!({"deploymentId": fill::id(n).as_str()}));
    let create = |n| request::create_deployment(fill::APPLICATION, &format!("free-{n}"));
    vec![
        Operation::reading("GetApplication", (0..applications).map(get).collect()),
        Operation::reading("GetDeployment", (0..deployments).map(one).collect()),
        Operation::reading("ListDeployments", vec![request::call("ListDeployments", &json!({}))]),
        Operation::writing("CreateDeployment", (0..free).map(create).collect(), rounds),
    ]
}

/// Measures and tells each operation in turns with the echo.
pub async fn beside_echo(cutover: &Process, operations: &[Operation], rounds: usize, span: Duration) {
    let echo = Process::echo();
    println!(
        "{:<17} {:>10} {:>10} {:>6} {:>9} {:>9} {:>9} {:>9} {:>11}",
        "operation", "echo /s", "cutover /s", "ratio", "p50", "p99", "echo p99", "echo cpu", "cutover cpu"
    );
    for operation in operations {
        let mut ratios = Vec::new();
        for round in 0..rounds {
            let (echoed, asked) = operation.requests(round);
            let (floor, floor_cpu) = measured(&echo, span, &echoed).await;
            let (ours, our_cpu) = measured(cutover, span, &asked).await;
            tell(operation.name, (&floor, floor_cpu), (&ours, our_cpu));
            ratios.push(ours.rate() / floor.rate());
        }
        ratios.sort_by(f64::total_cmp);
        println!("{:<17} median ratio {:.2}", operation.name, ratios[rounds / 2]);
    }
}

/// The load, and the processor time of the service for each of its answers: what the load and other work on the
/// machine take does not count.
async fn measured(process: &Process, span: Duration, requests: &Arc<Requests>) -> (Measured, Duration) {
    let before = process.processor_time();
    let measured = load::run(process.address, CONNECTIONS, span, requests).await;
    let used = process.processor_time() - before;
    let each = used / u32::try_from(measured.count().max(1)).unwrap_or(u32::MAX);
    (measured, each)
}

fn tell(name: &str, (echo, echo_cpu): (&Measured, Duration), (ours, our_cpu): (&Measured, Duration)) {
    println!(
        "{name:<17} {:>10.0} {:>10.0} {:>6.2} {:>9.2?} {:>9.2?} {:>9.2?} {:>9.1?} {:>11.1?}",
        echo.rate(),
        ours.rate(),
        ours.rate() / echo.rate(),
        ours.percentile(50),
        ours.percentile(99),
        echo.percentile(99),
        echo_cpu,
        our_cpu
    );
}

/// GetApplication of moto beside ours.
///
/// # Panics
/// When moto does not answer.
pub async fn beside_moto(cutover: &Process, moto: &Path, span: Duration) {
    let moto = Process::moto(moto);
    let name = json!({"applicationName": "application-0"});
    let mut setup = Connection::open(moto.address).await.expect("a connection");
    let made = setup.call(&request::call("CreateApplication", &name)).await.expect("an answer");
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(made.body));
    let requests = Requests::cycle(vec![request::call("GetApplication", &name)]);
    let theirs = load::run(moto.address, CONNECTIONS, span, &requests).await;
    let ours = load::run(cutover.address, CONNECTIONS, span, &requests).await;
    println!(
        "GetApplication: moto_server {:.0}/s, p99 {:.1?}; cutover {:.0}/s: {:.0} times as many",
        theirs.rate(),
        theirs.percentile(99),
        ours.rate(),
        ours.rate() / theirs.rate()
    );
}
