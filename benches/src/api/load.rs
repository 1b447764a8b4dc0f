//! Load: many connections that each send the next request as soon as they have an answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::connection::Connection;

/// What is sent.
pub struct Requests {
    all: Vec<Vec<u8>>,
    /// Each of them is sent once only.
    once: bool,
    next: AtomicUsize,
}

impl Requests {
    /// These over and over.
    pub fn cycle(all: Vec<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { all, once: false, next: AtomicUsize::new(0) })
    }

    /// Each of these once; what they load ends early if there are too few.
    pub fn once(all: Vec<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { all, once: true, next: AtomicUsize::new(0) })
    }

    fn next(&self) -> Option<&[u8]> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let at = if self.once { next } else { next % self.all.len() };
        self.all.get(at).map(Vec::as_slice)
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Measured {
    /// How long each answer took, shortest first.
    times: Vec<Duration>,
    /// How long all of it took.
    took: Duration,
}

impl Measured {
    /// Answers.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64()
    }

    /// The time within which that percentage of the answers came.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.times.get(self.times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
    }
}

/// Sends requests over that many connections for so long.
///
/// # Panics
/// When an answer is anything but 200: a refusal is quick, and no measure of the work.
pub async fn run(
    address: SocketAddr,
    connections: usize,
    span: Duration,
    requests: &Arc<Requests>,
) -> Measured {
    let started = Instant::now();
    let until = started + span;
    let tasks: Vec<_> =
        (0..connections).map(|_| tokio::spawn(one(address, until, requests.clone()))).collect();
    let mut measured = Measured::default();
    for task in tasks {
        measured.times.extend(task.await.expect("a connection"));
    }
    measured.took = started.elapsed();
    measured.times.sort();
    measured
}

async fn one(address: SocketAddr, until: Instant, requests: Arc<Requests>) -> Vec<Duration> {
    let mut connection = Connection::open(address).await.expect("a connection");
    let mut times = Vec::new();
    let mut before = Instant::now();
    while before < until
        && let Some(request) = requests.next()
    {
        let answer = connection.call(request).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(answer.body));
        let now = Instant::now();
        times.push(now - before);
        before = now;
    }
    times
}
