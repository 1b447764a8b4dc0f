"""What is deployed: functions with two versions behind an alias, hooks, alarms, an application, groups."""

import itertools
import json

from support import ACCOUNT, AWS, CUTOVER, REGION, wait_until

ALIAS = "live"
ROLE = "arn:aws:iam::123456789012:role/cutover"
STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
ROLLBACK_EVENTS = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
EVENTS = ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]

# What a group of containers needs.
CONTAINER_ROUTES = {"targetGroups": [{"name": "blue"}, {"name": "green"}], "prodTrafficRoute": {"listenerArns": [
    f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/shop/1/2"]}}
CONTAINER_OPTIONS = {
    "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}}

# Waits that are short at speed 60, and one that outlasts every test.
SHORT = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 1}}
LONG = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 600}}

ANSWERS_VERSION = """#!/bin/sh
cat >/dev/null
echo "{\\"version\\": \\"$CUTOVER_FUNCTION_VERSION\\"}"
"""
HOOK = f"""#!/bin/sh
exec {CUTOVER} hooks answer --status STATUS
"""
# A hook that is the AWS CLI: it knows where to go from its environment alone.
AWS_HOOK = f"""#!/bin/sh
event=$(cat)
member() {{ printf '%s' "$event" | sed -n "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/p"; }}
exec {AWS} deploy put-lifecycle-event-hook-execution-status --deployment-id "$(member DeploymentId)" \\
    --lifecycle-event-hook-execution-id "$(member LifecycleEventHookExecutionId)" --status Succeeded
"""


def lambda_appspec(function, hooks=None, current="1", target="2", alias=ALIAS):
    """An AppSpec as an object; hooks by event."""
    resource = {"Type": "AWS::Lambda::Function", "Properties": {
        "Name": function, "Alias": alias, "CurrentVersion": current, "TargetVersion": target}}
    spec = {"version": 0.0, "Resources": [{"target": resource}]}
    if hooks:
        spec["Hooks"] = [{event: name} for event, name in hooks.items()]
    return spec


def lambda_appspec_yaml(function, hooks=None):
    lines = ["version: 0.0", "Resources:", "  - target:", "      Type: AWS::Lambda::Function",
             "      Properties:", f"        Name: {function}", f"        Alias: {ALIAS}",
             '        CurrentVersion: "1"', '        TargetVersion: "2"']
    if hooks:
        lines += ["Hooks:", *(f"  - {event}: {name}" for event, name in hooks.items())]
    return "\n".join(lines) + "\n"


def revision(appspec):
    """An AppSpec, as text or object, as the API's revision."""
    content = appspec if isinstance(appspec, str) else json.dumps(appspec)
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}


class Scene:
    """Makes things on a server, each with a name of its own."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.client = server.boto3()
        self.numbers = itertools.count(1)
        self.client.create_deployment_config(
            deploymentConfigName="Short", computePlatform="Lambda", trafficRoutingConfig=SHORT)
        self.client.create_deployment_config(
            deploymentConfigName="Long", computePlatform="Lambda", trafficRoutingConfig=LONG)

    def name(self, word):
        return f"{word}-{next(self.numbers)}"

    def script(self, name, text):
        path = self.folder / f"{name}.sh"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def publish(self, name, text):
        """Publishes a script as the function's next version, which it returns."""
        return self.server.cutover("functions", "publish", name, "--command", self.script(name, text)).strip()

    def function(self, word="function"):
        """A function with two versions and an alias at the first."""
        name = self.name(word)
        assert [self.publish(name, ANSWERS_VERSION) for _ in range(2)] == ["1", "2"]
        self.server.cutover("functions", "alias", name, ALIAS, "--version", "1")
        return name

    def hook(self, status="Succeeded"):
        """A hook that answers so."""
        name = self.name("hook")
        self.publish(name, HOOK.replace("STATUS", status))
        return name

    def aws_hook(self):
        name = self.name("hook")
        self.publish(name, AWS_HOOK)
        return name

    def silent_hook(self):
        """A hook that never answers."""
        name = self.name("hook")
        self.publish(name, "#!/bin/sh\ncat >/dev/null\n")
        return name

    def alarm(self):
        name = self.name("alarm")
        self.server.cutover("alarms", "put", name)
        self.server.cutover("alarms", "set", name, "OK")
        return name

    def application(self):
        name = self.name("app")
        self.client.create_application(applicationName=name, computePlatform="Lambda")
        return name

    def target(self, **settings):
        return Target(self, **settings)

    def alias(self, function):
        """The alias as version and weights."""
        alias = self.server.cutover_json("functions", "show", function)["aliases"][ALIAS]
        return alias["version"], alias["weights"]

    def await_alias(self, function, version, weights=None):
        wanted = (version, weights or {})
        wait_until(f"{function} at {wanted}", lambda: self.alias(function) == wanted)


class Target:
    """A function, its application and a group for it."""

    def __init__(self, scene, config="Short", alarms=None, rollback=None, application=None):
        self.scene, self.client = scene, scene.client
        self.function = scene.function()
        self.application = application or scene.application()
        self.group = scene.name("group")
        settings = {}
        if alarms is not None:
            settings["alarmConfiguration"] = {"enabled": True, "alarms": [{"name": a} for a in alarms]}
        if rollback is not None:
            settings["autoRollbackConfiguration"] = {"enabled": True, "events": rollback}
        self.client.create_deployment_group(
            applicationName=self.application, deploymentGroupName=self.group, serviceRoleArn=ROLE,
            deploymentConfigName=config, deploymentStyle=STYLE, **settings)

    def names(self):
        return {"applicationName": self.application, "deploymentGroupName": self.group}

    def cli_names(self):
        return {"application_name": self.application, "deployment_group_name": self.group}

    def deploy(self, hooks=None, **more):
        """Starts a deployment through boto3; its id."""
        created = self.client.create_deployment(
            **self.names(), revision=revision(lambda_appspec(self.function, hooks)), **more)
        return created["deploymentId"]

    def info(self, deployment):
        return self.client.get_deployment(deploymentId=deployment)["deploymentInfo"]

    def await_status(self, deployment, status):
        """Waits for the status; any other end is a failure. The deployment as it then is."""
        def ended():
            info = self.info(deployment)
            over = info["status"] in ("Succeeded", "Failed", "Stopped")
            assert not over or info["status"] == status, f"{info['status']}: {info.get('errorInformation')}"
            return info if info["status"] == status else None
        return wait_until(f"{deployment} {status}", ended)

    def lambda_target(self, deployment):
        """The one target of a deployment."""
        ids = self.client.list_deployment_targets(deploymentId=deployment)["targetIds"]
        assert len(ids) == 1, ids
        answer = self.client.get_deployment_target(deploymentId=deployment, targetId=ids[0])
        assert answer["deploymentTarget"]["deploymentTargetType"] == "LambdaTarget"
        return answer["deploymentTarget"]["lambdaTarget"]

    def event_statuses(self, deployment):
        events = self.lambda_target(deployment)["lifecycleEvents"]
        assert [event["lifecycleEventName"] for event in events] == EVENTS
        return [event["status"] for event in events]

    def await_alias(self, version, weights=None):
        self.scene.await_alias(self.function, version, weights)

    def check_rolled_back(self, victim):
        """The rollback deployment of a deployment that is over, with the API's own messages."""
        info = self.info(victim)
        back = info["rollbackInfo"]["rollbackDeploymentId"]
        assert info["rollbackInfo"]["rollbackMessage"] == (
            f"Deployment {victim} terminated. Automatic rollback is triggered with a DeploymentId {back}.")
        rollback = self.await_status(back, "Succeeded")
        assert rollback["creator"] == "codeDeployRollback"
        assert rollback["rollbackInfo"] == {
            "rollbackTriggeringDeploymentId": victim,
            "rollbackMessage": f"Deployment {back} is triggered to roll back deployment {victim}."}
        assert self.event_statuses(back) == ["Succeeded"] * 3
        assert self.scene.alias(self.function) == ("1", {})
        return back
