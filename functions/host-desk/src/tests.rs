//! The desk over a table in memory, with hosts that sign for themselves.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_driver::driver::Driver;
use cutover_driver::shards::Shards;
use cutover_local::memory::MemoryTable;
use cutover_local::memory_queue::MemoryQueue;
use cutover_ports::call::CallError;
use cutover_ports::caller_identity::{CallerIdentities, CallerIdentity, SignedIdentity};
use cutover_ports::clock::{Clock, Entropy};
use cutover_ports::host_access::{HostAccess, HostQueues, Lent};
use cutover_service::instance_proof::{Instances, roles};
use cutover_service::quotas::Quotas;
use cutover_service::rules::Valid;
use cutover_service::service::{Caller, Service, Settings};
use cutover_signing::jws::{self, Kind};
use cutover_signing::keys::Signer;
use cutover_store::deployments::Deployments;
use cutover_wire::agent::message::{AGENT_VERSION, to_bytes};
use cutover_wire::agent::request::Request;
use cutover_wire::api::agent::{CreateEnrollmentTokenInput, OrderKey};
use cutover_wire::api::instance::OnPremisesInstanceInput;
use serde_json::{Value, json};

use crate::{Asked, Desk, OrderKeys, ToldKey};

mod instances;

struct TestClock(AtomicI64);

impl Clock for TestClock {
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

/// What AWS would have been asked for.
#[derive(Default)]
struct Outside {
    opened: Mutex<Vec<String>>,
    lent: Mutex<Vec<String>>,
    /// Queues cannot be made.
    broken: Mutex<bool>,
    /// What STS was asked, and what it answers.
    identified: Mutex<Vec<SignedIdentity>>,
    identity: Mutex<Option<Result<CallerIdentity, CallError>>>,
}

#[async_trait]
impl CallerIdentities for Outside {
    async fn identify(&self, signed: &SignedIdentity) -> Result<CallerIdentity, CallError> {
        self.identified.lock().expect("not poisoned").push(signed.clone());
        self.identity.lock().expect("not poisoned").clone().expect("an answer")
    }
}

#[async_trait]
impl HostAccess for Outside {
    async fn open(&self, _: &Scope, host: &str) -> Result<HostQueues, CallError> {
        if *self.broken.lock().expect("not poisoned") {
            return Err(CallError::Transient { message: "less than a minute ago".to_owned() });
        }
        self.opened.lock().expect("not poisoned").push(host.to_owned());
        Ok(HostQueues { orders: format!("https://q/host-{host}"), reports: "https://q/reports".to_owned() })
    }

    async fn close(&self, _: &Scope, _: &str) -> Result<(), CallError> {
        Ok(())
    }

    async fn lend(&self, _: &Scope, host: &str) -> Result<Lent, CallError> {
        self.lent.lock().expect("not poisoned").push(host.to_owned());
        let expires_at = Timestamp::from_millis(1_000);
        Ok(Lent { id: "id".into(), secret: "secret".into(), token: "token".into(), expires_at })
    }
}

#[async_trait]
impl OrderKeys for Outside {
    async fn told(&self) -> Result<ToldKey, CallError> {
        let key = OrderKey { key_id: "k".into(), public_key: "p".into() };
        Ok(ToldKey { key, announcements: vec!["a".into()] })
    }
}

struct World {
    clock: Arc<TestClock>,
    service: Service,
    outside: Arc<Outside>,
    desk: Desk,
    home: Scope,
}

fn world() -> World {
    world_of("web")
}

/// One where instances of these roles may enrol.
fn world_of(named: &str) -> World {
    let clock = Arc::new(TestClock(AtomicI64::new(1_700_000_000_000)));
    let entropy = Arc::new(Counting(AtomicU64::new(0)));
    let table = Arc::new(MemoryTable::new());
    let queue = Arc::new(MemoryQueue::new(clock.clone()));
    let driver = Driver::new(Arc::new(Deployments::new(table)), queue, clock.clone());
    let home = Scope::new("123456789012", "us-east-1");
    let outside = Arc::new(Outside::default());
    let service = || {
        let settings = Settings {
            speed: 1,
            hook_timeout_ms: 1,
            accept_ms: 60_000,
            region: home.region.clone(),
            quotas: Quotas::default(),
            token_key: [1; 32],
            sealer: None,
        };
        let service = Service::new(Arc::new(driver.clone()), clock.clone(), entropy.clone(), settings);
        let instances = Instances { roles: roles(named), identities: outside.clone() };
        service.with_fleets(Shards::without_key(driver.clone())).with_instances(Some(instances))
    };
    let desk = Desk::new(service(), outside.clone(), outside.clone(), home.clone());
    World { service: service(), clock, outside, desk, home }
}

impl World {
    async fn token(&self, host: Option<&str>) -> String {
        let input = CreateEnrollmentTokenInput {
            instance_name: host.map(str::to_owned),
            ..CreateEnrollmentTokenInput::default()
        };
        let caller = Caller { scope: self.home.clone(), principal: None };
        let made = self.service.create_enrollment_token(&caller, Valid::of(input).expect("valid")).await;
        made.expect("a token").token
    }

    async fn ask(&self, operation: &str, body: &str) -> Result<Value, &'static str> {
        let asked =
            Asked { operation, body: body.as_bytes(), at: "Desk.example", request_id: "r", source: None };
        self.desk.answer(asked).await.map_err(|error| error.code)
    }

    async fn enroll(&self, token: &str, key: &Signer) -> Result<Value, &'static str> {
        self.ask("EnrollHost", &json!({ "token": token, "publicKey": key.public() }).to_string()).await
    }

    fn request(&self, host: &str, operation: &str) -> Request {
        Request {
            v: AGENT_VERSION,
            host: host.to_owned(),
            scope: self.home.clone(),
            operation: operation.to_owned(),
            at: self.clock.now(),
            input: json!({}),
        }
    }

    async fn refresh(&self, key: &Signer, request: &Request) -> Result<Value, &'static str> {
        self.ask("RefreshHostCredentials", &jws::sign(key, Kind::Request, &to_bytes(request))).await
    }
}

const DENIED: Result<Value, &str> = Err("AccessDeniedException");

#[tokio::test]
async fn a_host_enrols_once_and_is_lent_credentials_for_its_key() {
    let (world, key, other) = (world(), Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
    let token = world.token(Some("web-1")).await;
    // What fails before the end leaves the token good.
    *world.outside.broken.lock().expect("not poisoned") = true;
    assert_eq!(world.enroll(&token, &key).await, Err("ServiceUnavailable"));
    *world.outside.broken.lock().expect("not poisoned") = false;
    let told = world.enroll(&token, &key).await.expect("enrolled");
    assert_eq!((&told["instanceName"], &told["signedRequests"]), (&json!("web-1"), &json!(true)));
    assert_eq!(
        (&told["queueUrl"], &told["orderKeys"][0]["keyId"]),
        (&json!("https://q/host-web-1"), &json!("k"))
    );
    assert_eq!(world.enroll(&token, &other).await, Err("InvalidEnrollmentTokenException"));

    let good = world.request("web-1", "RefreshHostCredentials");
    let lent = world.refresh(&key, &good).await.expect("credentials");
    assert_eq!((&lent["sessionToken"], &lent["expiresAt"]), (&json!("token"), &json!(1.0)));
    // Another key, another host, another operation, another region, an old request, another kind, no request.
    assert_eq!(world.refresh(&other, &good).await, DENIED);
    assert_eq!(world.refresh(&key, &world.request("web-2", "RefreshHostCredentials")).await, DENIED);
    assert_eq!(world.refresh(&key, &world.request("web-1", "AcceptOrder")).await, DENIED);
    let far = Request { scope: Scope::new("123456789012", "eu-west-1"), ..good.clone() };
    assert_eq!(world.refresh(&key, &far).await, DENIED);
    let old = Request { at: Timestamp::from_millis(good.at.as_millis() - 16 * 60_000), ..good.clone() };
    assert_eq!(world.refresh(&key, &old).await, DENIED);
    let report = jws::sign(&key, Kind::Report, &to_bytes(&good));
    assert_eq!(world.ask("RefreshHostCredentials", &report).await, DENIED);
    assert_eq!(world.ask("RefreshHostCredentials", "x").await, DENIED);
    assert_eq!(*world.outside.lent.lock().expect("not poisoned"), ["web-1"]);
    assert_eq!(world.ask("Dance", "x").await, Err("UnknownOperationException"));
}

#[tokio::test]
async fn a_host_asks_for_itself_and_is_cut_off_at_once() {
    let (world, key) = (world(), Signer::from_seed([1; 32]));
    let token = world.token(Some("web-1")).await;
    world.enroll(&token, &key).await.expect("enrolled");
    let accept = async |host: &str| {
        let mut request = world.request("web-1", "AcceptOrder");
        request.input = json!({ "deploymentId": "d-ABCDEFGHI", "orderId": "00", "hostName": host });
        world.ask("AcceptOrder", &jws::sign(&key, Kind::Request, &to_bytes(&request))).await
    };
    let keys = jws::sign(&key, Kind::Request, &to_bytes(&world.request("web-1", "GetOrderKeys")));
    assert_eq!(world.ask("GetOrderKeys", &keys).await, Ok(json!({ "announcements": ["a"] })));
    // There is no such order.
    assert_eq!(accept("web-1").await.expect("an answer")["granted"], json!(false));
    assert_eq!(accept("web-2").await, DENIED);
    // Nor is there a bundle for it.
    let bundle = async |host: &str| {
        let mut request = world.request("web-1", "GetBundleAddress");
        request.input = json!({ "deploymentId": "d-ABCDEFGHI", "orderId": "00", "hostName": host });
        world.ask("GetBundleAddress", &jws::sign(&key, Kind::Request, &to_bytes(&request))).await
    };
    assert_eq!(bundle("web-1").await, Err("InvalidOperationException"));
    assert_eq!(bundle("web-2").await, DENIED);
    let leaver = OnPremisesInstanceInput { instance_name: Some("web-1".to_owned()) };
    world
        .service
        .deregister_host(&world.home, Valid::of(leaver).expect("valid"))
        .await
        .expect("deregistered");
    assert_eq!(accept("web-1").await, DENIED);
    assert_eq!(world.refresh(&key, &world.request("web-1", "RefreshHostCredentials")).await, DENIED);
}

#[tokio::test]
async fn a_host_gives_itself_another_key_and_both_count_until_it_says_so() {
    let (world, old, new) = (world(), Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
    let token = world.token(Some("web-1")).await;
    world.enroll(&token, &old).await.expect("enrolled");
    let good = world.request("web-1", "RefreshHostCredentials");
    let rotate = async |by: &Signer, confirm: bool, host: &str| {
        let mut request = world.request("web-1", "RotateHostKey");
        request.input = json!({ "instanceName": host, "publicKey": new.public(), "confirm": confirm });
        let told = world.ask("RotateHostKey", &jws::sign(by, Kind::Request, &to_bytes(&request))).await;
        told.map(cutover_wire::api::without_nulls)
    };
    assert_eq!(rotate(&new, false, "web-1").await, DENIED);
    assert_eq!(rotate(&old, false, "web-2").await, DENIED);
    assert_eq!(rotate(&old, true, "web-1").await, Err("InvalidPublicKeyException"));
    assert_eq!(rotate(&old, false, "web-1").await, Ok(json!({ "instanceName": "web-1" })));
    for key in [&old, &new] {
        assert!(world.refresh(key, &good).await.is_ok());
    }
    for _ in 0..2 {
        assert_eq!(rotate(&new, true, "web-1").await, Ok(json!({ "instanceName": "web-1" })));
    }
    // What the old key signed may still be on its way, for an hour.
    world.clock.0.fetch_add(3_600_000, Ordering::SeqCst);
    let later = world.request("web-1", "RefreshHostCredentials");
    assert_eq!(world.refresh(&old, &later).await, DENIED);
    assert!(world.refresh(&new, &later).await.is_ok());
}
