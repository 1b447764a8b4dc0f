"""What is deployed: a function with two versions behind an alias, its hooks, its application and group."""

import io
import json
import threading
import time
import zipfile

ALIAS = "live"

# Answers with its version, so that a caller can tell them apart.
TARGET = """
def handler(event, context):
    return {"version": %r}
"""

# Takes exactly the two members that a hook is given and answers through the API, signed for what the
# endpoint is: a function URL.
HOOK = """
import os
import boto3

def sign_for_function_url(params, **_):
    params["context"].setdefault("signing", {})["signing_name"] = "lambda"

def handler(event, context):
    deployment, execution = event.pop("DeploymentId"), event.pop("LifecycleEventHookExecutionId")
    if event:
        raise ValueError(f"unexpected: {event}")
    client = boto3.client("codedeploy", endpoint_url=os.environ["API"])
    client.meta.events.register("before-call.codedeploy", sign_for_function_url)
    client.put_lifecycle_event_hook_execution_status(
        deploymentId=deployment, lifecycleEventHookExecutionId=execution, status=os.environ["ANSWER"])
"""


def wait_until(what, condition, seconds):
    """Waits for a condition and returns what it came to."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


def package(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("index.py", source)
    return buffer.getvalue()


def create_function(stack, name, source, variables=None):
    stack.lambda_.create_function(
        FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=stack.role, Timeout=10,
        Code={"ZipFile": package(source)}, Environment={"Variables": variables or {}})


def create_hook(stack, name, answer="Succeeded"):
    create_function(stack, name, HOOK, {"API": stack.api, "ANSWER": answer})
    return name


def invoke(stack, function, event):
    """What a function answers to an event."""
    answer = stack.lambda_.invoke(FunctionName=function, Payload=json.dumps(event))
    told = answer["Payload"].read()
    assert "FunctionError" not in answer, told
    return json.loads(told or b"null")


class Target:
    """A function with versions 1 and 2, its alias at 1, and a deployment group for it."""

    def __init__(self, stack, name, config, *, alarms=(), rollback=()):
        self.stack, self.name = stack, name
        create_function(stack, name, TARGET % "1")
        stack.lambda_.publish_version(FunctionName=name)
        stack.lambda_.update_function_code(FunctionName=name, ZipFile=package(TARGET % "2"))
        stack.lambda_.publish_version(FunctionName=name)
        stack.lambda_.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion="1")
        self.create_group(
            deploymentConfigName=config, serviceRoleArn=stack.role,
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            alarmConfiguration={"enabled": bool(alarms), "alarms": [{"name": alarm} for alarm in alarms]},
            autoRollbackConfiguration={"enabled": bool(rollback), "events": list(rollback)})

    def create_group(self, **settings):
        """The application and its group."""
        client = self.stack.codedeploy
        client.create_application(applicationName=self.name, computePlatform="Lambda")
        client.create_deployment_group(applicationName=self.name, deploymentGroupName="group", **settings)

    def revision(self, hooks):
        properties = {"Name": self.name, "Alias": ALIAS, "CurrentVersion": "1", "TargetVersion": "2"}
        content = {
            "version": 0.0,
            "Resources": [{self.name: {"Type": "AWS::Lambda::Function", "Properties": properties}}],
            "Hooks": [{event: function} for event, function in hooks.items()],
        }
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}

    def try_deploy(self, **hooks):
        return self.stack.run_aws("create-deployment", application_name=self.name,
                                  deployment_group_name="group", revision=self.revision(hooks))

    def deploy(self, **hooks):
        """Starts a deployment of version 2."""
        watch = Watch(self)
        answer = self.try_deploy(**hooks)
        assert answer.returncode == 0, answer.stderr
        return Deployment(self, json.loads(answer.stdout)["deploymentId"], watch)

    def weights(self):
        """The alias as {version: share}."""
        alias = self.stack.lambda_.get_alias(FunctionName=self.name, Name=ALIAS)
        others = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return {alias["FunctionVersion"]: round(1 - sum(others.values()), 6), **others}

    def answering_versions(self, times):
        """Which versions answer to this many calls of the alias."""
        answers = (self.stack.lambda_.invoke(FunctionName=self.name, Qualifier=ALIAS) for _ in range(times))
        return {json.load(answer["Payload"])["version"] for answer in answers}


class Watch:
    """Notes every change of an alias, and when it was."""

    def __init__(self, target):
        self.target, self.seen, self._over = target, [], threading.Event()
        self._note()
        self._watcher = threading.Thread(target=self._run, daemon=True)
        self._watcher.start()

    def _run(self):
        while not self._over.wait(0.25):
            self._note()

    def _note(self):
        weights = self.target.weights()
        if not self.seen or self.seen[-1][1] != weights:
            self.seen.append((time.monotonic(), weights))

    def end(self):
        """Everything noted. The watching is over."""
        self._over.set()
        self._watcher.join()
        self._note()
        return self.seen


class Deployment:
    """A deployment that was started here."""

    def __init__(self, target, id, watch):
        self.target, self.stack, self.id, self._watch = target, target.stack, id, watch

    def await_weights(self, weights, seconds):
        """Waits until the alias was seen to be so."""
        wait_until(f"{self.target.name} at {weights}", lambda: self._watch.seen[-1][1] == weights, seconds)

    def check_history(self, *expected):
        """Since before the deployment the alias went through exactly these weights. Gives when."""
        seen = self._watch.end()
        assert [weights for _, weights in seen] == list(expected), seen
        return [at for at, _ in seen]

    def info(self, id=None):
        return self.stack.codedeploy.get_deployment(deploymentId=id or self.id)["deploymentInfo"]

    def await_end(self, status, seconds, id=None):
        """Waits until it is over and checks how it ended."""
        over = {"Succeeded", "Failed", "Stopped"}
        info = wait_until(f"{id or self.id} over",
                          lambda: (told := self.info(id))["status"] in over and told, seconds)
        assert info["status"] == status, f"{info['status']}: {info.get('errorInformation')}"
        return info

    def wait_command(self):
        """`aws deploy wait deployment-successful`: its exit code."""
        return self.stack.run_aws("wait", "deployment-successful", deployment_id=self.id).returncode

    def events(self):
        """The lifecycle events as {name: status}."""
        ids = self.stack.aws("list-deployment-targets", deployment_id=self.id)["targetIds"]
        assert len(ids) == 1, ids
        shown = self.stack.aws("get-deployment-target", deployment_id=self.id, target_id=ids[0])
        events = shown["deploymentTarget"]["lambdaTarget"]["lifecycleEvents"]
        return {event["lifecycleEventName"]: event["status"] for event in events}

    def check_rolled_back(self, info):
        """The deployment names its rollback deployment, which is over and tells of it too."""
        told = self.await_end("Succeeded", 30, info["rollbackInfo"]["rollbackDeploymentId"])
        assert told["creator"] == "codeDeployRollback", told["creator"]
        assert told["rollbackInfo"]["rollbackTriggeringDeploymentId"] == self.id, told["rollbackInfo"]
        assert self.target.weights() == {"1": 1}
