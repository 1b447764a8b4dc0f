"""Agents at work for a real service: one at rest, an order's way to its first script, a fleet."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import time
import urllib.request

# Limits: MB of memory and share of a core at rest, milliseconds from the deployment's start to its first script.
MOST_MEMORY, MOST_BUSY, LONGEST_WAY = 15, 0.001, 150
REST_SECS, ORDERS = 30, 10
PATIENCE_SECS = 120


class Fleet:
    """A service and its agents."""

    def __init__(self, options, folder, agents):
        self.agent, self.cutover, self.folder = options.agent, options.cutover, folder
        folder.mkdir(parents=True)
        self.service, self.agents = None, []
        self.count = agents

    def __enter__(self):
        self.service = subprocess.Popen(
            [self.cutover, "--json", "serve", "--data", self.folder / "data", "--listen", "127.0.0.1:0", "--while-stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.folder / "service.log", "wb"),
            env={**os.environ, "CUTOVER_LOG": "warn"})
        self.endpoint = json.loads(self.service.stdout.readline())["endpoint"]
        for n in range(self.count):
            self.agents.append(self.enrolled(f"host-{n:03}"))
        self.call("CreateApplication", applicationName="a", computePlatform="Server")
        return self

    def __exit__(self, *_):
        for agent in self.agents:
            agent.kill()
        self.service.kill()
        for process in (*self.agents, self.service):
            process.wait()

    def call(self, operation, target="CodeDeploy_20141006", **body):
        request = urllib.request.Request(self.endpoint, json.dumps(body).encode(), {
            "content-type": "application/x-amz-json-1.1", "x-amz-target": f"{target}.{operation}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def enrolled(self, name):
        token = self.call("CreateEnrollmentToken", "Cutover_20261101", instanceName=name,
                          tags=[{"Key": "role", "Value": "web"}])["token"]
        identity = self.folder / f"{name}.json"
        subprocess.run([self.agent, "register", "--endpoint", self.endpoint, "--token", token, "--identity-file", identity],
                       check=True, capture_output=True)
        with open(self.folder / f"{name}.log", "wb") as log:
            return subprocess.Popen([self.agent, "run", "--identity-file", identity, "--root-dir", self.folder / name],
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def group(self, config):
        self.call("CreateDeploymentGroup", applicationName="a", deploymentGroupName="g",
                  serviceRoleArn="arn:aws:iam::123456789012:role/x", deploymentConfigName=f"CodeDeployDefault.{config}",
                  onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}])

    def bundle(self, script):
        folder = self.folder / "bundle"
        folder.mkdir()
        (folder / "appspec.yml").write_text("version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: x.sh\n")
        (folder / "x.sh").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "x.sh").chmod(0o755)
        return {"revisionType": "S3", "s3Location": {"bucket": "_local", "key": f"{folder}/", "bundleType": "tar"}}

    def deploy(self, revision):
        return self.call("CreateDeployment", applicationName="a", deploymentGroupName="g", revision=revision)["deploymentId"]

    def ended(self, deployment):
        until = time.monotonic() + PATIENCE_SECS
        while time.monotonic() < until:
            info = self.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]
            if info["status"] in ("Succeeded", "Failed", "Stopped"):
                return info
            time.sleep(0.05)
        raise SystemExit(f"{deployment} does not end: {info}")


def resident(pid):
    """MB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def busy(pid):
    """Seconds of processor time."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def rest(options):
    """An agent that waits for orders."""
    with Fleet(options, options.folder / "rounds" / "rest", 1) as fleet:
        pid = fleet.agents[0].pid
        time.sleep(5)
        before = busy(pid)
        time.sleep(REST_SECS)
        share, memory = (busy(pid) - before) / REST_SECS, resident(pid)
        threads = len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))
    print(f"rest       {memory:.1f} MB, {share * 100:.3f} % of a core over {REST_SECS} s, {threads} thread(s)", flush=True)
    return [f"rest: {what}" for what, bad in ((f"{memory:.1f} MB", memory > MOST_MEMORY),
                                              (f"{share * 100:.2f} % of a core", share > MOST_BUSY)) if bad]


def order(options):
    """From the deployment's start, which is before its order, to the first thing that its first script does. A deployment
    starts two seconds after it is created."""
    with Fleet(options, options.folder / "rounds" / "order", 1) as fleet:
        fleet.group("AllAtOnce")
        mark = fleet.folder / "mark"
        revision, ways = fleet.bundle(f": > {mark}"), []
        time.sleep(1)
        for _ in range(ORDERS):
            mark.unlink(missing_ok=True)
            info = fleet.ended(fleet.deploy(revision))
            if info["status"] != "Succeeded":
                raise SystemExit(f"order: {info}")
            ways.append(mark.stat().st_mtime_ns / 1e6 - info["startTime"] * 1e3)
            time.sleep(0.3)
    middle = statistics.median(ways)
    print(f"order      {middle:.0f} ms ({min(ways):.0f}-{max(ways):.0f}) from the deployment's start to the first script", flush=True)
    return [f"order: {middle:.0f} ms"] if middle > LONGEST_WAY else []


def fleet(options):
    """As many real agents as are wanted, half of them at a time."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        hosts = stack.enter_context(Fleet(options, options.folder / "rounds" / "fleet", options.agents))
        enrolled = time.monotonic() - began
        hosts.group("HalfAtATime")
        time.sleep(3)
        info = hosts.ended(hosts.deploy(hosts.bundle("exit 0")))
        took = info.get("completeTime", 0) - info.get("startTime", 0)
        memory = statistics.mean(resident(agent.pid) for agent in hosts.agents)
        print(f"fleet      {options.agents} agents, {info['status']}: {took:.2f} s in two waves; {memory:.1f} MB an agent, "
              f"{resident(hosts.service.pid):.0f} MB the service; enrolled and started in {enrolled:.0f} s", flush=True)
    succeeded = info["deploymentOverview"].get("Succeeded")
    return [] if succeeded == options.agents else [f"fleet: {info['deploymentOverview']}"]
