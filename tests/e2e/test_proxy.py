"""`cutover proxy` in front of the deployed API: the AWS CLI with one changed endpoint, and what it refuses."""

import contextlib
import http.client
import json
import re

import command
from target import Target

OPERATION = "CodeDeploy_20141006."


class AskedFor(Target):
    """All of it is asked for with the AWS CLI."""

    def create_group(self, **settings):
        settings = {re.sub("[A-Z]", lambda c: "_" + c[0].lower(), name): value for name, value in settings.items()}
        self.stack.aws("create-application", application_name=self.name, compute_platform="Lambda")
        self.stack.aws("create-deployment-group", application_name=self.name, deployment_group_name="group",
                       **settings)


def create_caller(stack):
    """The keys of a user who may do what the stack's documentation asks for, and nothing else."""
    iam = stack.client("iam")
    iam.create_user(UserName="e2e-caller")
    iam.attach_user_policy(UserName="e2e-caller", PolicyArn=stack.outputs["ApiCallerPolicyArn"])
    key = iam.create_access_key(UserName="e2e-caller")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def post(proxy, operation, body, **headers):
    """A request as it is on the wire: status, error header, and the answer."""
    with contextlib.closing(http.client.HTTPConnection(proxy.listen, timeout=60)) as connection:
        headers = {"X-Amz-Target": OPERATION + operation, "Content-Type": "application/x-amz-json-1.1"} | headers
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers["x-amzn-ErrorType"], json.load(answer)


def test_proxy(stack):
    keys = create_caller(stack)
    with command.Running(stack, "proxy", "--function", stack.outputs["ApiFunction"], keys=keys) as proxy:
        check_canary(stack.at(proxy.endpoint))
        check_errors(stack.at(proxy.endpoint), proxy)
        check_strangers(proxy)
        assert proxy.terminate() == 0, proxy.said()
    check_other_functions(stack, keys)


def check_canary(stack):
    """A whole deployment, asked for and watched through the proxy."""
    canary = {"canaryPercentage": 10, "canaryInterval": 1}
    stack.aws("create-deployment-config", deployment_config_name="Proxied", compute_platform="Lambda",
              traffic_routing_config={"type": "TimeBasedCanary", "timeBasedCanary": canary})
    target = AskedFor(stack, "proxied", "Proxied")
    deployment = target.deploy()
    before = deployment.info()["status"]
    assert before in ("Created", "InProgress")
    shown = command.run(stack, "--json", "explain", deployment.id, CUTOVER_ENDPOINT=stack.api)
    # It may begin in between.
    assert json.loads(shown.stdout)["status"] in (before, deployment.info()["status"]), shown
    assert deployment.wait_command() == 0
    deployment.check_history({"1": 1}, {"1": 0.9, "2": 0.1}, {"2": 1})
    info = stack.aws("get-deployment", deployment_id=deployment.id)["deploymentInfo"]
    assert info["status"] == "Succeeded", info
    listed = stack.aws("list-deployments", application_name="proxied", deployment_group_name="group")
    assert listed["deployments"] == [deployment.id], listed


def check_errors(stack, proxy):
    """What the API refuses comes back as it is."""
    code = "ApplicationDoesNotExistException"
    status, header, told = post(proxy, "GetApplication", '{"applicationName": "nobody"}')
    assert (status, header, told["__type"]) == (400, code, code), (status, header, told)
    refused = stack.run_aws("get-application", application_name="nobody")
    assert refused.returncode == 255 and f"An error occurred ({code})" in refused.stderr, refused
    assert "nobody" in refused.stderr, refused


def check_strangers(proxy):
    """A name that is not this machine's, as a web page would come with, gets nothing through."""
    for host, expected in [("evil.example", 403), ("evil.example:7272", 403), (proxy.listen, 200)]:
        status, header, told = post(proxy, "ListApplications", "{}", Host=host)
        assert status == expected, (host, status, told)
        assert (header == "AccessDeniedException") == (expected == 403), (host, header, told)
        assert ("applications" in told) == (expected == 200), told


def check_other_functions(stack, keys):
    """The caller may invoke the API and nothing else, and hears what could not be invoked."""
    with command.Running(stack, "proxy", "--function", "some-function", keys=keys) as proxy:
        status, header, told = post(proxy, "ListApplications", "{}")
    assert (status, header) == (400, "AccessDeniedException"), (status, header, told)
    assert "could not invoke some-function" in told["message"] and "not authorized" in told["message"], told
