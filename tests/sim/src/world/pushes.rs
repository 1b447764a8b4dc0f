//! Pushes instead of requests: each is brought until somebody has taken it in, by the real code of triggers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_core::plan::PlanKind;
use cutover_core::time::Timestamp;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::push::{Push, Source};
use cutover_core::trigger::queue::Policy;
use cutover_core::trigger::rule::{Fetch, TRIGGER_VERSION, Trigger};
use cutover_driver::driver::Driver;
use cutover_driver::pushes::{Made, Maker, PushError, Pushes, Ready, push_id};
use cutover_store::{codec, group, key, pushes};
use serde_json::{Value, json};

use super::World;
use super::call::lock;
use super::ports::Ports;
use super::process::Process;
use super::tasks::{Output, Purpose};
use crate::check::Known;
use crate::mutants::{self, Mutant};
use crate::setup::{GENESIS, Setup, scope};

/// The trigger of every world.
const TRIGGER: &str = "builds";

/// Makes deployments of what is pushed, over the version that the alias names now.
struct SimMaker {
    driver: Driver,
    setup: Setup,
    current: Arc<Mutex<String>>,
    bits: AtomicU64,
}

#[async_trait]
impl Maker for SimMaker {
    async fn make(&self, _: &Scope, request: &Value) -> Result<Made, PushError> {
        let refused = |why: &str| Ok(Made::Refused(why.to_owned()));
        let Some(n) = request["revision"]["n"].as_str().and_then(|n| n.parse().ok()) else {
            return refused("no number");
        };
        let table = self.driver.deployments().table().clone();
        let loaded = group::load(table.as_ref(), &scope(), &self.setup.cast.group.group_id).await?;
        let Some((group, version)) = loaded else { return refused("no group") };
        let current = lock(&self.current).clone();
        let last = group.target_revision.as_ref().and_then(Value::as_str);
        let Some(planned) = self.setup.planned(n, &current, last, self.driver.now()) else {
            return refused("no plan");
        };
        Ok(Made::Ready(Box::new(Ready { planned, group, version, more: Vec::new(), full: None })))
    }

    async fn bring(&self, _: &Scope, _: &Trigger, _: &Fetch) -> Result<Option<String>, PushError> {
        Ok(None)
    }

    fn bits(&self) -> u64 {
        self.bits.fetch_add(1 << 16, Ordering::Relaxed)
    }
}

/// What makes deployments of pushes, in the process of that number.
pub(super) fn maker(
    driver: &Driver,
    setup: &Setup,
    current: &Arc<Mutex<String>>,
    process: u64,
) -> Arc<dyn Maker> {
    Arc::new(SimMaker {
        driver: driver.clone(),
        setup: setup.clone(),
        current: current.clone(),
        bits: AtomicU64::new(process << 56),
    })
}

fn trigger(policy: Policy) -> Trigger {
    Trigger {
        v: TRIGGER_VERSION,
        name: TRIGGER.to_owned(),
        source: Source::GitHub,
        place: "*".to_owned(),
        reference: "*".to_owned(),
        application: "app".to_owned(),
        group: "group".to_owned(),
        policy,
        revision: Some(json!({ "n": "{{commit}}" })),
        archive: None,
        order: Some("{{1}}".to_owned()),
        sealed: None,
        created_at: Timestamp::from_millis(GENESIS),
    }
}

fn push(setup: &Setup, n: u64) -> Push {
    Push {
        source: Source::GitHub,
        place: "shop".to_owned(),
        reference: setup.order_of(n).to_string(),
        event: format!("push {n}"),
        at: Timestamp::from_millis(GENESIS),
        facts: [("commit".to_owned(), n.to_string())].into(),
    }
}

impl World {
    /// Somebody brings push number `n`, and brings it again until it is taken in; `more` times he does so besides.
    pub(super) fn push(&mut self, n: u64, patience: u32, policy: Policy) {
        let process = self.any_process();
        let taker = self.processes[process].pushes.clone();
        let (trigger, push) = (trigger(policy), push(&self.setup, n));
        self.note(|| format!("push {n}, of order {}", push.reference));
        let work = async move {
            taker.take(&scope(), &trigger, &push).await.map_err(|e| e.to_string())?;
            // Whoever has patience tells of it again.
            Ok(Output::Created { held: true })
        };
        self.spawn(process, Purpose::Create { n, patience }, Box::pin(work));
    }

    /// A message of the queue of pushes.
    pub(super) fn push_message(&mut self, process: usize, purpose: Purpose, body: String) {
        let Process { pushes, maker, .. } = &self.processes[process];
        let taker = match self.setup.mutant {
            Some(Mutant::QueueReadFirst) => {
                Pushes::new(mutants::queue_first(Ports(self.mailbox.clone())), maker.clone())
            }
            _ => pushes.clone(),
        };
        let work = async move {
            taker.handle(&body).await.map_err(|e| e.to_string())?;
            Ok(Output::Nothing)
        };
        self.spawn(process, purpose, Box::pin(work));
    }

    /// Whether somebody's turn has yet to come.
    pub(super) fn anybody_waits(&self) -> bool {
        self.table.items().any(|item| item.key.sk.starts_with(key::WAITING))
    }

    /// Every push has one outcome, and what was started last is the newest of them.
    pub(super) fn pushes_at_the_end(&mut self) {
        if self.setup.pushes.is_none() || self.watch.violation.is_some() {
            return;
        }
        if let Some(wrong) = self.wrong_pushes() {
            self.watch.violated("I14", self.now, || wrong);
        }
    }

    fn wrong_pushes(&self) -> Option<String> {
        let (mut newest, mut created) = (0, Vec::new());
        for n in 0..self.setup.creates.len() as u64 {
            newest = newest.max(self.setup.order_of(n));
            let item = self.table.get(&key::push(&scope(), &push_id(TRIGGER, &push(&self.setup, n))));
            let record = item.and_then(|item| codec::decode::<pushes::PushRecord>(item).ok());
            match record.map(|record| record.outcome) {
                Some(Outcome::Created(id)) => created.push((id, self.setup.order_of(n))),
                Some(Outcome::Superseded(_)) => {}
                other => return Some(format!("push {n} ends with {other:?}")),
            }
        }
        let mut orders = Vec::new();
        // Neither rollback deployments nor follow-ups are pushed.
        let pushed = |known: &&Known| known.plan.kind == PlanKind::Forward;
        for known in self.watch.known.iter().filter(pushed) {
            let Some((_, order)) = created.iter().find(|(id, _)| *id == known.plan.deployment) else {
                return Some(format!("{} is of no push", known.plan.deployment));
            };
            orders.push(*order);
        }
        let fits = orders.len() == created.len() && orders.is_sorted() && orders.last() == Some(&newest);
        (!fits).then(|| format!("pushes of order {orders:?} were started, and {newest} is the newest"))
    }
}
