use serde_json::{Value, json};

use crate::world::{ROLE, World, appspec, revision};

fn s3(bucket: &str, key: &str) -> Value {
    json!({"revisionType": "S3", "s3Location": {"bucket": bucket, "key": key, "bundleType": "zip"}})
}

async fn register(world: &World, revision: &Value, description: Option<&str>) {
    let input = json!({"applicationName": "app", "revision": revision, "description": description});
    assert_eq!(world.ok("RegisterApplicationRevision", input).await, json!({}));
    world.pass_ms(1_000);
}

async fn listed(world: &World, more: Value) -> Vec<Value> {
    let mut input = more;
    input["applicationName"] = "app".into();
    let answer = world.ok("ListApplicationRevisions", input).await;
    answer["revisions"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_revision_is_registered_once_and_remembers_its_uses() {
    let world = World::with_group(json!({})).await;
    let one = revision(&appspec("1", "2", &[]));
    register(&world, &one, Some("first")).await;
    register(&world, &one, None).await;
    let get =
        async || world.ok("GetApplicationRevision", json!({"applicationName": "app", "revision": one})).await;
    let before = get().await;
    assert_eq!(
        (&before["applicationName"], &before["revisionInfo"]["description"]),
        (&json!("app"), &json!("first"))
    );
    assert_eq!(before["revisionInfo"]["registerTime"], 1_700_000_000.0);
    assert_eq!(before["revisionInfo"]["deploymentGroups"], json!([]));
    assert!(before["revisionInfo"]["lastUsedTime"].is_null());
    assert!(before["revision"]["appSpecContent"]["sha256"].is_string());

    world.deploy(json!({ "revision": one })).await;
    let used = get().await["revisionInfo"].take();
    assert_eq!(
        (&used["firstUsedTime"], &used["lastUsedTime"]),
        (&json!(1_700_000_002.0), &json!(1_700_000_002.0))
    );
    assert_eq!(used["deploymentGroups"], json!([]));
    world.run().await;
    assert_eq!(get().await["revisionInfo"]["deploymentGroups"], json!(["grp"]));

    // The first deployment of a revision registers it.
    let two = revision(&appspec("2", "3", &[]));
    world.deploy(json!({ "revision": two })).await;
    let input = json!({"applicationName": "app", "revisions": [two, one, s3("b", "never")]});
    let batch = world.ok("BatchGetApplicationRevisions", input).await;
    assert_eq!(batch["revisions"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        batch["revisions"][0]["revisionLocation"]["appSpecContent"]["content"],
        two["appSpecContent"]["content"]
    );
    assert!(batch["errorMessage"].as_str().is_some_and(|message| message.starts_with("1 of")));
}

#[tokio::test]
async fn lists_are_sorted_and_filtered() {
    let world = World::with_group(json!({})).await;
    let (a, b, c) = (s3("b", "x/1"), s3("c", "x/2"), s3("b", "y/3"));
    for one in [&a, &b, &c] {
        register(&world, one, None).await;
    }
    let deployed = revision(&appspec("1", "2", &[]));
    world.deploy(json!({ "revision": deployed })).await;
    world.run().await;
    let mut last = deployed.clone();
    last["appSpecContent"]["sha256"] =
        listed(&world, json!({"deployed": "include"})).await[0]["appSpecContent"]["sha256"].clone();
    for (more, expected) in [
        (json!({}), vec![&a, &b, &c, &last]),
        (json!({"sortBy": "registerTime", "sortOrder": "descending"}), vec![&last, &c, &b, &a]),
        (json!({"s3Bucket": "b"}), vec![&a, &c]),
        (json!({"s3Bucket": "b", "s3KeyPrefix": "y/"}), vec![&c]),
        (json!({"deployed": "exclude"}), vec![&a, &b, &c]),
        (json!({"deployed": "include"}), vec![&last]),
        (json!({"deployed": "ignore", "s3Bucket": "c"}), vec![&b]),
    ] {
        let found = listed(&world, more.clone()).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{more}");
    }
    // What was never used sorts as used at the beginning of time.
    for by in ["firstUsedTime", "lastUsedTime"] {
        assert_eq!(listed(&world, json!({"sortBy": by, "sortOrder": "descending"})).await[0], last, "{by}");
        assert_eq!(listed(&world, json!({ "sortBy": by })).await[3], last, "{by}");
    }
}

#[tokio::test]
async fn lists_are_paged_and_go_with_their_application() {
    let world = World::with_group(json!({})).await;
    for n in 0..120 {
        register(&world, &s3("b", &format!("{n:03}")), None).await;
    }
    for by in ["registerTime", "firstUsedTime", "lastUsedTime"] {
        let input = json!({"applicationName": "app", "sortBy": by});
        let first = world.ok("ListApplicationRevisions", input.clone()).await;
        assert_eq!(first["revisions"].as_array().map(Vec::len), Some(100));
        let mut next = input;
        next["nextToken"] = first["nextToken"].clone();
        let rest = world.ok("ListApplicationRevisions", next).await;
        assert_eq!(
            (rest["revisions"].as_array().map(Vec::len), &rest["nextToken"]),
            (Some(20), &json!(null))
        );
    }
    world.ok("DeleteApplication", json!({"applicationName": "app"})).await;
    world.ok("CreateApplication", json!({"applicationName": "app", "computePlatform": "Lambda"})).await;
    assert!(listed(&world, json!({})).await.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let world = World::with_group(json!({})).await;
    let with = |revision: Value| json!({"applicationName": "app", "revision": revision});
    for operation in ["RegisterApplicationRevision", "GetApplicationRevision"] {
        world
            .refusals(
                operation,
                &[
                    (json!({}), "ApplicationNameRequiredException"),
                    (json!({"applicationName": "app"}), "RevisionRequiredException"),
                    (with(json!({})), "InvalidRevisionException"),
                    (with(json!({"revisionType": "S3"})), "InvalidRevisionException"),
                    (
                        json!({"applicationName": "no", "revision": s3("b", "k")}),
                        "ApplicationDoesNotExistException",
                    ),
                ],
            )
            .await;
    }
    let long = json!({"applicationName": "app", "revision": s3("b", "k"), "description": "x".repeat(257)});
    world.refusals("RegisterApplicationRevision", &[(long, "DescriptionTooLongException")]).await;
    world.refusals("GetApplicationRevision", &[(with(s3("b", "k")), "RevisionDoesNotExistException")]).await;
    let many = json!({"applicationName": "app", "revisions": vec![s3("b", "k"); 26]});
    world
        .refusals(
            "BatchGetApplicationRevisions",
            &[
                (json!({"applicationName": "app"}), "RevisionRequiredException"),
                (many, "BatchLimitExceededException"),
            ],
        )
        .await;
    let list = |member: &str, value: &str| json!({"applicationName": "app", member: value});
    world
        .refusals(
            "ListApplicationRevisions",
            &[
                (list("sortBy", "x"), "InvalidSortByException"),
                (list("sortOrder", "x"), "InvalidSortOrderException"),
                (list("deployed", "x"), "InvalidDeployedStateFilterException"),
                (list("s3Bucket", ""), "InvalidBucketNameFilterException"),
                (list("s3KeyPrefix", "x"), "BucketNameFilterRequiredException"),
                (list("nextToken", "x"), "InvalidNextTokenException"),
            ],
        )
        .await;
}

#[tokio::test]
async fn deployments_at_once_do_not_all_write_to_their_revision() {
    let world = World::with_group(json!({})).await;
    for group in ["two", "three"] {
        let input = json!({"applicationName": "app", "deploymentGroupName": group, "serviceRoleArn": ROLE});
        world.ok("CreateDeploymentGroup", input).await;
    }
    let written = || {
        let revisions = world.table.dump().into_iter().filter(|item| item.key.sk.starts_with("REV#"));
        revisions.map(|item| item.version).collect::<Vec<_>>()
    };
    world.deploy(json!({})).await;
    assert_eq!(written(), [1]);
    world.deploy(json!({"deploymentGroupName": "two"})).await;
    assert_eq!(written(), [1]);
    world.pass_ms(1_000);
    world.deploy(json!({"deploymentGroupName": "three"})).await;
    assert_eq!(written(), [2]);
}
