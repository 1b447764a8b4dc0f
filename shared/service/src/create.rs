//! CreateDeployment: validate, plan, commit.

use cutover_core::alias::AliasRef;
use cutover_core::audience::Callback;
use cutover_core::config::ComputePlatform;
use cutover_core::deployment::ErrorCode;
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::plan::{self, AliasShift, GroupRef, HookFunctions, PlanInput, ShiftWork, Work};
use cutover_core::record::{Creator, Record};
use cutover_store::codec::StoreError;
use cutover_store::deployments::CreateError;
use cutover_store::group::Group;
use cutover_store::plans::Planned;
use cutover_store::requests::{self, REQUEST_VERSION, Request, Requests};
use cutover_store::state::Stored;
use cutover_wire::api::deployment::{CreateDeploymentInput, CreateDeploymentOutput};
use cutover_wire::api::without_nulls;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::draft::{Basis, Definition, Draft, DraftWork, config_name};
use crate::error::{Answer, ServiceError, contended, refuse};
use crate::rules::rule::Rule;
use crate::rules::words::GROUP;
use crate::rules::{Valid, given};
use crate::service::{Service, Settings, TRIES};

/// A request that was found to be in order, with the group it was checked against.
pub(crate) struct Checked {
    application: String,
    pub(crate) group: Group,
    pub(crate) group_version: u64,
    pub(crate) draft: Draft,
    record: Record,
}

/// Another service that asks for a deployment.
#[derive(Debug, Clone, Default)]
pub struct Asker {
    /// A CloudFormation stack that waits to be told how it ends.
    pub callback: Option<Callback>,
    /// A pipeline's job. It is noted with the deployment, all or nothing, so that it leads to one however often it asks.
    pub job: Option<String>,
}

impl Service {
    /// CreateDeployment.
    pub async fn create_deployment(
        &self,
        scope: &Scope,
        input: Valid<CreateDeploymentInput>,
    ) -> Answer<CreateDeploymentOutput> {
        self.create_deployment_for(scope, input, Asker::default()).await
    }

    /// The same, for another service that asks. Callers of the API cannot ask for that.
    pub async fn create_deployment_for(
        &self,
        scope: &Scope,
        input: Valid<CreateDeploymentInput>,
        asker: Asker,
    ) -> Answer<CreateDeploymentOutput> {
        let mut id = self.deployment_id();
        let mut in_doubt = false;
        for _ in 0..TRIES {
            if let Some(led_to) = self.led_to(scope, &asker).await? {
                return self.started(scope, led_to).await;
            }
            let mut checked = self.checked(scope, &input).await?;
            checked.record.audience.callback.clone_from(&asker.callback);
            match &checked.group.active {
                // The answer to our own writing was lost: it has landed.
                Some(active) if in_doubt && *active == id => return self.started(scope, id).await,
                Some(active) => return Err(busy(&checked.group.name, active)),
                // What is in doubt may have landed, and would be counted.
                None if in_doubt => {}
                None => self.room_for_deployment(scope).await?,
            }
            let (group, version) = (checked.group.clone(), checked.group_version);
            let planned = self.planned(scope, id.clone(), checked)?;
            let mut more = self.revision_used(scope, &group.application_id, &planned).await?;
            if let Some(job) = &asker.job {
                more.push(self.jobs(scope).first(&self.done(job, &id))?);
            }
            match self.deployments().create(&planned, group, version, more).await {
                Ok(stored) => {
                    self.start(&planned, &stored).await;
                    return Ok(CreateDeploymentOutput { deployment_id: id.to_string() });
                }
                Err(CreateError::IdTaken) if !in_doubt => id = self.deployment_id(),
                // Ours, and by now it may even be over.
                Err(CreateError::IdTaken) => return self.started(scope, id).await,
                Err(CreateError::GroupChanged) => {}
                Err(CreateError::Store(StoreError::Broken(why))) => {
                    return Err(StoreError::Broken(why).into());
                }
                Err(CreateError::Store(_)) => in_doubt = true,
            }
        }
        Err(contended())
    }

    /// Whether CreateDeployment would start something now: what is wrong with the request, with its AppSpec, or in the way.
    pub async fn could_deploy(&self, scope: &Scope, input: &Valid<CreateDeploymentInput>) -> Answer<()> {
        let checked = self.checked(scope, input).await?;
        match (&checked.group.active, checked.draft.work) {
            (_, DraftWork::Fail { message, .. }) => Err(refuse("InvalidRevisionException", message)),
            (Some(active), _) => Err(busy(&checked.group.name, active)),
            (None, _) => Ok(()),
        }
    }

    /// A request against its group as it is now, free or not.
    pub(crate) async fn checked(
        &self,
        scope: &Scope,
        input: &Valid<CreateDeploymentInput>,
    ) -> Answer<Checked> {
        let application_name = given(&input.application_name);
        let (application, _) = self.application(scope, application_name).await?;
        GROUP.check(&input.deployment_group_name)?;
        let group_name = given(&input.deployment_group_name);
        let (group, group_version) = self.group(scope, &application.id, group_name).await?;
        let config = config_name(input, application.platform, &group.definition);
        let found = self.config_for(scope, config, application.platform).await?;
        let basis = Basis {
            config: found.config,
            zonal: found.zonal,
            target_revision: group.target_revision.clone(),
        };
        let draft = Draft::of(input, application.platform, &group.definition, &basis)?;
        let record = Record {
            config: draft.config.clone(),
            creator: Creator::User,
            description: input.description.clone(),
            revision: value(&input.revision),
            previous_revision: group.target_revision.clone(),
            auto_rollback: draft.rollback.as_ref().map(value),
            override_alarms: draft.override_alarms.as_ref().map(value),
            file_exists_behavior: input.file_exists_behavior.clone(),
            more: more(input, &group.definition),
            rollback_of: None,
            audience: self.audience(scope, &group).await?,
        };
        self.at_home(scope, &draft)?;
        Ok(Checked { application: application.name, group, group_version, draft, record })
    }

    /// The deployment that such a request asks for.
    pub(crate) fn planned(&self, scope: &Scope, id: DeploymentId, checked: Checked) -> Answer<Planned> {
        let rollback_id = std::iter::repeat_with(|| self.deployment_id()).find(|other| *other != id);
        let Draft { work, alarms, auto_rollback, .. } = checked.draft;
        let group = GroupRef {
            application_id: checked.group.application_id,
            application: checked.application,
            group_id: checked.group.id,
            group: checked.group.name,
        };
        let plan = plan::plan(&PlanInput {
            rollback_id: rollback_id.unwrap_or_else(|| id.clone()),
            deployment: id,
            scope: scope.clone(),
            work: self.work(work, checked.group.platform, &group),
            group,
            alarms,
            auto_rollback,
            speed: self.settings.speed,
            now: self.now(),
        })?;
        Ok(Planned { plan, record: checked.record })
    }

    /// Aliases and hooks are those of the region that this installation lives in.
    fn at_home(&self, scope: &Scope, draft: &Draft) -> Answer<()> {
        let home = &self.settings.region;
        match &draft.work {
            DraftWork::Shift { .. } if scope.region != *home => {
                let message = format!(
                    "This Cutover shifts traffic in the region {home}, and the request is signed for {}: \
                     sign for {home}, or ask a Cutover that lives there.",
                    scope.region
                );
                Err(refuse("InvalidInputException", message))
            }
            _ => Ok(()),
        }
    }

    fn work(&self, draft: DraftWork, platform: ComputePlatform, group: &GroupRef) -> Work {
        match draft {
            DraftWork::Fleet(fleet) if self.shards.is_some() => {
                let Settings { speed, accept_ms, .. } = self.settings;
                Work::Fleet(Box::new(fleet.plan(group, (speed, accept_ms))))
            }
            DraftWork::Fleet(_) => {
                let message = "The deployment failed because no instances were found for your deployment group: this installation of Cutover \
                               does not deploy to hosts.";
                Work::Fail { platform, code: ErrorCode::NoInstances, message: message.to_owned() }
            }
            DraftWork::Fail { code, message } => Work::Fail { platform, code, message },
            DraftWork::Shift { routing, spec } => Work::Shift(ShiftWork {
                routing,
                shift: AliasShift {
                    alias: AliasRef { function: spec.function, alias: spec.alias },
                    current: spec.current_version,
                    target: spec.target_version,
                },
                hooks: HookFunctions {
                    before_allow_traffic: spec.hooks.before_allow_traffic,
                    after_allow_traffic: spec.hooks.after_allow_traffic,
                },
                hook_timeout_ms: self.settings.hook_timeout_ms,
                nonce: format!("{:032x}", self.entropy.bits()),
            }),
        }
    }

    /// A deployment that was found to exist: its first wake may have been lost with the answer.
    async fn started(&self, scope: &Scope, id: DeploymentId) -> Answer<CreateDeploymentOutput> {
        let deployment_id = id.to_string();
        let (planned, stored) = self.deployment(scope, &Some(deployment_id.clone())).await?;
        self.start(&planned, &stored).await;
        Ok(CreateDeploymentOutput { deployment_id })
    }

    fn jobs<'a>(&'a self, scope: &'a Scope) -> Requests<'a> {
        Requests::of_pipelines(self.table(), scope)
    }

    fn done(&self, job: &str, id: &DeploymentId) -> Request {
        let answer = Some(requests::Answer::done(Some(id.to_string())));
        Request { v: REQUEST_VERSION, id: job.to_owned(), back: false, seen_at: self.now(), answer }
    }

    /// The deployment that the job has led to already.
    async fn led_to(&self, scope: &Scope, asker: &Asker) -> Answer<Option<DeploymentId>> {
        let Some(job) = &asker.job else { return Ok(None) };
        let answer = self.jobs(scope).find(job).await?.and_then(|known| known.answer);
        Ok(answer.and_then(|answer| answer.deployment).map(DeploymentId::new))
    }

    /// Sends the first wake. The deployment exists by now, so a failure is the sweep's to mend.
    async fn start(&self, planned: &Planned, stored: &Stored) {
        if let Err(error) = self.driver.start(planned, stored).await {
            tracing::warn!(deployment = %stored.deployment.id, %error, "first wake left to the sweep");
        }
    }
}

/// What GetDeployment gives back besides: members of the request, and of the group as it is now.
fn more(input: &CreateDeploymentInput, definition: &Definition) -> Map<String, Value> {
    let request = [
        ("ignoreApplicationStopFailures", value(&input.ignore_application_stop_failures)),
        ("updateOutdatedInstancesOnly", value(&input.update_outdated_instances_only)),
        ("targetInstances", value(&input.target_instances)),
        ("deploymentMode", value(&input.deployment_mode)),
        ("ec2DeploymentOptions", value(&input.ec2_deployment_options)),
    ];
    let group = ["deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo"]
        .map(|member| (member, definition.get(member).cloned().unwrap_or_default()));
    let told = request.into_iter().chain(group).filter(|(_, value)| !value.is_null());
    told.map(|(member, value)| (member.to_owned(), value)).collect()
}

/// behaviour: one active deployment per group; clients look for this very text.
fn busy(group: &str, active: &DeploymentId) -> ServiceError {
    refuse(
        "DeploymentLimitExceededException",
        format!("The Deployment Group '{group}' already has an active Deployment '{active}'"),
    )
}

pub(crate) fn value(of: &impl Serialize) -> Value {
    // Shapes of strings, numbers and lists always serialize.
    without_nulls(serde_json::to_value(of).unwrap_or_default())
}
