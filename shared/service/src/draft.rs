//! A deployment before anything is stored: what a request comes to once its group and configuration are
//! known. Pure, and the only place that knows it: CreateDeployment, PlanDeployment and rehearsals share it.

use cutover_appspec::{LambdaSpec, parse_ecs, parse_lambda};
use cutover_core::config::{ComputePlatform, DeploymentConfig, TrafficRouting};
use cutover_core::deployment::ErrorCode;
use cutover_core::plan::{AlarmPlan, AutoRollback};
use cutover_wire::api::config::ZonalConfig;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::{AlarmConfiguration, AutoRollbackConfiguration};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::fleet_draft::FleetDraft;
use crate::rules::Valid;
use crate::{alarms, create_rules, groups, revision};

pub use crate::config_rules::{custom as custom_config, for_platform};
pub use crate::group_rules::{Definition, defined as group_definition};

/// What a request comes to.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The configuration's name.
    pub config: String,
    /// What there is to do.
    pub work: DraftWork,
    /// The alarms that guard it.
    pub alarms: AlarmPlan,
    /// When a rollback deployment follows.
    pub auto_rollback: AutoRollback,
    /// The alarms that the request gives itself.
    pub override_alarms: Option<AlarmConfiguration>,
    /// The request's rollback settings, or the group's.
    pub rollback: Option<AutoRollbackConfiguration>,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftWork {
    /// Shift an alias.
    Shift {
        /// How the traffic moves.
        routing: TrafficRouting,
        /// What is moved, and the hooks.
        spec: LambdaSpec,
    },
    /// Roll a revision out over hosts.
    Fleet(Box<FleetDraft>),
    /// Nothing: the deployment is created, and fails at its start.
    Fail {
        /// What is wrong.
        code: ErrorCode,
        /// For the one who asked.
        message: String,
    },
}

/// What a request is looked at with, besides its group's definition.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The configuration that [`config_name`] names.
    pub config: DeploymentConfig,
    /// Its zonal part.
    pub zonal: Option<ZonalConfig>,
    /// The group's last successful revision.
    pub target_revision: Option<Value>,
}

impl From<DeploymentConfig> for Basis {
    fn from(config: DeploymentConfig) -> Self {
        Self { config, zonal: None, target_revision: None }
    }
}

impl Draft {
    /// Of a request to a group with that definition.
    ///
    /// What is wrong with an AppSpec does not refuse the request: the deployment is created and fails at its
    /// start (behaviour: statuses, INVALID_REVISION).
    pub fn of(
        input: &Valid<CreateDeploymentInput>,
        platform: ComputePlatform,
        definition: &Definition,
        basis: &Basis,
    ) -> Result<Self, ApiError> {
        create_rules::for_platform(input, platform, definition)?;
        let work = match platform {
            ComputePlatform::Lambda => lambda(input, basis.config.routing)?,
            ComputePlatform::ECS => ecs(input)?,
            ComputePlatform::Server => server(input, definition, basis),
        };
        let override_alarms = input.override_alarm_configuration.as_ref().map(alarms::alarms);
        let guards = override_alarms.clone().or_else(|| member(definition, "alarmConfiguration"));
        let rollback = input.auto_rollback_configuration.as_ref().map(alarms::auto_rollback);
        let rollback = rollback.or_else(|| member(definition, "autoRollbackConfiguration"));
        Ok(Self {
            config: basis.config.name.clone(),
            work,
            alarms: guards.as_ref().map(alarms::alarm_plan).unwrap_or_default(),
            auto_rollback: rollback.as_ref().map(alarms::rollback_plan).unwrap_or_default(),
            override_alarms,
            rollback,
        })
    }

    /// What is shifted and how; InvalidRevisionException if nothing can be.
    pub fn shift(&self) -> Result<(TrafficRouting, &LambdaSpec), ApiError> {
        match &self.work {
            DraftWork::Shift { routing, spec } => Ok((*routing, spec)),
            DraftWork::Fleet(_) => Err(ApiError::refused(
                "InvalidComputePlatformException",
                "Only shifts of traffic can be rehearsed. Of a deployment to hosts, PlanDeployment shows the waves.",
            )),
            DraftWork::Fail { message, .. } => Err(ApiError::refused("InvalidRevisionException", message)),
        }
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

fn lambda(input: &CreateDeploymentInput, routing: Option<TrafficRouting>) -> Result<DraftWork, ApiError> {
    // A configuration for Lambda always has one.
    let routing = routing.unwrap_or(TrafficRouting::AllAtOnce);
    let content = match revision::app_spec(revision::required(&input.revision)?)? {
        Ok(content) => content,
        Err(message) => return Ok(unusable(message)),
    };
    Ok(match parse_lambda(content) {
        Err(errors) => unusable(format!("The AppSpec is not valid: {errors}")),
        Ok(spec) if spec.current_version == spec.target_version && routing != TrafficRouting::AllAtOnce => {
            let version = &spec.target_version;
            let message =
                format!("CurrentVersion and TargetVersion are both {version}: there is nothing to shift");
            unusable(message)
        }
        Ok(spec) => DraftWork::Shift { routing, spec },
    })
}

fn ecs(input: &CreateDeploymentInput) -> Result<DraftWork, ApiError> {
    let content = match revision::app_spec(revision::required(&input.revision)?)? {
        Ok(content) => content,
        Err(message) => return Ok(unusable(message)),
    };
    if let Err(errors) = parse_ecs(content) {
        return Ok(unusable(format!("The AppSpec is not valid: {errors}")));
    }
    let message = "The AppSpec is valid, but this version of Cutover cannot deploy to ECS yet: nothing was \
                   created.";
    Err(ApiError::refused("InvalidECSServiceException", message))
}

fn server(input: &CreateDeploymentInput, definition: &Definition, basis: &Basis) -> DraftWork {
    let Basis { config, zonal, target_revision } = basis;
    match FleetDraft::of(input, definition, config, zonal.as_ref(), target_revision.as_ref()) {
        Ok(fleet) => DraftWork::Fleet(Box::new(fleet)),
        Err(message) => unusable(message),
    }
}

fn unusable(message: String) -> DraftWork {
    DraftWork::Fail { code: ErrorCode::InvalidRevision, message }
}

/// A member of a group's definition in its own shape.
fn member<T: DeserializeOwned>(definition: &Definition, name: &str) -> Option<T> {
    serde_json::from_value(definition.get(name)?.clone()).ok()
}
