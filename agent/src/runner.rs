//! The agent as it runs: carries what happens to the [machine](crate::machine) and carries out what it says.
//!
//! One thread waits for the network and the clock, one more per order runs its events. Every wait is bounded: a
//! poll by the queue's 20 s and its timeouts, a request by its own, a rest by the machine's next moment.

mod believe;
mod perform;
mod tasks;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use cutover_aws::error::Fault;
use cutover_aws::host_channel::Received;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use crate::clock;
use crate::intake::Intake;
use crate::journal::{Journal, JournalFile};
use crate::link::Link;
use crate::machine::{Input, Machine, Now, Settings};
use crate::notify::{notify, watchdog};
use crate::on_premises::OnPremises;
use crate::pace::Pace;
use crate::say::Say;
use crate::trust::Trust;
use crate::worker::{Over, Place, Worker};

/// Without anything to wait for, the loop goes round this often all the same.
const IDLE: Duration = Duration::from_secs(60);

/// All that the agent works with.
#[derive(Debug)]
pub struct Equipment {
    /// Never changes.
    pub settings: Settings,
    /// As it was found.
    pub journal: Journal,
    /// Where it is written.
    pub journal_file: JournalFile,
    /// Queues, service, the host's key.
    pub link: Link,
    /// The keys of a host that is not on AWS.
    pub on_premises: Option<OnPremises>,
    /// What is believed.
    pub intake: Intake,
    /// Whose signatures count.
    pub trust: Trust,
    /// Where orders are carried out.
    pub place: Place,
    /// The log.
    pub say: Say,
}

/// Something came back.
#[derive(Debug)]
enum Event {
    Input(Input),
    Polled(Result<Option<Received>, Fault>, Duration),
    /// What the service announces, asked because of this message.
    Announced(Received, Result<Vec<String>, String>),
    Over(Over),
    Said(String),
}

struct Runner {
    machine: Machine,
    journal_file: JournalFile,
    link: Link,
    on_premises: Option<OnPremises>,
    intake: Intake,
    trust: Trust,
    /// When it was last asked whether there is another key.
    keys_asked: Option<Instant>,
    place: Place,
    say: Say,
    pace: Pace,
    host: String,
    began: Instant,
    events: UnboundedSender<Event>,
    poll: Option<AbortHandle>,
    /// How long to rest before the next poll.
    rest: Duration,
    worker: Option<Worker>,
    inputs: VecDeque<Input>,
    over: bool,
}

/// Runs until the agent is asked to stop.
///
/// # Errors
/// When signals cannot be heard.
pub async fn run(equipment: Equipment) -> std::io::Result<()> {
    let (events, heard) = unbounded_channel();
    tasks::signals(&events)?;
    let Equipment { settings, journal, journal_file, link, on_premises, intake, trust, place, say } =
        equipment;
    let host = settings.host.clone();
    let pace = Pace::new(settings.idle_gap_ms);
    let runner = Runner {
        machine: Machine::new(settings, journal),
        journal_file,
        link,
        on_premises,
        intake,
        trust,
        keys_asked: None,
        place,
        say,
        pace,
        host,
        began: Instant::now(),
        events,
        poll: None,
        rest: Duration::ZERO,
        worker: None,
        inputs: VecDeque::from([Input::Start]),
        over: false,
    };
    runner.go_on(heard).await;
    Ok(())
}

impl Runner {
    async fn go_on(mut self, mut heard: UnboundedReceiver<Event>) {
        notify("READY=1");
        let alive = watchdog();
        while !self.over {
            self.renew();
            while let Some(input) = self.inputs.pop_front() {
                if matches!(input, Input::Shutdown) {
                    notify("STOPPING=1");
                }
                let now = self.now();
                let commands = self.machine.decide(input, now);
                self.perform(commands);
            }
            if self.over {
                break;
            }
            self.poll();
            notify("WATCHDOG=1");
            let wait = self.until_wake().min(alive.unwrap_or(IDLE));
            match tokio::time::timeout(wait, heard.recv()).await {
                Ok(Some(event)) => self.happened(event),
                Ok(None) | Err(_) => self.inputs.push_back(Input::Tick),
            }
        }
        if let Some(poll) = self.poll {
            poll.abort();
        }
    }

    /// Goes by the identity that stands in its file: `rotate-key` may have changed it.
    fn renew(&mut self) {
        let renewed = match self.trust.renewed() {
            Ok(None) => return,
            Ok(Some(identity)) => {
                self.place.sources.identity = identity.clone();
                Link::of(identity, self.on_premises.as_ref()).map_err(|error| error.to_string())
            }
            Err(error) => Err(error),
        };
        match renewed {
            Ok(link) => {
                self.link = link;
                // A poll with the old key is, or will be, refused.
                if let Some(poll) = self.poll.take() {
                    poll.abort();
                }
                self.pace.active();
                self.rest = Duration::ZERO;
            }
            Err(error) => self.say.warn(&format!("The identity has changed and is not used: {error}")),
        }
    }

    fn now(&self) -> Now {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { ms, wall: clock::now() }
    }

    fn until_wake(&self) -> Duration {
        let wake = self.machine.wake_at().map(|at| Duration::from_millis(at.saturating_sub(self.now().ms)));
        wake.unwrap_or(IDLE).min(IDLE)
    }

    /// Asks the queue, unless that is under way or the machine has something else to do.
    fn poll(&mut self) {
        let wanted = self.machine.wants_order();
        match &self.poll {
            None if wanted => {
                let poll = tasks::poll(self.link.channel.clone(), self.rest, self.events.clone());
                self.poll = Some(poll);
            }
            Some(poll) if !wanted => {
                // What it may just have been given becomes visible again by itself.
                poll.abort();
                self.poll = None;
            }
            _ => {}
        }
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Input(input) => self.inputs.push_back(input),
            Event::Said(line) => self.say.warn(&line),
            Event::Polled(polled, took) => self.polled(polled, took),
            Event::Announced(message, announced) => self.announced(message, announced),
            Event::Over(over) => {
                for warning in &over.warnings {
                    self.say.warn(warning);
                }
                let Over { order, at, status, diagnostics, quiet_next, .. } = over;
                self.inputs.push_back(Input::EventEnded { order, at, status, diagnostics, quiet_next });
            }
        }
    }

    fn polled(&mut self, polled: Result<Option<Received>, Fault>, took: Duration) {
        self.poll = None;
        match polled {
            Ok(Some(message)) => {
                self.pace.active();
                self.rest = Duration::ZERO;
                self.received(message);
            }
            Ok(None) => {
                let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                self.rest = Duration::from_millis(self.pace.empty(took));
            }
            Err(fault) => {
                let (rest, tell) = self.pace.failed(&self.host);
                self.rest = Duration::from_millis(rest);
                if tell {
                    self.say.warn(&format!("The queue cannot be asked for orders: {}", fault.message));
                }
            }
        }
    }
}
