//! The provider over a table in memory. What becomes of deployments is another's business: none of them moves here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_driver::driver::Driver;
use cutover_local::memory::MemoryTable;
use cutover_local::memory_queue::MemoryQueue;
use cutover_ports::aliases::{AliasReading, FunctionAliases};
use cutover_ports::call::CallError;
use cutover_ports::clock::{Clock, Entropy};
use cutover_ports::stacks::Stacks;
use cutover_ports::table::{Expect, Table, Write};
use cutover_service::quotas::Quotas;
use cutover_service::rules::Valid;
use cutover_service::service::{Service, Settings};
use cutover_store::deployments::Deployments;
use cutover_store::key;
use cutover_wire::api::deployment::{DeploymentInfo, DeploymentInput};
use cutover_wire::api::group::DeploymentGroupInput;
use serde_json::{Value, json};

use crate::{Letters, Outside, Pace, Provider};

const CALLBACK: &str = "https://handle/1";
const RESPONSE: &str = "https://response";

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn bits(&self) -> u128 {
        u128::from(self.0.fetch_add(1, Ordering::SeqCst) + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    }
}

/// AWS, as far as it is asked.
#[derive(Default)]
struct Aws {
    alias: Mutex<Option<AliasState>>,
    status: Mutex<String>,
    letters: Mutex<Vec<(String, Value)>>,
    /// What the next letters are answered with, before all are taken.
    refusals: Mutex<VecDeque<u16>>,
}

#[async_trait]
impl FunctionAliases for Aws {
    async fn read(&self, _: &AliasRef) -> Result<AliasReading, CallError> {
        let state = self.alias.lock().unwrap().clone();
        let state = state.ok_or(CallError::Gone { what: "the alias".to_owned() })?;
        Ok(AliasReading { state, revision_id: "r".to_owned() })
    }

    async fn set(&self, _: &AliasRef, set: &AliasState, _: &str) -> Result<(), CallError> {
        *self.alias.lock().unwrap() = Some(set.clone());
        Ok(())
    }

    async fn version_exists(&self, _: &str, _: &str) -> Result<(), CallError> {
        Ok(())
    }
}

#[async_trait]
impl Stacks for Aws {
    async fn status(&self, _: &str) -> Result<String, CallError> {
        Ok(self.status.lock().unwrap().clone())
    }
}

#[async_trait]
impl Letters for Aws {
    async fn put(&self, url: &str, body: &str) -> Result<u16, String> {
        if let Some(status) = self.refusals.lock().unwrap().pop_front() {
            return Ok(status);
        }
        self.letters.lock().unwrap().push((url.to_owned(), serde_json::from_str(body).unwrap()));
        Ok(200)
    }
}

struct World {
    aws: Arc<Aws>,
    table: Arc<MemoryTable>,
    provider: Provider,
    scope: Scope,
}

fn world(alias: Option<&str>) -> World {
    let aws = Arc::new(Aws::default());
    *aws.alias.lock().unwrap() = alias.map(AliasState::whole);
    *aws.status.lock().unwrap() = "UPDATE_IN_PROGRESS".to_owned();
    let table = Arc::new(MemoryTable::new());
    let clock = Arc::new(Fixed);
    let queue = Arc::new(MemoryQueue::new(clock.clone()));
    let driver = Driver::new(Arc::new(Deployments::new(table.clone())), queue, clock.clone());
    let scope = Scope::new("123456789012", "eu-west-1");
    let settings = Settings {
        speed: 1,
        hook_timeout_ms: 1_000,
        accept_ms: 60_000,
        region: scope.region.clone(),
        quotas: Quotas::default(),
        token_key: [1; 32],
        sealer: None,
    };
    let entropy = Arc::new(Counting(AtomicU64::new(0)));
    let service = Service::new(Arc::new(driver), clock.clone(), entropy, settings);
    let outside = Outside { aliases: aws.clone(), stacks: aws.clone(), letters: aws.clone() };
    let pace = Pace {
        work: Duration::from_millis(60),
        answer: Duration::from_millis(1_700),
        rest: Duration::from_millis(20),
    };
    let provider = Provider::new(service, (table.clone(), clock), outside, scope.clone(), pace);
    World { aws, table, provider, scope }
}

fn properties(version: &str, callback: &str) -> Value {
    json!({
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:shift", "ServiceTimeout": "300",
        "FunctionName": "shop", "AliasName": "live", "TargetVersion": version, "CallbackUrl": callback,
        "ApplicationName": "stack-App", "DeploymentGroupName": "stack-Group",
        "BeforeAllowTrafficHook": "before",
        "DeploymentGroup": {
            "AlarmConfiguration": { "Enabled": "true", "Alarms": [{ "Name": "errors" }] },
            "AutoRollbackConfiguration": { "Enabled": "true", "Events": ["DEPLOYMENT_FAILURE"] },
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
        },
    })
}

fn event(kind: &str, id: &str, properties: Value, old: Option<Value>) -> Value {
    let mut event = json!({
        "RequestType": kind, "RequestId": id, "ResponseURL": RESPONSE, "ResourceType": "Custom::CutoverLambdaShift",
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/stack/0a", "LogicalResourceId": "LiveShift",
        "ResourceProperties": properties,
    });
    if kind != "Create" {
        event["PhysicalResourceId"] = json!("stack/LiveShift");
    }
    if let Some(old) = old {
        event["OldResourceProperties"] = old;
    }
    event
}

impl World {
    /// The answer to an event, which has to be one.
    async fn answer(&self, event: &Value) -> Value {
        self.provider.handle(event).await.unwrap();
        let letters = self.aws.letters.lock().unwrap();
        let (url, answer) = letters.last().unwrap();
        assert_eq!((url.as_str(), &answer["PhysicalResourceId"]), (RESPONSE, &json!("stack/LiveShift")));
        answer.clone()
    }

    /// What the wait condition was told.
    fn signals(&self) -> Vec<String> {
        let letters = self.aws.letters.lock().unwrap();
        let signals = letters.iter().filter(|(url, _)| url != RESPONSE);
        signals.map(|(url, body)| format!("{url} {}", body["Status"].as_str().unwrap())).collect()
    }

    fn deployments(&self) -> usize {
        self.table.dump().iter().filter(|item| item.key.sk == "PLAN").count()
    }

    async fn deployment(&self, answer: &Value) -> DeploymentInfo {
        let id = answer["Data"]["DeploymentId"].as_str().map(str::to_owned);
        let input = Valid::of(DeploymentInput { deployment_id: id }).unwrap();
        self.provider.service.get_deployment(&self.scope, input).await.unwrap().deployment_info
    }

    async fn group(&self) -> Option<serde_json::Map<String, Value>> {
        let input = DeploymentGroupInput {
            application_name: Some("stack-App".to_owned()),
            deployment_group_name: Some("stack-Group".to_owned()),
        };
        let found = self.provider.service.get_deployment_group(&self.scope, Valid::of(input).unwrap()).await;
        found.ok().map(|found| found.deployment_group_info)
    }

    async fn forget(&self, request: &str) {
        let key = key::request(&self.scope, "STACK", request);
        self.table.transact(vec![Write::Delete { key, expect: Expect::Anything }]).await.unwrap();
    }
}

#[tokio::test]
async fn a_first_create_has_nothing_to_wait_for() {
    let world = world(None);
    let answer = world.answer(&event("Create", "r1", properties("1", CALLBACK), None)).await;
    assert_eq!((&answer["Status"], &answer["RequestId"]), (&json!("SUCCESS"), &json!("r1")));
    assert_eq!(world.signals(), [format!("{CALLBACK} SUCCESS")]);
    let group = world.group().await.unwrap();
    assert_eq!(group["alarmConfiguration"]["alarms"], json!([{ "name": "errors" }]));
    assert_eq!(group["deploymentConfigName"], "CodeDeployDefault.LambdaCanary10Percent5Minutes");
}

#[tokio::test]
async fn another_version_is_a_deployment_that_tells_the_wait_condition_itself() {
    let world = world(Some("1"));
    let event = event("Update", "r2", properties("2", CALLBACK), Some(properties("1", "https://handle/0")));
    let answer = world.answer(&event).await;
    assert_eq!(answer["Status"], "SUCCESS");
    let info = world.deployment(&answer).await;
    assert_eq!(info.description.as_deref(), Some("CloudFormation stack stack"));
    let content = info.revision.unwrap().to_string();
    for said in ["shop", "CurrentVersion", "before", "TargetVersion"] {
        assert!(content.contains(said), "{content}");
    }
    let holding = world.provider.service.holding(&world.scope, "stack-App", "stack-Group").await.unwrap();
    assert_eq!(holding.active.unwrap().callback.unwrap().url, CALLBACK);
    assert!(world.signals().is_empty());

    // Delivered again, with and without what is known of it.
    assert_eq!(world.answer(&event).await, answer);
    world.forget("r2").await;
    assert_eq!(world.answer(&event).await, answer);
    assert_eq!(world.deployments(), 1);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_again() {
    let world = world(Some("1"));
    let event = event("Update", "r3", properties("2", CALLBACK), None);
    world.aws.refusals.lock().unwrap().extend([503, 500, 503, 503, 503]);
    let failed = world.provider.handle(&event).await.unwrap_err();
    assert_eq!(failed, "CloudFormation cannot be told: it was answered with status 503");
    let answer = world.answer(&event).await;
    assert_eq!((&answer["Status"], world.deployments()), (&json!("SUCCESS"), 1));
}

#[tokio::test]
async fn a_group_at_another_deployment_is_waited_for_and_then_refused() {
    let world = world(Some("1"));
    let first = world.answer(&event("Update", "r4", properties("2", CALLBACK), None)).await;
    let answer = world.answer(&event("Update", "r5", properties("3", "https://handle/2"), None)).await;
    assert_eq!(answer["Status"], "FAILED");
    let id = first["Data"]["DeploymentId"].as_str().unwrap();
    let reason =
        format!("the deployment group stack-Group is at another deployment, {id}: try again when it is over");
    assert_eq!(answer["Reason"], reason);
    assert_eq!(world.deployments(), 1);
}

#[tokio::test]
async fn what_is_there_already_is_told_at_once() {
    let world = world(Some("2"));
    let old = Some(properties("1", "https://handle/0"));
    let answer = world.answer(&event("Update", "r6", properties("2", CALLBACK), old)).await;
    assert_eq!((&answer["Status"], world.deployments()), (&json!("SUCCESS"), 0));
    let mut disabled = properties("3", "https://handle/3");
    disabled["Enabled"] = json!("false");
    world.answer(&event("Update", "r7", disabled, None)).await;
    assert_eq!(world.signals(), [format!("{CALLBACK} SUCCESS"), "https://handle/3 SUCCESS".to_owned()]);
}

#[tokio::test]
async fn other_settings_reach_the_group_and_move_nothing() {
    let world = world(Some("1"));
    let old = properties("1", CALLBACK);
    let mut new = old.clone();
    new["DeploymentGroup"] = json!({ "DeploymentConfigName": "Slow", "DeploymentConfigs": [{
        "DeploymentConfigName": "Slow",
        "TrafficRoutingConfig": { "Type": "TimeBasedCanary",
            "TimeBasedCanary": { "CanaryPercentage": "5", "CanaryInterval": "45" } },
    }] });
    world.answer(&event("Create", "r8", old.clone(), None)).await;
    let before = world.signals();
    let answer = world.answer(&event("Update", "r9", new.clone(), Some(old))).await;
    assert_eq!(answer["Status"], "SUCCESS", "{answer}");
    let group = world.group().await.unwrap();
    assert_eq!((&group["deploymentConfigName"], world.deployments()), (&json!("Slow"), 0));
    assert_eq!(group["alarmConfiguration"]["enabled"], false);

    // Configurations never change: the template's gets another name.
    new["DeploymentGroup"]["DeploymentConfigs"][0]["TrafficRoutingConfig"]["TimeBasedCanary"]["CanaryInterval"] =
        json!("46");
    let answer = world.answer(&event("Update", "r10", new.clone(), Some(new))).await;
    assert_eq!(answer["Status"], "SUCCESS", "{answer}");
    let name = world.group().await.unwrap()["deploymentConfigName"].as_str().unwrap().to_owned();
    assert!(name.starts_with("Slow-") && name.len() == 13, "{name}");
    assert_eq!(world.signals(), before);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words() {
    let world = world(Some("1"));
    let same_handle = Some(properties("1", CALLBACK));
    let elsewhere = |name: &str| {
        let mut properties = properties("2", CALLBACK);
        properties.as_object_mut().unwrap().remove("DeploymentGroup");
        properties["ApplicationName"] = json!(name);
        properties
    };
    for (id, properties, old, reason) in [
        ("a", properties("2", CALLBACK), same_handle, "TargetVersion is another one and CallbackUrl is not"),
        ("b", json!({ "FunctionName": "shop" }), None, "the properties of the resource: missing field"),
        ("c", elsewhere("nowhere"), None, "ApplicationDoesNotExistException"),
        ("d", elsewhere(&"n".repeat(101)), None, "ApplicationName is longer than 100 characters"),
    ] {
        let answer = world.answer(&event("Update", id, properties, old)).await;
        assert_eq!(answer["Status"], "FAILED", "{answer}");
        assert!(answer["Reason"].as_str().unwrap().starts_with(reason), "{answer}");
    }
    assert_eq!(world.deployments(), 0);
}

#[tokio::test]
async fn a_rollback_brings_the_alias_back_in_one_step_and_never_fails() {
    for (at, then) in [
        (AliasState::whole("2"), AliasState::whole("1")),
        (AliasState::shifted("1", "2", 10), AliasState::whole("1")),
        (AliasState::whole("1"), AliasState::whole("1")),
        // Somebody else's.
        (AliasState::whole("7"), AliasState::whole("7")),
    ] {
        let world = world(None);
        *world.aws.alias.lock().unwrap() = Some(at);
        *world.aws.status.lock().unwrap() = "UPDATE_ROLLBACK_IN_PROGRESS".to_owned();
        let (old, new) = (properties("1", "https://handle/0"), properties("2", CALLBACK));
        let answer = world.answer(&event("Update", "r", old, Some(new))).await;
        assert_eq!(answer["Status"], "SUCCESS");
        assert_eq!(world.aws.alias.lock().unwrap().clone(), Some(then));
        assert_eq!((world.deployments(), world.signals().len()), (0, 0));
    }
    let world = world(None);
    *world.aws.status.lock().unwrap() = "UPDATE_ROLLBACK_IN_PROGRESS".to_owned();
    assert_eq!(world.answer(&event("Update", "r", json!({}), None)).await["Status"], "SUCCESS");
}

#[tokio::test]
async fn an_update_that_comes_again_in_the_rollback_moves_nothing() {
    let world = world(Some("1"));
    let event = event("Update", "late", properties("2", CALLBACK), Some(properties("1", "https://handle/0")));
    // The first delivery does not live to answer: the group cannot be had.
    let other = world.answer(&self::event("Update", "r", properties("3", "https://handle/2"), None)).await;
    assert_eq!(other["Status"], "SUCCESS");
    let answer = world.answer(&event).await;
    assert_eq!(answer["Status"], "FAILED");
    let mut item = world.table.get(&key::request(&world.scope, "STACK", "late")).await.unwrap().unwrap();
    let mut body: BTreeMap<String, Value> = serde_json::from_str(&item.body).unwrap();
    body.remove("answer");
    item.body = json!(body).to_string();
    world.table.put_if(item, Expect::Anything).await.unwrap();

    *world.aws.status.lock().unwrap() = "UPDATE_ROLLBACK_COMPLETE".to_owned();
    let answer = world.answer(&event).await;
    assert_eq!(
        (&answer["Status"], &answer["Reason"]),
        (&json!("FAILED"), &json!("the stack rolls back already"))
    );
    assert_eq!(world.aws.alias.lock().unwrap().clone(), Some(AliasState::whole("1")));
}

#[tokio::test]
async fn a_delete_takes_the_group_back_and_never_fails() {
    let world = world(Some("1"));
    let properties = properties("2", CALLBACK);
    world.answer(&event("Update", "r1", properties.clone(), None)).await;
    assert_eq!(world.answer(&event("Delete", "r2", properties.clone(), None)).await["Status"], "SUCCESS");
    assert!(world.group().await.is_none());
    assert!(!world.table.dump().iter().any(|item| item.key.sk.starts_with("APP#")));
    assert_eq!(world.answer(&event("Delete", "r3", properties, None)).await["Status"], "SUCCESS");
    assert_eq!(world.answer(&event("Delete", "r4", json!({}), None)).await["Status"], "SUCCESS");
}

#[tokio::test]
async fn an_update_that_takes_a_stack_over_is_taken_back() {
    for (status, then) in [("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "1"), ("DELETE_IN_PROGRESS", "2")]
    {
        let world = world(Some("1"));
        let properties = properties("2", CALLBACK);
        let started = world.answer(&event("Create", "r1", properties.clone(), None)).await;
        assert!(started["Data"]["DeploymentId"].is_string());
        // The deployment succeeds, something else in the stack does not.
        let group = world.table.dump().into_iter().find(|item| item.body.contains("\"active\"")).unwrap();
        let mut body: BTreeMap<String, Value> = serde_json::from_str(&group.body).unwrap();
        body.remove("active").unwrap();
        let group = cutover_ports::table::Item { body: json!(body).to_string(), ..group };
        world.table.put_if(group, Expect::Anything).await.unwrap();
        *world.aws.alias.lock().unwrap() = Some(AliasState::whole("2"));
        *world.aws.status.lock().unwrap() = status.to_owned();
        assert_eq!(world.answer(&event("Delete", "r2", properties, None)).await["Status"], "SUCCESS");
        assert_eq!(world.aws.alias.lock().unwrap().clone(), Some(AliasState::whole(then)), "{status}");
    }
}
