"""A push becomes a deployment, by EventBridge: once, however often it is told, and never an older build."""

import json

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


def pushed(build):
    """A tag, as GitHub tells of it and AWS's template for inbound webhooks puts it on the bus."""
    commit = f"c{build:039x}"
    return {"Source": "github.com", "DetailType": "push", "Detail": json.dumps({
        "ref": f"refs/tags/build-{build}", "before": "0" * 40, "after": commit, "deleted": False,
        "head_commit": {"id": commit}, "repository": {"full_name": "acme/shop", "pushed_at": 1_793_534_405}})}


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
    (push,) = own(stack, "ListPushes")["pushes"]
    deployment = push["deploymentId"]

    def status():
        return stack.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"]
    wait_until("it succeeds", lambda: status() == "Succeeded", 90)
    assert target.answering_versions(5) == {"2"}

    tell(6, 7)
    wait_until("build 6 is too old", lambda: outcomes() == {"6": "Superseded", "7": "Created"}, 60)
    listed = stack.codedeploy.list_deployments(applicationName=target.name, deploymentGroupName="group")
    assert listed["deployments"] == [deployment], listed
