"""A commit of Bitbucket is pushed: its archive comes into S3, once, and a host installs it."""

import hashlib
import hmac
import io
import json
import pathlib
import tempfile
import zipfile

import command
from hosts import BUCKET, Host
from listener import Listener
from target import wait_until
from test_push import SECRET, call, own

TOKEN = "reads-acme-web"
COMMIT = "c0ffee" + "0" * 34
# Bitbucket puts everything into a folder that is called so.
TOP = "acme-web-c0ffee000000"


class Bitbucket(Listener):
    """Hands out one archive, to whoever has the token."""

    def __init__(self, destination):
        self.asked = []
        files = f"files:\n  - source: page.html\n    destination: {destination}\n"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{TOP}/page.html", "from Bitbucket")
            archive.writestr(f"{TOP}/appspec.yml", f"version: 0.0\nos: linux\n{files}")
        self.archive = buffer.getvalue()

    def answer(self, path, headers, body):
        self.asked.append((path, headers.get("authorization")))
        known = self.asked[-1] == (f"/acme/web/get/{COMMIT}.zip", f"Bearer {TOKEN}")
        return (200, self.archive) if known else (404, b"not found")


def pushed(commit):
    """A branch, as Bitbucket Cloud tells of it."""
    target = {"hash": commit, "date": "2026-11-01T12:00:00+00:00"}
    return json.dumps({"repository": {"full_name": "acme/web"}, "push": {"changes": [
        {"old": None, "new": {"type": "branch", "name": "main", "target": target}}]}}).encode()


def tell(url, body):
    signed = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return call(url, body, **{"X-Event-Key": "repo:push", "X-Hub-Signature": signed})


def test_archive(stack):
    stack.client("s3").create_bucket(Bucket=BUCKET)
    with tempfile.TemporaryDirectory(prefix="cutover-archive-") as folder:
        folder = pathlib.Path(folder)
        with Bitbucket(folder / "www") as bitbucket:
            deployed(stack, folder, bitbucket)


def deployed(stack, folder, bitbucket):
    described = stack.client("cloudformation").describe_stack_resource(StackName="cutover", LogicalResourceId="PushTrigger")
    function = described["StackResourceDetail"]["PhysicalResourceId"]
    variables = stack.lambda_.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    stack.lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "CUTOVER_BITBUCKET_URL": bitbucket.url}})
    made = command.run(stack, "--json", "hosts", "token", "archived-1", "--tag", "role=archived", CUTOVER_ENDPOINT=stack.api)
    host = Host(stack, folder, "archived-1", "--token", json.loads(made.stdout)["token"]).start()
    try:
        client = stack.codedeploy
        client.create_application(applicationName="archived", computePlatform="Server")
        client.create_deployment_group(
            applicationName="archived", deploymentGroupName="group", serviceRoleArn=stack.role,
            onPremisesInstanceTagFilters=[{"Key": "role", "Value": "archived", "Type": "KEY_AND_VALUE"}])
        made = own(stack, "CreateTrigger", triggerName="archived", source="bitbucket", place="acme/web", secret=SECRET,
                   applicationName="archived", deploymentGroupName="group", archiveBucket=BUCKET,
                   archivePrefix="commits/", accessToken=TOKEN)["trigger"]
        assert made["hasAccessToken"] and "accessToken" not in made, made
        url = stack.outputs["WebhookEndpoint"] + "webhooks/archived"
        for _ in range(2):
            assert tell(url, pushed(COMMIT)) == (202, {"accepted": 1, "ignored": []})

        def outcome():
            pushes = own(stack, "ListPushes", triggerName="archived")["pushes"]
            return pushes[0] if pushes else None
        push = wait_until("something became of the push", outcome, 60)
        assert push["outcome"] == "Created", push

        def status():
            info = client.get_deployment(deploymentId=push["deploymentId"])["deploymentInfo"]
            return info["status"] if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        assert wait_until("the deployment is over", status, 120) == "Succeeded", host.log()
        assert (folder / "www" / "page.html").read_text() == "from Bitbucket"
        key = f"commits/acme/web/{COMMIT}.zip"
        stored = stack.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        assert stored == bitbucket.archive
        assert bitbucket.asked == [(f"/acme/web/get/{COMMIT}.zip", f"Bearer {TOKEN}")], "once, with the token"

        unknown = "dead" * 10
        assert tell(url, pushed(unknown).replace(b"12:00:00", b"13:00:00"))[0] == 202
        push = wait_until("the other push is known", lambda: (found := outcome()) and found["outcome"] == "Refused" and found, 60)
        assert unknown in push["reason"], push
    finally:
        host.kill()
