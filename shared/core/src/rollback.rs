//! The rollback deployment: a deployment of its own that records that a victim's traffic is back.

use serde_json::json;

use crate::deployment::{Cause, Deployment, Ending};
use crate::fleet_plan::FleetPlan;
use crate::host_work::HostWork;
use crate::ledger::Fate;
use crate::plan::{AlarmPlan, AliasShift, AutoRollback, Plan, PlanKind, ShiftStyle, Step};
use crate::record::{Creator, Record};
use crate::time::Timestamp;

/// Whether the end of this deployment starts a rollback deployment. The traffic itself has been restored
/// by the deployment that moved it, whatever the answer here (behaviour: rollbacks).
pub fn wanted(plan: &Plan, state: &Deployment) -> bool {
    let (Some(ending), PlanKind::Forward) = (&state.ending, &plan.kind) else { return false };
    let Some(fleet) = &plan.fleet else { return restored(state) && asked(plan, ending) };
    let touched = state.fleet.as_ref().is_some_and(|fleet| fleet.closed && fleet.attempted);
    let abandoned = state.signals.abandoned_by.is_some();
    touched && !abandoned && fleet.previous.is_some() && asked(plan, ending)
}

/// The traffic is where it was.
fn restored(state: &Deployment) -> bool {
    !state.ledger.is_empty()
        && state
            .ledger
            .iter()
            .all(|e| matches!(e.fate, Fate::Undone) || (e.fate == Fate::Open && !e.may_differ()))
}

fn asked(plan: &Plan, ending: &Ending) -> bool {
    let configured = match ending.cause {
        Cause::Failure => plan.auto_rollback.on_failure,
        Cause::Alarm => plan.auto_rollback.on_alarm,
        Cause::Request => plan.auto_rollback.on_request,
    };
    ending.rollback.unwrap_or(configured)
}

/// The plan and record of the victim's rollback deployment. For an alias: the pair reversed, hooks not invoked, one
/// step that reads the alias back. For a fleet: the last successful revision deployed again, zone or not.
pub fn of(victim: &Plan, record: &Record, now: Timestamp) -> (Plan, Record) {
    let shift = AliasShift {
        alias: victim.shift.alias.clone(),
        current: victim.shift.target.clone(),
        target: victim.shift.current.clone(),
    };
    let fleet = victim.fleet.as_deref().and_then(back);
    let steps = match &fleet {
        Some(fleet) => fleet.steps(&AlarmPlan::default()),
        None => vec![Step::Verify],
    };
    let (config, revision) = match (&fleet, &record.previous_revision) {
        (Some(_), Some(previous)) => (record.config.clone(), previous.clone()),
        _ => ("CodeDeployDefault.LambdaAllAtOnce".to_owned(), reversed_revision(&shift)),
    };
    let plan = Plan {
        deployment: victim.rollback_id.clone(),
        kind: PlanKind::Rollback { of: victim.deployment.clone() },
        style: ShiftStyle::AllAtOnce,
        steps,
        alarms: AlarmPlan::default(),
        auto_rollback: AutoRollback::default(),
        rollback_id: victim.rollback_id.clone(),
        created_at: now,
        start_at: now.plus_ms(victim.start_at.ms_since(victim.created_at)),
        shift,
        fleet: fleet.map(Box::new),
        ..victim.clone()
    };
    let record = Record {
        config,
        creator: Creator::CodeDeployRollback,
        description: None,
        revision,
        previous_revision: Some(record.revision.clone()),
        auto_rollback: None,
        override_alarms: None,
        file_exists_behavior: record.file_exists_behavior.clone(),
        more: record.more.clone(),
        rollback_of: Some(victim.deployment.clone()),
        audience: record.audience.clone(),
    };
    (plan, record)
}

/// The victim's fleet with the last successful revision, on every host.
fn back(victim: &FleetPlan) -> Option<FleetPlan> {
    let previous = victim.previous.as_deref()?;
    let creator = Creator::CodeDeployRollback.as_str().to_owned();
    Some(FleetPlan {
        // What the way back needs is on most hosts, wherever it once came from.
        work: HostWork { creator, reuse: previous.work.bundle.is_pinned(), ..previous.work.clone() },
        revision: previous.revision.clone(),
        suspend: victim.suspend.clone(),
        update_launched: victim.update_launched,
        minimum: victim.minimum,
        zonal: None,
        accept_ms: victim.accept_ms,
        shard_hosts: victim.shard_hosts,
        outdated_only: false,
        previous: None,
        selection: victim.selection.clone(),
    })
}

fn reversed_revision(shift: &AliasShift) -> serde_json::Value {
    let content = json!({
        "version": 0.0,
        "Resources": [{ shift.alias.function.as_str(): {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Name": shift.alias.function,
                "Alias": shift.alias.alias,
                "CurrentVersion": shift.current,
                "TargetVersion": shift.target,
            },
        }}],
    });
    json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": content.to_string() } })
}

/// rollbackInfo.rollbackMessage of the victim.
pub fn victim_message(victim: &str, rollback: &str) -> String {
    format!("Deployment {victim} terminated. Automatic rollback is triggered with a DeploymentId {rollback}.")
}

/// rollbackInfo.rollbackMessage of the rollback deployment.
pub fn rollback_message(rollback: &str, victim: &str) -> String {
    format!("Deployment {rollback} is triggered to roll back deployment {victim}.")
}
