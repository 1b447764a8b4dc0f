//! Workers: run until they ask something of a port, and gone when they crash.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use cutover_core::event::{Event, Why};
use cutover_core::fleet::accept::Accept;
use cutover_core::ids::DeploymentId;
use cutover_core::queue::QueueName;
use cutover_driver::shards::Taken;
use cutover_driver::signal::Signalled;
use cutover_ports::table::TableError;
use cutover_wire::agent::report::Report;

use super::World;
use super::agenda::Entry;
use super::call::{CallId, Flight, Op, Reply, lock};
use crate::faults::{Fault, Kind, MessageFault};
use crate::mutants::{self, Bent, Caller, Mutant};
use crate::story::{Trouble, Wrong};

pub(crate) type TaskId = usize;
pub(super) type Work = Pin<Box<dyn Future<Output = Result<Output, String>> + Send>>;

/// What a worker was started for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    Deliver {
        message: u64,
        queue: QueueName,
        time: u32,
        rounds: u32,
        deployment: Option<usize>,
    },
    Signal(SignalWish),
    Create {
        n: u64,
        patience: u32,
    },
    Errand(&'static str),
    /// An agent asks whether it may begin.
    Ask {
        host: usize,
        job: u64,
    },
    /// A batch of reports is taken in.
    Intake(Vec<Report>),
}

/// What a worker brings back.
#[derive(Debug)]
pub(crate) enum Output {
    Nothing,
    Signalled(Signalled),
    Created { held: bool },
    Accept(Accept),
    Taken(Taken),
}

pub(crate) struct Task {
    work: Work,
    process: usize,
    purpose: Purpose,
    /// Whether it has written.
    wrote: bool,
    wrote_purse: bool,
    /// When its act began.
    outside_since: Option<i64>,
    /// What goes wrong with its act.
    trouble: Option<Trouble>,
    /// Calls that it waits for.
    open: usize,
}

/// A signal that somebody brings, again and again until it is heard.
#[derive(Debug, Clone)]
pub(crate) struct SignalWish {
    pub(crate) deployment: DeploymentId,
    pub(crate) event: Event,
    pub(crate) tries: u32,
}

/// What became of requests.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) refused: usize,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) queue: QueueName,
    pub(crate) body: String,
    pub(crate) receives: u32,
    /// How many rounds of function and queue led to it.
    pub(crate) rounds: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) all: BTreeMap<u64, Message>,
    pub(crate) next: u64,
    pub(crate) sent: u64,
}

/// How long a phase function may run, and how long anything else may.
const FUNCTION_MS: i64 = 15_000;
const ERRAND_MS: i64 = 60_000;
/// How long one call, or all outside calls of one act, may take at most.
const CALL_MS: i64 = 9_900;
const SIGNAL_TRIES: u32 = 60;
const SHORT_WORDS: &str = "ThrottlingException: rate exceeded";

/// What services say when they say much.
fn long_words(n: u64) -> String {
    format!("{SHORT_WORDS} (request {n}): {}", "\"Zugriff überlastet\" ".repeat(40))
}

impl World {
    pub(super) fn spawn(&mut self, process: usize, purpose: Purpose, work: Work) {
        let id = self.tasks.len();
        let life = match purpose {
            Purpose::Deliver { .. } | Purpose::Ask { .. } | Purpose::Intake(_) => FUNCTION_MS,
            Purpose::Signal(_) | Purpose::Create { .. } | Purpose::Errand(_) => ERRAND_MS,
        };
        self.agenda.put(self.now + life, Entry::Kill(id));
        self.tasks.push(Some(Task {
            work,
            process,
            purpose,
            wrote: false,
            wrote_purse: false,
            outside_since: None,
            trouble: None,
            open: 0,
        }));
        self.step(id);
    }

    pub(super) fn any_process(&mut self) -> usize {
        self.rng.below(self.processes.len() as u64) as usize
    }

    /// Runs a worker until it asks something, is finished or crashes.
    pub(super) fn step(&mut self, id: TaskId) {
        let Some(mut task) = self.tasks[id].take() else { return };
        lock(&self.mailbox).now = self.now + self.processes[task.process].skew;
        let polled = task.work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            Poll::Ready(result) => self.finished(task.purpose, result),
            Poll::Pending => {
                let asked = std::mem::take(&mut lock(&self.mailbox).asked);
                // It waits for another worker of its process, not for a call.
                if asked.is_empty() && task.open == 0 {
                    self.waiting.insert(id);
                }
                task.open += asked.len();
                self.tasks[id] = Some(task);
                for (call, op) in asked {
                    self.ask(id, call, op);
                }
            }
        }
    }

    pub(super) fn answer(&mut self, (id, call): (TaskId, CallId), reply: Reply) {
        if let Some(task) = &mut self.tasks[id] {
            task.open -= 1;
            let waker = lock(&self.mailbox).leave(call, reply);
            if let Some(waker) = waker {
                waker.wake();
            }
            self.step(id);
        }
    }

    pub(super) fn kill(&mut self, id: TaskId, why: &str) {
        if let Some(task) = self.tasks[id].take() {
            self.crashed(task, why);
        }
    }

    /// Lets those go on who waited for another worker, as long as one of them can.
    pub(super) fn rouse(&mut self) {
        loop {
            let waiting = std::mem::take(&mut self.waiting);
            waiting.iter().for_each(|id| self.step(*id));
            if self.waiting == waiting {
                return;
            }
        }
    }

    fn ask(&mut self, id: TaskId, call: CallId, op: Op) {
        // It may have crashed at another of its calls.
        let Some(mut task) = self.tasks[id].take() else { return };
        let op = match self.bent(&task, op) {
            Bent::Op(op) => op,
            Bent::Dropped(reply) => {
                self.agenda.put(self.now + 1, Entry::Answer { task: (id, call), reply: Box::new(reply) });
                self.tasks[id] = Some(task);
                return;
            }
        };
        if let (Purpose::Errand("sweep"), Op::Send(message)) = (&task.purpose, &op)
            && !message.body.contains("\"shard\":")
            && message.queue != QueueName::Notify
        {
            self.watch.swept(self.now, &message.body);
        }
        task.wrote |= matches!(op, Op::Put(..) | Op::Transact(_));
        task.wrote_purse |= matches!(&op, Op::Put(item, _) if item.key.sk == "PURSE");
        let kind = op.kind();
        let (n, calm) = (self.calls, self.calm());
        self.calls += 1;
        self.calls_of[kind as usize] += 1;
        let fault = self.setup.faults.of_call(n, kind, self.calls_of[kind as usize], calm, &mut self.chaos);
        if let Some(fault) = fault {
            self.happened.scripted.push((kind, self.calls_of[kind as usize], fault));
        }
        if self.trace.is_some() {
            let (what, fault) = (self.words(&op), fault.map_or("", Fault::words));
            self.note(|| format!("call {n} {}: {what} {fault}", task.purpose.words()));
        }
        let mut claim = None;
        let (mut fault, mut told) = (fault, None);
        let mut limit = self.now + CALL_MS;
        if let Purpose::Deliver { deployment: Some(place), .. } = task.purpose
            && op.is_outside()
        {
            claim = self.watch.claim_of(place);
            if task.outside_since.is_none() {
                task.trouble = self.next_trouble(place);
            }
            match task.trouble.and_then(|trouble| trouble.of_call(op.changes())) {
                Some(Wrong::Fault(wrong)) => fault = Some(wrong),
                Some(Wrong::Told(error)) => told = Some(op.answered(error)),
                None => {}
            }
            limit = *task.outside_since.get_or_insert(self.now) + CALL_MS;
            if self.setup.mutant == Some(Mutant::LandsAfterLease) {
                limit += 30_000;
            }
        }
        if let Op::SetAlias { set, .. } = &op {
            self.watch.alias_asked(self.now, claim, set);
        }
        let quick = (self.now + self.rng.between(2, 40)).min(limit);
        let late = self.rng.between(quick, limit.max(quick));
        let words = if self.setup.faults.long_words { long_words(n) } else { SHORT_WORDS.to_owned() };
        let failed = || op.failed(&words);
        let (queue, rounds) = match task.purpose {
            Purpose::Deliver { queue, rounds, .. } => (Some(queue), rounds),
            _ => (None, 0),
        };
        let fly = |task, fault| Box::new(Flight { task, op: op.clone(), fault, queue, rounds, claim });
        if let Some(reply) = told {
            self.agenda.put(quick, Entry::Answer { task: (id, call), reply: Box::new(reply) });
            self.tasks[id] = Some(task);
            return;
        }
        match fault {
            None => self.agenda.put(quick, Entry::Land(fly(Some((id, call)), None))),
            Some(Fault::Slow) => self.agenda.put(late, Entry::Land(fly(Some((id, call)), None))),
            Some(Fault::Lost | Fault::Repeated) => {
                self.agenda.put(quick, Entry::Land(fly(Some((id, call)), fault)))
            }
            Some(Fault::LostLate) => {
                self.agenda.put(quick, Entry::Answer { task: (id, call), reply: Box::new(failed()) });
                self.agenda.put(late, Entry::Land(fly(None, None)));
            }
            Some(Fault::Fail) => {
                let reply = match kind {
                    Kind::Transact if n.is_multiple_of(2) => Reply::Written(Err(TableError::Contended)),
                    _ => failed(),
                };
                self.agenda.put(quick, Entry::Answer { task: (id, call), reply: Box::new(reply) });
            }
            Some(Fault::CrashBefore) => return self.crashed(task, "it crashed"),
            Some(Fault::CrashAfter) => {
                self.agenda.put(quick, Entry::Land(fly(None, None)));
                return self.crashed(task, "it crashed");
            }
            Some(Fault::LandLate) => {
                self.agenda.put(late, Entry::Land(fly(None, None)));
                return self.crashed(task, "it crashed");
            }
        }
        self.tasks[id] = Some(task);
    }

    /// What a broken rule makes of a call.
    fn bent(&self, task: &Task, op: Op) -> Bent {
        let Some(mutant) = self.setup.mutant else { return Bent::Op(op) };
        let delivery = match task.purpose {
            Purpose::Deliver { time, .. } => Some(time),
            _ => None,
        };
        let is_sweep = matches!(task.purpose, Purpose::Errand("sweep"));
        let is_signal = matches!(task.purpose, Purpose::Signal(_));
        let (wrote, wrote_purse) = (task.wrote, task.wrote_purse);
        let caller = Caller { delivery, is_sweep, is_signal, wrote, wrote_purse, now: self.timestamp() };
        mutants::bend(mutant, op, &self.watch, &caller)
    }

    fn crashed(&mut self, task: Task, why: &str) {
        self.note(|| format!("worker of {} is gone: {why}", task.purpose.words()));
        match task.purpose {
            Purpose::Signal(wish) => self.bring_again(wish),
            Purpose::Create { n, patience } => self.ask_again(n, patience),
            Purpose::Ask { host, job } => self.asked(host, job, None),
            Purpose::Intake(batch) => self.not_taken(batch),
            Purpose::Deliver { .. } | Purpose::Errand(_) => {}
        }
    }

    fn bring_again(&mut self, mut wish: SignalWish) {
        wish.tries += 1;
        if wish.tries < SIGNAL_TRIES {
            let at = self.now + self.rng.between(1_000, 10_000);
            self.agenda.put(at, Entry::Signal(Box::new(wish)));
        }
    }

    /// Whoever asked for a deployment and got no answer asks again: the ids are drawn once per request.
    fn ask_again(&mut self, n: u64, patience: u32) {
        let at = self.now + self.rng.between(1_000, 10_000);
        self.agenda.put(at, Entry::Create { n, patience });
    }

    fn finished(&mut self, purpose: Purpose, result: Result<Output, String>) {
        if self.trace.is_some() {
            let words = match &result {
                Ok(Output::Nothing) => "done".to_owned(),
                Ok(Output::Signalled(Signalled::Committed(_))) => "recorded".to_owned(),
                Ok(Output::Signalled(Signalled::Ignored(why, _))) => format!("ignored: {why:?}"),
                Ok(other) => format!("{other:?}"),
                Err(error) => format!("failed: {error}"),
            };
            self.note(|| format!("worker of {}: {words}", purpose.words()));
        }
        match (purpose, result) {
            (Purpose::Deliver { message, .. }, Ok(_)) => {
                let calm = self.calm();
                let before = self.happened.kept(message);
                if self.setup.faults.keeps(message, before, calm, &mut self.chaos) {
                    self.happened.messages.push((message, MessageFault::Kept));
                } else {
                    self.messages.all.remove(&message);
                }
            }
            (Purpose::Signal(wish), Err(_)) => self.bring_again(wish),
            (Purpose::Signal(wish), Ok(Output::Signalled(Signalled::Ignored(why, state)))) => {
                let later = matches!(wish.event, Event::AbandonRequested { .. })
                    && why == Why::NothingToAbandon
                    && state.verdict().is_none()
                    && !self.endless;
                if later {
                    self.agenda.put(self.now + 120_000, Entry::Signal(Box::new(wish)));
                }
            }
            (Purpose::Signal(wish), Ok(_)) => self.watch.heard(&wish.deployment, &wish.event),
            (Purpose::Create { n, patience }, Err(_)) => self.ask_again(n, patience),
            (Purpose::Create { n, patience }, Ok(Output::Created { held: true })) => {
                self.wishes.refused += 1;
                if patience > 0 {
                    self.agenda.put(self.now + 300_000, Entry::Create { n, patience: patience - 1 });
                }
            }
            (Purpose::Ask { host, job }, Ok(Output::Accept(accept))) => self.asked(host, job, Some(accept)),
            (Purpose::Ask { host, job }, _) => self.asked(host, job, None),
            (Purpose::Intake(_), Ok(Output::Taken(taken))) => self.watch.taken(self.now, taken),
            (Purpose::Intake(batch), _) => self.not_taken(batch),
            _ => {}
        }
    }
}

impl Purpose {
    fn words(&self) -> String {
        match self {
            Self::Deliver { message, .. } => format!("message {message}"),
            Self::Signal(wish) => format!("a signal to {}", wish.deployment),
            Self::Create { n, .. } => format!("request {n}"),
            Self::Errand(what) => (*what).to_owned(),
            Self::Ask { host, .. } => format!("a question of host-{}", host + 1),
            Self::Intake(batch) => format!("a batch of {} reports", batch.len()),
        }
    }
}
