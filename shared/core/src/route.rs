//! Which queue drives a deployment on, and which act it asks for. Both follow from plan and state alone.

use crate::act::{Act, FleetAsk};
use crate::alias::AliasState;
use crate::deployment::{Deployment, Phase};
use crate::lifecycle::LifecycleEvent;
use crate::plan::{Plan, PlanKind, ShiftStyle, Step};
use crate::queue::QueueName;
use crate::scaling::{Stand, Suspension};

/// The queue whose function drives the deployment on. A worker claims only acts of its own queue, so that
/// no function needs the permissions of another.
pub fn route(plan: &Plan, state: &Deployment) -> QueueName {
    if state.ending.is_some() && state.to_undo().is_none() && state.fleet_open() {
        return QueueName::FleetDispatch;
    }
    if state.resumes(plan) {
        return QueueName::FleetPlan;
    }
    if state.ending.is_some() || matches!(state.phase, Phase::Closing { .. } | Phase::Done { .. }) {
        return QueueName::Rollback;
    }
    match plan.step(state.cursor) {
        Some(step) => step_queue(plan, step),
        None => QueueName::Rollback,
    }
}

/// The queue of one step.
pub fn step_queue(plan: &Plan, step: &Step) -> QueueName {
    match step {
        Step::CheckAlarms => QueueName::AlarmCheck,
        Step::Hook { event: LifecycleEvent::BeforeAllowTraffic, .. } => QueueName::PreTrafficHook,
        Step::Hook { .. } => QueueName::PostTrafficHook,
        Step::Fail { .. } => QueueName::Rollback,
        Step::ResolveFleet | Step::LookAtProcesses | Step::SuspendProcesses | Step::LookAgain => {
            QueueName::FleetPlan
        }
        Step::RunFleet => QueueName::FleetDispatch,
        Step::ResolveTargets | Step::Shift { .. } | Step::Bake { .. } | Step::Verify => {
            match (&plan.kind, plan.style) {
                (PlanKind::Rollback { .. } | PlanKind::FollowUp { .. }, _) => QueueName::Rollback,
                (PlanKind::Forward, ShiftStyle::Linear) => QueueName::LinearShift,
                (PlanKind::Forward, ShiftStyle::Canary | ShiftStyle::AllAtOnce) => QueueName::CanaryShift,
            }
        }
    }
}

/// The act that the deployment asks for where it stands; none while it waits or is over.
pub fn act(plan: &Plan, state: &Deployment) -> Option<Act> {
    let fleet = |ask| Act::Fleet { scope: plan.scope.clone(), deployment: plan.deployment.clone(), ask };
    if state.resumes(plan) {
        let of = state.suspensions.iter().filter(|one| one.is_open()).map(|one| one.ours.clone()).collect();
        return Some(Act::ResumeProcesses { scope: plan.scope.clone(), of });
    }
    if state.ending.is_some() {
        let Some(place) = state.to_undo() else {
            return state.fleet_open().then(|| fleet(FleetAsk::Withdraw));
        };
        let entry = &state.ledger[place];
        return Some(Act::SetAlias {
            alias: entry.resource.clone(),
            set: entry.before.clone(),
            ours: entry.ours(),
        });
    }
    let alias = || plan.shift.alias.clone();
    match plan.step(state.cursor)? {
        Step::ResolveTargets => Some(Act::ResolveAlias { alias: alias(), target: plan.shift.target.clone() }),
        Step::CheckAlarms => Some(Act::CheckAlarms { names: plan.alarms.names.clone() }),
        Step::Hook { function, execution_id, .. } => Some(Act::InvokeHook {
            function: function.clone(),
            deployment_id: plan.deployment.to_string(),
            execution_id: execution_id.clone(),
        }),
        Step::Shift { percent } => Some(Act::SetAlias {
            alias: alias(),
            set: AliasState::shifted(&plan.shift.current, &plan.shift.target, *percent),
            ours: state.ledger.first()?.ours(),
        }),
        Step::Verify => {
            Some(Act::VerifyAlias { alias: alias(), expected: AliasState::whole(&plan.shift.target) })
        }
        Step::ResolveFleet => Some(fleet(FleetAsk::Resolve)),
        Step::LookAtProcesses => {
            let groups = plan.fleet.as_ref()?.suspended_groups().to_vec();
            Some(Act::LookAtProcesses { scope: plan.scope.clone(), groups })
        }
        Step::SuspendProcesses => {
            let wanted = |one: &&Suspension| matches!(one.stand, Stand::Seen | Stand::Asked);
            let of = state.suspensions.iter().filter(wanted).map(|one| one.ours.clone());
            let of = of.filter(|ours| !ours.names.is_empty()).collect();
            Some(Act::SuspendProcesses { scope: plan.scope.clone(), of })
        }
        Step::RunFleet => Some(fleet(FleetAsk::Run)),
        Step::LookAgain => Some(fleet(FleetAsk::LookAgain)),
        Step::Bake { .. } | Step::Fail { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::ErrorCode;
    use crate::ids::DeploymentId;

    /// The table step -> queue. It decides which function needs which permission: a change here is a change
    /// of template.yaml.
    #[test]
    fn steps_go_to_these_queues() {
        let hook =
            |event| Step::Hook { event, function: "f".into(), execution_id: "x".into(), timeout_ms: 1 };
        let steps = [
            ("ResolveTargets", Step::ResolveTargets),
            ("CheckAlarms", Step::CheckAlarms),
            ("BeforeAllowTraffic", hook(LifecycleEvent::BeforeAllowTraffic)),
            ("Shift", Step::Shift { percent: 10 }),
            ("Bake", Step::Bake { span_ms: 1 }),
            ("AfterAllowTraffic", hook(LifecycleEvent::AfterAllowTraffic)),
            ("Verify", Step::Verify),
            ("ResolveFleet", Step::ResolveFleet),
            ("LookAtProcesses", Step::LookAtProcesses),
            ("SuspendProcesses", Step::SuspendProcesses),
            ("RunFleet", Step::RunFleet),
            ("LookAgain", Step::LookAgain),
            ("Fail", Step::Fail { code: ErrorCode::NoInstances, message: "m".into() }),
        ];
        let back = PlanKind::Rollback { of: DeploymentId::new("d-ABCDEFGHI") };
        let columns = [
            (PlanKind::Forward, ShiftStyle::Canary),
            (PlanKind::Forward, ShiftStyle::Linear),
            (PlanKind::Forward, ShiftStyle::AllAtOnce),
            (back, ShiftStyle::AllAtOnce),
        ];
        let mut plan = crate::plan::tests::canary();
        let mut table = String::new();
        for (name, step) in &steps {
            table.push_str(name);
            for (kind, style) in &columns {
                (plan.kind, plan.style) = (kind.clone(), *style);
                table.push_str(&format!(" {}", step_queue(&plan, step)));
            }
            table.push('\n');
        }
        let expected = "\
ResolveTargets canary-shift linear-shift canary-shift rollback
CheckAlarms alarm-check alarm-check alarm-check alarm-check
BeforeAllowTraffic pre-traffic-hook pre-traffic-hook pre-traffic-hook pre-traffic-hook
Shift canary-shift linear-shift canary-shift rollback
Bake canary-shift linear-shift canary-shift rollback
AfterAllowTraffic post-traffic-hook post-traffic-hook post-traffic-hook post-traffic-hook
Verify canary-shift linear-shift canary-shift rollback
ResolveFleet fleet-plan fleet-plan fleet-plan fleet-plan
LookAtProcesses fleet-plan fleet-plan fleet-plan fleet-plan
SuspendProcesses fleet-plan fleet-plan fleet-plan fleet-plan
RunFleet fleet-dispatch fleet-dispatch fleet-dispatch fleet-dispatch
LookAgain fleet-plan fleet-plan fleet-plan fleet-plan
Fail rollback rollback rollback rollback
";
        assert_eq!(table, expected);
    }
}
