//! Hosts: orders reach them, and their agents ask whether they may begin.

use std::collections::BTreeMap;

use cutover_core::fleet::accept::Accept;
use cutover_core::ids::{DeploymentId, ShardId};
use cutover_ports::inventory::FoundHost;
use cutover_signing::jws;
use cutover_wire::agent::message::from_bytes;
use cutover_wire::agent::order::Order;
use cutover_wire::agent::report::Report;

use super::World;
use super::agenda::Entry;
use super::job::{Job, Stage};
use super::tasks::{Output, Purpose};
use crate::faults::MessageFault;
use crate::fleet::{Ailment, FIRST_REVISION, Fleet};
use crate::mutants;
use crate::setup::scope;

/// How long an order that is not taken from its queue stays hidden.
const HIDDEN_MS: i64 = 90_000;
/// After so long an order about which nobody answers is left to the queue.
const ASK_FOR_MS: i64 = 600_000;

/// What a host runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runs {
    /// This revision, whole.
    Revision(String),
    /// Something between two revisions: it stopped in this event.
    Mixed(String),
}

/// A host and its agent.
pub(crate) struct SimHost {
    pub(crate) name: String,
    pub(crate) runs: Runs,
    /// How far its clock is off.
    pub(super) clock: i64,
    pub(super) dead: bool,
    pub(super) asleep_until: i64,
    /// The order at work, or asked about.
    pub(super) job: Option<Job>,
    /// The results of orders that are over, by their id: an order runs once.
    pub(super) results: BTreeMap<String, Report>,
    /// The newest deployment that it has heard of.
    pub(super) generation: u64,
    /// Deployments through which it has slept, or will.
    slept: Vec<DeploymentId>,
    /// Deployments whose orders have found it busy.
    busy: Vec<DeploymentId>,
}

impl World {
    /// The hosts of the setup's fleet.
    pub(super) fn found_hosts(&mut self) {
        for _ in 0..self.setup.fleet.as_ref().map_or(0, |fleet| fleet.hosts) {
            self.found_host();
        }
    }

    /// So many more, in service at once.
    pub(super) fn launch(&mut self, hosts: u32) {
        for _ in 0..hosts {
            self.found_host();
            if let Some(host) = self.hosts.last() {
                self.watch.host_launched(self.now, host.name.clone());
            }
        }
    }

    fn found_host(&mut self) {
        let Some(fleet) = &self.setup.fleet else { return };
        let clock = self.rng.between(-fleet.clocks_ms, fleet.clocks_ms);
        self.hosts.push(SimHost {
            name: format!("host-{}", self.hosts.len() + 1),
            runs: Runs::Revision(FIRST_REVISION.to_owned()),
            clock,
            dead: false,
            asleep_until: 0,
            job: None,
            results: BTreeMap::new(),
            generation: 0,
            slept: Vec::new(),
            busy: Vec::new(),
        });
    }

    /// What the inventory knows.
    pub(super) fn inventory(&self) -> Vec<FoundHost> {
        let Some(fleet) = &self.setup.fleet else { return Vec::new() };
        let found = |(place, host): (usize, &SimHost)| FoundHost {
            name: host.name.clone(),
            zone: fleet.zone(place),
            poll_gap_ms: fleet.poll_gap_ms as u64,
        };
        self.hosts.iter().enumerate().map(found).collect()
    }

    /// What goes wrong with the next thing that goes between the service and a host: when it arrives, once or twice;
    /// never if it is lost.
    pub(super) fn post(&mut self, what: &str) -> Vec<i64> {
        let n = self.posts;
        self.posts += 1;
        let calm = self.calm();
        let faults = self.setup.faults.of_post(n, calm, &mut self.chaos);
        self.happened.posts.extend(faults.iter().map(|fault| (n, *fault)));
        if faults.contains(&MessageFault::Lost) {
            self.note(|| format!("post {n}, {what}, is lost"));
            return Vec::new();
        }
        let late = faults.iter().find_map(|f| if let MessageFault::Late(ms) = f { Some(*ms) } else { None });
        let copies = 1 + usize::from(faults.contains(&MessageFault::Doubled));
        (0..copies).map(|_| self.now + self.rng.between(1, 60) + late.unwrap_or(0)).collect()
    }

    /// The service sends an order to a host.
    pub(super) fn send_order(&mut self, host: &str, body: &str) {
        let Some(host) = self.hosts.iter().position(|known| known.name == host) else { return };
        let gap = self.setup.fleet.as_ref().map_or(0, |fleet| fleet.poll_gap_ms);
        for at in self.post("an order") {
            let at = at + self.rng.between(0, gap);
            self.agenda.put(at, Entry::Order { host, body: body.to_owned() });
        }
    }

    /// An agent finds an order in its queue.
    pub(super) fn order(&mut self, host: usize, body: String) {
        let read = jws::verify(&self.trusted, jws::Kind::Order, &body);
        let order = read.ok().and_then(|bytes| from_bytes::<Order>(&bytes).ok());
        let Some(order) = order.filter(|order| order.host == self.hosts[host].name) else {
            return self
                .watch
                .violated("I5", self.now, || "a host got an order that is not for it".to_owned());
        };
        let ailment = self.ailment(host, &order);
        let now = self.now;
        let known = &mut self.hosts[host];
        if known.dead || ailment == Some(Ailment::NeverAnswers) {
            return;
        }
        if let Some(Ailment::Sleeps(span)) = ailment
            && !known.slept.contains(&order.deployment)
        {
            known.slept.push(order.deployment.clone());
            known.asleep_until = known.asleep_until.max(now + span);
        }
        if known.asleep_until > now {
            let at = known.asleep_until + 1;
            return self.agenda.put(at, Entry::Order { host, body });
        }
        if let Some(report) = known.results.get(&order.id).cloned() {
            return self.send_report(host, report, true);
        }
        if order.generation < known.generation {
            return;
        }
        if let Some(job) = &known.job {
            // It comes again once the one at work is over.
            if job.order.id != order.id {
                self.agenda.put(now + HIDDEN_MS, Entry::Order { host, body });
            }
            return;
        }
        known.generation = order.generation;
        self.jobs += 1;
        let n = self.jobs;
        self.note(|| {
            format!("host-{} finds an order of {}, try {}", host + 1, order.deployment, order.seat.attempt)
        });
        let free = match ailment {
            Some(Ailment::Busy(span)) if !self.hosts[host].busy.contains(&order.deployment) => {
                self.hosts[host].busy.push(order.deployment.clone());
                self.agenda.put(now, Entry::Beat { host, job: n });
                now + span
            }
            _ => now,
        };
        self.hosts[host].job = Some(Job::new(n, order, body, free));
        self.agenda.put(free + 1, Entry::Ask { host, job: n });
    }

    /// What goes wrong with a host in the deployment of this order.
    pub(super) fn ailment(&self, host: usize, order: &Order) -> Option<Ailment> {
        let request = self.request_of(&order.deployment);
        self.setup.fleet.as_ref().and_then(|fleet: &Fleet| fleet.ailment(host, request))
    }

    /// An agent asks whether it may begin.
    pub(super) fn ask_service(&mut self, host: usize, n: u64) {
        let (now, known) = (self.now, &mut self.hosts[host]);
        let Some(job) = known.job.as_ref().filter(|job| job.n == n && !known.dead) else { return };
        let Stage::Asking { since } = job.stage else { return };
        if known.asleep_until > now {
            return self.agenda.put(known.asleep_until + 1, Entry::Ask { host, job: n });
        }
        if now - since > ASK_FOR_MS {
            let body = job.body.clone();
            known.job = None;
            return self.agenda.put(now + HIDDEN_MS, Entry::Order { host, body });
        }
        let order = job.order.clone();
        if self.is_away() {
            return self.asked(host, n, None);
        }
        let process = self.any_process();
        let shards = self.processes[process].shards.clone();
        let mutant = self.setup.mutant;
        let work = async move {
            let id = ShardId { shard: order.seat.shard, ..ShardId::first(&scope(), &order.deployment) };
            let answer = mutants::accept(mutant, &shards, &id, &order).await;
            answer.map(Output::Accept).map_err(|e| e.to_string())
        };
        self.spawn(process, Purpose::Ask { host, job: n }, Box::pin(work));
    }

    /// The service answered an agent, or did not. Late answers count as none.
    pub(super) fn asked(&mut self, host: usize, n: u64, answer: Option<Accept>) {
        let arrives = if answer.is_some() { self.post("an answer") } else { Vec::new() };
        let now = self.now;
        if let (Some(accept), Some(at)) = (answer, arrives.first().copied())
            && at < now + 10_000
        {
            let granted = accept == Accept::Granted;
            return self.agenda.put(at, Entry::Told { host, job: n, granted });
        }
        let at = now + self.rng.between(200, 10_000);
        self.agenda.put(at, Entry::Ask { host, job: n });
    }
}
