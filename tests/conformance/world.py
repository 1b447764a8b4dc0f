"""A small prepared world for requests made by the model: something of everything, and a look at all of it."""

import itertools
import json
import pathlib

from scene import (
    CONTAINER_OPTIONS, CONTAINER_ROUTES, ROLE, ROLLBACK_EVENTS, STYLE, Scene, lambda_appspec, revision)
from support import ACCOUNT, REGION, wait_until
from wire import Wire

ARN = f"arn:aws:codedeploy:{REGION}:{ACCOUNT}"
NOTES_EVENT = "#!/bin/sh\ncat >'{0}.part' && mv '{0}.part' '{0}'\n"
S3 = {"revisionType": "S3", "s3Location": {
    "bucket": "releases", "key": "shop/1.zip", "bundleType": "zip", "version": "v1", "eTag": "e1"}}
GITHUB = {"revisionType": "GitHub", "gitHubLocation": {
    "repository": "octo/shop", "commitId": "0123456789abcdef0123456789abcdef01234567"}}
FLEET = {"ec2TagFilters": [{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}]}


class World:
    """Applications of all platforms with groups, deployments in several states, revisions, instances."""

    HOOKS = 10

    def __init__(self, server, folder):
        self.server = server
        self.scene = Scene(server, pathlib.Path(folder))
        self.wire = Wire(server.endpoint)
        self.numbers = itertools.count(1)
        self.applications = {"Lambda": "shop", "Server": "hosts", "ECS": "tasks"}
        for platform, name in self.applications.items():
            self.wire.call("CreateApplication", applicationName=name, computePlatform=platform,
                           tags=[{"Key": "team", "Value": platform}])
        self.make_groups()
        self.make_revisions()
        self.make_instances()
        self.function = self.scene.function()
        self.make_deployments()
        self.kept = self.names()

    def fresh(self, word):
        return f"{word}-{next(self.numbers)}"

    def make_groups(self):
        self.group(group="prod", alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
                   autoRollbackConfiguration={"enabled": True, "events": ROLLBACK_EVENTS})
        self.group(platform="Server", group="fleet", **FLEET)
        self.group(platform="ECS", group="services", deploymentStyle=STYLE,
                   ecsServices=[{"clusterName": "main", "serviceName": "shop"}],
                   loadBalancerInfo={"targetGroupPairInfoList": [CONTAINER_ROUTES]},
                   blueGreenDeploymentConfiguration=CONTAINER_OPTIONS)

    def group(self, platform="Lambda", group=None, **settings):
        """A group in the platform's application; its names."""
        if platform == "Lambda":
            settings = {"deploymentStyle": STYLE, "deploymentConfigName": "Long", **settings}
        names = {"applicationName": settings.pop("applicationName", self.applications[platform]),
                 "deploymentGroupName": group or self.fresh("group")}
        self.wire.call("CreateDeploymentGroup", **names, serviceRoleArn=ROLE, **settings)
        return names

    def group_arn(self, names):
        return f"{ARN}:deploymentgroup:{names['applicationName']}/{names['deploymentGroupName']}"

    def make_revisions(self):
        for application, given in [("hosts", S3), ("hosts", GITHUB), ("shop", self.appspec("registered"))]:
            self.wire.call("RegisterApplicationRevision", applicationName=application, revision=given,
                           description="of the world")

    def make_instances(self):
        self.instance, self.gone = self.on_premises("box"), self.on_premises("gone")
        self.wire.call("AddTagsToOnPremisesInstances", instanceNames=[self.instance],
                       tags=[{"Key": "role", "Value": "web"}])
        self.wire.call("DeregisterOnPremisesInstance", instanceName=self.gone)

    def on_premises(self, word="box"):
        name = self.fresh(word)
        self.wire.call("RegisterOnPremisesInstance", instanceName=name,
                       iamUserArn=f"arn:aws:iam::{ACCOUNT}:user/{name}")
        return name

    def make_deployments(self):
        self.succeeded = self.deployment(deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce")
        self.stopped = self.deployment()
        self.wire.call("StopDeployment", deploymentId=self.stopped)
        self.on_hosts = self.deployment_of(
            {"applicationName": "hosts", "deploymentGroupName": "fleet"}, S3)
        self.running = self.deployment()
        hooked = [self.hooked_deployment() for _ in range(self.HOOKS)]
        for deployment in (self.succeeded, self.stopped, self.on_hosts):
            wait_until(f"{deployment} over", lambda: self.status(deployment) in ("Succeeded", "Stopped", "Failed"))
        self.hook_executions = [self.awaited(*each) for each in hooked]
        self.target_ids = pages(self.wire, "ListDeploymentTargets", "targetIds", deploymentId=self.succeeded)
        self.arns = [*(f"{ARN}:application:{name}" for name in self.applications.values()),
                     f"{ARN}:deploymentgroup:shop/prod", f"{ARN}:deploymentgroup:hosts/fleet"]

    def appspec(self, function, hooks=None):
        return revision(lambda_appspec(function, hooks))

    def deployment(self, hooks=None, **settings):
        """A deployment of a function of its own in a group of its own. It outlasts the tests."""
        return self.deployment_of(self.group(), self.appspec(self.scene.function(), hooks), **settings)

    def deployment_of(self, names, given, **settings):
        return self.wire.call("CreateDeployment", **names, revision=given, **settings)["deploymentId"]

    def hooked_deployment(self):
        """A deployment whose hook never answers by itself, and where the hook notes its event."""
        noted, hook = self.scene.folder / self.fresh("noted"), self.fresh("hook")
        self.scene.publish(hook, NOTES_EVENT.format(noted))
        return self.deployment({"BeforeAllowTraffic": hook}), noted

    def awaited(self, deployment, noted):
        event = json.loads(wait_until(f"{noted} is written", lambda: noted.exists() and noted.read_text()))
        return deployment, event["LifecycleEventHookExecutionId"]

    def status(self, deployment):
        return self.wire.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]["status"]

    def settle(self):
        """Waits until nothing changes any more by itself; the fingerprint from then on."""
        under_way = ["Created", "Queued", "InProgress", "Baking"]
        wait_until("what was deployed is over or waits", lambda: all(map(self.waits, pages(
            self.wire, "ListDeployments", "deployments", includeOnlyStatuses=under_way))))
        return fingerprint(self)

    def waits(self, deployment):
        """Whether a deployment is over, waits for its hook, or for the time to shift the rest of the traffic."""
        if self.status(deployment) in ("Succeeded", "Failed", "Stopped"):
            return True
        targets = deployment_inside(self.wire, deployment)
        if not targets:
            return False
        target = targets[0]["lambdaTarget"]
        hook = target["lifecycleEvents"][0]
        return hook["status"] == "InProgress" or target["lambdaFunctionInfo"]["targetVersionWeight"] > 0

    def names(self):
        """What can be deleted, by name."""
        applications = pages(self.wire, "ListApplications", "applications")
        return {
            "applications": set(applications),
            "groups": {(application, group) for application in applications for group in pages(
                self.wire, "ListDeploymentGroups", "deploymentGroups", applicationName=application)},
            "configs": set(pages(self.wire, "ListDeploymentConfigs", "deploymentConfigsList")),
        }

    def tidy(self):
        """Deletes what tests have made beside the world."""
        now = self.names()
        for name in now["applications"] - self.kept["applications"]:
            self.wire.call("DeleteApplication", applicationName=name)
        for application, group in now["groups"] - self.kept["groups"]:
            self.wire.call("DeleteDeploymentGroup", applicationName=application, deploymentGroupName=group)
        for name in now["configs"] - self.kept["configs"]:
            self.wire.call("DeleteDeploymentConfig", deploymentConfigName=name)


def pages(wire, operation, member, **members):
    """A list, to its end."""
    found, token = [], None
    while True:
        page = wire.call(operation, **members, **({"nextToken": token} if token else {}))
        found += page[member]
        token = page.get("nextToken")
        if not token:
            return found


def in_batches(names, size):
    return (names[at:at + size] for at in range(0, len(names), size))


def fingerprint(world):
    """Everything that the API shows, as one object to compare. Of deployments that the world did not begin with
    the targets are left out: there are many, and all of them are over."""
    wire = world.wire
    applications = pages(wire, "ListApplications", "applications")
    configs = pages(wire, "ListDeploymentConfigs", "deploymentConfigsList")
    deployments = pages(wire, "ListDeployments", "deployments")
    instances = [name for status in ("Registered", "Deregistered") for name in pages(
        wire, "ListOnPremisesInstances", "instanceNames", registrationStatus=status)]
    own = {world.succeeded, world.stopped, world.on_hosts, world.running}
    return {
        "applications": [info for some in in_batches(applications, 100)
                         for info in wire.call("BatchGetApplications", applicationNames=some)["applicationsInfo"]],
        "inside": {name: application_inside(wire, name) for name in applications},
        "configs": [wire.call("GetDeploymentConfig", deploymentConfigName=name) for name in configs],
        "deployments": [info for some in in_batches(deployments, 25)
                        for info in wire.call("BatchGetDeployments", deploymentIds=some)["deploymentsInfo"]],
        "targets": {id: deployment_inside(wire, id) for id in deployments if id in own},
        "instances": [info for some in in_batches(instances, 25)
                      for info in wire.call("BatchGetOnPremisesInstances", instanceNames=some)["instanceInfos"]],
        "tokens": pages(wire, "ListGitHubAccountTokenNames", "tokenNameList"),
    }


def application_inside(wire, name):
    groups = pages(wire, "ListDeploymentGroups", "deploymentGroups", applicationName=name)
    revisions = pages(wire, "ListApplicationRevisions", "revisions", applicationName=name)
    return {
        "groups": [info for some in in_batches(groups, 100) for info in wire.call(
            "BatchGetDeploymentGroups", applicationName=name, deploymentGroupNames=some)["deploymentGroupsInfo"]],
        "revisions": [info for some in in_batches(revisions, 25) for info in wire.call(
            "BatchGetApplicationRevisions", applicationName=name, revisions=some)["revisions"]],
        "tags": {arn: wire.call("ListTagsForResource", ResourceArn=arn)["Tags"] for arn in [
            f"{ARN}:application:{name}", *(f"{ARN}:deploymentgroup:{name}/{group}" for group in groups)]},
    }


def deployment_inside(wire, id):
    ids = pages(wire, "ListDeploymentTargets", "targetIds", deploymentId=id)
    if not ids:
        return []
    return wire.call("BatchGetDeploymentTargets", deploymentId=id, targetIds=ids)["deploymentTargets"]
