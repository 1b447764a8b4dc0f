//! Counters, as Prometheus reads them (OpenMetrics text). They name operations and errors, never applications,
//! deployments or callers.

use std::sync::Arc;
use std::time::Duration;

use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_local::sqlite::queue::SqliteQueue;
use cutover_local::sqlite::table::SqliteTable;
use cutover_ports::table::Table;
use cutover_store::key;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Timers of one bucket that are counted.
const MOST: usize = 1_000;
/// How late a step is that counts as overdue: the sweep sends it again every minute.
const LATE_MS: i64 = 60_000;

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The counters of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels<2>, Counter>,
    durations: Family<Labels<1>, Histogram, fn() -> Histogram>,
    waiting: Family<Labels<1>, Gauge>,
    dead: Family<Labels<1>, Gauge>,
    running: Gauge,
    overdue: Gauge,
    writable: Gauge,
    table: Arc<SqliteTable>,
    queue: Arc<SqliteQueue>,
}

impl Metrics {
    /// Of a service over this table and these queues.
    pub fn new(table: Arc<SqliteTable>, queue: Arc<SqliteQueue>) -> Self {
        let mut registry = Registry::with_prefix("cutover");
        let requests = Family::<Labels<2>, Counter>::default();
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let durations = Family::<Labels<1>, Histogram, _>::new_with_constructor(histogram);
        let (waiting, dead) = (Family::<Labels<1>, Gauge>::default(), Family::<Labels<1>, Gauge>::default());
        let (running, overdue, writable) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("requests", "Requests answered, by operation and error code", requests.clone());
        let unit = Unit::Seconds;
        let about = "How long requests took, by operation";
        registry.register_with_unit("request_duration", about, unit, durations.clone());
        registry.register(
            "queue_messages",
            "Messages in a phase's queue, also those due later",
            waiting.clone(),
        );
        registry.register("queue_dead_letters", "Messages that were delivered in vain", dead.clone());
        registry.register("deployments_running", "Deployments that are not over", running.clone());
        let about = "Deployments whose next step is a minute late or more";
        registry.register("deployments_overdue", about, overdue.clone());
        registry.register(
            "store_writable",
            "1 while the store writes, 0 after the disk failed",
            writable.clone(),
        );
        Self { registry, requests, durations, waiting, dead, running, overdue, writable, table, queue }
    }

    /// Counts an answer: its operation, the code of its error or `OK`, and how long it took.
    pub fn answered(&self, operation: &'static str, code: &'static str, took: Duration) {
        self.requests.get_or_create(&[("operation", operation), ("code", code)]).inc();
        self.durations.get_or_create(&[("operation", operation)]).observe(took.as_secs_f64());
    }

    /// Deployments with a timer due by then: every one that is not over has one. At most a thousand of a bucket
    /// are counted.
    async fn timers(&self, until: Timestamp) -> i64 {
        let until = key::wake_until(until);
        let mut count = 0;
        for bucket in 0..key::WAKE_BUCKETS {
            let due = self.table.due(&key::wake_pk(bucket), &until, MOST).await;
            count += due.map_or(0, |keys| keys.len());
        }
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// All of it as text.
    pub async fn text(&self, now: Timestamp) -> String {
        self.running.set(self.timers(key::LAST).await);
        self.overdue.set(self.timers(Timestamp::from_millis(now.as_millis() - LATE_MS)).await);
        for queue in QueueName::ALL {
            let labels = [("queue", queue.as_str())];
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            self.waiting.get_or_create(&labels).set(count(self.queue.len(queue)));
            self.dead.get_or_create(&labels).set(count(self.queue.dead_letters(queue).len()));
        }
        self.writable.set(i64::from(self.table.failure().is_none()));
        let mut text = String::new();
        // Text in memory can always be written.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
