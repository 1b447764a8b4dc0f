//! What CreateDeployment may say to a group of each platform.

use cutover_core::config::ComputePlatform;
use cutover_wire::api::deployment::CreateDeploymentInput;
use cutover_wire::api::error::ApiError;

use crate::group_rules::Definition;
use crate::revision;
use crate::rules::given;

const RESTART: &str = "RESTART";

/// behaviour: Lambda, ECS and Server: members that belong to another platform are refused.
pub(crate) fn for_platform(
    input: &CreateDeploymentInput,
    platform: ComputePlatform,
    definition: &Definition,
) -> Result<(), ApiError> {
    match platform {
        ComputePlatform::Server => server(input, definition),
        ComputePlatform::Lambda | ComputePlatform::ECS => shifted(input, platform.as_str()),
    }
}

fn shifted(input: &CreateDeploymentInput, platform: &str) -> Result<(), ApiError> {
    let barred = [
        (
            input.ignore_application_stop_failures == Some(true),
            "ignoreApplicationStopFailures",
            "InvalidIgnoreApplicationStopFailuresValueException",
        ),
        (
            input.update_outdated_instances_only == Some(true),
            "updateOutdatedInstancesOnly",
            "InvalidUpdateOutdatedInstancesOnlyValueException",
        ),
        (input.target_instances.is_some(), "targetInstances", "InvalidTargetInstancesException"),
        (given(&input.deployment_mode) == RESTART, "deploymentMode RESTART", "InvalidInputException"),
        (
            input.ec2_deployment_options.is_some(),
            "ec2DeploymentOptions",
            "InvalidAutoScalingGroupProcessToSuspendException",
        ),
    ];
    match barred.into_iter().find(|(is_given, ..)| *is_given) {
        Some((_, member, code)) => {
            Err(ApiError::refused(code, format!("For {platform} deployments, {member} can not be specified")))
        }
        None => Ok(()),
    }
}

fn server(input: &CreateDeploymentInput, definition: &Definition) -> Result<(), ApiError> {
    let style = |member: &str| definition.get("deploymentStyle")?.get(member)?.as_str();
    let blue_green = style("deploymentType") == Some("BLUE_GREEN");
    if input.target_instances.is_some() && !blue_green {
        let message = "targetInstances can only be specified for blue/green deployments";
        return Err(ApiError::refused("InvalidTargetInstancesException", message));
    }
    if given(&input.deployment_mode) == RESTART {
        return restart(input, blue_green);
    }
    let revision = revision::required(&input.revision)?;
    let bundle = revision.s3_location.as_ref().map(|s3| given(&s3.bundle_type));
    match (given(&revision.revision_type), bundle) {
        ("S3", Some("tar" | "tgz" | "zip")) | ("GitHub", _) => Ok(()),
        ("S3", _) => invalid("A bundle for the compute platform Server is a tar, a tgz or a zip."),
        (kind, _) => invalid(&format!(
            "A revision for the compute platform Server is of the type S3 or GitHub, not {kind}."
        )),
    }
}

/// behaviour: Auto Scaling: RESTART runs the last successful revision again, in place, so none is given.
fn restart(input: &CreateDeploymentInput, blue_green: bool) -> Result<(), ApiError> {
    let (code, message) = if blue_green {
        ("InvalidInputException", "deploymentMode RESTART is for in-place deployments alone")
    } else if input.revision.is_some() {
        ("InvalidInputException", "deploymentMode RESTART takes no revision: it runs the last successful one")
    } else if input.update_outdated_instances_only == Some(true) {
        let message =
            "deploymentMode RESTART is for all instances: updateOutdatedInstancesOnly cannot be true";
        ("InvalidUpdateOutdatedInstancesOnlyValueException", message)
    } else {
        return Ok(());
    };
    Err(ApiError::refused(code, message))
}

fn invalid(message: &str) -> Result<(), ApiError> {
    Err(ApiError::refused("InvalidRevisionException", message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use ComputePlatform::{ECS, Lambda, Server};

    #[test]
    fn every_platform_has_members_of_its_own() {
        let s3 = |bundle: &str| json!({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": bundle}});
        let targets = json!({"targetInstances": {"autoScalingGroups": ["a"]}, "revision": s3("zip")});
        for (platform, style, members, code) in [
            (Lambda, "BLUE_GREEN", json!({"ignoreApplicationStopFailures": false}), ""),
            (
                Lambda,
                "BLUE_GREEN",
                json!({"ignoreApplicationStopFailures": true}),
                "InvalidIgnoreApplicationStopFailuresValueException",
            ),
            (
                ECS,
                "BLUE_GREEN",
                json!({"updateOutdatedInstancesOnly": true}),
                "InvalidUpdateOutdatedInstancesOnlyValueException",
            ),
            (ECS, "BLUE_GREEN", targets.clone(), "InvalidTargetInstancesException"),
            (Lambda, "BLUE_GREEN", json!({"deploymentMode": "RESTART"}), "InvalidInputException"),
            (Lambda, "BLUE_GREEN", json!({"deploymentMode": "STANDARD"}), ""),
            (
                Lambda,
                "BLUE_GREEN",
                json!({"ec2DeploymentOptions": {}}),
                "InvalidAutoScalingGroupProcessToSuspendException",
            ),
            (Server, "IN_PLACE", json!({}), "RevisionRequiredException"),
            (Server, "IN_PLACE", json!({"revision": s3("zip")}), ""),
            (Server, "IN_PLACE", json!({"revision": s3("YAML")}), "InvalidRevisionException"),
            (Server, "IN_PLACE", json!({"revision": {"revisionType": "GitHub"}}), ""),
            (Server, "IN_PLACE", json!({"revision": {"revisionType": "String"}}), "InvalidRevisionException"),
            (Server, "IN_PLACE", targets.clone(), "InvalidTargetInstancesException"),
            (Server, "BLUE_GREEN", targets, ""),
            (Server, "IN_PLACE", json!({"deploymentMode": "RESTART"}), ""),
            (Server, "BLUE_GREEN", json!({"deploymentMode": "RESTART"}), "InvalidInputException"),
            (
                Server,
                "IN_PLACE",
                json!({"deploymentMode": "RESTART", "updateOutdatedInstancesOnly": true}),
                "InvalidUpdateOutdatedInstancesOnlyValueException",
            ),
            (
                Server,
                "IN_PLACE",
                json!({"deploymentMode": "RESTART", "revision": s3("zip")}),
                "InvalidInputException",
            ),
        ] {
            let input: CreateDeploymentInput = serde_json::from_value(members.clone()).expect("a request");
            let definition = json!({"deploymentStyle": {"deploymentType": style}});
            let Value::Object(definition) = definition else { unreachable!("an object") };
            let told = for_platform(&input, platform, &definition).map_or_else(|error| error.code, |()| "");
            assert_eq!(told, code, "{platform:?} {style} {members}");
        }
    }
}
