//! A world with aliases that answer at once, so that only the engine is measured.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_core::config::{ComputePlatform, TrafficRouting};
use cutover_core::ids::{ApplicationId, DeploymentId, GroupId, Scope};
use cutover_core::plan::{
    AlarmPlan, AliasShift, AutoRollback, GroupRef, HookFunctions, PlanInput, ShiftWork, Work, plan,
};
use cutover_core::record::{Creator, Record};
use cutover_core::time::Timestamp;
use cutover_ports::aliases::{AliasReading, FunctionAliases};
use cutover_ports::call::CallError;
use cutover_ports::table::{Expect, Table};
use cutover_store::group::{GROUP_VERSION, Group};
use cutover_store::plans::Planned;

/// Aliases in memory.
#[derive(Default)]
pub struct MemoryAliases(Mutex<HashMap<AliasRef, AliasReading>>);

#[async_trait]
impl FunctionAliases for MemoryAliases {
    async fn read(&self, alias: &AliasRef) -> Result<AliasReading, CallError> {
        let new = || AliasReading { state: AliasState::whole("1"), revision_id: "0".to_owned() };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.entry(alias.clone()).or_insert_with(new).clone())
    }

    async fn set(&self, alias: &AliasRef, set: &AliasState, _: &str) -> Result<(), CallError> {
        let reading = AliasReading { state: set.clone(), revision_id: "1".to_owned() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(alias.clone(), reading);
        Ok(())
    }

    async fn version_exists(&self, _: &str, _: &str) -> Result<(), CallError> {
        Ok(())
    }
}

/// The scope of the benches.
pub fn scope() -> Scope {
    Scope::new("123456789012", "us-east-1")
}

/// A group of its own for deployment number `n`, stored.
///
/// # Panics
/// When the table fails.
pub async fn group(table: &dyn Table, n: u64) -> Group {
    let group = Group {
        v: GROUP_VERSION,
        id: GroupId::new(format!("group-{n}")),
        name: format!("group-{n}"),
        application_id: ApplicationId::new("app"),
        platform: ComputePlatform::Lambda,
        definition: serde_json::Map::new(),
        active: None,
        last_attempted: None,
        last_fleet: None,
        last_successful: None,
        target_revision: None,
        last_order: None,
        waited_for: false,
    };
    table
        .put_if(group.to_item(&scope(), 1).expect("an item"), Expect::Anything)
        .await
        .expect("a stored group");
    group
}

/// Deployment number `n`: `shifts` shares, no waits at all.
///
/// # Panics
/// When the plan is refused.
pub fn planned(group: &Group, n: u64, percentage: u8, alarms: Vec<String>, interval_mins: u32) -> Planned {
    let input = PlanInput {
        deployment: DeploymentId::from_bits(2 * n),
        rollback_id: DeploymentId::from_bits(2 * n + 1),
        scope: scope(),
        group: GroupRef {
            application_id: ApplicationId::new("app"),
            application: "app".into(),
            group_id: group.id.clone(),
            group: group.name.clone(),
        },
        work: Work::Shift(ShiftWork {
            routing: TrafficRouting::TimeBasedLinear { percentage, interval_mins },
            shift: AliasShift {
                alias: AliasRef { function: format!("function-{n}"), alias: "live".into() },
                current: "1".into(),
                target: "2".into(),
            },
            hooks: HookFunctions::default(),
            hook_timeout_ms: 1_000,
            nonce: "n".into(),
        }),
        alarms: AlarmPlan { names: alarms, ignore_poll_failure: false },
        auto_rollback: AutoRollback::default(),
        speed: 1_000_000,
        now: Timestamp::from_millis(0),
    };
    let mut plan = plan(&input).expect("a plan");
    plan.start_at = plan.created_at;
    Planned { plan, record: record() }
}

/// The record of any deployment.
pub(crate) fn record() -> Record {
    Record {
        config: "bench".into(),
        creator: Creator::User,
        description: None,
        revision: serde_json::json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": "" } }),
        previous_revision: None,
        auto_rollback: None,
        override_alarms: None,
        file_exists_behavior: None,
        more: serde_json::Map::new(),
        rollback_of: None,
        audience: Default::default(),
    }
}
