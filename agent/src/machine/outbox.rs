//! Reports on their way: kept until the queue has taken them, one of each order, one at a time.

use cutover_wire::agent::message::AGENT_VERSION;
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{News, Report};

use super::backoff::backoff;
use super::{Command, Machine, Now, Settings};

/// The first wait after a report that could not be sent, and the longest.
const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 60_000;
/// Reports kept at most. One an order, so it takes that many orders without the queue.
const MOST: usize = 64;

/// How the sending goes.
#[derive(Debug, Default)]
pub(super) struct Sender {
    under_way: bool,
    /// What is under way has been asked for once more: whoever asked may not have been told by it.
    again: bool,
    failures: u32,
    /// Not before.
    at: u64,
}

impl Sender {
    pub(super) fn wake_at(&self, waiting: bool) -> Option<u64> {
        (waiting && !self.under_way).then_some(self.at)
    }
}

/// Number `seq` of an order's reports, without events.
pub(super) fn report(order: &Order, settings: &Settings, seq: u32, news: News, now: Now) -> Report {
    Report {
        v: AGENT_VERSION,
        order: order.id.clone(),
        host: settings.host.clone(),
        scope: order.scope.clone(),
        deployment: order.deployment.clone(),
        seat: order.seat,
        seq,
        at: now.wall,
        news,
        idle_gap_ms: settings.idle_gap_ms,
        events: Vec::new(),
    }
}

impl Machine {
    /// A report tells all that earlier ones told, so the newest of an order is the only one worth sending.
    pub(super) fn put(&mut self, report: Report) {
        let outbox = &mut self.journal.outbox;
        let first = outbox.first().filter(|first| first.order == report.order && first.seq == report.seq);
        self.sender.again |= self.sender.under_way && first.is_some();
        outbox.retain(|waiting| waiting.order != report.order);
        outbox.push(report);
        if outbox.len() > MOST {
            outbox.remove(0);
        }
    }

    pub(super) fn send(&mut self, now: Now, commands: &mut Vec<Command>) {
        if self.sender.under_way || now.ms < self.sender.at {
            return;
        }
        let Some(report) = self.journal.outbox.first() else { return };
        (self.sender.under_way, self.sender.again) = (true, false);
        commands.push(Command::Send(Box::new(report.clone())));
    }

    pub(super) fn sent(
        &mut self,
        order: &str,
        seq: u32,
        error: Option<String>,
        now: Now,
        commands: &mut Vec<Command>,
    ) {
        self.sender.under_way = false;
        let Some(problem) = error else {
            if self.sender.failures > 0 {
                commands.push(Command::info("Reports can be sent again.".to_owned()));
            }
            if std::mem::take(&mut self.sender).again {
                return;
            }
            let outbox = &mut self.journal.outbox;
            let taken = |report: &Report| report.order == order && report.seq == seq;
            let last = outbox.iter().any(|report| taken(report) && report.news.is_final());
            outbox.retain(|report| !taken(report));
            if last {
                commands.push(Command::Journal);
            }
            return;
        };
        if self.sender.failures == 0 || self.sender.failures.is_power_of_two() {
            commands.push(Command::warn(format!("A report cannot be sent, it is kept: {problem}")));
        }
        self.sender.at = now.ms + backoff(self.sender.failures, FIRST_MS, LONGEST_MS, &self.settings.host);
        self.sender.failures = self.sender.failures.saturating_add(1);
    }
}
