//! The rollback deployment: a deployment of its own that records that a victim's traffic is back.

use serde_json::json;

use crate::deployment::{Cause, Deployment};
use crate::ledger::Fate;
use crate::plan::{AlarmPlan, AliasShift, AutoRollback, Plan, PlanKind, ShiftStyle, Step};
use crate::record::{Creator, Record};
use crate::time::Timestamp;

/// Whether the end of this deployment starts a rollback deployment. The traffic itself has been restored
/// by the deployment that moved it, whatever the answer here (behaviour: rollbacks).
pub fn wanted(plan: &Plan, state: &Deployment) -> bool {
    let (Some(ending), PlanKind::Forward) = (&state.ending, &plan.kind) else { return false };
    let restored = !state.ledger.is_empty()
        && state
            .ledger
            .iter()
            .all(|e| matches!(e.fate, Fate::Undone) || (e.fate == Fate::Open && !e.may_differ()));
    let configured = match ending.cause {
        Cause::Failure => plan.auto_rollback.on_failure,
        Cause::Alarm => plan.auto_rollback.on_alarm,
        Cause::Request => plan.auto_rollback.on_request,
    };
    restored && ending.rollback.unwrap_or(configured)
}

/// The plan and record of the victim's rollback deployment: the pair reversed, hooks not invoked, one
/// step that reads the alias back.
pub fn of(victim: &Plan, record: &Record, now: Timestamp) -> (Plan, Record) {
    let shift = AliasShift {
        alias: victim.shift.alias.clone(),
        current: victim.shift.target.clone(),
        target: victim.shift.current.clone(),
    };
    let plan = Plan {
        deployment: victim.rollback_id.clone(),
        kind: PlanKind::Rollback { of: victim.deployment.clone() },
        style: ShiftStyle::AllAtOnce,
        steps: vec![Step::Verify],
        alarms: AlarmPlan::default(),
        auto_rollback: AutoRollback::default(),
        rollback_id: victim.rollback_id.clone(),
        created_at: now,
        start_at: now.plus_ms(victim.start_at.ms_since(victim.created_at)),
        shift,
        ..victim.clone()
    };
    let record = Record {
        config: "CodeDeployDefault.LambdaAllAtOnce".to_owned(),
        creator: Creator::CodeDeployRollback,
        description: None,
        revision: reversed_revision(&plan.shift),
        previous_revision: Some(record.revision.clone()),
        auto_rollback: None,
        override_alarms: None,
        file_exists_behavior: record.file_exists_behavior.clone(),
        more: record.more.clone(),
        rollback_of: Some(victim.deployment.clone()),
    };
    (plan, record)
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
