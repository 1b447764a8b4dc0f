//! Hosts that take their orders, ask, do nothing, and report success, all at once.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cutover_core::fleet::accept::Accept;
use cutover_core::ids::{Scope, ShardId};
use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_driver::shards::Shards;
use cutover_ports::host_channel::HostChannel;
use cutover_ports::queue::{Outgoing, Queue, QueueError};
use cutover_signing::jws;
use cutover_wire::agent::message::{AGENT_VERSION, from_bytes};
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{EventResult, EventStatus, News, Report};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::requests::Requests;

/// Hosts that are at it at the same time.
const AT_A_TIME: usize = 512;
/// An agent's requests about its order: it receives it, and deletes it.
const PER_ORDER: u64 = 2;

/// The queues of all hosts, in a file as SQS would be elsewhere: tens of thousands of orders that wait for a host that is
/// free are not in the memory of the engine.
pub struct Orders {
    out: UnboundedSender<Place>,
    file: Arc<File>,
    end: AtomicU64,
    requests: Arc<Requests>,
}

/// Where an order stands in the file.
pub struct Place {
    at: u64,
    length: usize,
}

impl Orders {
    /// In this folder. Hosts are told of places through `out`.
    ///
    /// # Panics
    /// When the file cannot be made.
    pub fn new(folder: &Path, out: UnboundedSender<Place>, requests: Arc<Requests>) -> Self {
        let path = folder.join("orders");
        let file = File::options().read(true).write(true).create_new(true).open(path).expect("a file");
        Self { out, file: Arc::new(file), end: AtomicU64::new(0), requests }
    }

    /// For whoever reads orders.
    pub fn file(&self) -> Arc<File> {
        self.file.clone()
    }
}

#[async_trait]
impl HostChannel for Orders {
    async fn send(&self, _: &Scope, _: &str, body: String) -> Result<(), QueueError> {
        self.requests.add(1 + PER_ORDER);
        let place =
            Place { at: self.end.fetch_add(body.len() as u64, Ordering::Relaxed), length: body.len() };
        self.file.write_all_at(body.as_bytes(), place.at).expect("a file");
        self.out.send(place).map_err(|error| QueueError { message: error.to_string() })
    }
}

/// Lets hosts work until no order can come any more.
///
/// # Panics
/// When an order cannot be read.
pub async fn work(
    shards: Shards,
    reports: Arc<dyn Queue>,
    file: Arc<File>,
    mut orders: UnboundedReceiver<Place>,
) {
    let free = Arc::new(tokio::sync::Semaphore::new(AT_A_TIME));
    while let Some(Place { at, length }) = orders.recv().await {
        let Ok(permit) = free.clone().acquire_owned().await else { return };
        let mut body = vec![0; length];
        file.read_exact_at(&mut body, at).expect("a file");
        let body = String::from_utf8(body).expect("text");
        let (shards, reports) = (shards.clone(), reports.clone());
        tokio::spawn(async move {
            host(&shards, reports.as_ref(), &body).await;
            drop(permit);
        });
    }
}

async fn host(shards: &Shards, reports: &dyn Queue, body: &str) {
    let payload = jws::claimed_payload(body).expect("a signed order");
    let order: Order = from_bytes(&payload).expect("an order");
    let id = ShardId { shard: order.seat.shard, ..ShardId::first(&order.scope, &order.deployment) };
    let seat = (order.seat.index, order.seat.attempt);
    let answer = shards.accept(&id, &order.host, &order.id, seat).await.expect("an answer");
    if answer != Accept::Granted {
        return;
    }
    let now = Timestamp::from_millis(order.issued_at.as_millis() + 1_000);
    let done = |event: &String| EventResult {
        event: event.clone(),
        status: EventStatus::Succeeded,
        started_at: now,
        ended_at: Some(now),
        diagnostics: None,
    };
    let report = Report {
        v: AGENT_VERSION,
        order: order.id,
        host: order.host,
        scope: order.scope,
        deployment: order.deployment,
        seat: order.seat,
        seq: 1,
        at: now,
        news: News::Succeeded,
        idle_gap_ms: 0,
        events: order.work.events.iter().map(done).collect(),
    };
    let body = serde_json::to_string(&report).expect("JSON");
    reports.send(Outgoing { queue: QueueName::FleetReport, body, delay_ms: 0 }).await.expect("a queue");
}
