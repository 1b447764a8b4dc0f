//! A deployment as GetDeployment shows it.

use std::sync::LazyLock;

use cutover_core::deployment::Verdict;
use cutover_core::fleet::board::Counts;
use cutover_core::follow_up;
use cutover_core::ids::Scope;
use cutover_core::plan::{Plan, PlanKind, Step};
use cutover_core::rollback::{rollback_message, victim_message};
use cutover_core::view::Brief;
use cutover_store::plans::Planned;
use cutover_wire::api::deployment::{
    DeploymentInfo, DeploymentOverview, ErrorInformation, RelatedDeployments, RollbackInfo,
};
use cutover_wire::api::group::DeploymentStyle;
use serde_json::{Value, json};

use crate::error::Answer;
use crate::revision;
use crate::service::Service;

impl Service {
    pub(crate) async fn deployment_info(
        &self,
        scope: &Scope,
        planned: &Planned,
        state: &Brief,
    ) -> Answer<DeploymentInfo> {
        let Planned { plan, record } = planned;
        let over = state.verdict().is_some();
        let more = |member: &str| record.more.get(member).cloned();
        let told = |member: &str| more(member) == Some(true.into());
        Ok(DeploymentInfo {
            application_name: plan.group.application.clone(),
            deployment_group_name: plan.group.group.clone(),
            deployment_config_name: record.config.clone(),
            deployment_id: plan.deployment.to_string(),
            previous_revision: record.previous_revision.as_ref().map(revision::shown),
            revision: Some(revision::shown(&record.revision)),
            status: state.status().to_owned(),
            error_information: state.ending.as_ref().filter(|_| over).map(|ending| ErrorInformation {
                code: ending.code.as_str().to_owned(),
                message: ending.message.clone(),
            }),
            create_time: Some(plan.created_at.into()),
            start_time: state.started_at.map(Into::into),
            complete_time: state.completed_at.map(Into::into),
            deployment_overview: self.overview(plan, state).await?,
            description: record.description.clone(),
            creator: record.creator.as_str().to_owned(),
            ignore_application_stop_failures: told("ignoreApplicationStopFailures"),
            auto_rollback_configuration: record.auto_rollback.clone(),
            update_outdated_instances_only: told("updateOutdatedInstancesOnly"),
            rollback_info: self.rollback_info(scope, planned, state).await?,
            related_deployments: self.related(scope, plan, state).await?,
            deployment_style: more("deploymentStyle").or_else(|| Some(STYLE.clone())),
            target_instances: more("targetInstances"),
            blue_green_deployment_configuration: more("blueGreenDeploymentConfiguration"),
            load_balancer_info: more("loadBalancerInfo"),
            deployment_mode: more("deploymentMode"),
            ec2_deployment_options: more("ec2DeploymentOptions"),
            instance_termination_wait_time_started: false,
            file_exists_behavior: record.file_exists_behavior.clone(),
            compute_platform: plan.platform.as_str().to_owned(),
            override_alarm_configuration: record.override_alarms.clone(),
        })
    }

    /// behaviour: absent until the end for a shift, which has one target; for a fleet, there as soon as its hosts are
    /// known.
    async fn overview(&self, plan: &Plan, state: &Brief) -> Answer<Option<DeploymentOverview>> {
        if plan.fleet.is_none() {
            return Ok(state.verdict().map(|_| overview(plan, state)));
        }
        let over = state.verdict().map(|_| DeploymentOverview::default());
        Ok(self.fleet(plan).await?.map(|fleet| counted(fleet.counts())).or(over))
    }

    /// behaviour: rollbacks: the victim names its rollback deployment once that exists, and the rollback
    /// deployment names its victim.
    async fn rollback_info(
        &self,
        scope: &Scope,
        planned: &Planned,
        state: &Brief,
    ) -> Answer<Option<RollbackInfo>> {
        let plan = &planned.plan;
        let id = plan.deployment.as_str();
        if let PlanKind::Rollback { of } = &plan.kind {
            return Ok(Some(RollbackInfo {
                rollback_deployment_id: None,
                rollback_triggering_deployment_id: Some(of.to_string()),
                rollback_message: Some(rollback_message(id, of.as_str())),
            }));
        }
        let lost = matches!(state.verdict(), Some(Verdict::Failed | Verdict::Stopped));
        let lost = lost && plan.kind == PlanKind::Forward;
        if !lost || self.deployments().planned(scope, &plan.rollback_id).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(RollbackInfo {
            rollback_deployment_id: Some(plan.rollback_id.to_string()),
            rollback_triggering_deployment_id: None,
            rollback_message: Some(victim_message(id, plan.rollback_id.as_str())),
        }))
    }
}

impl Service {
    /// behaviour: Auto Scaling: the root names its follow-ups once they exist, and each of these names the root.
    async fn related(&self, scope: &Scope, plan: &Plan, state: &Brief) -> Answer<Option<RelatedDeployments>> {
        if let PlanKind::FollowUp { root, .. } = &plan.kind {
            let root = Some(root.to_string());
            return Ok(Some(RelatedDeployments {
                auto_update_outdated_instances_root_deployment_id: root,
                auto_update_outdated_instances_deployment_ids: None,
            }));
        }
        let looks = plan.steps.contains(&Step::LookAgain);
        if !looks || state.verdict() != Some(Verdict::Succeeded) {
            return Ok(None);
        }
        let mut ids = Vec::new();
        for nth in 1..=follow_up::MOST {
            let id = follow_up::id(&plan.deployment, nth);
            if self.deployments().planned(scope, &id).await?.is_none() {
                break;
            }
            ids.push(id.to_string());
        }
        Ok((!ids.is_empty()).then_some(RelatedDeployments {
            auto_update_outdated_instances_root_deployment_id: None,
            auto_update_outdated_instances_deployment_ids: Some(ids),
        }))
    }
}

/// A shift is always blue/green.
static STYLE: LazyLock<Value> = LazyLock::new(|| {
    json!(DeploymentStyle {
        deployment_type: Some("BLUE_GREEN".to_owned()),
        deployment_option: Some("WITH_TRAFFIC_CONTROL".to_owned()),
    })
});

fn counted(counts: Counts) -> DeploymentOverview {
    DeploymentOverview {
        pending: counts.pending.into(),
        in_progress: counts.in_progress.into(),
        succeeded: counts.succeeded.into(),
        failed: counts.failed.into(),
        skipped: counts.skipped.into(),
        ready: 0,
    }
}

/// One target, if there is one.
fn overview(plan: &Plan, state: &Brief) -> DeploymentOverview {
    let mut overview = DeploymentOverview::default();
    if plan.moves().is_none() {
        return overview;
    }
    match state.target_status() {
        "Succeeded" => overview.succeeded = 1,
        "Skipped" => overview.skipped = 1,
        "Failed" => overview.failed = 1,
        "Pending" => overview.pending = 1,
        _ => overview.in_progress = 1,
    }
    overview
}
