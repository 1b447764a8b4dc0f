//! A world: virtual time, an agenda, and workers that run between its entries.

mod agenda;
mod away;
mod call;
mod happen;
mod hosts;
mod inbox;
mod job;
mod land;
mod live;
mod outside;
mod ports;
mod process;
mod pushes;
mod scaling;
mod start;
mod story;
mod table;
mod tasks;

pub(crate) use call::{Op, Reply};
pub(crate) use happen::edits;
pub use hosts::Runs;
pub use live::Live;
pub(crate) use outside::SimAlias;
pub(crate) use ports::Ports;
pub(crate) use scaling::{Hand, SimScaling, group_name};
pub(crate) use table::SimTable;
pub(crate) use table::key_of;
pub(crate) use tasks::Output;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cutover_core::time::Timestamp;
use cutover_signing::keys::KeySet;
use cutover_wire::agent::report::Report as HostReport;

use crate::check::Watch;
use crate::faults::{Faults, Kind};
use crate::mutants::Mutant;
use crate::report::{Ended, Report, clock};
use crate::rng::Rng;
use crate::setup::{GENESIS, Setup};
use agenda::{Agenda, Entry};
use call::Mailbox;
use hosts::SimHost;
use outside::SimAlarms;
use process::Process;
use story::Course;

use tasks::{Messages, Task, TaskId, Wishes};

/// Time between two sweeps, and between two polls of the alarms.
const MINUTE: i64 = 60_000;

pub(crate) struct World {
    setup: Setup,
    now: i64,
    /// Decides how long things take.
    rng: Rng,
    /// Decides what goes wrong.
    chaos: Rng,
    agenda: Agenda,
    mailbox: Arc<Mutex<Mailbox>>,
    processes: Vec<Process>,
    tasks: Vec<Option<Task>>,
    /// Workers that wait for another one of their process.
    waiting: BTreeSet<TaskId>,
    table: SimTable,
    messages: Messages,
    alias: SimAlias,
    alarms: SimAlarms,
    scaling: SimScaling,
    hosts: Vec<SimHost>,
    /// The service is away until then.
    away_until: i64,
    /// The keys that hosts trust.
    trusted: KeySet,
    /// Reports that the service has yet to take in.
    inbox: Vec<HostReport>,
    /// What went between the service and its hosts, and orders that hosts took up.
    posts: u64,
    jobs: u64,
    watch: Watch,
    wishes: Wishes,
    course: Course,
    calls: u64,
    calls_of: [u32; Kind::ALL.len()],
    /// What went wrong.
    happened: Faults,
    trace: Option<Vec<String>>,
    /// Whether it waits for what is said next when nothing is left to do.
    endless: bool,
    /// The version that the alias names.
    current: Arc<Mutex<String>>,
}

/// Runs a world to its end. The seed decides about everything that the setup leaves open.
pub fn run(setup: &Setup, seed: u64, trace: bool) -> Report {
    let mut world = World::new(setup.clone(), seed, trace);
    let (sweep, poll) = (world.rng.between(0, MINUTE - 1), world.rng.between(0, MINUTE - 1));
    world.begin(sweep, poll);
    world.play_out();
    world.report()
}

impl World {
    fn new(setup: Setup, seed: u64, trace: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mailbox = Arc::new(Mutex::new(Mailbox::default()));
        let skew = setup.faults.skew;
        let current = Arc::new(Mutex::new(setup.cast.current.clone()));
        let processes = (0..2_u64)
            .map(|n| Process::new(&mailbox, rng.between(-skew, skew), &setup, (&current, n)))
            .collect();
        let mut table = SimTable::default();
        table.found_group(&setup.cast.group, setup.fleet.as_ref());
        let mut world = Self {
            now: 0,
            rng,
            chaos: Rng::new(!seed),
            agenda: Agenda::default(),
            mailbox,
            processes,
            tasks: Vec::new(),
            waiting: BTreeSet::new(),
            table,
            messages: Messages::default(),
            alias: SimAlias::new(&setup.cast.current),
            alarms: SimAlarms::new(&setup.alarms),
            scaling: SimScaling::new(setup.fleet.as_ref().map_or(0, |fleet| fleet.scaling_groups)),
            hosts: Vec::new(),
            away_until: 0,
            trusted: process::trusted(),
            inbox: Vec::new(),
            posts: 0,
            jobs: 0,
            watch: Watch::default(),
            wishes: Wishes::default(),
            course: Course::default(),
            calls: 0,
            calls_of: [0; Kind::ALL.len()],
            happened: Faults {
                skew,
                long_words: setup.faults.long_words,
                tries: setup.faults.tries.clone(),
                ..Faults::default()
            },
            trace: trace.then(Vec::new),
            endless: false,
            current,
            setup,
        };
        world.found_hosts();
        world
    }

    /// Enters into the agenda what the setup says, and the first sweep and poll.
    fn begin(&mut self, sweep: i64, poll: i64) {
        for (n, at) in self.setup.creates.iter().enumerate() {
            self.agenda.put(*at, Entry::Create { n: n as u64, patience: self.setup.patience });
        }
        for (n, (at, _)) in self.setup.happenings.iter().enumerate() {
            self.agenda.put(*at, Entry::Happen(n));
        }
        self.agenda.put(sweep, Entry::Sweep);
        self.agenda.put(poll, Entry::Poll);
    }

    fn play_out(&mut self) {
        let deadline = self.setup.deadline();
        while let Some((at, entry)) = self.agenda.take() {
            self.now = at;
            if self.watch.violation.is_some() {
                return;
            }
            if at > deadline {
                return self.watch.not_over(at);
            }
            self.enter(entry);
        }
        self.watch.at_the_end(self.now, &self.alias, &self.table);
        self.pushes_at_the_end();
    }

    /// What is due happens.
    fn enter(&mut self, entry: Entry) {
        if let Some(alias) = &self.alias.state {
            call::lock(&self.current).clone_from(&alias.version);
        }
        let Some(entry) = self.unless_away(entry) else { return };
        match entry {
            Entry::Sweep => self.every_minute(Entry::Sweep),
            Entry::Poll => self.every_minute(Entry::Poll),
            Entry::Create { n, patience } => match self.setup.pushes {
                Some(policy) => self.push(n, patience, policy),
                None => self.create(n, patience),
            },
            Entry::Happen(n) => {
                let (_, happening) = self.setup.happenings[n].clone();
                self.happen(happening);
            }
            Entry::Moment(n) => {
                let (_, happening) = self.setup.moments[n].clone();
                self.happen(happening);
            }
            Entry::Deliver(message) => self.deliver(message),
            Entry::Visible(message) => self.visible_again(message),
            Entry::Signal(signal) => self.signal(*signal),
            Entry::Land(flight) => self.land(*flight),
            Entry::Answer { task, reply } => self.answer(task, *reply),
            Entry::Kill(task) => self.kill(task, "its time is up"),
            Entry::Order { host, body } => self.order(host, body),
            Entry::Ask { host, job } => self.ask_service(host, job),
            Entry::Told { host, job, granted } => self.told(host, job, granted),
            Entry::Work { host, job } => self.work(host, job),
            Entry::Beat { host, job } => self.beat(host, job),
            Entry::Back { host, job } => self.back(host, job),
            Entry::Report(report) => self.reported(*report),
            Entry::Resend { host, report } => self.resend(host, *report),
            Entry::Intake => self.intake(),
        }
        self.rouse();
    }

    /// Sweeps and polls go on while anything else does: the world ends when only they would, unless it is
    /// endless.
    fn every_minute(&mut self, what: Entry) {
        let idle = self.agenda.is_idle() && self.messages.all.is_empty() && self.watch.all_over();
        let idle = idle && !self.table.has_something_to_tell() && !self.anybody_waits();
        if idle && self.tasks.iter().all(Option::is_none) {
            if self.endless {
                self.agenda.put(self.now + MINUTE, what);
            }
            return;
        }
        match what {
            Entry::Sweep if self.setup.sweeps && self.setup.mutant != Some(Mutant::NoSweep) => self.sweep(),
            Entry::Sweep => {}
            _ => self.poll(),
        }
        self.agenda.put(self.now + MINUTE, what);
    }

    fn calm(&self) -> bool {
        self.now >= self.setup.calm_at
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(GENESIS + self.now)
    }

    fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", clock(self.now), text()));
        }
    }

    fn report(mut self) -> Report {
        if let (Some(violation), Some(trace)) = (&self.watch.violation, &mut self.trace) {
            trace.push(format!("{} VIOLATED {violation}", clock(self.now)));
        }
        Report {
            hosts: self.hosts.iter().map(|host| host.runs.clone()).collect(),
            deployments: self.deployments(),
            refused: self.wishes.refused,
            alias: self.alias.state.clone(),
            suspended: self.scaling.all(),
            alias_writes: self.watch.alias_writes,
            calls: self.calls,
            messages: self.messages.sent,
            invocations: self.watch.invocations,
            commits: self.watch.commits,
            elapsed: self.now,
            faults: self.happened,
            violation: self.watch.violation,
            trace: self.trace.unwrap_or_default(),
        }
    }

    /// The deployments, in the order of their creation.
    fn deployments(&self) -> Vec<Ended> {
        let told = self.watch.known.iter().map(|known| Ended {
            id: known.plan.deployment.to_string(),
            verdict: known.state.verdict(),
            code: known.state.ending.as_ref().map(|e| e.code),
            rollback: known.is_rollback(),
            plan: known.plan.clone(),
            state: known.state.clone(),
            log: known.log.clone(),
            hosts: self.watch.hosts_of(&known.plan.deployment),
            at: known.state.completed_at.map_or(self.now, |at| at.as_millis() - GENESIS),
        });
        told.collect()
    }
}
