//! What there is to tell of a deployment, from what is stored.

use cutover_core::audience::Told;
use cutover_core::deployment::Deployment;
use cutover_core::fleet::board::Counts;
use cutover_core::ids::ShardId;
use cutover_core::plan::PlanKind;
use cutover_core::rollback::{rollback_message, victim_message};
use cutover_core::time::Timestamp;
use cutover_core::view;
use cutover_store::codec::StoreError;
use cutover_store::notice::Notice;
use cutover_store::plans::Planned;
use cutover_wire::notice::facts::{Facts, Overview, Rollback, Trouble};

use crate::Notifier;

/// A moment of a deployment that is under way.
pub(crate) fn under_way(planned: &Planned, state: &Deployment, told: Told, seq: u32, at: Timestamp) -> Facts {
    let plan = &planned.plan;
    let shifts = u32::from(plan.moves().is_some());
    let rollback = match &plan.kind {
        PlanKind::Forward | PlanKind::FollowUp { .. } => None,
        PlanKind::Rollback { of } => Some(Rollback {
            by: None,
            of: Some(of.to_string()),
            message: rollback_message(plan.deployment.as_str(), of.as_str()),
        }),
    };
    Facts {
        scope: plan.scope.clone(),
        told,
        at,
        seq,
        application: plan.group.application.clone(),
        group: plan.group.group.clone(),
        group_id: plan.group.group_id.to_string(),
        deployment: plan.deployment.to_string(),
        platform: plan.platform.as_str(),
        status: "InProgress",
        created_at: plan.created_at,
        started_at: state.started_at,
        completed_at: None,
        overview: Overview { in_progress: shifts, ..Overview::default() },
        error: None,
        rollback,
        host: None,
    }
}

impl Notifier {
    /// What a notice tells.
    pub(crate) async fn facts(
        &self,
        planned: &Planned,
        state: &Deployment,
        notice: &Notice,
    ) -> Result<Facts, StoreError> {
        let at = match notice.told {
            Told::DeploymentStart => state.started_at.unwrap_or(notice.at),
            _ => notice.at,
        };
        let mut facts = under_way(planned, state, notice.told, notice.seq, at);
        if notice.told == Told::DeploymentStart {
            return Ok(facts);
        }
        let plan = &planned.plan;
        facts.status = view::status(state);
        facts.completed_at = state.completed_at;
        facts.overview = match plan.fleet {
            Some(_) => self.counted(planned, state).await?,
            None => one_target(planned, state),
        };
        facts.error = state
            .ending
            .as_ref()
            .map(|ending| Trouble { code: ending.code.as_str().to_owned(), message: ending.message.clone() });
        if notice.followed || notice.told == Told::DeploymentRollback {
            facts.rollback = Some(Rollback {
                by: Some(plan.rollback_id.to_string()),
                of: None,
                message: victim_message(plan.deployment.as_str(), plan.rollback_id.as_str()),
            });
        }
        Ok(facts)
    }

    /// How the hosts of a fleet stand.
    async fn counted(&self, planned: &Planned, state: &Deployment) -> Result<Overview, StoreError> {
        let (scope, id, fleets) = (&planned.plan.scope, &planned.plan.deployment, self.driver.fleets());
        let mut counts = Counts::default();
        match fleets.divided(scope, id).await? {
            None => {
                if let Some(stored) = fleets.board(&ShardId::first(scope, id)).await? {
                    counts = stored.board.counts();
                }
            }
            Some(divided) => {
                let boards = fleets.boards(&divided.ids(scope, id)).await?;
                for (shard, shape) in (0..).zip(&divided.shards) {
                    counts = counts.plus(match boards.get(&shard) {
                        Some(stored) => stored.board.counts(),
                        // It never began, and will not any more.
                        None if state.verdict().is_some() => {
                            Counts { skipped: shape.hosts, ..Counts::default() }
                        }
                        None => Counts { pending: shape.hosts, ..Counts::default() },
                    });
                }
            }
        }
        Ok(Overview {
            failed: counts.failed,
            in_progress: counts.in_progress,
            pending: counts.pending,
            skipped: counts.skipped,
            succeeded: counts.succeeded,
        })
    }

    /// Why the deployment that a stack waits for did not succeed.
    pub(crate) async fn why(
        &self,
        planned: &Planned,
        state: &Deployment,
    ) -> Result<Option<String>, StoreError> {
        let told = |state: &Deployment| state.ending.as_ref().map(|ending| ending.message.clone());
        match &planned.plan.kind {
            PlanKind::Forward | PlanKind::FollowUp { .. } => Ok(told(state)),
            PlanKind::Rollback { of } => {
                let victim = self.driver.deployments().load(&planned.plan.scope, of).await?;
                Ok(victim.and_then(|victim| told(&victim.deployment)))
            }
        }
    }
}

/// One target, if there is one.
fn one_target(planned: &Planned, state: &Deployment) -> Overview {
    let mut overview = Overview::default();
    if planned.plan.moves().is_none() {
        return overview;
    }
    match view::target_status(state) {
        "Succeeded" => overview.succeeded = 1,
        "Skipped" => overview.skipped = 1,
        "Failed" => overview.failed = 1,
        "Pending" => overview.pending = 1,
        _ => overview.in_progress = 1,
    }
    overview
}
