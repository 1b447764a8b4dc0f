"""For every operation the requests that have to succeed in the world, each with fresh names where it makes,
changes or uses up something; or, where nothing in the world allows a success, the refusal it has to meet."""

from dataclasses import dataclass
from typing import Callable

from scene import CONTAINER_OPTIONS, CONTAINER_ROUTES, ROLE, STYLE
from support import ACCOUNT, REGION
from wire import OWN
from world import ARN, GITHUB, S3

ALARMS = {"enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "errors"}, {"name": "latency"}]}
ROLLBACK = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
TAGS = [{"Key": "team", "Value": "blue"}]
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:deployments"
FILTER = {"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}
ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"


@dataclass(frozen=True)
class Recipe:
    """A valid request: `make` gives its body, `code` the refusal that it meets all the same."""

    operation: str
    name: str
    make: Callable
    code: str | None = None
    # What was asked for once cannot be asked for again.
    consumed: bool = False

    def __str__(self):
        return f"{self.operation}-{self.name}" if self.name else self.operation


RECIPES = []


def recipe(operation, make, name="", code=None, consumed=False):
    RECIPES.append(Recipe(operation, name, make, code, consumed))


# Applications

recipe("CreateApplication", lambda w: {
    "applicationName": w.fresh("app"), "computePlatform": "Lambda", "tags": TAGS}, consumed=True)
recipe("GetApplication", lambda w: {"applicationName": "shop"})
recipe("BatchGetApplications", lambda w: {"applicationNames": ["shop", "hosts"]})
recipe("ListApplications", lambda w: {})
recipe("UpdateApplication", lambda w: {
    "applicationName": application(w), "newApplicationName": w.fresh("app")}, consumed=True)
recipe("DeleteApplication", lambda w: {"applicationName": application(w)}, consumed=True)


def application(world, platform="Server"):
    name = world.fresh("app")
    world.wire.call("CreateApplication", applicationName=name, computePlatform=platform)
    return name


# Configurations

recipe("CreateDeploymentConfig", lambda w: {
    "deploymentConfigName": w.fresh("Canary"), "computePlatform": "Lambda", "trafficRoutingConfig": {
        "type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 5}}},
    "canary", consumed=True)
recipe("CreateDeploymentConfig", lambda w: {
    "deploymentConfigName": w.fresh("Linear"), "computePlatform": "ECS", "trafficRoutingConfig": {
        "type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 20, "linearInterval": 5}}},
    "linear", consumed=True)
recipe("CreateDeploymentConfig", lambda w: {
    "deploymentConfigName": w.fresh("Zonal"), "computePlatform": "Server",
    "minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 50},
    "zonalConfig": {"firstZoneMonitorDurationInSeconds": 60, "monitorDurationInSeconds": 30,
                    "minimumHealthyHostsPerZone": {"type": "HOST_COUNT", "value": 1}}},
    "zonal", consumed=True)
recipe("GetDeploymentConfig", lambda w: {"deploymentConfigName": "Long"})
recipe("ListDeploymentConfigs", lambda w: {})
recipe("DeleteDeploymentConfig", lambda w: {"deploymentConfigName": config(w)}, consumed=True)


def config(world):
    name = world.fresh("Unused")
    world.wire.call("CreateDeploymentConfig", deploymentConfigName=name, computePlatform="Server",
                    minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})
    return name


# Groups

SETTINGS = {
    "Lambda": {"deploymentConfigName": "Long", "deploymentStyle": STYLE, "alarmConfiguration": ALARMS,
               "autoRollbackConfiguration": ROLLBACK},
    "Server": {
        "deploymentConfigName": "CodeDeployDefault.HalfAtATime", "ec2TagFilters": [FILTER],
        "onPremisesInstanceTagFilters": [FILTER], "autoScalingGroups": ["web"],
        "outdatedInstancesStrategy": "IGNORE", "terminationHookEnabled": True,
        "ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["Terminate", "AZRebalance"]},
        "triggerConfigurations": [{"triggerName": "all", "triggerTargetArn": TOPIC, "triggerEvents": [
            "DeploymentStart", "InstanceFailure"]}],
        "deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "loadBalancerInfo": {"targetGroupInfoList": [{"name": "web"}]}},
    "Sets": {
        "ec2TagSet": {"ec2TagSetList": [[FILTER], [{"Key": "zone", "Type": "KEY_ONLY"}]]},
        "onPremisesTagSet": {"onPremisesTagSetList": [[{"Value": "web", "Type": "VALUE_ONLY"}]]},
        "loadBalancerInfo": {"elbInfoList": [{"name": "classic"}]},
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "blueGreenDeploymentConfiguration": {
            **CONTAINER_OPTIONS, "greenFleetProvisioningOption": {"action": "DISCOVER_EXISTING"}}},
    "ECS": {
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce", "deploymentStyle": STYLE,
        "blueGreenDeploymentConfiguration": CONTAINER_OPTIONS,
        "loadBalancerInfo": {"targetGroupPairInfoList": [
            {**CONTAINER_ROUTES, "testTrafficRoute": CONTAINER_ROUTES["prodTrafficRoute"]}]}},
}
PLATFORMS = {"Lambda": "Lambda", "Server": "Server", "Sets": "Server", "ECS": "ECS"}


def settings(world, kind):
    if kind != "ECS":
        return SETTINGS[kind]
    # A service belongs to one group.
    return {**SETTINGS[kind], "ecsServices": [{"clusterName": "main", "serviceName": world.fresh("service")}]}


for kind, platform in PLATFORMS.items():
    recipe("CreateDeploymentGroup", lambda w, kind=kind, platform=platform: {
        "applicationName": w.applications[platform], "deploymentGroupName": w.fresh("group"),
        "serviceRoleArn": ROLE, "tags": TAGS, **settings(w, kind)}, kind, consumed=True)
    recipe("UpdateDeploymentGroup", lambda w, kind=kind, platform=platform: {
        **current(scratch(w, platform)), "newDeploymentGroupName": w.fresh("group"), "serviceRoleArn": ROLE,
        **settings(w, kind)}, kind, consumed=True)
recipe("GetDeploymentGroup", lambda w: {"applicationName": "shop", "deploymentGroupName": "prod"})
recipe("BatchGetDeploymentGroups", lambda w: {"applicationName": "shop", "deploymentGroupNames": ["prod"]})
recipe("ListDeploymentGroups", lambda w: {"applicationName": "shop"})
recipe("DeleteDeploymentGroup", lambda w: w.group(), consumed=True)


def scratch(world, platform):
    """A new group to be changed."""
    if platform != "ECS":
        return world.group(platform)
    return world.group(platform, **settings(world, "ECS"))


def current(names):
    return {"applicationName": names["applicationName"],
            "currentDeploymentGroupName": names["deploymentGroupName"]}


# Deployments

recipe("CreateDeployment", lambda w: {
    **w.group(), "deploymentConfigName": ALL_AT_ONCE, "revision": w.appspec(w.function), "description": "new",
    "ignoreApplicationStopFailures": False, "updateOutdatedInstancesOnly": False,
    "autoRollbackConfiguration": ROLLBACK, "overrideAlarmConfiguration": {**ALARMS, "enabled": False},
    "fileExistsBehavior": "DISALLOW", "deploymentMode": "STANDARD"}, "Lambda", consumed=True)
recipe("CreateDeployment", lambda w: {
    **w.group("Server", ec2TagFilters=[FILTER]), "revision": S3, "ignoreApplicationStopFailures": True,
    "updateOutdatedInstancesOnly": True, "fileExistsBehavior": "OVERWRITE"}, "Server", consumed=True)
recipe("GetDeployment", lambda w: {"deploymentId": w.succeeded})
recipe("BatchGetDeployments", lambda w: {"deploymentIds": [w.succeeded, w.stopped, w.on_hosts]})
recipe("ListDeployments", lambda w: {
    "applicationName": "shop", "deploymentGroupName": "prod", "includeOnlyStatuses": ["Succeeded", "Failed"],
    "createTimeRange": {"start": 1, "end": 4_000_000_000}})
recipe("ListDeployments", lambda w: {}, "all")
recipe("StopDeployment", lambda w: {
    "deploymentId": w.deployment(), "autoRollbackEnabled": False}, consumed=True)
recipe("ContinueDeployment", lambda w: {"deploymentId": w.running, "deploymentWaitType": "READY_WAIT"},
       code="UnsupportedActionForDeploymentTypeException")
recipe("SkipWaitTimeForInstanceTermination", lambda w: {"deploymentId": w.running},
       code="UnsupportedActionForDeploymentTypeException")
recipe("PutLifecycleEventHookExecutionStatus", lambda w: hook_answer(w), consumed=True)


def hook_answer(world):
    """The answer of a hook that nobody has given yet, while there are such hooks."""
    deployment, execution = world.hook_executions[0]
    if len(world.hook_executions) > 1:
        world.hook_executions.pop(0)
    return {"deploymentId": deployment, "lifecycleEventHookExecutionId": execution, "status": "Succeeded"}


# Targets and instances of deployments

recipe("ListDeploymentTargets", lambda w: {
    "deploymentId": w.succeeded, "targetFilters": {"TargetStatus": ["Succeeded"]}})
recipe("GetDeploymentTarget", lambda w: {"deploymentId": w.succeeded, "targetId": target(w)})
recipe("BatchGetDeploymentTargets", lambda w: {"deploymentId": w.succeeded, "targetIds": [target(w)]})
recipe("ListDeploymentInstances", lambda w: {
    "deploymentId": w.on_hosts, "instanceStatusFilter": ["Failed", "Skipped"]})
recipe("GetDeploymentInstance", lambda w: {"deploymentId": w.on_hosts, "instanceId": "i-0123456789abcdef0"},
       code="InstanceDoesNotExistException")
recipe("BatchGetDeploymentInstances", lambda w: {
    "deploymentId": w.on_hosts, "instanceIds": ["i-0123456789abcdef0"]})


def target(world):
    return world.wire.call("ListDeploymentTargets", deploymentId=world.succeeded)["targetIds"][0]


# Revisions

recipe("RegisterApplicationRevision", lambda w: {
    "applicationName": "hosts", "description": "one more", "revision": {
        "revisionType": "S3", "s3Location": {**S3["s3Location"], "key": w.fresh("key")}}}, "S3", consumed=True)
recipe("RegisterApplicationRevision", lambda w: {
    "applicationName": "shop", "revision": {"revisionType": "AppSpecContent", "appSpecContent": {
        "content": w.appspec(w.fresh("f"))["appSpecContent"]["content"]}}}, "AppSpec", consumed=True)
recipe("GetApplicationRevision", lambda w: {"applicationName": "hosts", "revision": S3}, "S3")
recipe("GetApplicationRevision", lambda w: {"applicationName": "hosts", "revision": GITHUB}, "GitHub")
recipe("BatchGetApplicationRevisions", lambda w: {"applicationName": "hosts", "revisions": [S3, GITHUB]})
recipe("ListApplicationRevisions", lambda w: {
    "applicationName": "hosts", "sortBy": "registerTime", "sortOrder": "descending", "s3Bucket": "releases",
    "s3KeyPrefix": "shop/", "deployed": "ignore"})

# On-premises instances

recipe("RegisterOnPremisesInstance", lambda w: {
    "instanceName": (name := w.fresh("box")), "iamUserArn": f"arn:aws:iam::{ACCOUNT}:user/{name}"}, "user",
    consumed=True)
recipe("RegisterOnPremisesInstance", lambda w: {
    "instanceName": (name := w.fresh("box")),
    "iamSessionArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/boxes/{name}"}, "session", consumed=True)
recipe("GetOnPremisesInstance", lambda w: {"instanceName": w.instance})
recipe("BatchGetOnPremisesInstances", lambda w: {"instanceNames": [w.instance]})
recipe("ListOnPremisesInstances", lambda w: {"registrationStatus": "Registered", "tagFilters": [FILTER]})
recipe("AddTagsToOnPremisesInstances", lambda w: {"tags": TAGS, "instanceNames": [w.on_premises()]}, consumed=True)
recipe("RemoveTagsFromOnPremisesInstances", lambda w: {"tags": TAGS, "instanceNames": [tagged(w)]}, consumed=True)
recipe("DeregisterOnPremisesInstance", lambda w: {"instanceName": w.on_premises()}, consumed=True)


def tagged(world):
    name = world.on_premises()
    world.wire.call("AddTagsToOnPremisesInstances", instanceNames=[name], tags=TAGS)
    return name


# Tags of resources, and what belongs to nobody

recipe("TagResource", lambda w: {
    "ResourceArn": f"{ARN}:application:{application(w)}", "Tags": TAGS}, "application", consumed=True)
recipe("TagResource", lambda w: {"ResourceArn": w.group_arn(w.group()), "Tags": TAGS}, "group", consumed=True)
recipe("UntagResource", lambda w: {
    "ResourceArn": w.group_arn(w.group(tags=TAGS)), "TagKeys": ["team"]}, consumed=True)
recipe("ListTagsForResource", lambda w: {"ResourceArn": f"{ARN}:application:shop"})
recipe("ListGitHubAccountTokenNames", lambda w: {})
recipe("DeleteGitHubAccountToken", lambda w: {"tokenName": token(w)}, consumed=True)
recipe("DeleteResourcesByExternalId", lambda w: {"externalId": "nothing"})


def token(world):
    """A GitHub account token, which CodeDeploy has no operation to make."""
    name = world.fresh("token")
    reply = world.wire.post("PutGitHubAccountToken", {"tokenName": name, "token": "ghp_0"}, prefix=OWN)
    assert reply.status == 200, reply.raw
    return name

