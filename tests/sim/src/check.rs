//! The invariants, by the names that the failures of other systems gave them.

mod capacity;
mod commit;
mod end;
mod fleet;
mod follow_ups;
mod hosts;
mod listeners;
mod outside;
mod plan;
mod pushes;
mod scaling;
mod sweep;

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover_core::alias::AliasState;
use cutover_core::deployment::{Deployment, Phase};
use cutover_core::event::{Event, HookStatus};
use cutover_core::ids::DeploymentId;
use cutover_core::mark::Mark;
use cutover_core::plan::{Plan, PlanKind};
use cutover_core::queue::QueueName;
use cutover_ports::table::Write;
use cutover_store::plans::Planned;
use cutover_store::state::{Stored, Sweep};
use cutover_store::{codec, key, state};

use self::fleet::Shard;
use crate::report::Violation;
use crate::setup::{AlarmNow, Setup, scope};
use crate::world::{SimAlias, SimScaling, SimTable, key_of};

/// The invariants in words. I2 (no share without capacity) is about load balancers, which no world has yet.
pub const INVARIANTS: [(&str, &str); 15] = [
    ("I1", "every weight is in range, and only ever one of the plan's shares"),
    ("I3", "over means: no timer, no watch, nothing to undo, the alias whole, no effect any more"),
    ("I4", "not over means: a timer, soon enough; every world ends"),
    (
        "I5",
        "one writer: epochs grow by one, one active deployment, effects only under their claim and by the \
         function they belong to, nothing foreign overwritten; a host begins only what it was granted",
    ),
    ("I6", "success means that every gate was passed"),
    ("I7", "never more hosts unavailable than allowed, and never fewer serving than must"),
    ("I8", "the end undoes what was done, and its rollback deployment exists exactly when wanted"),
    ("I9", "effects are sets: the plan's shares in order, one execution id per hook"),
    ("I10", "the log has every entry once"),
    ("I11", "late answers change nothing"),
    ("I12", "waits last as long as planned"),
    ("I13", "whoever listens hears all that happened and nothing else, in order; a repeat has the same id"),
    (
        "I14",
        "every push has one outcome, and the newest is started last; a deployment is stopped only if somebody \
         asks for it or something newer waits",
    ),
    (
        "I15",
        "what a deployment suspends is noted before, and runs again when it is over; what others had suspended \
         before stays suspended",
    ),
    (
        "I16",
        "hosts that are launched during a deployment get its revision by a follow-up, each once; follow-ups in a row \
         are bounded",
    ),
];

/// What an invariant says.
pub fn meaning(invariant: &str) -> &'static str {
    INVARIANTS.iter().find(|(name, _)| *name == invariant).map_or("", |(_, words)| words)
}

/// A deployment as it was last committed, and what the checks remember of it.
pub(crate) struct Known {
    pub(crate) plan: Arc<Plan>,
    pub(crate) state: Deployment,
    version: u64,
    /// The sweep's notes on the epoch, and how often it sent its wake.
    sweep: Sweep,
    swept: u32,
    /// When the newest claim was committed.
    claimed_at: i64,
    /// When the alias was found as the plan wants it.
    resolved_at: i64,
    /// When it was looked which processes are suspended.
    scaling_seen_at: i64,
    /// When it last set the alias.
    shifted_at: i64,
    /// A stop or an alarm was recorded, so it must not succeed.
    condemned: bool,
    /// Its whole log, once the world is over.
    pub(crate) log: Vec<Mark>,
    /// Who listens to it.
    listeners: Vec<String>,
}

impl Known {
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(self.plan.kind, PlanKind::Rollback { .. })
    }

    fn is_over(&self) -> bool {
        matches!(self.state.phase, Phase::Done { .. })
    }
}

/// What the world looks like after a write.
pub(crate) struct Scene<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) table: &'a SimTable,
    pub(crate) alias: &'a SimAlias,
    pub(crate) scaling: &'a SimScaling,
}

/// Watches a world.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) known: Vec<Known>,
    pub(crate) violation: Option<Violation>,
    pub(crate) invocations: u64,
    /// Which deployment invoked which function as a hook, each once.
    pub(crate) invoked: Vec<(String, String)>,
    pub(crate) commits: u64,
    /// What hooks were going to answer.
    pub(crate) answers: Vec<(String, HookStatus)>,
    pub(crate) abandon_asked: bool,
    /// How often the group was edited.
    edits: u64,
    /// What workers set the alias to, and when.
    pub(crate) alias_writes: Vec<(i64, AliasState)>,
    /// The fleets of deployments, by their ids.
    pub(crate) shards: BTreeMap<String, Vec<Shard>>,
    /// Which hosts are at work, and for which deployment.
    working: BTreeMap<String, DeploymentId>,
    /// What listeners heard of each deployment: the numbers of its notices, without repeats.
    told: BTreeMap<(String, String), Vec<u32>>,
    /// Hosts that Auto Scaling has launched, and when.
    launched: Vec<(String, i64)>,
    stops_asked: pushes::StopsAsked,
    red_since: BTreeMap<String, i64>,
    unread_since: BTreeMap<String, i64>,
}

impl Watch {
    /// Notes a broken invariant; the first one stands.
    pub(crate) fn violated(&mut self, invariant: &'static str, at: i64, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation { invariant, what: what(), at });
        }
    }

    fn demand(&mut self, holds: bool, invariant: &'static str, at: i64, what: impl FnOnce() -> String) {
        if !holds {
            self.violated(invariant, at, what);
        }
    }

    /// The deployment that a message names.
    pub(crate) fn named_in(&self, body: &str) -> Option<usize> {
        let id = body.split_once("\"deployment\":\"")?.1.get(..11)?;
        self.place_of(id)
    }

    /// The deployment of that id.
    pub(crate) fn named(&self, id: &str) -> Option<&Known> {
        self.place_of(id).map(|place| &self.known[place])
    }

    /// The deployment under whose partition key an item stands.
    pub(crate) fn of_pk(&self, pk: &str) -> Option<&Known> {
        self.named(pk.rsplit_once("/D#")?.1)
    }

    fn place_of(&self, id: &str) -> Option<usize> {
        self.known.iter().position(|k| k.plan.deployment.as_str() == id)
    }

    /// The claim under which the deployment is acting.
    pub(crate) fn claim_of(&self, place: usize) -> Option<(usize, u64)> {
        match self.known[place].state.phase {
            Phase::Acting { token, .. } => Some((place, token)),
            _ => None,
        }
    }

    /// The deployment created last, preferably one that is not over.
    pub(crate) fn newest(&self) -> Option<DeploymentId> {
        let open = self.known.iter().rev().find(|k| !k.is_over());
        open.or(self.known.last()).map(|k| k.plan.deployment.clone())
    }

    pub(crate) fn all_over(&self) -> bool {
        self.known.iter().all(Known::is_over) && !self.shards.values().flatten().any(Shard::is_open)
    }

    pub(crate) fn alarm_turned(&mut self, name: &str, to: AlarmNow, now: i64) {
        let unread = matches!(to, AlarmNow::Unreadable | AlarmNow::Missing);
        for (since, is) in [(&mut self.red_since, to == AlarmNow::Red), (&mut self.unread_since, unread)] {
            if is {
                since.entry(name.to_owned()).or_insert(now);
            } else {
                since.remove(name);
            }
        }
    }

    /// A signal was acknowledged as recorded.
    pub(crate) fn heard(&mut self, id: &DeploymentId, event: &Event) {
        if matches!(event, Event::StopRequested { .. })
            && let Some(place) = self.place_of(id.as_str())
        {
            self.known[place].condemned = true;
        }
    }

    /// Looks at what was just written, all or nothing. Gives a line for the trace if it is to `tell`.
    pub(crate) fn written(
        &mut self,
        now: i64,
        by: Option<QueueName>,
        writes: &[Write],
        scene: &Scene<'_>,
        tell: bool,
    ) -> Option<String> {
        let Scene { table, alias, .. } = scene;
        let mut told = None;
        let mut group_touched = false;
        for write in writes {
            let Write::Put { item, .. } = write else { continue };
            let place = key_of(write);
            group_touched |= place.sk == "META";
            if place.sk.starts_with("LOG#") {
                let same = table.before(place).is_none_or(|before| before.body == item.body);
                self.demand(same, "I10", now, || format!("the log item {} is written anew", place.sk));
            }
            if place.sk == "FLEET" {
                self.fleet_divided(now, item, table, scene.setup);
            }
            if place.sk == "PURSE" {
                self.purse_written(now, item);
            }
            if place.sk == "BOARD" {
                told = self.board_written(now, item, table, scene.setup).filter(|_| tell);
            }
            if place.sk != "STATE" {
                continue;
            }
            group_touched = true;
            let stored = match state::from_item(item) {
                Ok(stored) => stored,
                Err(error) => {
                    self.violated("I10", now, || format!("a state that cannot be read: {error}"));
                    return None;
                }
            };
            let bytes = item.body.len();
            self.demand(bytes < 16 * 1024, "I10", now, || format!("the state takes {bytes} bytes"));
            let (timer, version, sweep) = (item.wake.is_some(), stored.version, stored.sweep);
            self.commits += 1;
            if tell {
                let d = &stored.deployment;
                told = Some(format!(
                    "{} epoch {} step {}: {:?}{}",
                    d.id,
                    d.epoch,
                    d.cursor,
                    d.phase,
                    if d.ending.is_some() { ", ending" } else { "" }
                ));
            }
            match self.place_of(stored.deployment.id.as_str()) {
                Some(at) => {
                    self.right_queue(now, at, by, &stored.deployment);
                    if stored.deployment.epoch == self.known[at].state.epoch {
                        self.noted(now, at, sweep);
                    } else {
                        (self.known[at].sweep, self.known[at].swept) = (sweep, 0);
                    }
                    self.processes_noted(now, at, &stored.deployment, scene.scaling);
                    self.stepped(now, at, stored.deployment, version, timer, alias, table);
                    let served = self.launched_served(&self.known[at], scene.setup, table);
                    if let Some((invariant, what)) = served {
                        let id = self.known[at].plan.deployment.clone();
                        self.violated(invariant, now, || format!("{id} {what}"));
                    }
                }
                None => self.appeared(now, stored, timer, scene),
            }
        }
        if group_touched {
            self.one_holder(now, table);
        }
        told
    }

    /// A deployment that was not there before.
    fn appeared(&mut self, now: i64, stored: Stored, timer: bool, scene: &Scene<'_>) {
        let Stored { deployment: state, version, sweep } = stored;
        let Scene { setup, table, .. } = scene;
        let planned = table.get(&key::plan(&scope(), &state.id)).map(codec::decode::<Planned>);
        let Some(Ok(planned)) = planned else {
            return self.violated("I3", now, || format!("{} has a state and no plan", state.id));
        };
        let listeners = planned.record.audience.topics.iter().map(|topic| topic.arn.clone()).collect();
        let plan = Arc::new(planned.plan);
        self.demand(state.epoch == 1 && version == 1 && timer, "I4", now, || {
            format!("{} begins at epoch {} with timer: {timer}", state.id, state.epoch)
        });
        if let Some((invariant, what)) = plan::wrong(setup, &plan) {
            self.violated(invariant, now, || format!("{} {what}", state.id));
        }
        let watches = watches_of(table, &state.id);
        self.demand(watches == plan.alarms.names.len(), "I6", now, || {
            format!("{} begins with {watches} watches", state.id)
        });
        let of_nothing = setup.pushes.is_some()
            && plan.kind == PlanKind::Forward
            && pushes::push_of(&state.id, table).is_none();
        self.demand(!of_nothing, "I14", now, || {
            format!("{} is there, and its push is not remembered", state.id)
        });
        if let PlanKind::Rollback { of } = &plan.kind {
            let over = self.place_of(of.as_str()).is_some_and(|at| self.known[at].is_over());
            self.demand(over, "I8", now, || format!("{} rolls back {of}, which is not over", state.id));
        }
        if let Some((invariant, what)) = self.brings_back(&plan).or_else(|| self.follows(&plan)) {
            self.violated(invariant, now, || format!("{} {what}", state.id));
        }
        self.known.push(Known {
            plan,
            state,
            version,
            sweep,
            swept: 0,
            claimed_at: now,
            resolved_at: now,
            scaling_seen_at: now,
            shifted_at: now,
            condemned: false,
            log: Vec::new(),
            listeners,
        });
    }
}

/// How many alarm watches name the deployment.
fn watches_of(table: &SimTable, id: &DeploymentId) -> usize {
    let sk = format!("D#{id}");
    table.items().filter(|item| item.key.sk == sk && item.key.pk.contains("/ALARM#")).count()
}
