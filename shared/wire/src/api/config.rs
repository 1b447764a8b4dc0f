//! Deployment configurations.

use super::time::Time;

shapes! {
    /// CreateDeploymentConfig.
    CreateDeploymentConfigInput {
        deployment_config_name: Option<String>,
        minimum_healthy_hosts: Option<MinimumHealthyHosts>,
        traffic_routing_config: Option<TrafficRoutingConfig>,
        compute_platform: Option<String>,
        zonal_config: Option<ZonalConfig>,
    }

    /// What CreateDeploymentConfig answers.
    CreateDeploymentConfigOutput {
        deployment_config_id: String,
    }

    /// GetDeploymentConfig and DeleteDeploymentConfig.
    DeploymentConfigInput {
        deployment_config_name: Option<String>,
    }

    /// What GetDeploymentConfig answers.
    GetDeploymentConfigOutput {
        deployment_config_info: DeploymentConfigInfo,
    }

    /// A deployment configuration.
    DeploymentConfigInfo {
        deployment_config_id: String,
        deployment_config_name: String,
        minimum_healthy_hosts: Option<MinimumHealthyHosts>,
        create_time: Option<Time>,
        compute_platform: String,
        traffic_routing_config: Option<TrafficRoutingConfig>,
        zonal_config: Option<ZonalConfig>,
    }

    /// How many instances must stay healthy.
    MinimumHealthyHosts {
        #[serde(rename = "type")] kind: Option<String>,
        value: Option<i64>,
    }

    /// How traffic moves.
    TrafficRoutingConfig {
        #[serde(rename = "type")] kind: Option<String>,
        time_based_canary: Option<TimeBasedCanary>,
        time_based_linear: Option<TimeBasedLinear>,
    }

    /// One share first, the rest after a wait.
    TimeBasedCanary {
        canary_percentage: Option<i64>,
        canary_interval: Option<i64>,
    }

    /// Equal shares at equal intervals.
    TimeBasedLinear {
        linear_percentage: Option<i64>,
        linear_interval: Option<i64>,
    }

    /// One availability zone at a time.
    ZonalConfig {
        first_zone_monitor_duration_in_seconds: Option<i64>,
        monitor_duration_in_seconds: Option<i64>,
        minimum_healthy_hosts_per_zone: Option<MinimumHealthyHosts>,
    }

    /// ListDeploymentConfigs.
    ListDeploymentConfigsInput {
        next_token: Option<String>,
    }

    /// What ListDeploymentConfigs answers.
    ListDeploymentConfigsOutput {
        deployment_configs_list: Vec<String>,
        next_token: Option<String>,
    }
}
