//! Follow-ups: deployments of the same revision to hosts that Auto Scaling launched while it was deployed (behaviour:
//! Auto Scaling, outdatedInstancesStrategy).
//!
//! ```text
//! root ──► launched meanwhile? ──► follow-up 1 ──► launched meanwhile? ──► follow-up 2 ──► … [`MOST`]
//! ```
//! The root is what a user asked for, or a rollback deployment: hosts that are launched during that belong on the
//! restored revision. A follow-up that fails makes no other, and is not rolled back.

use serde_json::Value;

use crate::audience::Audience;
use crate::deployment::{Deployment, Verdict};
use crate::fleet::minimum::FleetMinimum;
use crate::fleet_plan::{FleetPlan, Selection};
use crate::host_work::HostWork;
use crate::ids::DeploymentId;
use crate::plan::{AlarmPlan, AutoRollback, Plan, PlanKind};
use crate::record::{Creator, Record};
use crate::time::Timestamp;

/// Follow-ups in a row: whoever launches hosts all the time does not keep the group busy for ever.
pub const MOST: u32 = 10;
/// How a follow-up deploys: nobody depends yet on hosts that never had the revision.
const CONFIG: &str = "CodeDeployDefault.AllAtOnce";

/// The root of a deployment's row of follow-ups, and its own place in it: 0 is the root.
pub fn place(plan: &Plan) -> (&DeploymentId, u32) {
    match &plan.kind {
        PlanKind::FollowUp { root, nth } => (root, *nth),
        PlanKind::Forward | PlanKind::Rollback { .. } => (&plan.deployment, 0),
    }
}

/// The id of a root's follow-up of that number, from 1. It follows from the root's, so that creating one twice is
/// impossible, and that who knows one finds the others.
pub fn id(root: &DeploymentId, nth: u32) -> DeploymentId {
    // FNV-1a, and its last word spread over all bits.
    let seed = (0xcbf2_9ce4_8422_2325_u64 ^ u64::from(nth)).wrapping_mul(0x0100_0000_01b3);
    let hash =
        root.as_str().bytes().fold(seed, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    DeploymentId::from_bits((hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8)
}

/// The id of the follow-up that the end of this deployment makes, if it makes one.
pub fn wanted(plan: &Plan, state: &Deployment) -> Option<DeploymentId> {
    let (root, nth) = place(plan);
    let launched = state.fleet.as_ref().is_some_and(|fleet| fleet.launched > 0);
    let wanted = state.verdict() == Some(Verdict::Succeeded) && launched && nth < MOST;
    wanted.then(|| id(root, nth + 1))
}

/// The plan and record of the follow-up of that id: the same revision, to hosts of the Auto Scaling groups that have
/// another or none, all at once.
pub fn of(before: &Plan, record: &Record, id: DeploymentId, now: Timestamp) -> Option<(Plan, Record)> {
    let fleet = launched(before.fleet.as_deref()?);
    let (root, nth) = place(before);
    let alarms = AlarmPlan::default();
    let plan = Plan {
        deployment: id.clone(),
        kind: PlanKind::FollowUp { root: root.clone(), nth: nth + 1 },
        steps: fleet.steps(&alarms),
        alarms,
        auto_rollback: AutoRollback::default(),
        rollback_id: id,
        created_at: now,
        start_at: now.plus_ms(before.start_at.ms_since(before.created_at)),
        fleet: Some(Box::new(fleet)),
        ..before.clone()
    };
    let mut more = record.more.clone();
    more.insert("updateOutdatedInstancesOnly".to_owned(), Value::Bool(true));
    let record = Record {
        config: CONFIG.to_owned(),
        creator: Creator::CodeDeployAutoUpdate,
        description: None,
        previous_revision: Some(record.revision.clone()),
        auto_rollback: None,
        override_alarms: None,
        more,
        rollback_of: None,
        // Whoever waits for the root is told how that ended.
        audience: Audience { callback: None, ..record.audience.clone() },
        ..record.clone()
    };
    Some((plan, record))
}

fn launched(before: &FleetPlan) -> FleetPlan {
    let groups = before.selection.auto_scaling_groups.clone();
    let creator = Creator::CodeDeployAutoUpdate.as_str().to_owned();
    FleetPlan {
        selection: Selection { auto_scaling_groups: groups, ..Selection::default() },
        outdated_only: true,
        minimum: FleetMinimum::HostCount(0),
        zonal: None,
        previous: None,
        work: HostWork { creator, ..before.work.clone() },
        ..before.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_follow_up_has_an_id_of_its_own() {
        let roots = (0..1_000).map(DeploymentId::from_bits);
        let ids: BTreeSet<DeploymentId> =
            roots.flat_map(|root| (1..=MOST).map(move |nth| id(&root, nth))).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| DeploymentId::is_well_formed(id.as_str())));
    }
}
