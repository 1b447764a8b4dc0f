//! Application, group and configurations of a template, as its stack has them registered.

use cutover_core::ids::Scope;
use cutover_service::error::{Answer, ServiceError};
use cutover_service::rules::Valid;
use cutover_service::service::Service;
use cutover_wire::api::application::{ApplicationInput, CreateApplicationInput};
use cutover_wire::api::config::{CreateDeploymentConfigInput, DeploymentConfigInput};
use cutover_wire::api::group::{
    CreateDeploymentGroupInput, DeploymentGroupInput, DeploymentStyle, GroupSettings,
    ListDeploymentGroupsInput, UpdateDeploymentGroupInput,
};

use crate::naming::{fitting, other_name};
use crate::properties::{ConfigProperties, GroupProperties, Properties};
use crate::trouble::Trouble;

const LAMBDA: &str = "Lambda";

/// Registers what is missing and brings the group to what the template says. A template that only names its group must
/// find it.
pub(crate) async fn register(
    service: &Service,
    scope: &Scope,
    properties: &Properties,
) -> Result<(), Trouble> {
    fitting(properties)?;
    let named = || DeploymentGroupInput {
        application_name: Some(properties.application_name.clone()),
        deployment_group_name: Some(properties.deployment_group_name.clone()),
    };
    let Some(group) = &properties.deployment_group else {
        service.get_deployment_group(scope, Valid::of(named())?).await?;
        return Ok(());
    };
    let application = CreateApplicationInput {
        application_name: Some(properties.application_name.clone()),
        compute_platform: Some(LAMBDA.to_owned()),
        ..CreateApplicationInput::default()
    };
    unless(
        service.create_application(scope, Valid::of(application)?).await,
        "ApplicationAlreadyExistsException",
    )?;
    let settings = || async { settings(group, &config_name(service, scope, group).await?, scope) };
    let create = CreateDeploymentGroupInput {
        application_name: Some(properties.application_name.clone()),
        deployment_group_name: Some(properties.deployment_group_name.clone()),
        tags: None,
    };
    let settings = settings().await?;
    let created =
        service.create_deployment_group(scope, Valid::of(create)?, Valid::of(settings.clone())?).await;
    if unless(created, "DeploymentGroupAlreadyExistsException")? {
        let update = UpdateDeploymentGroupInput {
            application_name: Some(properties.application_name.clone()),
            current_deployment_group_name: Some(properties.deployment_group_name.clone()),
            new_deployment_group_name: None,
        };
        service.update_deployment_group(scope, Valid::of(update)?, Valid::of(settings)?).await?;
    }
    Ok(())
}

/// Takes the group of a template back, and its application once it is empty.
pub(crate) async fn unregister(
    service: &Service,
    scope: &Scope,
    properties: &Properties,
) -> Result<(), Trouble> {
    let name = Some(properties.application_name.clone());
    let group = DeploymentGroupInput {
        application_name: name.clone(),
        deployment_group_name: Some(properties.deployment_group_name.clone()),
    };
    service.delete_deployment_group(scope, Valid::of(group)?).await?;
    let list = ListDeploymentGroupsInput { application_name: name.clone(), next_token: None };
    let left = service.list_deployment_groups(scope, Valid::of(list)?).await?;
    if left.deployment_groups.is_empty() {
        service.delete_application(scope, Valid::of(ApplicationInput { application_name: name })?).await?;
    }
    Ok(())
}

/// True if it failed because of what is there already.
fn unless<T>(answer: Answer<T>, there: &str) -> Result<bool, Trouble> {
    match answer {
        Ok(_) => Ok(false),
        Err(ServiceError::Refused(error)) if error.code == there => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The name of the group's configuration, which is registered if the template has it.
async fn config_name(
    service: &Service,
    scope: &Scope,
    group: &GroupProperties,
) -> Result<Option<String>, Trouble> {
    let Some(name) = &group.deployment_config_name else { return Ok(None) };
    let Some(config) = group.deployment_configs.iter().find(|config| config.deployment_config_name == *name)
    else {
        return Ok(Some(name.clone()));
    };
    if registered(service, scope, name, config).await? {
        return Ok(Some(name.clone()));
    }
    let other = other_name(config);
    match registered(service, scope, &other, config).await? {
        true => Ok(Some(other)),
        false => {
            Err(Trouble::Refused(format!("the deployment configuration {other} exists and is another one")))
        }
    }
}

/// Registers a configuration; false if there is another one of that name.
async fn registered(
    service: &Service,
    scope: &Scope,
    name: &str,
    config: &ConfigProperties,
) -> Result<bool, Trouble> {
    let routing = Some(config.shape());
    let create = CreateDeploymentConfigInput {
        deployment_config_name: Some(name.to_owned()),
        compute_platform: Some(LAMBDA.to_owned()),
        traffic_routing_config: routing.clone(),
        ..CreateDeploymentConfigInput::default()
    };
    let created = service.create_deployment_config(scope, Valid::of(create)?).await;
    if !unless(created, "DeploymentConfigAlreadyExistsException")? {
        return Ok(true);
    }
    let input = DeploymentConfigInput { deployment_config_name: Some(name.to_owned()) };
    let found = service.get_deployment_config(scope, Valid::of(input)?).await?.deployment_config_info;
    Ok(found.traffic_routing_config == routing)
}

/// All of the settings, so that what the template no longer says is cleared.
fn settings(
    group: &GroupProperties,
    config: &Option<String>,
    scope: &Scope,
) -> Result<GroupSettings, Trouble> {
    // Required by the API, assumed by nobody: Cutover's functions act with roles of their own.
    let role = || format!("arn:aws:iam::{}:role/none", scope.account);
    Ok(GroupSettings {
        deployment_config_name: config.clone().or(Some("CodeDeployDefault.LambdaAllAtOnce".to_owned())),
        service_role_arn: Some(group.service_role_arn.clone().unwrap_or_else(role)),
        alarm_configuration: Some(group.alarm_configuration.shape()),
        auto_rollback_configuration: Some(group.auto_rollback_configuration.shape()),
        trigger_configurations: Some(group.trigger_configurations.iter().map(|one| one.shape()).collect()),
        deployment_style: Some(DeploymentStyle {
            deployment_type: Some("BLUE_GREEN".to_owned()),
            deployment_option: Some("WITH_TRAFFIC_CONTROL".to_owned()),
        }),
        ..GroupSettings::default()
    })
}
