//! The queue of a host with messages in it, and who may reach it after an enrolment that broke off.

use std::sync::Arc;

use api::{Api, Caller, Permit};
use async_trait::async_trait;
use cutover_core::access::Role;
use cutover_core::ids::Scope;
use cutover_driver::driver::Driver;
use cutover_driver::pushes::Pushes;
use cutover_local::host_queues::HostQueues;
use cutover_local::sqlite::store::LocalStore;
use cutover_ports::host_channel::{HostChannel, ReportInbox};
use cutover_ports::queue::QueueError;
use cutover_ports::system::{OsEntropy, SystemClock};
use cutover_service::arn::host_session;
use cutover_service::quotas::Quotas;
use cutover_service::rules::Valid;
use cutover_service::service::{Service, Settings};
use cutover_signing::keys::Signer;
use cutover_store::deployments::Deployments;
use cutover_wire::api::agent::{CreateEnrollmentTokenInput, EnrollHostInput};
use push_trigger::PushTrigger;
use serde_json::Value;

use super::*;
use crate::auth::Auth;
use crate::host_desk::HostDesk;
use crate::metrics::Metrics;
use crate::order_keys::OrderKeyFile;

struct NoReports;

#[async_trait]
impl ReportInbox for NoReports {
    async fn report(&self, _: &Scope, _: &str, _: String) -> Result<(), QueueError> {
        Ok(())
    }
}

/// A service on a folder of its own, that checks nobody: who calls is each test's business.
struct World {
    front: Front,
    folder: std::path::PathBuf,
    _store: LocalStore,
}

impl World {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cutover-sqs-{name}-{}", std::process::id()));
        let store = LocalStore::open(&folder, Arc::new(SystemClock)).expect("a store");
        let deployments = Arc::new(Deployments::new(store.table()));
        let driver = Arc::new(Driver::new(deployments, store.queue(), Arc::new(SystemClock)));
        let settings = Settings {
            speed: 1,
            hook_timeout_ms: 1,
            accept_ms: 60_000,
            region: scope().region,
            quotas: Quotas::default(),
            token_key: [1; 32],
            sealer: None,
        };
        let engine = driver.as_ref().clone();
        let service = Arc::new(Service::new(driver, Arc::new(SystemClock), Arc::new(OsEntropy), settings));
        let pushes = PushTrigger::new(Pushes::new(engine, service.clone()), service.clone(), scope());
        let queues = Arc::new(HostQueues::new());
        let order_keys = OrderKeyFile::open(&folder).expect("a key");
        let hosts = HostDesk::new(service.clone(), store.table(), queues, Arc::new(NoReports), order_keys);
        let front = Front {
            ids: crate::request_id::RequestIds::default(),
            api: Api::new(service),
            auth: Auth::None,
            paces: None,
            most_bytes: 1 << 20,
            local: None,
            hosts,
            pushes,
            scope: scope(),
            moto: None,
            table: store.table(),
            metrics: Metrics::new(store.table(), store.queue()),
        };
        Self { front, folder, _store: store }
    }

    /// Enrols web-1 with this access key.
    async fn enrol(&self, key: &str) {
        let service = &self.front.hosts.service;
        let operator = Caller { scope: scope(), principal: None };
        let wanted =
            CreateEnrollmentTokenInput { instance_name: Some("web-1".to_owned()), ..Default::default() };
        let made = service.create_enrollment_token(&operator, Valid::of(wanted).expect("valid")).await;
        let input = EnrollHostInput {
            token: Some(made.expect("a token").token),
            instance_name: None,
            public_key: Some(Signer::from_seed([2; 32]).public()),
        };
        let input = Valid::of(input).expect("valid");
        let admission = service.admit(&scope(), input.clone()).await.expect("a good token");
        service.enroll(&admission, Some(key)).await.expect("an enrolment");
        // The token is used up: for those who look, and for those who looked before.
        assert!(service.admit(&scope(), input).await.is_err());
        assert!(service.enroll(&admission, Some("another")).await.is_err());
    }

    async fn ask(&self, action: &str, mut input: Value) -> (u16, Value) {
        input["QueueUrl"] = Value::from("http://h/123456789012/host-web-1");
        let (_here, gone) = CallerGone::watch();
        let target = format!("AmazonSQS.{action}");
        let (headers, body) = (HeaderMap::new(), input.to_string());
        let known = host("CUTO1");
        let asked = self.front.queues((Some(&target), &headers), &known, body.as_bytes(), gone);
        let (answer, _) = asked.await;
        (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn scope() -> Scope {
    Scope::new("123456789012", "eu-west-1")
}

/// The host web-1, that called with this access key.
fn host(key: &str) -> Known {
    let principal = Some(host_session("123456789012", "web-1"));
    Known {
        caller: Caller { scope: scope(), principal },
        permit: Permit::Role(Role::Agent, None),
        counted: key.to_owned(),
    }
}

#[tokio::test]
async fn an_order_is_received_held_and_deleted() {
    let world = World::new("order");
    world.enrol("CUTO1").await;
    let queues = &world.front.hosts.queues;
    queues.send(&scope(), "web-1", "an order".to_owned()).await.expect("room");
    let (status, answer) = world.ask("ReceiveMessage", json!({ "AttributeNames": ["All"] })).await;
    assert_eq!(status, 200);
    let message = &answer["Messages"][0];
    assert_eq!(message["Body"], "an order");
    assert_eq!(message["MD5OfBody"], messages::md5("an order"));
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(world.ask("ReceiveMessage", json!({})).await, (200, json!({})), "held by its receiver");
    let receipt = message["ReceiptHandle"].as_str().expect("a receipt");
    let at_once = json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 0 });
    assert_eq!(world.ask("ChangeMessageVisibility", at_once).await, (200, json!({})));
    let (_, again) = world.ask("ReceiveMessage", json!({ "WaitTimeSeconds": 20 })).await;
    assert_eq!(again["Messages"][0]["MessageId"], message["MessageId"]);
    assert!(again["Messages"][0].get("Attributes").is_none(), "nobody asked");
    let deletion = json!({ "ReceiptHandle": again["Messages"][0]["ReceiptHandle"] });
    assert_eq!(world.ask("DeleteMessage", deletion.clone()).await, (200, json!({})));
    assert_eq!(queues.len(&scope(), "web-1"), 0);
    assert_eq!(world.ask("DeleteMessage", deletion).await, (200, json!({})), "gone already");
}

#[tokio::test]
async fn a_host_that_hangs_up_leaves_its_orders() {
    let world = World::new("hang-up");
    world.enrol("CUTO1").await;
    let (here, gone) = CallerGone::watch();
    let body = json!({ "QueueUrl": "http://h/123456789012/host-web-1", "WaitTimeSeconds": 20 }).to_string();
    let (headers, known) = (HeaderMap::new(), host("CUTO1"));
    let target = Some("AmazonSQS.ReceiveMessage");
    let poll = world.front.queues((target, &headers), &known, body.as_bytes(), gone);
    let hang_up = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(here);
    };
    let ((answer, rested), ()) = tokio::join!(poll, hang_up);
    assert_eq!(answer.body, b"{}");
    assert!(rested < Duration::from_secs(10));
    world.front.hosts.queues.send(&scope(), "web-1", "an order".to_owned()).await.expect("room");
    let (_, answer) = world.ask("ReceiveMessage", json!({})).await;
    assert_eq!(answer["Messages"][0]["Body"], "an order");
}

#[tokio::test]
async fn the_key_in_the_hosts_item_is_the_only_one_that_counts() {
    let world = World::new("keys");
    let check = async |key| world.front.hosts.check(&host(key)).await.is_ok();
    // A key was issued and the service ended before the host had it.
    assert!(!check("CUTO1").await);
    world.enrol("CUTO1").await;
    assert!(check("CUTO1").await);
    // The host has another key, and the service ended before the older one was revoked.
    world.enrol("CUTO2").await;
    assert!(check("CUTO2").await && !check("CUTO1").await);
    // An order that came while the older one's poll was under way is not for it.
    world.front.hosts.queues.send(&scope(), "web-1", "an order".to_owned()).await.expect("room");
    let (status, answer) = world.ask("ReceiveMessage", json!({})).await;
    assert_eq!((status, &answer["__type"]), (400, &json!("com.amazonaws.sqs#UnrecognizedClientException")));
}
