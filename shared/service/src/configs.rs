//! Deployment configurations: 17 predefined ones and custom ones.

use cutover_core::config::{
    ComputePlatform, DeploymentConfig, PREDEFINED_PREFIX, TrafficRouting, predefined,
};
use cutover_core::ids::Scope;
use cutover_store::catalog::{ConfigDeletion, NameError, Reliance, StoredConfig};
use cutover_store::lists::{self, Names};
use cutover_wire::api::config::*;
use cutover_wire::api::without_nulls;

use crate::config_rules;
use crate::error::{Answer, ServiceError, refuse, store_error};
use crate::rules::words::CONFIG;
use crate::rules::{Valid, given};
use crate::service::{PAGE, Service};
use crate::tokens::PlaceBody;

const LIST: &str = "configs";

/// A configuration, and what a group that uses it relies on (nothing for predefined ones).
pub(crate) struct FoundConfig {
    /// It is being deleted: deployments copy it and may, groups refer to it and may no more.
    pub(crate) retiring: bool,
    pub(crate) config: DeploymentConfig,
    pub(crate) zonal: Option<ZonalConfig>,
    pub(crate) reliance: Option<Reliance>,
}

impl Service {
    /// CreateDeploymentConfig.
    pub async fn create_deployment_config(
        &self,
        scope: &Scope,
        input: Valid<CreateDeploymentConfigInput>,
    ) -> Answer<CreateDeploymentConfigOutput> {
        let (id, now) = (self.uuid(), self.now());
        let config = config_rules::custom(&input, id.clone(), Some(now))?;
        let name = config.name.clone();
        self.room_for(scope, Names::Configs).await?;
        let zonal = input.zonal_config.as_ref().and_then(|zonal| serde_json::to_value(zonal).ok());
        let zonal = zonal.map(without_nulls);
        match self.configs.create(scope, &StoredConfig { config, zonal, retiring: false }).await {
            Ok(()) => Ok(CreateDeploymentConfigOutput { deployment_config_id: id }),
            Err(NameError::Taken) => {
                let message = format!("The deployment configuration {name} already exists");
                Err(refuse("DeploymentConfigAlreadyExistsException", message))
            }
            Err(error) => Err(store_error(error)),
        }
    }

    /// GetDeploymentConfig.
    pub async fn get_deployment_config(
        &self,
        scope: &Scope,
        input: Valid<DeploymentConfigInput>,
    ) -> Answer<GetDeploymentConfigOutput> {
        let name = given(&input.deployment_config_name);
        let (config, zonal) = match predefined().into_iter().find(|c| c.name == name) {
            Some(config) => (config, None),
            None => {
                let (stored, _) = self.configs.find(scope, name).await?.ok_or_else(|| unknown(name))?;
                (stored.config, stored.zonal)
            }
        };
        let mut info = info(config);
        info.zonal_config = zonal.and_then(|zonal| serde_json::from_value(zonal).ok());
        Ok(GetDeploymentConfigOutput { deployment_config_info: info })
    }

    /// ListDeploymentConfigs: the predefined ones, then the custom ones in alphabetical order.
    pub async fn list_deployment_configs(
        &self,
        scope: &Scope,
        input: Valid<ListDeploymentConfigsInput>,
    ) -> Answer<ListDeploymentConfigsOutput> {
        let after: Option<PlaceBody> = self.tokens.read(scope, LIST, &input.next_token)?;
        let mut names = match after {
            None => predefined().into_iter().map(|c| c.name).collect(),
            Some(_) => Vec::new(),
        };
        let room = PAGE - names.len();
        let page = lists::names(self.table(), scope, Names::Configs, after.map(Into::into), room).await?;
        names.extend(page.found);
        Ok(ListDeploymentConfigsOutput {
            deployment_configs_list: names,
            next_token: page.next.map(|place| self.tokens.issue(scope, LIST, &PlaceBody::from(place))),
        })
    }

    /// DeleteDeploymentConfig (behaviour: predefined ones cannot be deleted, nor one that a group uses).
    /// One that does not exist is deleted already.
    pub async fn delete_deployment_config(
        &self,
        scope: &Scope,
        input: Valid<DeploymentConfigInput>,
    ) -> Answer<()> {
        let name = given(&input.deployment_config_name);
        if name.starts_with(PREDEFINED_PREFIX) {
            let message = format!("{name} is predefined: predefined configurations cannot be deleted.");
            return Err(refuse("InvalidOperationException", message));
        }
        match self.configs.delete(scope, name).await? {
            ConfigDeletion::Gone => Ok(()),
            ConfigDeletion::InUse => {
                let message = format!("The deployment configuration {name} is used by a deployment group.");
                Err(refuse("DeploymentConfigInUseException", message))
            }
        }
    }

    /// The configuration of that name for a group or deployment of that platform.
    pub(crate) async fn config_for(
        &self,
        scope: &Scope,
        name: &str,
        platform: ComputePlatform,
    ) -> Answer<FoundConfig> {
        let name = CONFIG.valid(name)?;
        let found = match predefined().into_iter().find(|c| c.name == name) {
            Some(config) => FoundConfig { config, zonal: None, reliance: None, retiring: false },
            None => match self.configs.find(scope, name).await? {
                Some((stored, version)) => FoundConfig {
                    zonal: stored.zonal.and_then(|zonal| serde_json::from_value(zonal).ok()),
                    config: stored.config,
                    reliance: Some(Reliance { name: name.to_owned(), version }),
                    retiring: stored.retiring,
                },
                None => return Err(unknown(name)),
            },
        };
        config_rules::for_platform(&found.config, platform)?;
        Ok(found)
    }
}

pub(crate) fn unknown(name: &str) -> ServiceError {
    refuse(
        "DeploymentConfigDoesNotExistException",
        format!("No Deployment Configuration found for name: {name}"),
    )
}

fn info(config: DeploymentConfig) -> DeploymentConfigInfo {
    let routing = config.routing.map(|routing| match routing {
        TrafficRouting::AllAtOnce => {
            TrafficRoutingConfig { kind: Some("AllAtOnce".to_owned()), ..Default::default() }
        }
        TrafficRouting::TimeBasedCanary { percentage, interval_mins } => TrafficRoutingConfig {
            kind: Some("TimeBasedCanary".to_owned()),
            time_based_canary: Some(TimeBasedCanary {
                canary_percentage: Some(percentage.into()),
                canary_interval: Some(interval_mins.into()),
            }),
            time_based_linear: None,
        },
        TrafficRouting::TimeBasedLinear { percentage, interval_mins } => TrafficRoutingConfig {
            kind: Some("TimeBasedLinear".to_owned()),
            time_based_canary: None,
            time_based_linear: Some(TimeBasedLinear {
                linear_percentage: Some(percentage.into()),
                linear_interval: Some(interval_mins.into()),
            }),
        },
    });
    DeploymentConfigInfo {
        deployment_config_id: config.id,
        deployment_config_name: config.name,
        minimum_healthy_hosts: config
            .minimum_healthy_hosts
            .map(|m| MinimumHealthyHosts { kind: Some(m.kind), value: Some(m.value.into()) }),
        create_time: config.created_at.map(Into::into),
        compute_platform: config.platform.as_str().to_owned(),
        traffic_routing_config: routing,
        zonal_config: None,
    }
}
