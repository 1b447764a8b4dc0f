//! Reports on their way to the service, which takes them in by batches.

use std::collections::BTreeMap;

use cutover_core::ids::ShardId;
use cutover_wire::agent::report::Report;

use super::World;
use super::agenda::Entry;
use super::tasks::{Output, Purpose};
use crate::setup::scope;

/// The most reports of a batch.
const BATCH: usize = 10;
/// How long a batch that nobody took in to the end stays hidden: short enough that a host which had its last heartbeat
/// half a minute ago is not given up meanwhile.
const HIDDEN_MS: i64 = 30_000;

impl World {
    /// A host sends a report; one that `must` arrive is sent until it does.
    pub(super) fn send_report(&mut self, host: usize, report: Report, must: bool) {
        let what = format!("report {:?} of host-{}", report.news, host + 1);
        let arrives = self.post(&what);
        if arrives.is_empty() && must {
            let at = self.now + self.rng.between(5_000, 30_000);
            return self.agenda.put(at, Entry::Resend { host, report: Box::new(report) });
        }
        for at in arrives {
            self.agenda.put(at, Entry::Report(Box::new(report.clone())));
        }
    }

    /// A host sends again what was lost, unless it is gone.
    pub(super) fn resend(&mut self, host: usize, report: Report) {
        if !self.hosts[host].dead {
            self.send_report(host, report, true);
        }
    }

    /// A report is in the service's queue.
    pub(super) fn reported(&mut self, report: Report) {
        self.inbox.push(report);
        if self.inbox.len() == 1 {
            let at = self.now + self.rng.between(1, 1_500);
            self.agenda.put(at, Entry::Intake);
        }
    }

    /// The service takes what is in its queue.
    pub(super) fn intake(&mut self) {
        let waiting = std::mem::take(&mut self.inbox);
        let mut shards: BTreeMap<(String, u16), Vec<Report>> = BTreeMap::new();
        for report in waiting {
            shards.entry((report.deployment.to_string(), report.seat.shard)).or_default().push(report);
        }
        for reports in shards.into_values() {
            for batch in reports.chunks(BATCH) {
                self.take_batch(batch.to_vec());
            }
        }
    }

    fn take_batch(&mut self, batch: Vec<Report>) {
        let process = self.any_process();
        let shards = self.processes[process].shards.clone();
        let reports = batch.clone();
        let work = async move {
            let Some(first) = reports.first() else { return Ok(Output::Nothing) };
            let id = ShardId { shard: first.seat.shard, ..ShardId::first(&scope(), &first.deployment) };
            shards.take(&id, &reports).await.map(Output::Taken).map_err(|e| e.to_string())
        };
        self.spawn(process, Purpose::Intake(batch), Box::pin(work));
    }

    /// A batch was not taken in: it comes again.
    pub(super) fn not_taken(&mut self, batch: Vec<Report>) {
        for report in batch {
            self.agenda.put(self.now + HIDDEN_MS, Entry::Report(Box::new(report)));
        }
    }
}
