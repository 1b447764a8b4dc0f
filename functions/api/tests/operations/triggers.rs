//! Triggers, and what becomes of pushes: exactly one outcome each, and the newest build last.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover_core::access::Role;
use cutover_core::time::Timestamp;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::push::{Push, Source};
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::world::{World, appspec, revision};
use api::Permit;

/// All at once, so that a deployment is over as soon as its messages are.
const AT_ONCE: &str = "CodeDeployDefault.LambdaAllAtOnce";

fn trigger(more: Value) -> Value {
    let mut input = json!({
        "triggerName": "builds", "source": "github", "place": "acme/shop", "reference": "refs/tags/b*",
        "applicationName": "app", "deploymentGroupName": "grp", "orderKey": "{{1}}",
        "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": appspec("1", "1", &[])}},
    });
    for (member, value) in more.as_object().expect("an object") {
        input[member] = value.clone();
    }
    input
}

async fn world(policy: &str) -> World {
    let world = World::with_group(json!({"deploymentConfigName": AT_ONCE})).await;
    world.ok("CreateTrigger", trigger(json!({"policy": policy}))).await;
    world
}

fn build(n: u32) -> Push {
    Push {
        source: Source::GitHub,
        place: "acme/shop".to_owned(),
        reference: format!("refs/tags/b{n}"),
        event: format!("event {n}"),
        at: Timestamp::from_millis(1_700_000_000_000),
        facts: BTreeMap::from([("commit".to_owned(), format!("c{n}"))]),
    }
}

impl World {
    async fn push(&self, n: u32) -> Outcome {
        let outcomes = self.pushes.take_in(&self.scope, None, &build(n)).await.expect("outcomes");
        let [(_, outcome)] = &outcomes[..] else { panic!("{outcomes:?}") };
        outcome.clone()
    }

    /// Until nothing is left to do, a millisecond at a time: deployments are told apart by their times.
    async fn go(&self) {
        for _ in 0..5_000 {
            self.pass_ms(1);
            if !self.step().await {
                return;
            }
        }
        panic!("the engine does not come to rest");
    }

    /// By build: what became of it, and with which deployment.
    async fn outcomes(&self) -> BTreeMap<u32, String> {
        let pushes = self.ok("ListPushes", json!({})).await["pushes"].take();
        let all = pushes.as_array().expect("pushes").iter().map(|push| {
            let build = push["reference"].as_str().expect("text").trim_start_matches("refs/tags/b");
            (build.parse().expect("a number"), push["outcome"].as_str().expect("text").to_owned())
        });
        all.collect()
    }

    /// The builds that were deployed, in the order of their deployments.
    async fn deployed(&self) -> Vec<u32> {
        let mut builds = Vec::new();
        let pushes = self.ok("ListPushes", json!({})).await["pushes"].take();
        for push in pushes.as_array().expect("pushes") {
            if let Some(id) = push["deploymentId"].as_str() {
                let build = push["reference"].as_str().expect("text").trim_start_matches("refs/tags/b");
                let created = self.info(id).await["createTime"].as_f64().expect("a time");
                builds.push((created, build.parse().expect("a number")));
            }
        }
        builds.sort_by(|a, b| a.0.total_cmp(&b.0));
        builds.into_iter().map(|(_, build)| build).collect()
    }
}

fn words<const N: usize>(expected: [(u32, &str); N]) -> BTreeMap<u32, String> {
    expected.into_iter().map(|(build, word)| (build, word.to_owned())).collect()
}

#[tokio::test]
async fn a_trigger_is_made_listed_tested_and_deleted() {
    let world = World::with_group(json!({"deploymentConfigName": AT_ONCE})).await;
    let made =
        world.ok("CreateTrigger", trigger(json!({"secret": "0123456789abcdef"}))).await["trigger"].take();
    assert_eq!((&made["policy"], &made["hasSecret"]), (&json!("latest"), &json!(true)));
    assert_eq!(world.ok("ListTriggers", json!({})).await["triggers"], json!([made]));
    for item in world.table.dump() {
        assert!(!item.body.contains("0123456789abcdef"), "{item:?}");
    }
    let tag = |reference: &str| {
        json!({"ref": reference, "before": "0a", "after": "0b", "deleted": false,
            "repository": {"full_name": "acme/shop", "pushed_at": 1_700_000_000}})
    };
    for (event, member, expected) in [
        (tag("refs/tags/b7"), "outcome", json!("Created")),
        (tag("refs/tags/b7"), "matches", json!(true)),
        (tag("refs/heads/main"), "matches", json!(false)),
        (tag("refs/tags/b7"), "orderKey", json!("00000000000000000007")),
    ] {
        let told = world.ok("TestTrigger", json!({"triggerName": "builds", "event": event})).await;
        assert_eq!(told["pushes"][0][member], expected, "{told}");
    }
    assert_eq!(world.ok("ListPushes", json!({})).await["pushes"], json!([]));
    assert_eq!(world.ok("ListDeployments", json!({})).await["deployments"], json!([]));
    for role in [Role::ReadOnly, Role::Deployer, Role::Agent] {
        let caller = world.with_permit(Permit::Role(role, None));
        caller.refusals("CreateTrigger", &[(trigger(json!({})), "AccessDeniedException")]).await;
    }
    let named = json!({"triggerName": "builds"});
    assert_eq!(world.ok("DeleteTrigger", named.clone()).await, named);
    world.refusals("DeleteTrigger", &[(named.clone(), "TriggerDoesNotExistException")]).await;
    world.refusals("TestTrigger", &[(named, "TriggerDoesNotExistException")]).await;
}

#[tokio::test]
async fn what_could_never_deploy_is_no_trigger() {
    let world = world("latest").await;
    let invalid = "InvalidTriggerException";
    let other = |more: Value| {
        let mut input = trigger(json!({"triggerName": "other"}));
        for (member, value) in more.as_object().expect("an object") {
            input[member] = value.clone();
        }
        input
    };
    world
        .refusals(
            "CreateTrigger",
            &[
                (trigger(json!({})), "TriggerAlreadyExistsException"),
                (other(json!({"triggerName": null})), "TriggerNameRequiredException"),
                (other(json!({"source": "svn"})), invalid),
                (other(json!({"place": null})), invalid),
                (other(json!({"policy": "sometimes"})), invalid),
                (other(json!({"orderKey": "{{2}}"})), invalid),
                (other(json!({"orderKey": null})), invalid),
                (other(json!({"revision": "x"})), invalid),
                (other(json!({"source": "bitbucket", "revision": null})), invalid),
                (other(json!({"secret": "short"})), invalid),
                (other(json!({"source": "codecommit", "secret": "0123456789abcdef"})), invalid),
                (other(json!({"applicationName": "no"})), "ApplicationDoesNotExistException"),
                (other(json!({"deploymentGroupName": "no"})), "DeploymentGroupDoesNotExistException"),
            ],
        )
        .await;
    world.ok("CreateTrigger", other(json!({}))).await;
}

#[tokio::test]
async fn a_push_that_comes_again_starts_nothing_more() {
    let world = world("queue").await;
    let first = world.push(1).await;
    assert!(matches!(first, Outcome::Created(_)), "{first:?}");
    assert_eq!(world.push(1).await, first);
    world.go().await;
    assert_eq!(world.push(1).await, first);
    assert_eq!(world.deployed().await, [1]);
}

#[tokio::test]
async fn policies_decide_while_the_group_deploys() {
    for (policy, expected, deployed) in [
        ("reject", words([(1, "Created"), (3, "Refused"), (2, "Refused"), (4, "Refused")]), vec![1]),
        ("queue", words([(1, "Created"), (3, "Created"), (2, "Created"), (4, "Created")]), vec![1, 2, 3, 4]),
        ("latest", words([(1, "Created"), (3, "Superseded"), (2, "Superseded"), (4, "Created")]), vec![1, 4]),
        (
            "replace",
            words([(1, "Created"), (3, "Superseded"), (2, "Superseded"), (4, "Created")]),
            vec![1, 4],
        ),
    ] {
        let world = world(policy).await;
        for n in [1, 3, 2, 4] {
            world.push(n).await;
        }
        world.go().await;
        assert_eq!((world.outcomes().await, world.deployed().await), (expected, deployed), "{policy}");
    }
}

#[tokio::test]
async fn an_older_build_never_wins() {
    for policy in ["reject", "queue", "latest", "replace"] {
        let world = world(policy).await;
        world.push(9).await;
        world.go().await;
        let outcome = world.push(8).await;
        assert!(matches!(outcome, Outcome::Superseded(_)), "{policy}: {outcome:?}");
        world.push(10).await;
        world.go().await;
        assert_eq!(world.deployed().await, [9, 10], "{policy}");
    }
}

#[tokio::test]
async fn what_is_replaced_stops_without_a_rollback() {
    let settings =
        json!({"autoRollbackConfiguration": {"enabled": true, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]}});
    let world = World::with_group(settings).await;
    let canary = json!({"policy": "replace", "revision": revision(&appspec("1", "2", &[]))});
    world.ok("CreateTrigger", trigger(canary)).await;
    let Outcome::Created(first) = world.push(1).await else { panic!("no deployment") };
    assert!(world.step().await);
    assert_eq!(world.push(2).await, Outcome::Waiting);
    world.go().await;
    let info = world.info(first.as_str()).await;
    assert_eq!(
        (&info["status"], &info["rollbackInfo"]["rollbackDeploymentId"]),
        (&json!("Stopped"), &json!(null))
    );
    assert_eq!(world.deployed().await, [1, 2]);
}

#[tokio::test]
async fn a_lost_turn_is_given_by_the_sweep() {
    let world = world("latest").await;
    world.push(1).await;
    assert_eq!(world.push(2).await, Outcome::Waiting);
    while world.step().await {
        world.lose_turns();
    }
    assert_eq!(world.outcomes().await, words([(1, "Created"), (2, "Waiting")]));
    world.sweep().await;
    assert!(!world.step().await, "too early");
    world.pass_ms(61_000);
    world.sweep().await;
    world.go().await;
    assert_eq!(world.outcomes().await, words([(1, "Created"), (2, "Created")]));
    let before = world.table.dump().len();
    world.pass_ms(3_600_000);
    world.sweep().await;
    assert!(!world.step().await, "nothing waits any more");
    assert_eq!(world.table.dump().len(), before);
}

#[tokio::test]
async fn what_cannot_be_made_any_more_blocks_nobody() {
    let world = world("queue").await;
    world.push(1).await;
    world.push(2).await;
    let group = json!({"applicationName": "app", "deploymentGroupName": "grp"});
    world.ok("DeleteDeploymentGroup", group).await;
    world.lose_turns();
    world.go().await;
    world.pass_ms(61_000);
    world.sweep().await;
    world.go().await;
    assert_eq!(world.outcomes().await, words([(1, "Created"), (2, "Refused")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_at_once_the_newest_is_last_and_none_is_twice() {
    for policy in ["queue", "latest", "replace"] {
        let world = Arc::new(world(policy).await);
        let tasks: Vec<_> = (0..200_u32)
            .map(|n| {
                let world = world.clone();
                // Twice each, in an order of no order.
                let push = build((n * 37) % 100 + 1);
                tokio::spawn(async move {
                    for _ in 0..50 {
                        if world.pushes.take_in(&world.scope, None, &push).await.is_ok() {
                            return;
                        }
                    }
                    panic!("never taken in");
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
        world.go().await;
        let outcomes = world.outcomes().await;
        assert_eq!(outcomes.len(), 100, "{policy}");
        assert!(
            outcomes.values().all(|word| word == "Created" || word == "Superseded"),
            "{policy} {outcomes:?}"
        );
        let deployed = world.deployed().await;
        assert!(deployed.is_sorted() && deployed.last() == Some(&100), "{policy}: {deployed:?}");
        let all = world.ok("ListDeployments", json!({})).await["deployments"].take();
        assert_eq!(all.as_array().map(Vec::len), Some(deployed.len()), "{policy}");
    }
}

#[tokio::test]
async fn faults_of_the_store_lose_and_double_nothing() {
    let lost = (1..=20).map(Fault::LostAnswers);
    for fault in lost.chain((1..=20).map(Fault::Throttled)) {
        let world = world("latest").await;
        world.push(1).await;
        for n in [3, 2] {
            *world.table.fault.lock().unwrap() = fault;
            for _ in 0..3 {
                if world.pushes.take_in(&world.scope, None, &build(n)).await.is_ok() {
                    break;
                }
            }
        }
        *world.table.fault.lock().unwrap() = Fault::None;
        world.go().await;
        world.pass_ms(61_000);
        world.sweep().await;
        world.go().await;
        assert_eq!(
            (world.outcomes().await, world.deployed().await),
            (words([(1, "Created"), (2, "Superseded"), (3, "Created")]), vec![1, 3]),
            "{fault:?}"
        );
    }
}
