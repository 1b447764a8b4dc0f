//! Events and webhooks as their senders document them, cut down to what is read and a little more.

use cutover_core::time::Timestamp;
use cutover_core::trigger::push::{Push, Source};
use serde_json::{Value, json};

use super::webhook::{heard, payload, signature_header, told_signature};
use super::*;

fn event(source: &str, kind: &str, detail: Value) -> Value {
    json!({
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": kind,
        "source": source,
        "account": "123456789012",
        "time": "2026-11-01T12:00:05Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    })
}

fn told(push: &Push) -> String {
    let facts: Vec<String> = push.facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let at = push.at.as_millis();
    format!("{} {} {} [{}] {at} {}", push.source, push.place, push.reference, push.event, facts.join(" "))
}

fn git_hub(reference: &str, after: &str) -> Value {
    json!({
        "ref": reference,
        "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
        "after": after,
        "created": false,
        "deleted": after.starts_with("000"),
        "forced": false,
        "base_ref": null,
        "commits": [],
        "head_commit": {"id": "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5", "timestamp": "2026-11-01T13:00:00+01:00"},
        "repository": {"id": 186853002, "name": "web", "full_name": "acme/web", "pushed_at": 1793534405},
        "pusher": {"name": "mona"},
    })
}

#[test]
fn events_of_pushes_are_read() {
    let id = "17793124-05d4-b198-2fde-7ededc63b103";
    let sha = "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5";
    let at = 1_793_534_405_000_i64;
    for (event, expected) in [
        (
            event(
                "aws.s3",
                "Object Created",
                json!({
                    "version": "0",
                    "bucket": {"name": "builds"},
                    "object": {
                        "key": "web/build-7.tar.gz",
                        "size": 5,
                        "etag": "b1946ac92492d2347c6235b4d2611184",
                        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                        "sequencer": "617f08299329d189",
                    },
                    "request-id": "N4N7GDK58NMKJ12R",
                    "reason": "PutObject",
                }),
            ),
            format!(
                "s3 builds web/build-7.tar.gz [builds/web/build-7.tar.gz#617f08299329d189] {at} bucket=builds bundle=tgz \
                 etag=b1946ac92492d2347c6235b4d2611184 key=web/build-7.tar.gz sequencer=617f08299329d189 \
                 version=IYV3p45BT0ac8hjHg1houSdS1a.Mro8e"
            ),
        ),
        (
            event(
                "aws.s3",
                "Object Created",
                json!({"bucket": {"name": "b"}, "object": {"key": "k", "etag": "e"}}),
            ),
            format!("s3 b k [b/k#{id}] {at} bucket=b etag=e key=k"),
        ),
        (
            event(
                "aws.ecr",
                "ECR Image Action",
                json!({
                    "result": "SUCCESS",
                    "repository-name": "shop/web",
                    "image-digest": "sha256:7f5b",
                    "action-type": "PUSH",
                    "image-tag": "v7",
                }),
            ),
            format!(
                "ecr shop/web v7 [{id}] {at} digest=sha256:7f5b \
                 image=123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web@sha256:7f5b repository=shop/web tag=v7"
            ),
        ),
        (
            event(
                "aws.codecommit",
                "CodeCommit Repository State Change",
                json!({
                    "event": "referenceUpdated",
                    "repositoryName": "web",
                    "referenceType": "branch",
                    "referenceName": "main",
                    "referenceFullName": "refs/heads/main",
                    "commitId": sha,
                    "oldCommitId": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
                }),
            ),
            format!("codecommit web refs/heads/main [{id}] {at} branch=main commit={sha} repository=web"),
        ),
        (
            event(
                "aws.codepipeline",
                "CodePipeline Pipeline Execution State Change",
                json!({"pipeline": "build", "execution-id": "01234567-EXAMPLE", "state": "SUCCEEDED", "version": 1}),
            ),
            format!(
                "codepipeline build SUCCEEDED [build/01234567-EXAMPLE#SUCCEEDED] {at} execution=01234567-EXAMPLE \
                 pipeline=build state=SUCCEEDED"
            ),
        ),
        (
            event("github.com", "push", git_hub("refs/heads/main", sha)),
            format!(
                "github acme/web refs/heads/main [acme/web refs/heads/main 6113728f27ae82c7b1a177c8d03f9e96e0adf246 {sha} \
                 {at}] {at} branch=main commit={sha} repository=acme/web"
            ),
        ),
    ] {
        let heard = of_event(&event);
        assert_eq!(heard.ignored, Vec::<String>::new());
        assert_eq!(heard.pushes.iter().map(told).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn what_brings_nothing_new_is_ignored_with_a_reason() {
    let ecr = |action: &str, result: &str| json!({"result": result, "action-type": action, "repository-name": "r", "image-digest": "d"});
    let zeros = "0000000000000000000000000000000000000000";
    for (event, why) in [
        (json!([]), "no event of EventBridge: it has no source and detail-type"),
        (event("aws.s3", "Object Deleted", json!({})), "\"Object Deleted\" of aws.s3 tells of no push"),
        (event("aws.s3", "Object Created", json!({"bucket": {}})), "detail.bucket.name is no text"),
        (
            event("aws.ecr", "ECR Image Action", ecr("DELETE", "SUCCESS")),
            "the image action is DELETE SUCCESS, not PUSH SUCCESS",
        ),
        (
            event("aws.ecr", "ECR Image Action", ecr("PUSH", "FAILURE")),
            "the image action is PUSH FAILURE, not PUSH SUCCESS",
        ),
        (
            event(
                "aws.codecommit",
                "CodeCommit Repository State Change",
                json!({"event": "referenceDeleted"}),
            ),
            "referenceDeleted brings no new commit",
        ),
        (event("github.com", "push", git_hub("refs/heads/old", zeros)), "refs/heads/old was deleted"),
        (event("github.com", "issues", json!({})), "\"issues\" of github.com tells of no push"),
    ] {
        assert_eq!(of_event(&event), Heard::ignored(why));
    }
}

#[test]
fn a_webhook_of_git_hub_tells_the_same_as_its_event() {
    let payload = git_hub("refs/tags/v1.2.0", "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5");
    let by_webhook = heard(Source::GitHub, Some("push"), payload.to_string().as_bytes());
    assert_eq!(by_webhook, of_event(&event("github.com", "push", payload)));
    assert_eq!(by_webhook.pushes[0].facts["tag"], "v1.2.0");
    for (event, body, why) in [
        (Some("ping"), "{}", "\"ping\" of github tells of no push"),
        (None, "{}", "\"\" of github tells of no push"),
        (Some("push"), "payload=%7B%7D", "the body is neither JSON nor a form with a payload in JSON"),
        (Some("push"), "{}", "ref is no text"),
    ] {
        assert_eq!(heard(Source::GitHub, event, body.as_bytes()), Heard::ignored(why));
    }
}

#[test]
fn a_form_holds_the_payload() {
    let form = Some("application/x-www-form-urlencoded");
    for (content_type, body, expected) in [
        (form, "payload=%7B%22ref%22%3A+%22refs%2Fheads%2Fb%C3%BC%22%7D", "{\"ref\": \"refs/heads/bü\"}"),
        (Some("Application/x-www-form-urlencoded; charset=utf-8"), "a=1&payload=%7B%7D&payload=2", "{}"),
        (form, "other=%7B%7D", "other=%7B%7D"),
        (Some("application/json"), "payload=%7B%7D", "payload=%7B%7D"),
        (None, "{}", "{}"),
    ] {
        assert_eq!(payload(content_type, body.as_bytes()), expected.as_bytes(), "{content_type:?} {body}");
    }
}

#[test]
fn both_kinds_of_bitbucket_are_read() {
    let hash = "709d658dc5b6d6afcd46049c2f332ee3f515a67d";
    let at = Timestamp::from_millis(1_793_534_405_000);
    let cloud = json!({
        "repository": {"full_name": "team/web", "type": "repository"},
        "push": {"changes": [
            {"old": {"target": {"hash": "1e65"}}, "new": {
                "type": "branch", "name": "main", "target": {"hash": hash, "date": "2026-11-01T12:00:05+00:00"},
            }},
            {"old": {"name": "gone"}, "new": null},
        ]},
    });
    let found = heard(Source::Bitbucket, Some("repo:push"), cloud.to_string().as_bytes());
    assert_eq!(found.ignored, ["a reference was deleted"]);
    let expected = |repository: &str, old: &str| {
        let event = format!("{repository} refs/heads/main {old} {hash} 1793534405000");
        format!(
            "bitbucket {repository} refs/heads/main [{event}] {} branch=main commit={hash} repository={repository}",
            at.as_millis()
        )
    };
    assert_eq!(found.pushes.iter().map(told).collect::<Vec<_>>(), [expected("team/web", "1e65")]);
    let own = json!({
        "eventKey": "repo:refs_changed",
        "date": "2026-11-01T13:00:05+0100",
        "repository": {"slug": "web", "project": {"key": "TEAM"}},
        "changes": [
            {"ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"}, "refId": "refs/heads/main",
             "fromHash": "1e65", "toHash": hash, "type": "UPDATE"},
            {"ref": {"id": "refs/heads/old"}, "fromHash": "1", "toHash": "0", "type": "DELETE"},
        ],
    });
    let found = heard(Source::Bitbucket, Some("repo:refs_changed"), own.to_string().as_bytes());
    assert_eq!(found.ignored, ["refs/heads/old was deleted"]);
    assert_eq!(found.pushes.iter().map(told).collect::<Vec<_>>(), [expected("TEAM/web", "1e65")]);
}

#[test]
fn signatures_are_read_or_not() {
    assert_eq!(signature_header(Source::GitHub), Some("x-hub-signature-256"));
    assert_eq!(signature_header(Source::S3), None);
    let digits = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(
        told_signature(&format!("sha256={digits}")).map(|bytes| bytes[..3].to_vec()),
        Some(vec![0x75, 0x71, 0x07])
    );
    for wrong in [
        "",
        "sha256=",
        digits,
        &format!("sha1={digits}"),
        &format!("sha256={digits}0"),
        &format!("sha256=zz{}", &digits[2..]),
    ] {
        assert_eq!(told_signature(wrong), None, "{wrong}");
    }
}
