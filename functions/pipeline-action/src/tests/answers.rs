//! What is answered when nothing is deployed.

use std::time::Duration;

use cutover_core::config::ComputePlatform;
use cutover_ports::call::CallError;
use cutover_ports::pipelines::{FailureKind, JobResult};
use serde_json::{Value, json};

use super::world::{APP_SPEC, event, parameters, world};
use crate::job::Job;
use crate::parameters::Parameters;
use crate::revision::{Draft, draft};
use crate::token::Token;

fn failure(result: &JobResult) -> (FailureKind, &str) {
    match result {
        JobResult::Failure { kind, message, .. } => (*kind, message),
        other => panic!("no failure: {other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_be_deployed_fails_the_job_in_words() {
    use FailureKind::{ConfigurationError, PermissionError, RevisionUnavailable};
    let world = world("Lambda").await;
    world.pack("Image", &[("imageDetail.json", b"{}")]);
    let denied =
        || Some(CallError::Denied { message: "AccessDenied: no (s3://artifacts/p/Source)".to_owned() });
    let of = |members: Value| parameters(members);
    let version = || json!({ "placeholders": { "VERSION": "2" } });
    for (parameters, unread, kind, part) in [
        (json!({}), None, ConfigurationError, "UserParameters: missing field `applicationName`"),
        (
            json!({ "applicationName": "nowhere", "deploymentGroupName": "g" }),
            None,
            ConfigurationError,
            "ApplicationDoesNotExistException",
        ),
        (
            of(json!({ "deploymentGroupName": "nowhere", "placeholders": { "VERSION": "2" } })),
            None,
            ConfigurationError,
            "DeploymentGroupDoesNotExistException",
        ),
        (
            of(json!({ "revisionArtifact": "Source" })),
            None,
            ConfigurationError,
            "revisionArtifact says nothing",
        ),
        (of(json!({ "appSpecTemplateArtifact": "Build" })), None, ConfigurationError, "are: Source, Image"),
        (
            of(json!({ "appSpecTemplateArtifact": "Image" })),
            None,
            ConfigurationError,
            "the artifact Image has no file appspec.yaml or appspec.yml or appspec.json",
        ),
        (
            of(json!({ "appSpecTemplatePath": "deploy.yaml" })),
            None,
            ConfigurationError,
            "has no file deploy.yaml",
        ),
        (
            of(json!({ "placeholders": { "OTHER": "2" } })),
            None,
            ConfigurationError,
            "the AppSpec has no <OTHER>",
        ),
        (
            of(json!({ "deploymentConfigName": "Slow", "placeholders": { "VERSION": "2" } })),
            None,
            ConfigurationError,
            "DeploymentConfigDoesNotExistException",
        ),
        (of(version()), denied(), PermissionError, "AccessDenied"),
        (
            of(version()),
            Some(CallError::Gone { what: "s3://artifacts/p/Source".to_owned() }),
            RevisionUnavailable,
            "s3://artifacts/p/Source does not exist",
        ),
        (
            of(version()),
            Some(CallError::Refused { message: "larger than".to_owned() }),
            ConfigurationError,
            "larger than",
        ),
    ] {
        world.aws.unread.lock().unwrap().extend(unread);
        let job = format!("job {part}");
        let result = world.answer(&event(&job, &parameters, None)).await;
        let (found, message) = failure(&result);
        assert!(found == kind && message.contains(part), "{parameters}: {found:?} {message}");
        assert!(!message.contains("secret") && !message.contains("token"), "{message}");
    }
    assert_eq!(world.deployments(), 0);
    let told = world.answer(&event("t", &of(version()), Some("d-ABCDEFGHI"))).await;
    assert_eq!(failure(&told), (ConfigurationError, "the continuation token is none of Cutover's"));
    assert_eq!(
        world.action.handle(&json!({ "Records": [] })).await,
        Err("not a job of CodePipeline".to_owned())
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_by_the_next_jobs_and_then_given_up() {
    let world = world("Lambda").await;
    let parameters = parameters(json!({ "placeholders": { "VERSION": "2" } }));
    let throttled = || CallError::Transient { message: "SlowDown".to_owned() };
    world.aws.unread.lock().unwrap().extend((0..21).map(|_| throttled()));
    let mut token: Option<String> = None;
    for round in 1..20 {
        let event = event(&format!("j{round}"), &parameters, token.as_deref());
        let JobResult::Continue { token: next, progress } = world.answer(&event).await else {
            panic!("given up")
        };
        assert_eq!(progress.summary, "To be tried again: SlowDown");
        let read = Token::read(&next).unwrap();
        assert_eq!((read.job.as_str(), read.tries), ("j1", round));
        token = Some(next);
    }
    let result = world.answer(&event("j20", &parameters, token.as_deref())).await;
    assert_eq!(failure(&result), (FailureKind::SystemUnavailable, "given up after 20 tries: SlowDown"));

    // Whoever delivers the first event once more starts anew, and a later job has it under the first one's id.
    let JobResult::Continue { token, .. } = world.answer(&event("j1", &parameters, None)).await else {
        panic!()
    };
    let JobResult::Continue { token, .. } = world.answer(&event("k2", &parameters, Some(&token))).await
    else {
        panic!()
    };
    let JobResult::Continue { token: again, .. } = world.answer(&event("j1", &parameters, None)).await else {
        panic!()
    };
    let deployments = [&token, &again].map(|token| Token::read(token).unwrap().deployment.unwrap());
    assert_eq!((deployments[0] == deployments[1], world.deployments()), (true, 1));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_listen_is_told_again_and_who_does_not_wait_is_left_alone() {
    let world = world("Lambda").await;
    let event = event("j", &json!({}), None);
    let lost = || CallError::Transient { message: "500".to_owned() };
    world.aws.deaf.lock().unwrap().extend([lost(), lost()]);
    assert_eq!(failure(&world.answer(&event).await).0, FailureKind::ConfigurationError);
    world.aws.deaf.lock().unwrap().push_back(CallError::Gone { what: "the job".to_owned() });
    assert_eq!(world.action.handle(&event).await, Ok(()));
    world.aws.deaf.lock().unwrap().extend((0..100).map(|_| lost()));
    let began = tokio::time::Instant::now();
    assert_eq!(
        world.action.handle(&event).await,
        Err("CodePipeline cannot be told of the job j: 500".to_owned())
    );
    assert!(began.elapsed() < Duration::from_secs(16));
    world.aws.deaf.lock().unwrap().clear();
    world.aws.deaf.lock().unwrap().push_back(CallError::Denied { message: "AccessDenied".to_owned() });
    assert!(world.action.handle(&event).await.is_err());
}

#[tokio::test]
async fn nothing_is_registered_for_what_ecs_cannot_be_given_yet() {
    let world = world("ECS").await;
    let app_spec = "version: 0.0
Resources:
  - s:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo: {ContainerName: <CONTAINER>, ContainerPort: 80}
";
    let definition = r#"{"family": "shop", "revision": 6, "containerDefinitions": [{"name": "<CONTAINER>", "image": "<IMAGE1_NAME>"}]}"#;
    let files = [("appspec.yaml", app_spec.as_bytes()), ("taskdef.json", definition.as_bytes())];
    world.pack("Source", &files);
    world.pack("Image", &[("imageDetail.json", br#"{"ImageURI": "1.dkr.ecr/web@sha256:0a"}"#)]);
    let parameters = parameters(json!({ "image1ArtifactName": "Image", "image1ContainerName": "IMAGE1_NAME",
        "placeholders": { "CONTAINER": "web" } }));
    let event = event("j", &parameters, None);

    let job = Job::read(&event).unwrap();
    let read = Parameters::read(&job.user_parameters).unwrap();
    let drafted = draft(&job, &read, ComputePlatform::ECS, world.aws.as_ref()).await.unwrap();
    let Draft::Ecs(drafted) = drafted else { panic!("not for ECS") };
    let expected = json!({ "family": "shop",
        "containerDefinitions": [{ "name": "web", "image": "1.dkr.ecr/web@sha256:0a" }] });
    assert_eq!(drafted.definition, expected);
    let revision = drafted.revision("arn:aws:ecs:eu-west-1:1:task-definition/shop:7").unwrap();
    let content = revision.app_spec_content.unwrap().content.unwrap();
    let rendered = app_spec.replace("<TASK_DEFINITION>", "arn:aws:ecs:eu-west-1:1:task-definition/shop:7");
    assert_eq!(content, rendered.replace("<CONTAINER>", "web"));
    let mut token = Token::first("first");
    let once = world.action.registered(&drafted, &mut token).await.unwrap();
    assert_eq!(*world.aws.registered.lock().unwrap(), [expected]);
    assert!(token.task_definition.as_deref().is_some_and(|arn| arn.ends_with("task-definition/shop:1")));
    let mut later = Token::read(&token.text()).unwrap();
    assert_eq!(world.action.registered(&drafted, &mut later).await.unwrap(), once);
    // Two files of one artifact are one read.
    assert_eq!(world.aws.reads.load(std::sync::atomic::Ordering::SeqCst), 2);

    let told = world.answer(&event).await;
    let (kind, message) = failure(&told);
    let expected = "InvalidECSServiceException: The AppSpec is valid, but this version of Cutover cannot deploy to ECS yet";
    assert!(kind == FailureKind::ConfigurationError && message.starts_with(expected), "{message}");
    world.pack("Source", &[("appspec.yaml", APP_SPEC.as_bytes()), ("taskdef.json", definition.as_bytes())]);
    let mut parameters = parameters;
    parameters["placeholders"] = json!({ "CONTAINER": "web", "OTHER": "x" });
    let told = world.answer(&super::world::event("k", &parameters, None)).await;
    assert!(failure(&told).1.contains("neither the AppSpec nor the task definition has <OTHER>"), "{told:?}");
    let fewer = json!({ "applicationName": "shop", "deploymentGroupName": "live",
        "image1ArtifactName": "Image", "image1ContainerName": "IMAGE1_NAME" });
    let told = world.answer(&super::world::event("l", &fewer, None)).await;
    assert_eq!(failure(&told).1, "the AppSpec has no <TASK_DEFINITION>");
    assert_eq!((world.aws.registered.lock().unwrap().len(), world.deployments()), (1, 0));
}
