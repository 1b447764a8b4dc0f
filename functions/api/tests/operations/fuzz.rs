//! Any request to any operation: never a panic, never a failure of the service, and what is refused has
//! changed nothing. `tests/fuzz/run` lets these run for minutes.

mod corpus;
mod mutate;

use std::collections::BTreeSet;
use std::fmt;

use api::Asked;
use cutover_ports::table::Item;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::Value;

use crate::world::World;
use corpus::Seed;

/// Cases of each target in a run of all tests.
const CASES: u32 = 16;
/// CodeDeploy's operations and ours.
const OPERATIONS: usize = 47 + 7;

/// A request, with the placeholders of the corpus.
#[derive(Clone)]
struct Request {
    operation: String,
    body: Vec<u8>,
}

impl fmt::Debug for Request {
    /// As it would stand in the corpus.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation, String::from_utf8_lossy(&self.body))
    }
}

/// A world that requests are made to.
struct Target {
    world: World,
    names: Vec<(String, String)>,
    stored: Vec<Item>,
}

impl Target {
    /// As `world.txt` tells.
    async fn new() -> Self {
        let world = World::new();
        let mut names = Vec::new();
        for Seed { operation, input, .. } in corpus::world() {
            let answer = world.ok(&operation, input).await;
            if operation == "CreateDeployment" {
                let id = answer["deploymentId"].as_str().expect("an id").to_owned();
                names.push((format!("${}", names.len() + 1), id));
                while world.outside.invoked.lock().unwrap().is_empty() && world.step().await {}
            }
        }
        let execution = world.outside.invoked.lock().unwrap()[0].2.clone();
        names.push(("$EXECUTION".to_owned(), execution));
        let stored = stored(&world);
        Self { world, names, stored }
    }

    /// Makes a request and sees that the rules hold; gives the status.
    async fn take(&mut self, request: &Request) -> Result<u16, TestCaseError> {
        let body = match str::from_utf8(&request.body) {
            Ok(text) => self.names.iter().fold(text.to_owned(), |t, (n, v)| t.replace(n, v)).into_bytes(),
            Err(_) => request.body.clone(),
        };
        let target = corpus::target(&request.operation);
        let (status, code, told) = self.world.raw(Some(&target), &body).await;
        prop_assert!(status < 500, "{:?}: {} {}", request, status, told);
        let now = stored(&self.world);
        if status == 200 {
            prop_assert!(told.is_object(), "{:?}: {}", request, told);
            self.stored = now;
        } else {
            prop_assert_eq!(told["__type"].as_str(), code, "{:?}", request);
            prop_assert!(told["message"].as_str().is_some_and(|m| !m.is_empty()), "{:?}: {}", request, told);
            prop_assert_eq!(&self.stored, &now, "refused, and yet changed: {:?}", request);
        }
        Ok(status)
    }
}

/// What is stored, the records of the audit aside. A change that was taken back counts as none.
fn stored(world: &World) -> Vec<Item> {
    let mut items = world.table.dump();
    items.retain(|item| !item.key.pk.contains("/AUDIT#"));
    items.iter_mut().for_each(|item| item.version = 0);
    items
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(future)
}

fn all_hold(requests: &[Request]) -> TestCaseResult {
    block_on(async {
        let mut target = Target::new().await;
        for request in requests {
            target.take(request).await?;
        }
        Ok(())
    })
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(CASES), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes(requests in prop::collection::vec(mutate::any_bytes(), 1..20)) {
        all_hold(&requests)?;
    }

    #[test]
    fn any_json(requests in prop::collection::vec(mutate::any_json(), 1..20)) {
        all_hold(&requests)?;
    }

    #[test]
    fn mutated_requests(requests in prop::collection::vec(mutate::any_mutation(), 1..20)) {
        all_hold(&requests)?;
    }
}

#[tokio::test]
async fn every_operation_has_a_request_that_is_answered() {
    let mut names = BTreeSet::new();
    for Seed { operation, input, refused } in corpus::requests() {
        let mut target = Target::new().await;
        let request = Request { operation: operation.clone(), body: input.to_string().into_bytes() };
        let status = target.take(&request).await.expect("the rules hold");
        assert_eq!(status, if refused { 400 } else { 200 }, "{request:?}");
        assert_eq!(Asked::json(Some(&corpus::target(&operation))).name(), Some(operation.as_str()));
        names.insert(operation);
    }
    assert_eq!(names.len(), OPERATIONS);
}

#[tokio::test]
async fn what_was_found_once_is_not_found_again() {
    let mut target = Target::new().await;
    for request in corpus::found() {
        target.take(&request).await.unwrap_or_else(|broken| panic!("{broken}"));
    }
}

#[tokio::test]
async fn a_change_that_is_refused_would_be_noticed() {
    let mut target = Target::new().await;
    let create =
        Request { operation: "CreateApplication".into(), body: br#"{"applicationName": "x"}"#.to_vec() };
    // Somebody else changes something: the refusal of the same name seems to have done it.
    target.world.ok("CreateApplication", Value::from_iter([("applicationName", "x")])).await;
    assert!(target.take(&create).await.is_err());
}
