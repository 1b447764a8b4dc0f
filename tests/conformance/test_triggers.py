"""Webhooks that start deployments: believed when they are signed, dealt with once, and the newest build is last."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from scene import Scene, lambda_appspec
from support import PATIENCE, wait_until

SECRET = "it-is-a-secret-to-everybody"
ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
# How long a flood of a thousand may take to be dealt with, on a machine that is busy with other things as well.
FLOOD_SECONDS = 240


def payload(build, reference=None):
    """A push of a tag, as GitHub tells it."""
    commit = f"c{build:039x}"
    return json.dumps({
        "ref": reference or f"refs/tags/build-{build}", "before": "0" * 40, "after": commit, "created": True,
        "deleted": False, "head_commit": {"id": commit},
        "repository": {"full_name": "acme/shop", "pushed_at": int(time.time())}}).encode()


class Webhook:
    """The webhook of a trigger, and what became of its pushes."""

    def __init__(self, server, folder, policy):
        self.server, scene = server, Scene(server, folder)
        self.target = scene.target(config=ALL_AT_ONCE)
        content = lambda_appspec(self.target.function, target="1")
        template = folder / "revision.json"
        template.write_text(json.dumps({"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}),
                            encoding="utf-8")
        secret = folder / "secret"
        secret.write_text(SECRET + "\n", encoding="utf-8")
        names = self.target.names()
        server.cutover("triggers", "create", "builds", "--source", "github", "--place", "acme/*", "--tag", "build-*",
                       "--order", "{{1}}", "--policy", policy, "--revision", template, "--secret-file", secret,
                       "--application", names["applicationName"], "--group", names["deploymentGroupName"])
        self.url = f"{server.endpoint}/webhooks/builds"

    def call(self, body, signature=None, url=None, **headers):
        """The status and the answer of a delivery."""
        signed = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push",
                   "X-Hub-Signature-256": signed if signature is None else signature, **headers}
        request = urllib.request.Request(url or self.url, body, {k: v for k, v in headers.items() if v})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def pushes(self, limit=5_000):
        return self.server.cutover_json("triggers", "events", "--limit", str(limit))["pushes"]

    def deployments(self):
        """Every deployment of the group, oldest first, as the API shows it."""
        client, names, found = self.server.boto3(), self.target.names(), []
        for page in client.get_paginator("list_deployments").paginate(**names):
            found += page["deployments"]
        return [client.get_deployment(deploymentId=id)["deploymentInfo"] for id in reversed(found)]

    def settled(self, count, seconds=PATIENCE):
        """The pushes, once so many are known and none of them waits any more."""
        def known():
            pushes = self.pushes()
            done = len(pushes) == count and all(push["outcome"] != "Waiting" for push in pushes)
            return pushes if done else None
        pushes = wait_until("every push is settled", known, seconds, pause=0.5)
        wait_until("every deployment is over", lambda: all("completeTime" in info for info in self.deployments()))
        return pushes


def check_one_at_a_time(webhook, pushes, newest):
    """No two deployments at a time, no build twice, keys never go down, and the newest is last."""
    deployments = webhook.deployments()
    for one, next_one in zip(deployments, deployments[1:]):
        assert one["completeTime"] <= next_one["createTime"], (one, next_one)
    by_id = {push["deploymentId"]: push["orderKey"] for push in pushes if "deploymentId" in push}
    keys = [by_id[info["deploymentId"]] for info in deployments]
    assert len(by_id) == len(keys) and keys == sorted(set(keys)), keys
    assert int(keys[-1]) == newest, keys
    assert {info["status"] for info in deployments[-1:]} == {"Succeeded"}
    return deployments


# Where every push waits its turn, there are as many deployments, of two seconds each.
@pytest.mark.parametrize(("policy", "count"), [("queue", 16), ("latest", 100), ("replace", 100)])
def test_of_many_at_once_the_newest_is_last(new_server, tmp_path, policy, count):
    webhook = Webhook(new_server(), tmp_path, policy)
    # Each is delivered twice, in an order of no order.
    builds = [payload(n * 37 % count + 1) for n in range(count)]
    deliveries = builds + builds[count // 2:] + builds[:count // 2]
    with ThreadPoolExecutor(32) as pool:
        answers = Counter(status for status, _ in pool.map(webhook.call, deliveries))
    assert answers == {202: 2 * count}
    pushes = webhook.settled(count, FLOOD_SECONDS)
    outcomes = Counter(push["outcome"] for push in pushes)
    assert set(outcomes) <= {"Created", "Superseded"} and outcomes["Created"] >= 1, outcomes
    check_one_at_a_time(webhook, pushes, count)
    # Whatever comes afterwards is known.
    assert webhook.call(builds[0])[0] == 202
    assert webhook.call(payload(0)) == (202, {"accepted": 1, "ignored": []})
    old = {push["reference"]: push["outcome"] for push in webhook.settled(count + 1)}
    assert old["refs/tags/build-0"] == "Superseded", old


def test_a_thousand_at_once_end(new_server, tmp_path):
    webhook = Webhook(new_server(), tmp_path, "latest")
    builds = [payload(n * 373 % 1000 + 1) for n in range(1000)]
    with ThreadPoolExecutor(64) as pool:
        assert Counter(status for status, _ in pool.map(webhook.call, builds)) == {202: 1000}
    pushes = webhook.settled(1000, FLOOD_SECONDS)
    check_one_at_a_time(webhook, pushes, 1000)


def test_what_is_not_signed_is_not_believed(new_server, tmp_path):
    server = new_server()
    webhook = Webhook(server, tmp_path, "latest")
    body = payload(7)
    refused = (401, {"message": "This webhook is not believed."})
    stale = json.dumps({**json.loads(body), "repository": {"full_name": "acme/shop", "pushed_at": 1_600_000_000}})
    nowhere = f"{server.endpoint}/webhooks/nobody"
    for answer in (webhook.call(body, signature=""), webhook.call(body, signature="sha256=" + "0" * 64),
                   webhook.call(body + b" ", signature=signature(body)), webhook.call(stale.encode()),
                   webhook.call(body, url=nowhere)):
        assert answer == refused
    assert webhook.pushes() == []
    for answer in (webhook.call(payload(7, "refs/heads/main")), webhook.call(b'{"zen": "x"}', **{"X-GitHub-Event": "ping"})):
        assert answer[0] == 202 and answer[1]["accepted"] == 0 and len(answer[1]["ignored"]) == 1, answer
    event = tmp_path / "event.json"
    event.write_bytes(body)
    assert server.cutover("triggers", "test", "builds", "--event", event) == "acme/shop refs/tags/build-7: Created\n"
    assert webhook.pushes() == [] and webhook.deployments() == []
    assert webhook.call(body) == (202, {"accepted": 1, "ignored": []})
    (push,) = webhook.settled(1)
    assert push["outcome"] == "Created"
    # What GitHub sends unless JSON is asked for: signed as it came, and the same push.
    form = urllib.parse.urlencode({"payload": body.decode()}).encode()
    as_form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert webhook.call(form, **as_form) == (202, {"accepted": 1, "ignored": []})
    assert webhook.call(form, signature=signature(body), **as_form) == refused
    assert [known["pushId"] for known in webhook.settled(1)] == [push["pushId"]]
    told = server.cutover("triggers", "test", "builds", "--event", event)
    assert told.startswith("acme/shop refs/tags/build-7: Created (it was heard of before"), told
    assert server.terminate() == 0
    for path in server.data.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def signature(body):
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
