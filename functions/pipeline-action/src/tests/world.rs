//! A pipeline, its artifacts, and aliases that answer at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::ids::Scope;
use cutover_core::queue::QueueName;
use cutover_core::time::Timestamp;
use cutover_driver::acts::alias::AliasPhase;
use cutover_driver::driver::Driver;
use cutover_local::memory::MemoryTable;
use cutover_local::memory_queue::MemoryQueue;
use cutover_ports::aliases::{AliasReading, FunctionAliases};
use cutover_ports::call::CallError;
use cutover_ports::clock::{Clock, Entropy};
use cutover_ports::host_access::Lent;
use cutover_ports::pipelines::{Artifacts, JobResult, Pipelines, TaskDefinitions};
use cutover_ports::queue::Inbox;
use cutover_service::quotas::Quotas;
use cutover_service::rules::Valid;
use cutover_service::service::{Service, Settings};
use cutover_store::deployments::Deployments;
use serde_json::{Value, json};

use crate::archive::packed;
use crate::{Outside, PipelineAction};

pub(super) const APP_SPEC: &str = "version: 0.0
Resources:
  - fn:
      Type: AWS::Lambda::Function
      Properties: {Name: shop, Alias: live, CurrentVersion: \"1\", TargetVersion: \"<VERSION>\"}
";

/// A clock that is moved.
pub(super) struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
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
pub(super) struct Aws {
    /// By `bucket/key`.
    pub(super) objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// What the next reads of objects fail with.
    pub(super) unread: Mutex<VecDeque<CallError>>,
    pub(super) reads: AtomicU64,
    pub(super) registered: Mutex<Vec<Value>>,
    /// By job, what CodePipeline was told.
    pub(super) told: Mutex<Vec<(String, JobResult)>>,
    /// What CodePipeline answers next.
    pub(super) deaf: Mutex<VecDeque<CallError>>,
    alias: Mutex<Option<AliasState>>,
}

#[async_trait]
impl Pipelines for Aws {
    async fn put(&self, job: &str, result: &JobResult) -> Result<(), CallError> {
        if let Some(error) = self.deaf.lock().unwrap().pop_front() {
            return Err(error);
        }
        self.told.lock().unwrap().push((job.to_owned(), result.clone()));
        Ok(())
    }
}

#[async_trait]
impl Artifacts for Aws {
    async fn read(&self, bucket: &str, key: &str, with: &Lent, most: usize) -> Result<Vec<u8>, CallError> {
        assert_eq!((with.id.as_str(), with.secret.as_str(), with.token.as_str()), ("id", "secret", "token"));
        self.reads.fetch_add(1, Ordering::SeqCst);
        if let Some(error) = self.unread.lock().unwrap().pop_front() {
            return Err(error);
        }
        let place = format!("{bucket}/{key}");
        let found = self.objects.lock().unwrap().get(&place).cloned();
        let found = found.ok_or(CallError::Gone { what: place })?;
        assert!(found.len() <= most);
        Ok(found)
    }
}

#[async_trait]
impl TaskDefinitions for Aws {
    async fn register(&self, definition: &Value) -> Result<String, CallError> {
        let mut all = self.registered.lock().unwrap();
        all.push(definition.clone());
        Ok(format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:{}", all.len()))
    }
}

#[async_trait]
impl FunctionAliases for Aws {
    async fn read(&self, _: &AliasRef) -> Result<AliasReading, CallError> {
        let state = self.alias.lock().unwrap().clone().unwrap_or(AliasState::whole("1"));
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

pub(super) struct World {
    pub(super) aws: Arc<Aws>,
    pub(super) table: Arc<MemoryTable>,
    pub(super) action: PipelineAction,
    clock: Arc<Moved>,
    queue: Arc<MemoryQueue>,
    driver: Driver,
}

/// With the application `shop` of that platform, its group `live`, and the artifact `Source`.
pub(super) async fn world(platform: &str) -> World {
    let aws = Arc::new(Aws::default());
    let table = Arc::new(MemoryTable::new());
    let clock = Arc::new(Moved(AtomicI64::new(1_700_000_000_000)));
    let queue = Arc::new(MemoryQueue::new(clock.clone()));
    let driver = Driver::new(Arc::new(Deployments::new(table.clone())), queue.clone(), clock.clone());
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
    let service = Service::new(Arc::new(driver.clone()), clock.clone(), entropy, settings);
    let outside = Outside { pipelines: aws.clone(), artifacts: aws.clone(), task_definitions: aws.clone() };
    let action = PipelineAction::new(service, (table.clone(), clock.clone()), outside, scope);
    let world = World { aws, table, action, clock, queue, driver };
    world.pack("Source", &[("appspec.yaml", APP_SPEC.as_bytes())]);
    world.set_up(platform).await;
    world
}

impl World {
    async fn set_up(&self, platform: &str) {
        let (service, scope) = (&self.action.service, &self.action.scope);
        let input = json!({ "applicationName": "shop", "computePlatform": platform });
        service.create_application(scope, valid(input)).await.unwrap();
        let mut group = json!({ "applicationName": "shop", "deploymentGroupName": "live",
            "serviceRoleArn": "arn:aws:iam::123456789012:role/any" });
        if platform != "Server" {
            group["deploymentStyle"] =
                json!({ "deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL" });
        }
        if platform == "ECS" {
            group["ecsServices"] = json!([{ "serviceName": "shop", "clusterName": "c" }]);
            group["loadBalancerInfo"] = json!({ "targetGroupPairInfoList": [{
                "targetGroups": [{ "name": "blue" }, { "name": "green" }],
                "prodTrafficRoute": { "listenerArns": ["arn:aws:elasticloadbalancing:r:1:listener/app/a/b/c"] } }] });
            group["blueGreenDeploymentConfiguration"] = json!({
                "terminateBlueInstancesOnDeploymentSuccess": { "action": "TERMINATE" },
                "deploymentReadyOption": { "actionOnTimeout": "CONTINUE_DEPLOYMENT" } });
        }
        service.create_deployment_group(scope, valid(group.clone()), valid(group)).await.unwrap();
    }

    /// Puts an artifact of these files into S3.
    pub(super) fn pack(&self, name: &str, files: &[(&str, &[u8])]) {
        self.aws.objects.lock().unwrap().insert(format!("artifacts/p/{name}"), packed(files));
    }

    /// What CodePipeline was told of this job last, after its event was delivered.
    pub(super) async fn answer(&self, event: &Value) -> JobResult {
        self.action.handle(event).await.unwrap();
        let told = self.aws.told.lock().unwrap();
        let (job, result) = told.last().unwrap();
        assert_eq!(event.pointer("/CodePipeline.job/id").unwrap(), job);
        result.clone()
    }

    pub(super) fn deployments(&self) -> usize {
        self.table.dump().iter().filter(|item| item.key.sk == "PLAN").count()
    }

    pub(super) fn pass(&self, secs: i64) {
        self.clock.0.fetch_add(secs * 1_000, Ordering::SeqCst);
    }

    /// Has the engine carry out whatever is due.
    pub(super) async fn run(&self) {
        for _ in 0..40 {
            self.step().await;
        }
    }

    /// Has the engine carry out what is in the queues a minute later.
    pub(super) async fn step(&self) {
        self.pass(60);
        let mut held = Vec::new();
        for queue in QueueName::ALL {
            held.extend(self.queue.receive(queue, 10, Duration::ZERO).await.unwrap());
        }
        for delivery in held {
            let phase = AliasPhase::new(delivery.queue, self.aws.clone());
            self.driver.handle(&delivery, &phase).await.unwrap();
            self.queue.delete(&delivery).await.unwrap();
        }
    }
}

pub(super) fn valid<T: serde::de::DeserializeOwned + cutover_service::rules::Ruled>(
    input: Value,
) -> Valid<T> {
    Valid::of(serde_json::from_value(input).unwrap()).unwrap()
}

/// A job with the artifacts `Source` and `Image`.
pub(super) fn event(id: &str, parameters: &Value, token: Option<&str>) -> Value {
    let artifact = |name: &str| {
        json!({ "name": name, "revision": "e0c7", "location": { "type": "S3",
            "s3Location": { "bucketName": "artifacts", "objectKey": format!("p/{name}") } } })
    };
    let mut event = json!({ "CodePipeline.job": { "id": id, "accountId": "123456789012", "data": {
        "actionConfiguration": { "configuration": {
            "FunctionName": "pipeline-action", "UserParameters": parameters.to_string() } },
        "inputArtifacts": [artifact("Source"), artifact("Image")],
        "outputArtifacts": [],
        "artifactCredentials": { "accessKeyId": "id", "secretAccessKey": "secret", "sessionToken": "token",
            "expirationTime": 1_700_003_600_000_i64 },
    } } });
    if let Some(token) = token {
        event["CodePipeline.job"]["data"]["continuationToken"] = json!(token);
    }
    event
}

/// UserParameters for the group, with these members more.
pub(super) fn parameters(more: Value) -> Value {
    let mut all = json!({ "applicationName": "shop", "deploymentGroupName": "live" });
    let Value::Object(more) = more else { panic!("members") };
    all.as_object_mut().unwrap().extend(more);
    all
}
