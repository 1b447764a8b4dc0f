//! A deployment before anything is stored: what a request comes to once its group and configuration are
//! known. Pure, and the only place that knows it: CreateDeployment, PlanDeployment and rehearsals share it.

use cutover_appspec::LambdaSpec;
use cutover_core::config::{ComputePlatform, DeploymentConfig, TrafficRouting};
use cutover_core::plan::{AlarmPlan, AutoRollback};
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::{AlarmConfiguration, AutoRollbackConfiguration};
use serde::de::DeserializeOwned;

use crate::{alarms, groups, revision};

pub use crate::config_rules::{custom as custom_config, for_platform};
pub use crate::group_rules::{Definition, defined as group_definition};

/// What a request comes to.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The configuration's name.
    pub config: String,
    /// How the traffic moves.
    pub routing: TrafficRouting,
    /// What is moved, and the hooks.
    pub spec: LambdaSpec,
    /// The alarms that guard it.
    pub alarms: AlarmPlan,
    /// When a rollback deployment follows.
    pub auto_rollback: AutoRollback,
    /// The alarms that the request gives itself.
    pub override_alarms: Option<AlarmConfiguration>,
    /// The request's rollback settings, or the group's.
    pub rollback: Option<AutoRollbackConfiguration>,
}

impl Draft {
    /// Of a request to a group with that definition, by the configuration that [`config_name`] names.
    pub fn of(
        input: &CreateDeploymentInput,
        platform: ComputePlatform,
        definition: &Definition,
        config: DeploymentConfig,
    ) -> Result<Self, ApiError> {
        if platform != ComputePlatform::Lambda {
            return Err(not_yet(platform));
        }
        let spec = revision::lambda_spec(&input.revision)?;
        // A configuration for Lambda always has one.
        let routing = config.routing.unwrap_or(TrafficRouting::AllAtOnce);
        something_to_shift(&spec, routing)?;
        let override_alarms = input.override_alarm_configuration.as_ref().map(alarms::alarms).transpose()?;
        let guards = override_alarms.clone().or_else(|| member(definition, "alarmConfiguration"));
        let rollback = input.auto_rollback_configuration.as_ref().map(alarms::auto_rollback).transpose()?;
        let rollback = rollback.or_else(|| member(definition, "autoRollbackConfiguration"));
        Ok(Self {
            config: config.name,
            routing,
            spec,
            alarms: guards.as_ref().map(alarms::alarm_plan).unwrap_or_default(),
            auto_rollback: rollback.as_ref().map(alarms::rollback_plan).unwrap_or_default(),
            override_alarms,
            rollback,
        })
    }
}

/// The configuration that the request names, or its group, or nobody.
pub fn config_name<'a>(
    input: &'a CreateDeploymentInput,
    platform: ComputePlatform,
    definition: &'a Definition,
) -> &'a str {
    let named = input.deployment_config_name.as_deref().or(groups::config_name(definition));
    named.unwrap_or(platform.default_config())
}

/// A share cannot be given from a version to itself.
fn something_to_shift(spec: &LambdaSpec, routing: TrafficRouting) -> Result<(), ApiError> {
    if spec.current_version == spec.target_version && routing != TrafficRouting::AllAtOnce {
        let message = format!(
            "CurrentVersion and TargetVersion are both {}: there is nothing to shift",
            spec.target_version
        );
        return Err(ApiError::refused("InvalidRevisionException", message));
    }
    Ok(())
}

fn not_yet(platform: ComputePlatform) -> ApiError {
    let message = format!(
        "Deployments to the compute platform {} are not supported yet: this Cutover deploys to Lambda.",
        platform.as_str()
    );
    ApiError::refused("InvalidRevisionException", message)
}

/// A member of a group's definition in its own shape.
fn member<T: DeserializeOwned>(definition: &Definition, name: &str) -> Option<T> {
    serde_json::from_value(definition.get(name)?.clone()).ok()
}
