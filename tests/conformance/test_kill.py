"""Two hundred canaries while the server is killed at random moments: all end right, none shifts twice, none
is lost."""

import json
import os
import random
import re
import threading
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ConnectionError, HTTPClientError

from scene import ALIAS, ANSWERS_VERSION, ROLE, STYLE, lambda_appspec, revision
from support import CUTOVER, Server, replay, wait_until

CANARIES = 200
SEED = int(os.environ.get("CUTOVER_KILL_SEED", "20261101"))
# Deployments are created in waves, the last one well before the killing ends.
WAVES = 20
KILLING_SECONDS = 50
LONGEST_PAUSE = 2 * 0.75 * KILLING_SECONDS / WAVES
# The longest time between two kills; one comes at any moment before it.
BETWEEN_KILLS = 2.5
# What was hit last still has its lease to wait for, perhaps more than once, and its bake.
ENDING_SECONDS = 120
CONFIG = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
APPLICATION = "killed"

# Notes that it was called, then answers. One whose server was killed before it handed over the event, or
# while it answered, is called again.
HOOK = f"""#!/bin/sh
event=$(cat)
[ -n "$event" ] || exit 1
printf '%s\\n' "$event" >>"$HOOK_NOTES"
printf '%s' "$event" | {CUTOVER} hooks answer --status Succeeded
"""


class Canary:
    """One function with its group; a third have hooks, a third an alarm, a third of each the other's too."""

    def __init__(self, number):
        self.function = self.group = f"canary-{number:03}"
        self.hooked, self.guarded = number % 3 == 0, number % 4 == 0
        self.deployment, self.attempts = None, 0

    def hooks(self):
        return {"BeforeAllowTraffic": "hook", "AfterAllowTraffic": "hook"} if self.hooked else {}

    def steps(self):
        """What its plan is made of, in order."""
        hook, guard = ["hook"] * self.hooked, ["alarms"] * self.guarded
        before = guard + hook if self.hooked else []
        return ["resolve", *before, *guard, "shift", "bake", *guard, "shift", *hook, *guard, "verify"]


class Chaos:
    """Kills the server at random moments and starts it again, as a thread."""

    def __init__(self, server, randomness):
        self.server, self.random = server, randomness
        self.kills, self.over = 0, threading.Event()
        self.pool = ThreadPoolExecutor(1)

    def __enter__(self):
        self.running = self.pool.submit(self.run)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.running.result()

    def run(self):
        while not self.over.wait(self.random.uniform(0.05, BETWEEN_KILLS)):
            self.server.kill()
            self.kills += 1
            self.server.start()


class Watcher:
    """Looks at the aliases all the time and notes every share of traffic that it sees, in order."""

    def __init__(self, server, canaries):
        self.server, self.canaries = server, canaries
        self.seen = {canary.function: [] for canary in canaries}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        while not self.over.is_set():
            for canary in self.canaries:
                self.look(canary.function)
                if self.over.wait(0.005):
                    return

    def look(self, function):
        try:
            alias = own(self.server, "DescribeFunction", functionName=function)["aliases"][ALIAS]
        except OSError:
            return  # Killed just now.
        share = 1.0 if alias["version"] == "2" else alias["weights"].get("2", 0.0)
        if self.seen[function][-1:] != [share]:
            self.seen[function].append(share)


def own(server, operation, **members):
    """One of Cutover's own operations."""
    request = urllib.request.Request(
        server.endpoint, data=json.dumps(members).encode(),
        headers={"X-Amz-Target": f"Cutover_20261101.{operation}", "Content-Type": "application/x-amz-json-1.1"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def publish(server, folder, name, text):
    script = folder / f"{name}.sh"
    script.write_text(text, encoding="utf-8")
    script.chmod(0o755)
    return own(server, "PublishFunction", functionName=name, command=str(script))["version"]


def prepare(server, folder, client, canaries):
    client.create_application(applicationName=APPLICATION, computePlatform="Lambda")
    own(server, "PutAlarm", alarmName="errors")
    own(server, "SetAlarmState", alarmName="errors", state="OK")
    publish(server, folder, "hook", HOOK)
    guards = {"alarmConfiguration": {"enabled": True, "alarms": [{"name": "errors"}]}}

    def one(canary):
        for version in ("1", "2"):
            assert publish(server, folder, canary.function, ANSWERS_VERSION) == version
        own(server, "PutFunctionAlias", functionName=canary.function, alias=ALIAS, version="1")
        client.create_deployment_group(
            applicationName=APPLICATION, deploymentGroupName=canary.group, serviceRoleArn=ROLE,
            deploymentConfigName=CONFIG, deploymentStyle=STYLE, **(guards if canary.guarded else {}))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, canaries))


def create(client, canary):
    """Creates the deployment; asks again while the server is away. It may have been created by a request
    whose answer was lost: then the refusal of the next one names it."""
    def ask():
        canary.attempts += 1
        try:
            return client.create_deployment(
                applicationName=APPLICATION, deploymentGroupName=canary.group,
                revision=revision(lambda_appspec(canary.function, canary.hooks())))["deploymentId"]
        except client.exceptions.DeploymentLimitExceededException as error:
            return re.search(r"active Deployment '(d-[A-Z0-9]{9})'", str(error)).group(1)
        except (ConnectionError, HTTPClientError):
            return None
    canary.deployment = wait_until(f"{canary.group} deployed", ask, 60)


def patiently(what, ask):
    """A question that is asked again while the server is away."""
    def answered():
        try:
            return [ask()]
        except (ConnectionError, HTTPClientError, OSError):
            return None
    return wait_until(what, answered, 60)[0]


def statuses(client, canaries):
    """How many deployments stand how."""
    ids = [canary.deployment for canary in canaries]
    count = Counter()
    for start in range(0, len(ids), 25):
        batch = ids[start:start + 25]
        infos = patiently("deployments read", lambda: client.batch_get_deployments(deploymentIds=batch))
        count.update(info["status"] for info in infos["deploymentsInfo"])
    return count


def check(server, client, canary, seen, invoked):
    """Everything that must hold of one canary once all is over."""
    listed = client.list_deployments(applicationName=APPLICATION, deploymentGroupName=canary.group)["deployments"]
    assert listed == [canary.deployment], f"{canary.group} has {listed}, not {canary.deployment}"
    info = client.get_deployment(deploymentId=canary.deployment)["deploymentInfo"]
    log = json.dumps(own(server, "ListMarks", deploymentId=canary.deployment)["marks"])
    assert info["status"] == "Succeeded", f"{info['status']}: {info.get('errorInformation')}; {log}"
    alias = own(server, "DescribeFunction", functionName=canary.function)["aliases"][ALIAS]
    assert (alias["version"], alias["weights"]) == ("2", {})
    # A watcher cannot see everything, but it never sees traffic go back.
    assert seen == sorted(seen) and set(seen) <= {0.0, 0.1, 1.0}, f"{canary.function}: {seen}"

    marks = json.loads(log)
    assert [mark["seq"] for mark in marks] == list(range(len(marks))), log
    steps = canary.steps()
    done = [mark["step"] for mark in marks if mark["kind"] == "step-done"]
    assert done == list(range(len(steps))), f"{canary.deployment} went through {done} of {steps}: {log}"
    kinds = Counter(mark["kind"] for mark in marks)
    hooks = steps.count("hook")
    assert kinds["hook-answered"] == hooks, log
    assert kinds["created"] == kinds["done"] == 1, log
    executions = {execution for deployment, execution in invoked if deployment == canary.deployment}
    assert len(executions) == hooks, f"{canary.deployment}: {executions}"
    return sum(mark.get("count", 1) for mark in marks if mark["kind"] == "lease-lost")


def test_two_hundred_canaries(tmp_path, capsys):
    randomness = random.Random(SEED)
    notes = tmp_path / "hook-notes"
    canaries = [Canary(number) for number in range(CANARIES)]
    began = time.monotonic()
    with Server(tmp_path / "data", speed=60, variables={"HOOK_NOTES": str(notes)},
                options=["--log", "warn"]) as server:
        client = server.boto3()
        prepare(server, tmp_path, client, canaries)
        prepared = time.monotonic()

        with Watcher(server, canaries) as watcher:
            with Chaos(server, randomness) as chaos:
                deploy_in_waves(client, canaries, randomness)
                time.sleep(max(0, prepared + KILLING_SECONDS - time.monotonic()))
            killed = time.monotonic()
            left = statuses(client, canaries)

            def over():
                count = statuses(client, canaries)
                return count["Succeeded"] + count["Failed"] + count["Stopped"] == CANARIES
            wait_until("every deployment is over", over, ENDING_SECONDS, pause=0.5)

        invoked = [(event["DeploymentId"], event["LifecycleEventHookExecutionId"])
                   for event in map(json.loads, notes.read_text().splitlines())]
        lost = sum(check(server, client, canary, watcher.seen[canary.function], invoked) for canary in canaries)
        took = replay_all(server, canaries, tmp_path / "incidents")
        assert server.terminate() == 0

    with capsys.disabled():
        print(f"\n    seed {SEED}: {CANARIES} canaries, {chaos.kills} kills; {left['Succeeded']} were over at the "
              f"last kill; {lost} acts taken over from killed workers; "
              f"{len(invoked)} hook calls for {len(set(invoked))} hooks; "
              f"{sum(canary.attempts for canary in canaries)} requests for {CANARIES} deployments; "
              f"prepared in {prepared - began:.0f} s, killed for {killed - prepared:.0f} s, "
              f"over after {time.monotonic() - began:.0f} s; exported and replayed in {took:.0f} s")
    assert chaos.kills >= 10


def replay_all(server, canaries, folder):
    """What happened to each becomes a scenario that ends as it did."""
    began = time.monotonic()
    folder.mkdir()

    def export(canary):
        done = server.run_cutover("export", canary.deployment, "--output", str(folder / f"{canary.function}.txt"))
        assert (done.returncode, done.stderr) == (0, ""), done
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(export, canaries))
    assert replay(folder).count("all as expected") == CANARIES
    return time.monotonic() - began


def deploy_in_waves(client, canaries, randomness):
    size = CANARIES // WAVES
    with ThreadPoolExecutor(size) as pool:
        for start in range(0, CANARIES, size):
            list(pool.map(lambda canary: create(client, canary), canaries[start:start + size]))
            time.sleep(randomness.uniform(0, LONGEST_PAUSE))
