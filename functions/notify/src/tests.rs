//! Notices carried to listeners that hear, refuse and come back, over the table in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cutover_core::alias::AliasRef;
use cutover_core::audience::{Audience, Callback, Told, Topic};
use cutover_core::config::{ComputePlatform, TrafficRouting};
use cutover_core::deployment::{Cause, Deployment, Ending, ErrorCode, Phase as State, Verdict};
use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use cutover_core::plan::{
    AlarmPlan, AliasShift, AutoRollback, GroupRef, HookFunctions, PlanInput, ShiftWork, Work, plan,
};
use cutover_core::queue::QueueName;
use cutover_core::record::{Creator, Record};
use cutover_core::time::Timestamp;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_local::memory::MemoryTable;
use cutover_local::memory_queue::MemoryQueue;
use cutover_ports::call::CallError;
use cutover_ports::clock::Clock;
use cutover_ports::outgoing::{TopicMessage, Topics, WebPoster, WebRequest};
use cutover_ports::secrets::Sealer;
use cutover_ports::system::OsEntropy;
use cutover_service::quotas::Quotas;
use cutover_service::rules::Valid;
use cutover_service::service::{Service, Settings};
use cutover_store::dead_letter;
use cutover_store::deployments::Deployments;
use cutover_store::group::{GROUP_VERSION, Group};
use cutover_store::plans::Planned;
use cutover_store::webhook::{self, WEBHOOK_VERSION, Webhook};
use cutover_wire::api::webhook::ReplayDeadLettersInput;
use cutover_wire::notice::webhook::Format;

use crate::backoff::MOST_TRIES;
use crate::{Notifier, Outlets, phase};

const DEPLOYMENT: &str = "d-AAAAAAAAA";

/// A clock that stands until it is moved.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Listeners that write down what they hear, and refuse for as long as they are told to.
#[derive(Default)]
struct Ears {
    heard: Mutex<Vec<String>>,
    deaf: Mutex<Vec<&'static str>>,
}

impl Ears {
    fn hears(&self, who: &str, what: String) -> Result<(), CallError> {
        if self.deaf.lock().expect("a lock").contains(&who) {
            return Err(CallError::Transient { message: "it refuses".to_owned() });
        }
        self.heard.lock().expect("a lock").push(format!("{who} {what}"));
        Ok(())
    }
}

#[async_trait]
impl Topics for Ears {
    async fn publish(&self, topic: &str, message: &TopicMessage) -> Result<(), CallError> {
        self.hears(topic, message.id.clone())
    }
}

#[async_trait]
impl WebPoster for Ears {
    async fn send(&self, request: &WebRequest) -> Result<u16, CallError> {
        let headers: BTreeMap<_, _> = request.headers.iter().cloned().collect();
        let what = match headers.get("x-cutover-delivery") {
            Some(id) => format!("{} {id}", headers["x-cutover-event"]),
            None => request.body.clone(),
        };
        self.hears(&request.url, what).map(|()| 200)
    }
}

/// What is sealed is what it was; the key may be out of reach.
#[async_trait]
impl Sealer for Ears {
    async fn seal(&self, _: &str, secret: &str) -> Result<String, CallError> {
        Ok(secret.to_owned())
    }

    async fn open(&self, _: &str, sealed: &str) -> Result<Option<String>, CallError> {
        match self.deaf.lock().expect("a lock").contains(&"key") {
            true => Err(CallError::Transient { message: "throttled".to_owned() }),
            false => Ok(Some(sealed.to_owned())),
        }
    }
}

struct Bench {
    table: Arc<MemoryTable>,
    clock: Arc<Hands>,
    ears: Arc<Ears>,
    driver: Driver,
    notifier: Notifier,
    planned: Planned,
}

fn scope() -> Scope {
    Scope::new("123456789012", "us-east-1")
}

impl Bench {
    /// A deployment that was just created, to an audience.
    async fn new(audience: Audience, rolls_back: bool) -> Self {
        let clock = Arc::new(Hands(AtomicI64::new(1_000_000)));
        let (table, ears) = (Arc::new(MemoryTable::new()), Arc::new(Ears::default()));
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let deployments = Arc::new(Deployments::new(table.clone()));
        let driver = Driver::new(deployments, queue, clock.clone());
        let (topics, web, sealer) =
            (Some(ears.clone() as _), Some(ears.clone() as _), Some(ears.clone() as _));
        let outlets = Outlets { topics, bus: None, web, sealer };
        let planned = planned(audience, rolls_back, clock.now());
        let notifier = phase(driver.clone(), outlets);
        let bench = Self { table, clock, ears, driver, notifier, planned };
        bench.webhook("hook").await;
        bench.create().await;
        bench
    }

    async fn webhook(&self, name: &str) {
        let webhook = Webhook {
            v: WEBHOOK_VERSION,
            id: name.to_owned(),
            name: name.to_owned(),
            kept: format!(r#"{{"url":"{name}","secret":"s"}}"#),
            sealed: true,
            shown: name.to_owned(),
            format: Format::Json,
            events: Vec::new(),
            applications: Vec::new(),
            created_at: self.clock.now(),
        };
        assert!(webhook::create(self.table.as_ref(), &scope(), &webhook).await.expect("a table"));
    }

    fn service(&self) -> Service {
        let settings = Settings {
            speed: 1,
            hook_timeout_ms: 1_000,
            accept_ms: 1_000,
            region: scope().region,
            quotas: Quotas::default(),
            token_key: [0; 32],
            sealer: None,
        };
        Service::new(Arc::new(self.driver.clone()), self.clock.clone(), Arc::new(OsEntropy), settings)
    }

    async fn create(&self) {
        let group_ref = &self.planned.plan.group;
        let group = Group {
            v: GROUP_VERSION,
            id: group_ref.group_id.clone(),
            name: group_ref.group.clone(),
            application_id: group_ref.application_id.clone(),
            platform: ComputePlatform::Lambda,
            definition: serde_json::Map::new(),
            active: None,
            last_attempted: None,
            last_successful: None,
            last_fleet: None,
            target_revision: None,
            last_order: None,
            waited_for: false,
        };
        let item = group.to_item(&scope(), 1).expect("an item");
        use cutover_ports::table::{Expect, Table};
        self.table.put_if(item, Expect::Absent).await.expect("a table");
        let created = self.driver.deployments().create(&self.planned, group, 1, Vec::new()).await;
        created.expect("it is created");
    }

    async fn state(&self, id: &str) -> cutover_store::state::Stored {
        let loaded = self.driver.deployments().load(&scope(), &DeploymentId::new(id)).await;
        loaded.expect("a table").expect("a state")
    }

    async fn begin(&self) {
        let stored = self.state(DEPLOYMENT).await;
        let mut next = stored.deployment.clone();
        next.epoch += 1;
        next.started_at = Some(self.clock.now());
        let now = self.clock.now();
        self.driver.deployments().commit(&self.planned.plan, &stored, next, now).await.expect("a commit");
    }

    async fn end(&self, verdict: Verdict) {
        self.end_of(&self.planned, verdict).await;
    }

    async fn end_of(&self, planned: &Planned, verdict: Verdict) {
        let (stored, now) = (self.state(planned.plan.deployment.as_str()).await, self.clock.now());
        let mut next =
            Deployment { phase: State::Done { verdict }, wake_at: None, ..stored.deployment.clone() };
        next.epoch += 1;
        next.completed_at = Some(now);
        if verdict != Verdict::Succeeded {
            next.ending = Some(Ending {
                verdict,
                code: ErrorCode::AlarmActive,
                message: "The alarm hot is active.".to_owned(),
                cause: Cause::Alarm,
                at: now,
                rollback: None,
            });
            if planned.plan.auto_rollback.on_alarm {
                let plan = &planned.plan;
                next.ledger = vec![undone(plan)];
            }
        }
        self.driver.deployments().finish(planned, &stored, next, now).await.expect("a finish");
    }

    /// Hints, time and again, for so long; then what was heard meanwhile.
    async fn told_within(&self, secs: i64) -> Vec<String> {
        for _ in 0..secs {
            self.hint(DEPLOYMENT).await;
            self.clock.0.fetch_add(1_000, Ordering::Relaxed);
        }
        self.heard()
    }

    async fn hint(&self, id: &str) {
        self.notifier.notify(&scope(), &DeploymentId::new(id), None).await.expect("it is told");
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.ears.heard.lock().expect("a lock"))
    }

    fn deafen(&self, who: &[&'static str]) {
        *self.ears.deaf.lock().expect("a lock") = who.to_vec();
    }
}

fn undone(plan: &cutover_core::plan::Plan) -> cutover_core::ledger::LedgerEntry {
    use cutover_core::alias::AliasState;
    use cutover_core::ledger::{Fate, LedgerEntry};
    let before = AliasState::whole("1");
    LedgerEntry {
        resource: plan.shift.alias.clone(),
        before: before.clone(),
        confirmed: before,
        intents: Vec::new(),
        fate: Fate::Undone,
    }
}

fn planned(audience: Audience, rolls_back: bool, now: Timestamp) -> Planned {
    let input = PlanInput {
        deployment: DeploymentId::new(DEPLOYMENT),
        rollback_id: DeploymentId::new("d-BBBBBBBBB"),
        scope: scope(),
        group: GroupRef {
            application_id: ApplicationId::new("a"),
            application: "shop".to_owned(),
            group_id: GroupId::new("g"),
            group: "prod".to_owned(),
        },
        work: Work::Shift(ShiftWork {
            routing: TrafficRouting::AllAtOnce,
            shift: AliasShift {
                alias: AliasRef { function: "f".to_owned(), alias: "live".to_owned() },
                current: "1".to_owned(),
                target: "2".to_owned(),
            },
            hooks: HookFunctions::default(),
            hook_timeout_ms: 1_000,
            nonce: "n".to_owned(),
        }),
        alarms: AlarmPlan::default(),
        auto_rollback: AutoRollback { on_alarm: rolls_back, ..AutoRollback::default() },
        speed: 1,
        now,
    };
    let record = Record {
        config: "c".to_owned(),
        creator: Creator::User,
        description: None,
        revision: serde_json::Value::Null,
        previous_revision: None,
        auto_rollback: None,
        override_alarms: None,
        file_exists_behavior: None,
        more: serde_json::Map::new(),
        rollback_of: None,
        audience,
    };
    Planned { plan: plan(&input).expect("a plan"), record }
}

fn topic(events: &[Told]) -> Topic {
    Topic {
        name: "tell".to_owned(),
        arn: "topic".to_owned(),
        events: events.iter().map(|told| told.as_str().to_owned()).collect(),
    }
}

fn everybody() -> Audience {
    let events = [Told::DeploymentStart, Told::DeploymentSuccess, Told::DeploymentRollback];
    Audience { topics: vec![topic(&events)], webhooks: true, ..Audience::default() }
}

#[tokio::test]
async fn a_start_is_told_once_it_is_one_and_an_end_after_it() {
    let bench = Bench::new(everybody(), false).await;
    assert_eq!(bench.told_within(5).await, [""; 0], "it has not begun");
    bench.begin().await;
    bench.end(Verdict::Succeeded).await;
    assert_eq!(
        bench.told_within(5).await,
        [
            "topic d-AAAAAAAAA.1.topic:tell",
            "topic d-AAAAAAAAA.2.topic:tell",
            "hook DeploymentStart d-AAAAAAAAA.1.webhook:hook",
            "hook DeploymentSuccess d-AAAAAAAAA.2.webhook:hook",
        ]
    );
    assert_eq!(bench.told_within(30).await, [""; 0], "nobody hears it twice");
    let open =
        bench.table.dump().into_iter().any(|item| item.key.sk.starts_with("N#") && item.wake.is_some());
    assert!(!open, "nothing is left to tell");
}

#[tokio::test]
async fn what_never_began_is_told_by_its_end_alone() {
    let bench = Bench::new(everybody(), false).await;
    bench.end(Verdict::Stopped).await;
    assert_eq!(bench.told_within(5).await, ["hook DeploymentStop d-AAAAAAAAA.2.webhook:hook"]);
}

#[tokio::test]
async fn who_refuses_for_an_hour_hears_all_in_order_and_keeps_nobody_waiting() {
    for cause in ["hook", "key"] {
        let bench = Bench::new(everybody(), false).await;
        bench.deafen(&[cause]);
        bench.begin().await;
        bench.end(Verdict::Succeeded).await;
        let others = ["topic d-AAAAAAAAA.1.topic:tell", "topic d-AAAAAAAAA.2.topic:tell"];
        assert_eq!(bench.told_within(3).await, others, "{cause}");
        assert_eq!(bench.told_within(3_600).await, [""; 0], "{cause}");
        bench.deafen(&[]);
        assert_eq!(
            bench.told_within(901).await,
            [
                "hook DeploymentStart d-AAAAAAAAA.1.webhook:hook",
                "hook DeploymentSuccess d-AAAAAAAAA.2.webhook:hook",
            ],
            "{cause}"
        );
    }
}

#[tokio::test]
async fn who_is_never_reached_becomes_a_dead_letter() {
    let bench = Bench::new(Audience { webhooks: true, ..Audience::default() }, false).await;
    bench.deafen(&["hook"]);
    bench.begin().await;
    for _ in 0..MOST_TRIES + 3 {
        bench.hint(DEPLOYMENT).await;
        bench.clock.0.fetch_add(901_000, Ordering::Relaxed);
    }
    let table: Arc<dyn cutover_ports::table::Table> = bench.table.clone();
    let (letters, _) = dead_letter::page(&table, &scope(), None, 10).await.expect("a page");
    let told: Vec<_> = letters.iter().map(|letter| (letter.id.as_str(), letter.tries)).collect();
    assert_eq!(told, [("d-AAAAAAAAA.1.webhook:hook", MOST_TRIES)]);
    assert!(letters[0].error.contains("refuses"));
    bench.deafen(&[]);
    assert_eq!(bench.told_within(10).await, [""; 0], "given up is given up");
}

#[tokio::test]
async fn a_dead_letter_is_sent_again_and_heard_once() {
    let bench = Bench::new(Audience { webhooks: true, ..Audience::default() }, false).await;
    let service = bench.service();
    bench.deafen(&["hook"]);
    bench.begin().await;
    for _ in 0..MOST_TRIES + 3 {
        bench.hint(DEPLOYMENT).await;
        bench.clock.0.fetch_add(901_000, Ordering::Relaxed);
    }
    let replay = async |ids: Option<&str>| {
        let dead_letter_ids = ids.map(|id| vec![id.to_owned()]);
        let input = Valid::of(ReplayDeadLettersInput { dead_letter_ids }).expect("an input");
        service.replay_dead_letters(&scope(), input).await.expect("an answer").replayed
    };
    let id = "d-AAAAAAAAA.1.webhook:hook";
    assert_eq!(replay(Some("d-AAAAAAAAA.9.webhook:hook")).await, [""; 0], "another one");
    assert_eq!(replay(Some(id)).await, [id]);
    assert_eq!(replay(None).await, [""; 0], "there is none any more");
    assert_eq!(bench.told_within(3).await, [""; 0], "it still refuses");
    bench.deafen(&[]);
    assert_eq!(bench.told_within(10).await, [format!("hook DeploymentStart {id}")]);
    bench.end(Verdict::Succeeded).await;
    let heard = bench.told_within(5).await;
    assert_eq!(heard, ["hook DeploymentSuccess d-AAAAAAAAA.2.webhook:hook"], "what comes later does come");
}

#[tokio::test]
async fn a_webhook_hears_of_deployments_that_are_younger() {
    let bench = Bench::new(everybody(), false).await;
    bench.clock.0.fetch_add(10_000, Ordering::Relaxed);
    bench.webhook("late").await;
    bench.begin().await;
    let heard = bench.told_within(3).await;
    assert!(heard.iter().any(|heard| heard.starts_with("hook ")), "{heard:?}");
    assert!(!heard.iter().any(|heard| heard.starts_with("late ")), "{heard:?}");
}

#[tokio::test]
async fn a_stack_hears_once_after_the_rollback_if_one_follows() {
    let callback = Some(Callback { url: "stack".to_owned() });
    for (verdict, rolls_back, status) in [
        (Verdict::Succeeded, false, "SUCCESS"),
        (Verdict::Failed, false, "FAILURE"),
        (Verdict::Stopped, true, "FAILURE"),
    ] {
        let audience = Audience { callback: callback.clone(), ..Audience::default() };
        let bench = Bench::new(audience, rolls_back).await;
        bench.begin().await;
        assert_eq!(bench.told_within(5).await, [""; 0], "it waits for the end alone");
        bench.end(verdict).await;
        let mut heard = bench.told_within(5).await;
        if rolls_back {
            assert_eq!(heard, [""; 0], "it is not the last word");
            let back = DeploymentId::new("d-BBBBBBBBB");
            let planned = bench.driver.deployments().planned(&scope(), &back).await.expect("a table");
            bench.end_of(&planned.expect("a rollback deployment"), Verdict::Succeeded).await;
            bench.hint("d-BBBBBBBBB").await;
            heard = bench.heard();
            assert!(heard[0].contains("Rolled back by d-BBBBBBBBB: Succeeded."), "{heard:?}");
        }
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains(&format!(r#""Status":"{status}""#)), "{heard:?}");
        assert!(heard[0].contains(r#""UniqueId":"d-AAAAAAAAA""#), "{heard:?}");
        assert_eq!(heard[0].contains("The alarm hot is active."), status == "FAILURE", "{heard:?}");
    }
}

#[tokio::test]
async fn nothing_is_noted_when_nobody_listens() {
    let bench = Bench::new(Audience::default(), true).await;
    bench.begin().await;
    bench.end(Verdict::Stopped).await;
    assert!(!bench.table.dump().iter().any(|item| item.key.sk.starts_with("N#")));
    let queue = MemoryQueue::new(bench.clock.clone());
    assert_eq!(queue.len(QueueName::Notify), 0);
}
