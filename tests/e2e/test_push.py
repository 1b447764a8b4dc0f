"""A push becomes a deployment, by EventBridge and by webhook: once, however often it is told, and never an older build."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request

from target import Target, wait_until


def own(stack, operation, **members):
    """One of Cutover's own operations."""
    event = {
        "version": "2.0", "rawPath": "/", "isBase64Encoded": False, "body": json.dumps(members),
        "headers": {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Cutover_20261101.{operation}"},
        "requestContext": {"requestId": "e2e", "http": {"method": "POST", "path": "/"}},
    }
    answer = json.load(stack.lambda_.invoke(FunctionName=stack.outputs["ApiFunction"],
                                            Payload=json.dumps(event))["Payload"])
    assert answer["statusCode"] == 200, answer
    return json.loads(answer["body"])


def payload(build, repository="acme/shop", pushed_at=1_793_534_405):
    """A tag, as GitHub tells of it."""
    commit = f"c{build:039x}"
    return json.dumps({
        "ref": f"refs/tags/build-{build}", "before": "0" * 40, "after": commit, "deleted": False,
        "head_commit": {"id": commit}, "repository": {"full_name": repository, "pushed_at": pushed_at}})


def pushed(build):
    """The same, as AWS's template for inbound webhooks puts it on the bus."""
    return {"Source": "github.com", "DetailType": "push", "Detail": payload(build)}


def test_push(stack):
    target = Target(stack, "push", "CodeDeployDefault.LambdaAllAtOnce")
    made = own(stack, "CreateTrigger", triggerName="builds", source="github", place="acme/*", reference="refs/tags/build-*",
               orderKey="{{1}}", applicationName=target.name, deploymentGroupName="group",
               revision=target.revision({}))["trigger"]
    assert made["policy"] == "latest", made

    def tell(*builds):
        answer = stack.events.put_events(Entries=[pushed(build) for build in builds])
        assert answer["FailedEntryCount"] == 0, answer

    def outcomes():
        pushes = own(stack, "ListPushes", triggerName="builds")["pushes"]
        return {push["reference"].removeprefix("refs/tags/build-"): push["outcome"] for push in pushes}

    tell(7, 7)
    wait_until("build 7 is deployed", lambda: outcomes() == {"7": "Created"}, 60)
    (push,) = own(stack, "ListPushes", triggerName="builds")["pushes"]
    deployment = push["deploymentId"]

    def status():
        return stack.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"]
    wait_until("it succeeds", lambda: status() == "Succeeded", 90)
    assert target.answering_versions(5) == {"2"}

    tell(6, 7)
    wait_until("build 6 is too old", lambda: outcomes() == {"6": "Superseded", "7": "Created"}, 60)
    listed = stack.codedeploy.list_deployments(applicationName=target.name, deploymentGroupName="group")
    assert listed["deployments"] == [deployment], listed


SECRET = "it-is-a-secret-to-everybody"


def call(url, body, secret=SECRET, **headers):
    """The status and the answer of a delivery."""
    signed = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-GitHub-Event": "push", "X-Hub-Signature-256": signed, **headers}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_webhook(stack):
    """The secret is sealed with the stack's key, which the first to seal makes; the door opens it."""
    target = Target(stack, "webhook", "CodeDeployDefault.LambdaAllAtOnce")
    made = own(stack, "CreateTrigger", triggerName="signed", source="github", place="acme/signed", reference="refs/tags/build-*",
               orderKey="{{1}}", applicationName=target.name, deploymentGroupName="group", secret=SECRET,
               revision=target.revision({}))
    assert made["trigger"]["hasSecret"], made
    assert made["webhookUrl"] == stack.outputs["WebhookUrl"] + "webhooks/signed", (made, stack.outputs)
    key = stack.client("ssm").get_parameter(Name="/cutover/cutover/master-key")["Parameter"]
    assert key["Type"] == "SecureString", key
    url = stack.outputs["WebhookEndpoint"] + "webhooks/"

    body = payload(3, "acme/signed", int(time.time())).encode()
    assert call(url + "signed", body) == (202, {"accepted": 1, "ignored": []})
    form = urllib.parse.urlencode({"payload": body.decode()}).encode()
    assert call(url + "signed", form, **{"Content-Type": "application/x-www-form-urlencoded"})[0] == 202
    refused = (401, {"message": "This webhook is not believed."})
    for answer in (call(url + "signed", body, secret="x" * 20), call(url + "nobody", body), call(url + "signed", payload(4, "acme/signed", 1).encode())):
        assert answer == refused, answer
    assert call(stack.outputs["WebhookEndpoint"], body)[0] == 404
    assert call(url + "signed", b"x" * (1 << 20) + b"x")[0] == 413

    def outcomes():
        return [(push["reference"], push["outcome"]) for push in own(stack, "ListPushes", triggerName="signed")["pushes"]]
    wait_until("build 3 is deployed", lambda: outcomes() == [("refs/tags/build-3", "Created")], 60)
    # Tokens of GitHub are sealed with the same key.
    assert own(stack, "PutGitHubAccountToken", tokenName="octo", token="ghp_0123456789")["tokenName"] == "octo"
