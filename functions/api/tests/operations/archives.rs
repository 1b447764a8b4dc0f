//! Commits that hosts cannot fetch themselves: their archives are brought into S3 before they are deployed.

use std::collections::BTreeMap;

use cutover_core::time::Timestamp;
use cutover_core::trigger::outcome::Outcome;
use cutover_core::trigger::push::{Push, Source};
use cutover_driver::pushes::PushError;
use cutover_ports::archives::Commit;
use cutover_ports::call::CallError;
use serde_json::{Value, json};

use crate::world::{ROLE, World};

const TOKEN: &str = "a-token-that-nobody-sees";

fn trigger(more: Value) -> Value {
    let mut input = json!({
        "triggerName": "web", "source": "bitbucket", "place": "acme/web", "applicationName": "srv",
        "deploymentGroupName": "web", "archiveBucket": "builds", "archivePrefix": "src/", "accessToken": TOKEN,
    });
    for (member, value) in more.as_object().expect("an object") {
        input[member] = value.clone();
    }
    input
}

async fn world() -> World {
    let world = World::new();
    world.ok("CreateApplication", json!({"applicationName": "srv", "computePlatform": "Server"})).await;
    let filter = json!({"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"});
    let group = json!({"applicationName": "srv", "deploymentGroupName": "web", "serviceRoleArn": ROLE,
        "onPremisesInstanceTagFilters": [filter]});
    world.ok("CreateDeploymentGroup", group).await;
    world
}

fn commit(n: i64) -> Push {
    let facts = [("repository", "acme/web".to_owned()), ("commit", format!("c{n}"))];
    Push {
        source: Source::Bitbucket,
        place: "acme/web".to_owned(),
        reference: "refs/heads/main".to_owned(),
        event: format!("event {n}"),
        at: Timestamp::from_millis(1_700_000_000_000 + n),
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
    }
}

impl World {
    async fn pushed(&self, n: i64) -> Result<Outcome, PushError> {
        let outcomes = self.pushes.take_in(&self.scope, None, &commit(n)).await?;
        let [(_, outcome)] = &outcomes[..] else { panic!("{outcomes:?}") };
        Ok(outcome.clone())
    }

    fn brought(&self) -> Vec<Commit> {
        std::mem::take(&mut *self.outside.brought.lock().expect("a lock"))
    }

    fn archives_fail(&self, with: Option<CallError>) {
        *self.outside.no_archives.lock().expect("a lock") = with;
    }
}

#[tokio::test]
async fn a_commit_is_deployed_once_its_archive_is_there() {
    let world = world().await;
    let made = world.ok("CreateTrigger", trigger(json!({}))).await["trigger"].take();
    assert_eq!((&made["archiveBucket"], &made["archivePrefix"]), (&json!("builds"), &json!("src/")));
    assert_eq!((&made["hasAccessToken"], &made["revision"]), (&json!(true), &Value::Null));
    assert!(!world.table.dump().iter().any(|item| item.body.contains(TOKEN)), "it is sealed");

    let transient = CallError::Transient { message: "Bitbucket answers 503".to_owned() };
    world.archives_fail(Some(transient));
    let error = world.pushed(2).await.expect_err("it comes again");
    assert!(error.to_string().contains("Bitbucket answers 503"), "{error}");
    assert_eq!(world.ok("ListPushes", json!({})).await["pushes"], json!([]), "nothing became of it");
    world.brought();

    world.archives_fail(None);
    let Outcome::Created(id) = world.pushed(2).await.expect("an outcome") else { panic!("not created") };
    let (text, key) = (str::to_owned, "src/acme/web/c2.zip");
    let expected = Commit {
        source: Source::Bitbucket,
        repository: text("acme/web"),
        commit: text("c2"),
        token: Some(text(TOKEN)),
        bucket: text("builds"),
        key: text(key),
    };
    assert_eq!(world.brought(), [expected]);
    let location = world.info(id.as_str()).await["revision"]["s3Location"].take();
    assert_eq!(location, json!({"bucket": "builds", "key": key, "bundleType": "zip"}));
    assert_eq!(world.pushed(2).await.expect("the same"), Outcome::Created(id));
    assert!(matches!(world.pushed(1).await, Ok(Outcome::Superseded(_))));
    assert_eq!(world.brought(), [], "what is known or old is not fetched");
}

#[tokio::test]
async fn a_commit_without_an_archive_is_refused_with_the_reason() {
    let world = world().await;
    world.ok("CreateTrigger", trigger(json!({"accessToken": null}))).await;
    for (n, error, part) in [
        (1, CallError::Gone { what: "acme/web at c1".to_owned() }, "acme/web at c1"),
        (2, CallError::Denied { message: "Bitbucket answers 403".to_owned() }, "answers 403"),
        (3, CallError::Refused { message: "larger than 64 MiB".to_owned() }, "larger than 64 MiB"),
    ] {
        world.archives_fail(Some(error));
        let Ok(Outcome::Refused(why)) = world.pushed(n).await else { panic!("not refused") };
        assert!(why.contains(part) && why.contains(&format!("c{n}")), "{why}");
        assert_eq!(world.brought()[0].token, None);
    }
}

#[tokio::test]
async fn archives_belong_to_two_sources_and_have_a_bucket() {
    let world = world().await;
    let invalid = "InvalidTriggerException";
    let git = json!({"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b", "commitId": "c"}});
    let refused = [
        (trigger(json!({"source": "github"})), invalid),
        (trigger(json!({"revision": git})), invalid),
        (trigger(json!({"archiveBucket": null})), invalid),
        (trigger(json!({"archiveBucket": null, "accessToken": null})), invalid),
        (trigger(json!({"archiveBucket": "a/b"})), invalid),
        (trigger(json!({"archivePrefix": "{{commit}}"})), invalid),
        (trigger(json!({"accessToken": "with space"})), invalid),
    ];
    world.refusals("CreateTrigger", &refused).await;
}
