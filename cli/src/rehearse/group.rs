//! What is deployed and how: AppSpec, deployment group and configuration, from files or a service. What they
//! come to is worked out by the code that CreateDeployment uses.

use cutover_core::config::{ComputePlatform, DeploymentConfig, predefined};
use cutover_service::draft::{Definition, Draft, config_name, custom_config, for_platform, group_definition};
use cutover_service::rules::Valid;
use cutover_wire::api::config::CreateDeploymentConfigInput;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::error::ApiError;
use cutover_wire::api::group::GroupSettings;
use serde_json::Value;

use crate::api::Api;
use crate::failure::Failure;
use crate::rehearse::source::Source;

const LAMBDA: ComputePlatform = ComputePlatform::Lambda;

/// A deployment group as far as a deployment depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its application's name, if it is told.
    pub(crate) application: Option<String>,
    /// Its name, if it is told.
    pub(crate) name: Option<String>,
    definition: Definition,
}

impl Group {
    /// Reads what get-deployment-group prints, or what create-deployment-group takes.
    pub(crate) fn read(source: &Source) -> Result<Self, Failure> {
        let mut value = source.json()?;
        let at = if value.get("deploymentGroupInfo").is_some() { "deploymentGroupInfo" } else { "" };
        if !at.is_empty() {
            value = value[at].take();
        }
        let text = |member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
        if ["deploymentGroupName", "deploymentConfigName", "serviceRoleArn"].iter().all(|m| text(m).is_none())
        {
            let what = "neither the output of aws deploy get-deployment-group nor the input of \
                        create-deployment-group: it has no deploymentGroupName";
            return Err(source.wrong(1, what));
        }
        if let Some(platform) = text("computePlatform").filter(|p| p != LAMBDA.as_str()) {
            let what = format!("only deployments to Lambda can be rehearsed, not to {platform}");
            return Err(source.wrong(format!(" {at}.computePlatform").replace(" .", " "), what));
        }
        let (application, name) = (text("applicationName"), text("deploymentGroupName"));
        let settings: GroupSettings = source.shaped(at, value)?;
        let settings = Valid::of(settings).map_err(|e| refused(source, &e))?;
        let definition = group_definition(LAMBDA, &settings).map_err(|e| refused(source, &e))?;
        Ok(Self { application, name, definition })
    }
}

/// Reads what get-deployment-config prints, or what create-deployment-config takes.
pub(crate) fn config(source: &Source) -> Result<DeploymentConfig, Failure> {
    let mut value = source.json()?;
    let at = if value.get("deploymentConfigInfo").is_some() { "deploymentConfigInfo" } else { "" };
    if !at.is_empty() {
        value = value[at].take();
    }
    let input: CreateDeploymentConfigInput = source.shaped(at, value)?;
    let known = |config: &DeploymentConfig| Some(&config.name) == input.deployment_config_name.as_ref();
    match predefined().into_iter().find(known) {
        Some(config) => Ok(config),
        None => Valid::of(input)
            .and_then(|input| custom_config(&input, String::new(), None))
            .map_err(|e| refused(source, &e)),
    }
}

/// A refusal as the API would put it.
fn refused(source: &Source, error: &ApiError) -> Failure {
    source.refused(format_args!("{} ({})", error.message, error.code))
}

/// A group of a service.
pub(crate) async fn fetch(api: &Api, application: &str, group: &str) -> Result<Group, Failure> {
    let info = api.deployment_group(application, group).await?;
    Group::read(&Source { name: format!("GetDeploymentGroup of {group}"), text: info.to_string() })
}

/// The configuration of a service that a request names, or the group, unless it is a predefined one.
pub(crate) async fn fetch_config(
    api: &Api,
    group: &Group,
    named: Option<&str>,
) -> Result<Option<DeploymentConfig>, Failure> {
    let named = named.or_else(|| group.definition.get("deploymentConfigName")?.as_str());
    let Some(name) = named.filter(|name| predefined().iter().all(|config| config.name != *name)) else {
        return Ok(None);
    };
    let info = api.deployment_config(name).await?;
    config(&Source { name: format!("GetDeploymentConfig of {name}"), text: info.to_string() }).map(Some)
}

/// What the deployment of `input` to the group comes to. `given` is a configuration to use, whatever the group
/// says.
pub(crate) fn draft(
    input: &mut CreateDeploymentInput,
    group: &Group,
    given: Option<DeploymentConfig>,
) -> Result<Draft, Failure> {
    if let Some(given) = &given {
        match &input.deployment_config_name {
            Some(named) if *named != given.name => {
                let told = format!("--deployment-config-name {named}: --config gives {}", given.name);
                return Err(Failure::input(told));
            }
            _ => input.deployment_config_name = Some(given.name.clone()),
        }
    }
    let name = config_name(input, LAMBDA, &group.definition);
    let known = given.into_iter().chain(predefined()).find(|config| config.name == name);
    let config = known.ok_or_else(|| {
        Failure::bad_input(
            format!("the deployment configuration {name} is not predefined"),
            "Give it: aws deploy get-deployment-config --deployment-config-name NAME > config.json, and \
             --config config.json.",
        )
    })?;
    let refused = |error: ApiError| Failure::input(format!("{} ({})", error.message, error.code));
    for_platform(&config, LAMBDA).map_err(refused)?;
    let input = Valid::of(input.clone()).map_err(refused)?;
    let draft = Draft::of(&input, LAMBDA, &group.definition, &config.into()).map_err(refused)?;
    draft.shift().map_err(refused)?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::revision::create;
    use cutover_core::config::TrafficRouting;
    use serde_json::json;

    const SPEC: &str = "version: 0.0\nResources:\n  - fn:\n      Type: AWS::Lambda::Function\n      Properties: \
                        {Name: fn, Alias: live, CurrentVersion: 1, TargetVersion: 2}\n";

    fn source(value: &Value) -> Source {
        Source { name: "f.json".into(), text: value.to_string() }
    }

    fn group() -> Value {
        json!({
            "applicationName": "shop", "deploymentGroupName": "prod",
            "serviceRoleArn": "arn:aws:iam::123456789012:role/r",
            "deploymentConfigName": "slow",
            "alarmConfiguration": { "enabled": true, "alarms": [{ "name": "a" }] },
            "autoRollbackConfiguration": { "enabled": true, "events": ["DEPLOYMENT_STOP_ON_ALARM"] },
        })
    }

    fn slow(minutes: u32) -> Value {
        json!({
            "deploymentConfigName": "slow", "computePlatform": "Lambda",
            "trafficRoutingConfig": { "type": "TimeBasedCanary",
                "timeBasedCanary": { "canaryPercentage": 10, "canaryInterval": minutes } },
        })
    }

    #[test]
    fn both_forms_of_a_group_and_a_configuration_are_read() {
        let mut info = group();
        info["computePlatform"] = "Lambda".into();
        info["ec2TagFilters"] = json!([]);
        info["autoScalingGroups"] = json!([]);
        info["lastAttemptedDeployment"] =
            json!({ "deploymentId": "d-1", "createTime": "2026-11-01T12:00:00+00:00" });
        for group in [group(), json!({ "deploymentGroupInfo": info })] {
            for config in [slow(2_880), json!({ "deploymentConfigInfo": slow(2_880) })] {
                let group = Group::read(&source(&group)).expect("a group");
                let config = super::config(&source(&config)).expect("a configuration");
                let mut input = create("shop", "prod", SPEC.to_owned());
                let draft = draft(&mut input, &group, Some(config)).expect("a draft");
                let routing = TrafficRouting::TimeBasedCanary { percentage: 10, interval_mins: 2_880 };
                assert_eq!(
                    (draft.shift().expect("a shift").0, draft.alarms.names),
                    (routing, vec!["a".to_owned()])
                );
                assert!(draft.auto_rollback.on_alarm && !draft.auto_rollback.on_failure);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_member() {
        let with = |member: &str, value: Value| {
            let mut group = group();
            group[member] = value;
            group
        };
        for (group, said) in [
            (json!({ "x": 1 }), "f.json:1: neither the output of aws deploy get-deployment-group"),
            (with("computePlatform", json!("ECS")), "f.json: computePlatform: only deployments to Lambda"),
            (
                with("serviceRoleArn", json!("r")),
                "f.json: The serviceRoleArn must be an ARN of iam for role/",
            ),
            (
                with("alarmConfiguration", json!({ "alarms": [{ "name": 1 }] })),
                "f.json: alarmConfiguration.alarms[0].name: invalid type",
            ),
            (
                with("alarmConfiguration", json!({ "enabled": true })),
                "f.json: The alarm configuration is enabled",
            ),
        ] {
            let told = Group::read(&source(&group)).expect_err("a failure").to_string();
            assert!(told.starts_with(said), "{told}");
        }
        let told = config(&source(&slow(2_881))).expect_err("a failure").to_string();
        assert!(told.contains("at most 2880 are allowed"), "{told}");
    }

    #[test]
    fn the_configuration_must_be_known() {
        let group = Group::read(&source(&group())).expect("a group");
        let drafted = |named: Option<&str>, given: bool| {
            let mut input = create("shop", "prod", SPEC.to_owned());
            input.deployment_config_name = named.map(str::to_owned);
            let config = given.then(|| config(&source(&slow(5))).expect("a configuration"));
            draft(&mut input, &group, config).map(|draft| draft.config)
        };
        assert_eq!(drafted(None, true).expect("a draft"), "slow");
        let predefined = "CodeDeployDefault.LambdaAllAtOnce";
        assert_eq!(drafted(Some(predefined), false).expect("a draft"), predefined);
        let told = drafted(None, false).expect_err("a failure").to_string();
        assert_eq!(told, "the deployment configuration slow is not predefined");
        let told = drafted(Some(predefined), true).expect_err("a failure").to_string();
        assert!(told.ends_with("--config gives slow"), "{told}");
        let told = drafted(Some("CodeDeployDefault.OneAtATime"), false).expect_err("a failure").to_string();
        assert!(told.contains("is for the compute platform Server"), "{told}");
    }
}
