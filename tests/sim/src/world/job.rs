//! An agent at work: event by event, with a heartbeat every half minute, to the final report.

use cutover_core::fleet::host_event::HostEvent;
use cutover_core::time::Timestamp;
use cutover_wire::agent::message::AGENT_VERSION;
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::{EventResult, EventStatus, News, Report};

use super::World;
use super::agenda::Entry;
use super::hosts::Runs;
use crate::fleet::{Ailment, EVENTS, revision_of};

/// Between two heartbeats.
const BEAT_MS: i64 = 30_000;

/// An order that an agent has taken up.
pub(super) struct Job {
    /// Tells it from other jobs of the world.
    pub(super) n: u64,
    pub(super) order: Order,
    /// As it came.
    pub(super) body: String,
    pub(super) stage: Stage,
    seq: u32,
    events: Vec<EventResult>,
    /// How long each event takes.
    each_ms: i64,
    /// What goes wrong with it, and where.
    trouble: Option<(HostEvent, Ailment)>,
}

/// How far it is.
pub(super) enum Stage {
    /// Nobody has said yet that it may begin.
    Asking {
        /// Since when; from then on if the host is busy until then.
        since: i64,
    },
    /// At the event of this place.
    Running(usize),
}

impl Job {
    pub(super) fn new(n: u64, order: Order, body: String, since: i64) -> Self {
        let stage = Stage::Asking { since };
        Self { n, order, body, stage, seq: 0, events: Vec::new(), each_ms: 0, trouble: None }
    }
}

impl World {
    /// An agent is told whether it may begin.
    pub(super) fn told(&mut self, host: usize, n: u64, granted: bool) {
        let now = self.now;
        let known = &mut self.hosts[host];
        let asks =
            known.job.as_ref().is_some_and(|job| job.n == n && matches!(job.stage, Stage::Asking { .. }));
        if !asks || known.dead {
            return;
        }
        if known.asleep_until > now {
            return self.agenda.put(known.asleep_until + 1, Entry::Told { host, job: n, granted });
        }
        if !granted {
            known.job = None;
            return self.note(|| format!("host-{} may not begin", host + 1));
        }
        self.begin_job(host, n);
    }

    fn begin_job(&mut self, host: usize, n: u64) {
        let Some(order) = self.hosts[host].job.as_ref().map(|job| job.order.clone()) else { return };
        self.note(|| format!("host-{} begins the order of {}", host + 1, order.deployment));
        self.watch.host_begins(self.now, &order);
        let about = self.setup.fleet.as_ref().map_or(1_000, |fleet| fleet.work_ms);
        let ailment = self.ailment(host, &order);
        let whole = match ailment {
            Some(Ailment::Takes(span)) => span,
            _ => self.rng.between(about / 2, about * 3 / 2),
        };
        let somewhere = EVENTS[self.rng.below(EVENTS.len() as u64) as usize];
        let Some(job) = &mut self.hosts[host].job else { return };
        job.each_ms = (whole / EVENTS.len() as i64).max(1);
        job.trouble = ailment.and_then(|what| match what {
            Ailment::Fails(event) | Ailment::Dies { event: Some(event), .. } => Some((event, what)),
            Ailment::Dies { event: None, .. } | Ailment::Stalls(_) => Some((somewhere, what)),
            Ailment::NeverAnswers | Ailment::Sleeps(_) | Ailment::Takes(_) | Ailment::Busy(_) => None,
        });
        self.agenda.put(self.now + BEAT_MS, Entry::Beat { host, job: n });
        self.begin_event(host, 0);
        self.write_report(host, News::Accepted);
    }

    fn begin_event(&mut self, host: usize, place: usize) {
        let (now, known) = (self.now, &mut self.hosts[host]);
        let Some(job) = &mut known.job else { return };
        let event = EVENTS[place];
        job.stage = Stage::Running(place);
        job.events.push(EventResult {
            event: event.as_str().to_owned(),
            status: EventStatus::InProgress,
            started_at: wall(now, known.clock),
            ended_at: None,
            diagnostics: None,
        });
        known.runs = Runs::Mixed(event.as_str().to_owned());
        let (n, mut at) = (job.n, now + job.each_ms);
        match job.trouble {
            Some((there, Ailment::Dies { back, .. })) if there == event => {
                known.dead = true;
                if let Some(span) = back {
                    self.agenda.put(now + span, Entry::Back { host, job: n });
                }
                return self.note(|| format!("host-{} dies in {}", host + 1, event.as_str()));
            }
            Some((there, Ailment::Stalls(span))) if there == event => {
                known.asleep_until = known.asleep_until.max(now + span);
                at = at.max(known.asleep_until + 1);
                self.note(|| format!("host-{} falls asleep in {}", host + 1, event.as_str()));
            }
            _ => {}
        }
        self.agenda.put(at, Entry::Work { host, job: n });
    }

    /// An event is through.
    pub(super) fn work(&mut self, host: usize, n: u64) {
        let (now, known) = (self.now, &mut self.hosts[host]);
        let Some(job) = known.job.as_mut().filter(|job| job.n == n && !known.dead) else { return };
        let Stage::Running(place) = job.stage else { return };
        let failed = matches!(job.trouble, Some((event, Ailment::Fails(_))) if event == EVENTS[place]);
        if let Some(event) = job.events.last_mut() {
            event.status = if failed { EventStatus::Failed } else { EventStatus::Succeeded };
            event.ended_at = Some(wall(now, known.clock));
        }
        if failed || place + 1 == EVENTS.len() {
            return self.job_over(host, !failed);
        }
        self.begin_event(host, place + 1);
    }

    fn job_over(&mut self, host: usize, ok: bool) {
        let Some(job) = &self.hosts[host].job else { return };
        let order = job.order.clone();
        if ok {
            self.hosts[host].runs = Runs::Revision(revision_of(&order.work).to_owned());
        }
        self.note(|| format!("host-{} is through: {}", host + 1, if ok { "succeeded" } else { "failed" }));
        self.watch.host_through(&order, ok);
        self.write_report(host, if ok { News::Succeeded } else { News::Failed });
        self.hosts[host].job = None;
    }

    /// Half a minute is over.
    pub(super) fn beat(&mut self, host: usize, n: u64) {
        let known = &self.hosts[host];
        if known.dead || known.job.as_ref().is_none_or(|job| job.n != n) {
            return;
        }
        if known.asleep_until > self.now {
            return self.agenda.put(known.asleep_until + 1, Entry::Beat { host, job: n });
        }
        let news = match known.job.as_ref().map(|job| &job.stage) {
            Some(Stage::Asking { since }) if *since > self.now => News::Busy,
            Some(Stage::Running(_)) => News::Beat,
            _ => return,
        };
        self.agenda.put(self.now + BEAT_MS, Entry::Beat { host, job: n });
        self.write_report(host, news);
    }

    /// A host that died is there again: what it was at has failed.
    pub(super) fn back(&mut self, host: usize, n: u64) {
        self.note(|| format!("host-{} is there again", host + 1));
        let known = &mut self.hosts[host];
        known.dead = false;
        let Some(job) = known.job.as_mut().filter(|job| job.n == n) else { return };
        if let Some(event) = job.events.last_mut() {
            event.status = EventStatus::Failed;
        }
        self.job_over(host, false);
    }

    /// The agent writes a report about its order, and sends it.
    fn write_report(&mut self, host: usize, news: News) {
        let (now, known) = (self.now, &mut self.hosts[host]);
        let Some(job) = &mut known.job else { return };
        job.seq += 1;
        let report = Report {
            v: AGENT_VERSION,
            order: job.order.id.clone(),
            host: known.name.clone(),
            scope: job.order.scope.clone(),
            deployment: job.order.deployment.clone(),
            seat: job.order.seat,
            seq: job.seq,
            at: wall(now, known.clock),
            news,
            idle_gap_ms: 0,
            events: job.events.clone(),
        };
        if news.is_final() {
            known.results.insert(report.order.clone(), report.clone());
        }
        self.send_report(host, report, news.is_final());
    }
}

/// The time by a host's clock.
fn wall(now: i64, clock: i64) -> Timestamp {
    Timestamp::from_millis(crate::setup::GENESIS + now + clock)
}
