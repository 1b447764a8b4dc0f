//! Checks of deployment configurations.

use cutover_core::config::{
    ComputePlatform, DeploymentConfig, MAX_SHIFT_MINS, MinimumHealthyHosts as Minimum, PREDEFINED_PREFIX,
    TrafficRouting,
};
use cutover_core::time::Timestamp;
use cutover_wire::api::config::{CreateDeploymentConfigInput, MinimumHealthyHosts};
use cutover_wire::api::error::ApiError;

use crate::applications::platform;
use crate::rules::{Valid, given};

/// The custom configuration that a request describes.
pub fn custom(
    input: &Valid<CreateDeploymentConfigInput>,
    id: String,
    created_at: Option<Timestamp>,
) -> Result<DeploymentConfig, ApiError> {
    let name = given(&input.deployment_config_name);
    if name.starts_with(PREDEFINED_PREFIX) {
        let message = format!("Names that begin with {PREDEFINED_PREFIX} are kept for predefined ones.");
        return Err(ApiError::refused("InvalidDeploymentConfigNameException", message));
    }
    let platform = platform(&input.compute_platform);
    let (routing, minimum_healthy_hosts) = match platform {
        ComputePlatform::Server => (None, Some(minimum(input)?)),
        ComputePlatform::Lambda | ComputePlatform::ECS => (Some(routing(input, platform)?), None),
    };
    zonal(input, platform)?;
    Ok(DeploymentConfig { name: name.to_owned(), id, platform, routing, minimum_healthy_hosts, created_at })
}

/// Whether a group of that platform may use it.
pub fn for_platform(config: &DeploymentConfig, platform: ComputePlatform) -> Result<(), ApiError> {
    if config.platform == platform {
        return Ok(());
    }
    let (name, theirs, ours) = (&config.name, config.platform.as_str(), platform.as_str());
    let message = format!(
        "The deployment configuration {name} is for the compute platform {theirs}; the application is for \
         {ours}."
    );
    Err(ApiError::refused("InvalidDeploymentConfigNameException", message))
}

/// HOST_COUNT from 0, or FLEET_PERCENT from 0 to 100; only for Server, and there required.
fn minimum(input: &CreateDeploymentConfigInput) -> Result<Minimum, ApiError> {
    if input.traffic_routing_config.is_some() {
        let message = "A configuration for Server has no trafficRoutingConfig.";
        return Err(ApiError::refused("InvalidTrafficRoutingConfigurationException", message));
    }
    let given = input.minimum_healthy_hosts.clone().unwrap_or_default();
    healthy(&given).ok_or_else(|| {
        let message = "A configuration for Server needs minimumHealthyHosts: type HOST_COUNT with a value \
                       of 0 or more, or type FLEET_PERCENT with a value of 0 to 100.";
        ApiError::refused("InvalidMinimumHealthyHostValueException", message)
    })
}

fn healthy(given: &MinimumHealthyHosts) -> Option<Minimum> {
    let kind = given.kind.clone()?;
    let value = u32::try_from(given.value?).ok()?;
    let fits = match kind.as_str() {
        "HOST_COUNT" => true,
        "FLEET_PERCENT" => value <= 100,
        _ => false,
    };
    fits.then_some(Minimum { kind, value })
}

/// Canary, linear or all at once; first share 1 to 99 percent, all done within 2,880 minutes (behaviour:
/// quotas).
fn routing(
    input: &CreateDeploymentConfigInput,
    platform: ComputePlatform,
) -> Result<TrafficRouting, ApiError> {
    if input.minimum_healthy_hosts.is_some() {
        let message = format!("A configuration for {} has no minimumHealthyHosts.", platform.as_str());
        return Err(ApiError::refused("InvalidMinimumHealthyHostValueException", message));
    }
    let invalid = |message: String| ApiError::refused("InvalidTrafficRoutingConfigurationException", message);
    let Some(given) = &input.traffic_routing_config else {
        let message = format!("A configuration for {} needs trafficRoutingConfig.", platform.as_str());
        return Err(invalid(message));
    };
    let share = |percentage: Option<i64>, interval: Option<i64>| {
        let percentage = percentage.and_then(|p| u8::try_from(p).ok()).filter(|p| (1..=99).contains(p));
        let interval = interval.and_then(|i| u32::try_from(i).ok()).filter(|i| *i >= 1);
        percentage.zip(interval).ok_or_else(|| {
            invalid("The percentage must be 1 to 99 and the interval at least 1 minute.".to_owned())
        })
    };
    let routing = match (given.kind.as_deref(), &given.time_based_canary, &given.time_based_linear) {
        (Some("AllAtOnce"), None, None) => TrafficRouting::AllAtOnce,
        (Some("TimeBasedCanary"), Some(canary), None) => {
            let (percentage, interval_mins) = share(canary.canary_percentage, canary.canary_interval)?;
            TrafficRouting::TimeBasedCanary { percentage, interval_mins }
        }
        (Some("TimeBasedLinear"), None, Some(linear)) => {
            let (percentage, interval_mins) = share(linear.linear_percentage, linear.linear_interval)?;
            TrafficRouting::TimeBasedLinear { percentage, interval_mins }
        }
        _ => {
            let message = "The type must be AllAtOnce, TimeBasedCanary with timeBasedCanary alone, \
                           or TimeBasedLinear with timeBasedLinear alone.";
            return Err(invalid(message.to_owned()));
        }
    };
    match routing.total_mins() {
        mins if mins > MAX_SHIFT_MINS => Err(invalid(format!(
            "From the first shift to the last {mins} minutes pass; at most {MAX_SHIFT_MINS} are allowed."
        ))),
        _ => Ok(routing),
    }
}

fn zonal(input: &CreateDeploymentConfigInput, platform: ComputePlatform) -> Result<(), ApiError> {
    let Some(zonal) = &input.zonal_config else { return Ok(()) };
    let spans = [zonal.first_zone_monitor_duration_in_seconds, zonal.monitor_duration_in_seconds];
    let fits = platform == ComputePlatform::Server
        && spans.iter().flatten().all(|span| *span >= 0)
        && zonal.minimum_healthy_hosts_per_zone.as_ref().is_none_or(|given| healthy(given).is_some());
    if fits {
        return Ok(());
    }
    let message = "zonalConfig is for Server, with spans of 0 seconds or more and a minimum per zone of type \
                   HOST_COUNT or FLEET_PERCENT.";
    Err(ApiError::refused("InvalidZonalDeploymentConfigurationException", message))
}
