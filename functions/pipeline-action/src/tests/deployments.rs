//! Jobs that lead to deployments.

use cutover_core::deployment::ErrorCode;
use cutover_ports::pipelines::{FailureKind, JobResult, Progress};
use cutover_wire::api::deployment::{DeploymentInfo, StopDeploymentInput};
use serde_json::{Value, json};

use super::world::{World, event, parameters, valid, world};
use crate::token::Token;

fn to_version_2() -> Value {
    parameters(json!({ "placeholders": { "VERSION": "2" } }))
}

/// The token of a job that goes on, and the deployment in it.
fn going_on(result: &JobResult) -> (String, String, Progress) {
    match result {
        JobResult::Continue { token, progress } => {
            let id = Token::read(token).unwrap().deployment.unwrap();
            assert_eq!(progress.execution.as_ref(), Some(&id));
            (token.clone(), id, progress.clone())
        }
        other => panic!("over: {other:?}"),
    }
}

impl World {
    async fn info(&self, id: &str) -> DeploymentInfo {
        let input = valid(json!({ "deploymentId": id }));
        self.action.service.get_deployment(&self.action.scope, input).await.unwrap().deployment_info
    }

    async fn stop(&self, id: &str, rollback: bool) {
        let input =
            StopDeploymentInput { deployment_id: Some(id.to_owned()), auto_rollback_enabled: Some(rollback) };
        let input = valid(serde_json::to_value(input).unwrap());
        self.action.service.stop_deployment(&self.action.scope, input).await.unwrap();
    }
}

#[tokio::test]
async fn a_deployment_is_started_looked_at_and_told() {
    let world = world("Lambda").await;
    let parameters = to_version_2();
    let (token, id, progress) = going_on(&world.answer(&event("j1", &parameters, None)).await);
    assert_eq!((progress.percent, progress.summary), (Some(0), format!("The deployment {id} was created.")));
    let info = world.info(&id).await;
    assert_eq!(info.description.as_deref(), Some("CodePipeline job j1"));
    assert!(info.revision.unwrap().to_string().contains("TargetVersion: \\\"2\\\""));

    let (token, _, progress) = going_on(&world.answer(&event("j2", &parameters, Some(&token))).await);
    let begins = format!("The deployment {id} is Created.");
    assert!(progress.summary.starts_with(&begins) && progress.percent == Some(0), "{progress:?}");
    world.run().await;
    let expected = JobResult::Success {
        progress: Progress {
            summary: format!("The deployment {id} has succeeded."),
            execution: Some(id.clone()),
            percent: Some(100),
        },
        variables: [("deploymentId".to_owned(), id.clone())].into(),
    };
    assert_eq!(world.answer(&event("j3", &parameters, Some(&token))).await, expected);
    // A late repetition of the first event deploys nothing more, though the group is free.
    assert_eq!(going_on(&world.answer(&event("j1", &parameters, None)).await).1, id);
    assert_eq!(world.deployments(), 1);
}

#[tokio::test]
async fn one_job_is_one_deployment_however_often_it_is_delivered() {
    let world = world("Lambda").await;
    let event = event("j", &to_version_2(), None);
    let handled = [(); 4].map(|()| world.action.handle(&event));
    let [a, b, c, d] = handled;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    assert_eq!((a, b, c, d), (Ok(()), Ok(()), Ok(()), Ok(())));
    let told = world.aws.told.lock().unwrap().clone();
    let ids: Vec<_> = told.iter().map(|(_, result)| going_on(result).1).collect();
    assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(world.deployments(), 1);
}

#[tokio::test]
async fn a_refused_job_stays_refused() {
    let world = world("Lambda").await;
    let (_, id, _) = going_on(&world.answer(&event("j", &to_version_2(), None)).await);
    let other = event("k", &to_version_2(), None);
    let told = world.answer(&other).await;
    let message = format!(
        "DeploymentLimitExceededException: The Deployment Group 'live' already has an active Deployment '{id}'"
    );
    assert_eq!(told, JobResult::Failure { kind: FailureKind::JobFailed, message, execution: None });
    world.run().await;
    assert_eq!(world.info(&id).await.status, "Succeeded");
    assert_eq!((world.answer(&other).await, world.deployments()), (told, 1));
}

#[tokio::test]
async fn a_stopped_deployment_fails_the_job_once_its_rollback_is_over() {
    let world = world("Lambda").await;
    let parameters = parameters(json!({ "placeholders": { "VERSION": "2" },
        "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent30Minutes" }));
    let (token, id, _) = going_on(&world.answer(&event("j1", &parameters, None)).await);
    for _ in 0..10 {
        world.step().await;
    }
    let (token, _, progress) = going_on(&world.answer(&event("j2", &parameters, Some(&token))).await);
    assert_eq!(progress.percent, Some(10), "{progress:?}");
    world.stop(&id, true).await;
    let mut rounds = 0;
    // Until the finish transaction has created the rollback deployment, which has yet to run.
    while world.info(&id).await.status != "Stopped" {
        world.step().await;
        rounds += 1;
        assert!(rounds < 20);
    }
    let rollback = world.info(&id).await.rollback_info.unwrap().rollback_deployment_id.unwrap();
    let (token, _, progress) = going_on(&world.answer(&event("j2", &parameters, Some(&token))).await);
    let end = format!("The rollback deployment {rollback} is Created.");
    assert!(progress.summary.ends_with(&end), "{}", progress.summary);

    world.pass(3 * 3_600);
    let late = world.answer(&event("late", &parameters, Some(&token))).await;
    assert!(
        matches!(&late, JobResult::Failure { message, .. } if message.contains(&format!("{rollback} is Created"))),
        "{late:?}"
    );
    world.run().await;
    let told = world.answer(&event("j3", &parameters, Some(&token))).await;
    let JobResult::Failure { kind, message, execution } = told else { panic!("{told:?}") };
    assert_eq!((kind, execution.as_ref()), (FailureKind::JobFailed, Some(&id)));
    let begins = format!("The deployment {id} was stopped: ");
    let names =
        format!("({}). Its rollback deployment {rollback} is Succeeded.", ErrorCode::ManualStop.as_str());
    assert!(message.starts_with(&begins) && message.contains(&names), "{message}");
}

#[tokio::test]
async fn an_app_spec_that_nobody_can_read_is_the_pipelines_mistake() {
    let world = world("Lambda").await;
    world.pack("Source", &[("deploy/app.json", br#"{"version": 0.0, "Resources": []}"#)]);
    let parameters =
        parameters(json!({ "appSpecTemplatePath": "deploy/app.json", "description": "by hand" }));
    let (token, id, _) = going_on(&world.answer(&event("j1", &parameters, None)).await);
    assert_eq!(world.info(&id).await.description.as_deref(), Some("by hand"));
    world.run().await;
    let told = world.answer(&event("j2", &parameters, Some(&token))).await;
    let JobResult::Failure { kind, message, .. } = told else { panic!("{told:?}") };
    assert!(kind == FailureKind::ConfigurationError && message.contains("(INVALID_REVISION)"), "{message}");
}

#[tokio::test]
async fn hosts_are_given_the_artifact_itself() {
    let world = world("Server").await;
    let parameters = parameters(json!({ "revisionArtifact": "Image" }));
    let (_, id, _) = going_on(&world.answer(&event("j", &parameters, None)).await);
    let revision = world.info(&id).await.revision.unwrap();
    let place = json!({ "bucket": "artifacts", "key": "p/Image", "bundleType": "zip" });
    assert_eq!(revision, json!({ "revisionType": "S3", "s3Location": place }));
    assert_eq!(world.aws.reads.load(std::sync::atomic::Ordering::SeqCst), 0);
}
