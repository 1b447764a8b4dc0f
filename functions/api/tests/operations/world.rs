//! The service under test, its clock and its outside.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use api::{Api, ApiRequest, Asked, Caller, Permit, Service, Settings};
use async_trait::async_trait;
use cutover_core::act::{Act, Outcome};
use cutover_core::alias::AliasState;
use cutover_core::ids::Scope;
use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_driver::driver::Driver;
use cutover_driver::phase::Phase;
use cutover_driver::pushes::Pushes;
use cutover_ports::archives::{Archives, Commit};
use cutover_ports::call::CallError;
use cutover_ports::clock::{Clock, Entropy};
use cutover_ports::queue::{Delivery, Outgoing, Queue, QueueError};
use cutover_ports::secrets::Sealer;
use cutover_service::archives::Archiving;
use cutover_service::quotas::Quotas;
use cutover_store::deployments::Deployments;
use serde_json::{Value, json};

use crate::faults::FaultyTable;

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Different every time, the same in every run.
struct TestEntropy(AtomicU64);

impl Entropy for TestEntropy {
    fn bits(&self) -> u128 {
        let n = u128::from(self.0.fetch_add(1, Ordering::SeqCst) + 1);
        n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }
}

#[derive(Default)]
struct TestQueue {
    messages: Mutex<Vec<(i64, Outgoing)>>,
    now: Mutex<Option<Arc<TestClock>>>,
}

#[async_trait]
impl Queue for TestQueue {
    async fn send(&self, message: Outgoing) -> Result<(), QueueError> {
        let now = self.now.lock().unwrap().as_ref().unwrap().now();
        let due = now.plus_ms(message.delay_ms).as_millis();
        self.messages.lock().unwrap().push((due, message));
        Ok(())
    }
}

/// What the engine acts upon.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) alias: Mutex<Option<AliasState>>,
    pub(crate) red: Mutex<Vec<String>>,
    /// What each hook function answers; one that is missing never does.
    pub(crate) answers: Mutex<BTreeMap<String, &'static str>>,
    /// Hook executions that were handed over: function, deployment, execution.
    pub(crate) invoked: Mutex<Vec<(String, String, String)>>,
    /// Every undo is refused while this is set.
    pub(crate) broken: Mutex<bool>,
    /// Commits whose archives were asked for.
    pub(crate) brought: Mutex<Vec<Commit>>,
    /// Why there are none.
    pub(crate) no_archives: Mutex<Option<CallError>>,
}

#[async_trait]
impl Archives for Outside {
    async fn bring(&self, commit: &Commit) -> Result<(), CallError> {
        self.brought.lock().unwrap().push(commit.clone());
        self.no_archives.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl Outside {
    fn perform(&self, act: &Act) -> Outcome {
        let mut alias = self.alias.lock().unwrap();
        match act {
            Act::CheckAlarms { names } => {
                let red = self.red.lock().unwrap().iter().filter(|r| names.contains(r)).cloned().collect();
                Outcome::AlarmsRead { red }
            }
            Act::InvokeHook { function, deployment_id, execution_id } => {
                let one = (function.clone(), deployment_id.clone(), execution_id.clone());
                self.invoked.lock().unwrap().push(one);
                Outcome::HookInvoked
            }
            Act::Fleet { .. }
            | Act::LookAtProcesses { .. }
            | Act::SuspendProcesses { .. }
            | Act::ResumeProcesses { .. } => {
                Outcome::Refused { message: "this world has no hosts".to_owned() }
            }
            _ if *self.broken.lock().unwrap() => Outcome::Retry { message: "throttled".to_owned() },
            Act::ResolveAlias { .. } => match &*alias {
                Some(observed) => Outcome::Resolved { observed: observed.clone() },
                None => Outcome::Gone { what: "The alias fn:live".to_owned() },
            },
            Act::SetAlias { set, .. } => {
                *alias = Some(set.clone());
                Outcome::AliasSet
            }
            Act::VerifyAlias { expected, .. } if alias.as_ref() == Some(expected) => Outcome::Verified,
            Act::VerifyAlias { .. } => {
                Outcome::Foreign { observed: alias.clone().unwrap_or(AliasState::whole("0")) }
            }
        }
    }
}

struct TestPhase(QueueName, Arc<Outside>);

#[async_trait]
impl Phase for TestPhase {
    fn queue(&self) -> QueueName {
        self.0
    }

    async fn perform(&self, act: &Act) -> Outcome {
        self.1.perform(act)
    }
}

pub(crate) struct World {
    pub(crate) api: Arc<Api>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) table: Arc<FaultyTable>,
    pub(crate) pushes: Pushes,
    driver: Arc<Driver>,
    queue: Arc<TestQueue>,
    clock: Arc<TestClock>,
    pub(crate) scope: Scope,
    permit: Permit,
}

/// Backwards is not readable either.
struct Backwards;

#[async_trait::async_trait]
impl Sealer for Backwards {
    async fn seal(&self, place: &str, secret: &str) -> Result<String, CallError> {
        Ok(format!("{place} {}", secret.chars().rev().collect::<String>()))
    }

    async fn open(&self, place: &str, sealed: &str) -> Result<Option<String>, CallError> {
        Ok(sealed.strip_prefix(place).map(|rest| rest[1..].chars().rev().collect()))
    }
}

impl World {
    /// An empty service at 2023-11-14T22:13:20Z; the alias `fn:live` names version 1.
    pub(crate) fn new() -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_700_000_000_000)));
        let queue = Arc::new(TestQueue::default());
        *queue.now.lock().unwrap() = Some(clock.clone());
        let table = Arc::new(FaultyTable::default());
        let deployments = Arc::new(Deployments::new(table.clone()));
        let driver = Arc::new(Driver::new(deployments, queue.clone(), clock.clone()));
        let entropy = Arc::new(TestEntropy(AtomicU64::new(0)));
        let region = "us-east-1".to_owned();
        let settings = Settings {
            speed: 1,
            hook_timeout_ms: 3_600_000,
            accept_ms: 60_000,
            region,
            quotas: Quotas::default(),
            token_key: [1; 32],
            sealer: Some(Arc::new(Backwards)),
        };
        let outside = Arc::new(Outside::default());
        let service = Service::new(driver.clone(), clock.clone(), entropy, settings);
        let service = Arc::new(service.with_archives(Archiving::Here(outside.clone())));
        *outside.alias.lock().unwrap() = Some(AliasState::whole("1"));
        Self {
            pushes: Pushes::new(driver.as_ref().clone(), service.clone()),
            api: Arc::new(Api::new(service)),
            outside,
            table,
            driver,
            queue,
            clock,
            scope: Scope::new("123456789012", "us-east-1"),
            permit: Permit::Everything,
        }
    }

    /// A service with the Lambda application `app` and its group `grp` with these settings.
    pub(crate) async fn with_group(settings: Value) -> Self {
        let world = Self::new();
        world.ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "Lambda"})).await;
        let mut group =
            json!({"applicationName": "app", "deploymentGroupName": "grp", "serviceRoleArn": ROLE});
        for (member, value) in settings.as_object().expect("an object") {
            group[member] = value.clone();
        }
        world.ok("CreateDeploymentGroup", group).await;
        world
    }

    pub(crate) fn at_region(&self, region: &str) -> Self {
        Self {
            pushes: self.pushes.clone(),
            api: self.api.clone(),
            outside: self.outside.clone(),
            table: self.table.clone(),
            driver: self.driver.clone(),
            queue: self.queue.clone(),
            clock: self.clock.clone(),
            scope: Scope::new("123456789012", region),
            permit: self.permit.clone(),
        }
    }

    /// The same service, called with this permit.
    pub(crate) fn with_permit(&self, permit: Permit) -> Self {
        Self { permit, ..self.at_region("us-east-1") }
    }

    pub(crate) async fn raw(&self, target: Option<&str>, body: &[u8]) -> (u16, Option<&'static str>, Value) {
        let caller = Caller { scope: self.scope.clone(), principal: Some("alice".to_owned()) };
        static REQUESTS: AtomicU64 = AtomicU64::new(1);
        let request_id = &format!("r-{}", REQUESTS.fetch_add(1, Ordering::Relaxed));
        let (permit, source) = (self.permit.clone(), Some("192.0.2.1"));
        let asked = Asked::json(target);
        let response = self.api.handle(ApiRequest { asked, body, request_id, caller, permit, source }).await;
        let body = serde_json::from_slice(&response.body).expect("a JSON body");
        (response.status, response.error_type, body)
    }

    async fn call(&self, operation: &str, input: &Value) -> (u16, Option<&'static str>, Value) {
        const OWN: [&str; 12] = [
            "PlanDeployment",
            "ExplainDeployment",
            "ExportDeployment",
            "AbandonDeployment",
            "ListMarks",
            "ListAuditRecords",
            "PutGitHubAccountToken",
            "CreateTrigger",
            "ListTriggers",
            "DeleteTrigger",
            "TestTrigger",
            "ListPushes",
        ];
        let prefix = if OWN.contains(&operation) { "Cutover_20261101" } else { "CodeDeploy_20141006" };
        self.raw(Some(&format!("{prefix}.{operation}")), input.to_string().as_bytes()).await
    }

    /// The answer of a call that must succeed.
    pub(crate) async fn ok(&self, operation: &str, input: Value) -> Value {
        let (status, error, body) = self.call(operation, &input).await;
        assert_eq!((status, error), (200, None), "{operation} {input}: {body}");
        body
    }

    /// Name and message of the refusal of a call that must be refused.
    pub(crate) async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        let (status, error, body) = self.call(operation, &input).await;
        assert_eq!(status, 400, "{operation} {input}: {body}");
        assert_eq!(body["__type"], error.expect("an error type"));
        let text = |member: &str| body[member].as_str().expect("text").to_owned();
        (text("__type"), text("message"))
    }

    /// Checks that calls are refused with these names.
    pub(crate) async fn refusals(&self, operation: &str, cases: &[(Value, &str)]) {
        for (input, code) in cases {
            assert_eq!(self.refused(operation, input.clone()).await.0, *code, "{operation} {input}");
        }
    }

    /// Starts a canary from version 1 to 2 and gives its id.
    pub(crate) async fn deploy(&self, more: Value) -> String {
        let answer = self.ok("CreateDeployment", deployment(more)).await;
        answer["deploymentId"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn info(&self, id: &str) -> Value {
        self.ok("GetDeployment", json!({ "deploymentId": id })).await["deploymentInfo"].take()
    }

    /// Handles the next message, moving the clock to when it is due, and lets hooks answer.
    pub(crate) async fn step(&self) -> bool {
        let next = {
            let mut messages = self.queue.messages.lock().unwrap();
            let earliest = (0..messages.len()).min_by_key(|i| messages[*i].0);
            earliest.map(|i| messages.remove(i))
        };
        let Some((due, message)) = next else { return false };
        self.clock.0.fetch_max(due, Ordering::SeqCst);
        let Outgoing { queue, body, .. } = message;
        if queue == QueueName::PushTrigger {
            self.pushes.handle(&body).await.expect("dealt with");
            return true;
        }
        let delivery = Delivery { queue, body, receive_count: 1, receipt: String::new() };
        let phase = TestPhase(queue, self.outside.clone());
        self.driver.handle(&delivery, &phase).await.expect("handled");
        self.answer_hooks().await;
        true
    }

    async fn answer_hooks(&self) {
        let invoked = {
            let answers = self.outside.answers.lock().unwrap();
            let mut invoked = self.outside.invoked.lock().unwrap();
            let (now, later) =
                invoked.drain(..).partition::<Vec<_>, _>(|(function, ..)| answers.contains_key(function));
            *invoked = later;
            now
        };
        for (function, deployment, execution) in invoked {
            let status = self.outside.answers.lock().unwrap()[&function];
            let answer = json!({"deploymentId": deployment, "status": status,
                "lifecycleEventHookExecutionId": execution});
            self.ok("PutLifecycleEventHookExecutionStatus", answer).await;
        }
    }

    /// Forgets what was sent to the queue of pushes.
    pub(crate) fn lose_turns(&self) {
        self.queue.messages.lock().unwrap().retain(|(_, message)| message.queue != QueueName::PushTrigger);
    }

    /// A round of the sweep.
    pub(crate) async fn sweep(&self) {
        self.driver.sweep(false).await.expect("a sweep");
    }

    /// Steps until nothing is left to do.
    pub(crate) async fn run(&self) {
        for _ in 0..500 {
            if !self.step().await {
                return;
            }
        }
        panic!("the engine does not come to rest");
    }

    /// Steps until the target version has some of the traffic.
    pub(crate) async fn run_to_first_shift(&self) {
        while self.outside.alias.lock().unwrap().as_ref().is_some_and(|a| a.weights.is_empty()) {
            assert!(self.step().await, "nothing shifts");
        }
    }

    pub(crate) fn pass_ms(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }
}

/// An AppSpec that moves `fn:live` between these versions.
pub(crate) fn appspec(current: &str, target: &str, hooks: &[(&str, &str)]) -> String {
    let hooks: Vec<Value> = hooks.iter().map(|(event, function)| json!({ *event: function })).collect();
    json!({"version": 0.0, "Hooks": hooks, "Resources": [{"fn": {"Type": "AWS::Lambda::Function",
        "Properties": {"Name": "fn", "Alias": "live", "CurrentVersion": current, "TargetVersion": target}}}]})
    .to_string()
}

pub(crate) fn revision(content: &str) -> Value {
    json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content}})
}

/// CreateDeployment of a canary from version 1 to 2, with more members.
pub(crate) fn deployment(more: Value) -> Value {
    let mut input = json!({"applicationName": "app", "deploymentGroupName": "grp",
        "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
        "revision": revision(&appspec("1", "2", &[]))});
    for (member, value) in more.as_object().expect("an object") {
        input[member] = value.clone();
    }
    input
}
