//! A deployment to a fleet: every host of the inventory, half at a time.

use async_trait::async_trait;
use cutover_core::fleet::host_event::HostEvent;
use cutover_core::fleet::minimum::FleetMinimum;
use cutover_core::fleet_plan::{FleetPlan, Selection};
use cutover_core::host_work::{Bundle, HostWork};
use cutover_core::ids::{DeploymentId, Scope};
use cutover_core::limits::{ACCEPT_MS, SHARD_HOSTS};
use cutover_core::plan::{AlarmPlan, AutoRollback, GroupRef, PlanInput, Work, plan};
use cutover_core::time::Timestamp;
use cutover_ports::call::CallError;
use cutover_ports::inventory::{FoundHost, Inventory};
use cutover_store::group::Group;
use cutover_store::plans::Planned;

use crate::world::{record, scope};

/// So many hosts, whatever is asked for.
pub struct Hosts(pub usize);

#[async_trait]
impl Inventory for Hosts {
    async fn select(&self, _: &Scope, _: &Selection) -> Result<Vec<FoundHost>, CallError> {
        let host = |n| FoundHost { name: format!("i-{n:017x}"), zone: None, poll_gap_ms: 0 };
        Ok((0..self.0).map(host).collect())
    }
}

/// Deployment number `n`: CodeDeployDefault.HalfAtATime, nothing else.
///
/// # Panics
/// When the plan is refused.
pub fn planned(group: &Group, n: u64, now: Timestamp) -> Planned {
    let group = GroupRef {
        application_id: group.application_id.clone(),
        application: "app".into(),
        group_id: group.id.clone(),
        group: group.name.clone(),
    };
    let work = HostWork {
        application: group.application.clone(),
        group: group.group.clone(),
        group_id: group.group_id.clone(),
        bundle: Bundle::Local { path: "/bundle.tgz".into(), bundle_type: "tgz".into() },
        sha256: None,
        appspec: None,
        events: HostEvent::IN_PLACE.map(|event| event.as_str().to_owned()).to_vec(),
        file_exists: "DISALLOW".into(),
        ignore_stop_failures: false,
        creator: "user".into(),
        reuse: false,
        keep: None,
    };
    let fleet = FleetPlan {
        selection: Selection::default(),
        suspend: Vec::new(),
        update_launched: false,
        outdated_only: false,
        minimum: FleetMinimum::FleetPercent(50),
        zonal: None,
        accept_ms: ACCEPT_MS,
        shard_hosts: SHARD_HOSTS,
        work,
        revision: "r1".into(),
        previous: None,
    };
    let input = PlanInput {
        deployment: DeploymentId::from_bits(2 * n),
        rollback_id: DeploymentId::from_bits(2 * n + 1),
        scope: scope(),
        group,
        work: Work::Fleet(Box::new(fleet)),
        alarms: AlarmPlan::default(),
        auto_rollback: AutoRollback::default(),
        speed: 1,
        now,
    };
    let mut plan = plan(&input).expect("a plan");
    plan.start_at = plan.created_at;
    Planned { plan, record: record() }
}
