//! One job from its arrival to its answer.

use std::sync::Arc;
use std::time::Duration;

use cutover_core::config::ComputePlatform;
use cutover_core::ids::Scope;
use cutover_ports::call::CallError;
use cutover_ports::clock::Clock;
use cutover_ports::pipelines::{Artifacts, FailureKind, JobResult, Pipelines, Progress, TaskDefinitions};
use cutover_ports::table::Table;
use cutover_service::create::Asker;
use cutover_service::rules::Valid;
use cutover_service::service::Service;
use cutover_store::requests::{Answer, REQUEST_VERSION, Request, Requests};
use cutover_wire::api::application::ApplicationInput;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::revision::RevisionLocation;
use serde_json::Value;
use tokio::time::Instant;

use crate::job::Job;
use crate::look::going_on;
use crate::parameters::Parameters;
use crate::revision::{self, Draft, EcsDraft};
use crate::text::{MESSAGE, SUMMARY, cut};
use crate::token::Token;
use crate::trouble::Trouble;

/// Jobs in a row that may come to nothing because of something that may pass.
const MOST_TRIES: u32 = 20;
/// How long everything but the answer may take; with the answer less than the function may run (60 s).
const WORK: Duration = Duration::from_secs(40);
/// How long the answer may take, with all its tries.
const TELL: Duration = Duration::from_secs(15);
/// The wait between two tries to answer.
const REST: Duration = Duration::from_secs(1);

/// Carries out jobs of pipelines.
pub struct PipelineAction {
    pub(crate) service: Service,
    table: Arc<dyn Table>,
    pub(crate) clock: Arc<dyn Clock>,
    outside: Outside,
    pub(crate) scope: Scope,
}

/// What is asked outside of the service.
pub struct Outside {
    /// Whoever is told of the job.
    pub pipelines: Arc<dyn Pipelines>,
    /// Whoever has the artifacts.
    pub artifacts: Arc<dyn Artifacts>,
    /// Whoever registers task definitions.
    pub task_definitions: Arc<dyn TaskDefinitions>,
}

impl PipelineAction {
    /// Over this service and its table.
    pub fn new(
        service: Service,
        (table, clock): (Arc<dyn Table>, Arc<dyn Clock>),
        outside: Outside,
        scope: Scope,
    ) -> Self {
        Self { service, table, clock, outside, scope }
    }

    /// Carries a job on and tells CodePipeline how far it is.
    ///
    /// # Errors
    /// When CodePipeline could not be told: the event has to be delivered again. The words have nothing of the event in
    /// them but the job's id.
    pub async fn handle(&self, event: &Value) -> Result<(), String> {
        let job = Job::read(event)?;
        let result = self.result(&job).await;
        note(&job.id, &result);
        let deadline = Instant::now() + TELL;
        loop {
            match self.outside.pipelines.put(&job.id, &result).await {
                Ok(()) => return Ok(()),
                Err(CallError::Gone { .. }) => {
                    tracing::warn!(job = job.id, "nobody waits for the job any more");
                    return Ok(());
                }
                Err(CallError::Transient { message }) if Instant::now() + REST < deadline => {
                    tracing::warn!(job = job.id, error = message, "told again");
                    tokio::time::sleep(REST).await;
                }
                Err(error) => {
                    return Err(format!("CodePipeline cannot be told of the job {}: {error}", job.id));
                }
            }
        }
    }

    async fn result(&self, job: &Job) -> JobResult {
        let read = job.token.as_deref().map_or_else(|| Ok(Token::first(&job.id)), Token::read);
        let mut token = match read {
            Ok(token) => token,
            Err(trouble) => return failed(&trouble, None),
        };
        let done = tokio::time::timeout(WORK, self.carried_on(job, &mut token)).await;
        let late = || Err(Trouble::Passing(format!("not done within {} s", WORK.as_secs())));
        match done.unwrap_or_else(|_| late()) {
            Ok(result) => result,
            Err(Trouble::Passing(why)) if token.tries + 1 < MOST_TRIES => {
                let token = Token { tries: token.tries + 1, ..token };
                let summary = cut(&format!("To be tried again: {why}"), SUMMARY);
                let progress = Progress { summary, execution: token.deployment.clone(), percent: None };
                JobResult::Continue { token: token.text(), progress }
            }
            Err(trouble) => failed(&trouble, token.deployment),
        }
    }

    async fn carried_on(&self, job: &Job, token: &mut Token) -> Result<JobResult, Trouble> {
        if let Some(id) = token.deployment.clone() {
            return self.look(&id, token.clone()).await;
        }
        let known = self.jobs().find(&token.job).await?.and_then(|known| known.answer);
        let answer = match known {
            Some(answer) => answer,
            None => self.begun(job, token).await?,
        };
        Ok(match (answer.deployment, answer.failed) {
            (Some(id), _) => {
                going_on(&id, &format!("The deployment {id} was created."), Some(0), token.clone())
            }
            (None, why) => {
                let told = |kind: &&FailureKind| answer.kind.as_deref() == Some(kind.as_str());
                let kind = FailureKind::ALL.iter().find(told).copied().unwrap_or(FailureKind::JobFailed);
                failed(&Trouble::Refused(kind, why.unwrap_or_default()), None)
            }
        })
    }

    /// What the job leads to. Whatever it is, it was noted, by this delivery or by another.
    async fn begun(&self, job: &Job, token: &mut Token) -> Result<Answer, Trouble> {
        match self.created(job, token).await {
            Ok(deployment) => Ok(Answer::done(Some(deployment))),
            Err(Trouble::Refused(kind, why)) => {
                let answer =
                    Answer { kind: Some(kind.as_str().to_owned()), ..Answer::failed(cut(&why, MESSAGE)) };
                let noted = self.jobs().note(Request {
                    v: REQUEST_VERSION,
                    id: token.job.clone(),
                    back: false,
                    seen_at: self.clock.now(),
                    answer: Some(answer.clone()),
                });
                Ok(noted.await?.answer.unwrap_or(answer))
            }
            Err(passing) => Err(passing),
        }
    }

    async fn created(&self, job: &Job, token: &mut Token) -> Result<String, Trouble> {
        let parameters = Parameters::read(&job.user_parameters)?;
        let platform = self.platform(&parameters).await?;
        let drafted = revision::draft(job, &parameters, platform, self.outside.artifacts.as_ref()).await?;
        let first = token.job.clone();
        let input = |revision| Valid::of(input(&parameters, &first, revision));
        let revision = match drafted {
            Draft::Ready(revision) => *revision,
            Draft::Ecs(draft) => {
                if token.task_definition.is_none() {
                    // Nothing is registered for what cannot be deployed.
                    let Scope { region, account } = &self.scope;
                    let supposed = format!("arn:aws:ecs:{region}:{account}:task-definition/supposed:1");
                    self.service.could_deploy(&self.scope, &input(draft.revision(&supposed)?)?).await?;
                }
                self.registered(&draft, token).await?
            }
        };
        let asker = Asker { callback: None, job: Some(first.clone()) };
        let created = self.service.create_deployment_for(&self.scope, input(revision)?, asker).await?;
        Ok(created.deployment_id)
    }

    /// The draft with its task definition, which is registered unless a job before this one has done so.
    pub(crate) async fn registered(
        &self,
        draft: &EcsDraft,
        token: &mut Token,
    ) -> Result<RevisionLocation, Trouble> {
        if let Some(arn) = &token.task_definition {
            return draft.revision(arn);
        }
        let arn = self.outside.task_definitions.register(&draft.definition).await?;
        tracing::info!(job = token.job, task_definition = arn, "registered");
        draft.revision(token.task_definition.insert(arn))
    }

    async fn platform(&self, parameters: &Parameters) -> Result<ComputePlatform, Trouble> {
        let input = ApplicationInput { application_name: Some(parameters.application_name.clone()) };
        let found = self.service.get_application(&self.scope, Valid::of(input)?).await?.application;
        let platform = ComputePlatform::parse(&found.compute_platform);
        platform.ok_or_else(|| {
            Trouble::configuration(format!("no platform is called {}", found.compute_platform))
        })
    }

    fn jobs(&self) -> Requests<'_> {
        Requests::of_pipelines(self.table.as_ref(), &self.scope)
    }
}

fn input(parameters: &Parameters, job: &str, revision: RevisionLocation) -> CreateDeploymentInput {
    let description = parameters.description.clone().unwrap_or_else(|| format!("CodePipeline job {job}"));
    CreateDeploymentInput {
        application_name: Some(parameters.application_name.clone()),
        deployment_group_name: Some(parameters.deployment_group_name.clone()),
        deployment_config_name: parameters.deployment_config_name.clone(),
        description: Some(description),
        revision: Some(revision),
        ..CreateDeploymentInput::default()
    }
}

fn failed(trouble: &Trouble, execution: Option<String>) -> JobResult {
    let (kind, message) = match trouble {
        Trouble::Refused(kind, why) => (*kind, why.clone()),
        Trouble::Passing(why) => {
            (FailureKind::SystemUnavailable, format!("given up after {MOST_TRIES} tries: {why}"))
        }
    };
    JobResult::Failure { kind, message: cut(&message, MESSAGE), execution }
}

fn note(job: &str, result: &JobResult) {
    match result {
        JobResult::Continue { progress, .. } => {
            tracing::info!(job, deployment = progress.execution, summary = progress.summary, "goes on");
        }
        JobResult::Success { progress, .. } => {
            tracing::info!(job, deployment = progress.execution, "succeeded");
        }
        JobResult::Failure { kind, message, execution } => {
            tracing::warn!(job, deployment = execution, kind = kind.as_str(), message, "failed");
        }
    }
}
