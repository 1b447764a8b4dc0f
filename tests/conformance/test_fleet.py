"""Deployments to hosts: real agents that enrol, poll, ask, install, run scripts and report; unchanged clients that watch."""

import json

import pytest

from agents import Agent, bundle, revision
from keyed import Keyed
from support import wait_until

ROLE = "arn:aws:iam::123456789012:role/deployer"
EVENTS = ["ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart",
          "ValidateService"]
NOTE = 'echo "$HOST $DEPLOYMENT_ID $LIFECYCLE_EVENT" >> {log}'


class Fleet:
    """Three hosts, their group and what their scripts have noted."""

    def __init__(self, folder, config="OneAtATime", options=(), **group):
        self.folder, self.log = folder, folder / "notes.txt"
        # The hosts are one machine: those that work at the same time must not write the same file.
        self.place = folder / "www" if config == "OneAtATime" else None
        self.server = Keyed(folder / "data", options=options).start()
        self.client = self.server.boto3()
        self.agents = [Agent(self.server, folder, f"web-{n}", "role=web").start() for n in (1, 2, 3)]
        self.client.create_application(applicationName="shop", computePlatform="Server")
        self.client.create_deployment_group(
            applicationName="shop", deploymentGroupName="web", serviceRoleArn=ROLE,
            deploymentConfigName=f"CodeDeployDefault.{config}",
            onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}], **group)

    def end(self):
        for agent in self.agents:
            agent.kill()
        self.server.kill()

    def bundle(self, name, **scripts):
        scripts = {event: script.format(log=self.log) for event, script in scripts.items()}
        return bundle(self.folder / name, self.place, name, **scripts)

    def deploy(self, folder, group="web", **more):
        return self.client.create_deployment(
            applicationName="shop", deploymentGroupName=group, revision=revision(folder),
            fileExistsBehavior="OVERWRITE", **more)["deploymentId"]

    def info(self, deployment):
        return self.client.get_deployment(deploymentId=deployment)["deploymentInfo"]

    def ended(self, deployment):
        def over():
            info = self.info(deployment)
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        return wait_until(f"{deployment} is over", over)

    def targets(self, deployment):
        names = self.client.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.client.batch_get_deployment_targets(deploymentId=deployment, targetIds=names)
        return [target["instanceTarget"] for target in found["deploymentTargets"]]

    def notes(self):
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def fleets(tmp_path):
    made = []

    def make(**settings):
        made.append(Fleet(tmp_path, **settings))
        return made[-1]
    yield make
    for fleet in made:
        fleet.end()


def counts(info):
    return {status: hosts for status, hosts in info["deploymentOverview"].items() if hosts}


def statuses(target):
    return {event["lifecycleEventName"]: event["status"] for event in target["lifecycleEvents"]}


def test_a_revision_is_rolled_out_one_host_at_a_time(fleets):
    fleet = fleets()
    one = fleet.bundle("one", BeforeInstall=NOTE, ApplicationStart=NOTE, ValidateService=NOTE)
    plan = ("plan", "--application", "shop", "--group", "web", "--bundle", one)
    before = fleet.server.cutover_json(*plan)
    assert (before["hosts"], before["atATime"], before["health"]) == (3, 1, {"unknown": 3})
    assert (before["waves"], before["events"]) == ([{"hosts": 1}] * 3, EVENTS)
    deployment = fleet.deploy(one)
    info = fleet.ended(deployment)
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 3}), info.get("errorInformation")
    # All scripts of one host, then all of the next.
    hosts = [line.split()[0] for line in fleet.notes()]
    assert sorted(set(hosts)) == ["web-1", "web-2", "web-3"]
    assert hosts == [host for first in dict.fromkeys(hosts) for host in [first] * 3]
    events = ["BeforeInstall", "ApplicationStart", "ValidateService"]
    assert [line.split()[1:] for line in fleet.notes()] == [[deployment, event] for event in events] * 3
    assert (fleet.folder / "www" / "page.html").read_text() == "one"
    for target in fleet.targets(deployment):
        assert target["status"] == "Succeeded" and list(statuses(target)) == EVENTS, target
        assert target["targetArn"].startswith("arn:aws:codedeploy:") and "instance/web-" in target["targetArn"]
        assert all(event["endTime"] >= event["startTime"] for event in target["lifecycleEvents"])
    assert "3 with the group's last successful revision" in fleet.server.cutover(*plan)
    # The operations of old see the same.
    listed = fleet.client.list_deployment_instances(deploymentId=deployment, instanceStatusFilter=["Succeeded"])
    assert sorted(listed["instancesList"]) == ["web-1", "web-2", "web-3"]
    summary = fleet.client.get_deployment_instance(deploymentId=deployment, instanceId="web-2")["instanceSummary"]
    assert summary["status"] == "Succeeded" and len(summary["lifecycleEvents"]) == len(EVENTS)


def test_a_bad_revision_is_stopped_and_the_last_good_one_put_back(fleets):
    fleet = fleets(autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    assert fleet.ended(fleet.deploy(fleet.bundle("good")))["status"] == "Succeeded"
    bad = fleet.deploy(fleet.bundle("bad", AfterInstall="echo the reason >&2; exit 3"))
    info = fleet.ended(bad)
    assert (info["status"], counts(info)) == ("Failed", {"Failed": 1, "Skipped": 2})
    assert info["errorInformation"]["code"] == "HEALTH_CONSTRAINTS"
    [failed] = [target for target in fleet.targets(bad) if target["status"] == "Failed"]
    by_name = {event["lifecycleEventName"]: event for event in failed["lifecycleEvents"]}
    assert statuses(failed)["Install"] == "Succeeded" and statuses(failed)["ApplicationStart"] == "Skipped"
    found = by_name["AfterInstall"]["diagnostics"]
    assert (found["errorCode"], found["scriptName"]) == ("ScriptFailed", "scripts/AfterInstall.sh")
    assert "exit code 3" in found["message"] and "[stderr]the reason" in found["logTail"]
    told = fleet.server.cutover("logs", bad)
    assert failed["targetId"] in told and "the reason" in told
    back = info["rollbackInfo"]["rollbackDeploymentId"]
    rolled = fleet.ended(back)
    assert (rolled["status"], rolled["creator"], counts(rolled)) == ("Succeeded", "codeDeployRollback", {"Succeeded": 3})
    assert (fleet.folder / "www" / "page.html").read_text() == "good"
    group = fleet.client.get_deployment_group(applicationName="shop", deploymentGroupName="web")["deploymentGroupInfo"]
    assert group["targetRevision"]["s3Location"]["key"].endswith("/good/")


def test_a_stop_waits_for_who_has_begun_and_spares_the_rest(fleets):
    fleet = fleets()
    slow = fleet.deploy(fleet.bundle("slow", AfterInstall=NOTE + "\nsleep 3"))
    wait_until("a script runs", fleet.notes)
    fleet.client.stop_deployment(deploymentId=slow)
    info = fleet.ended(slow)
    assert (info["status"], counts(info)) == ("Stopped", {"Succeeded": 1, "Skipped": 2})
    assert len(fleet.notes()) == 1


def test_an_alarm_stops_the_roll_out_and_the_last_good_revision_is_put_back(fleets):
    fleet = fleets(alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
                   autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]})
    fleet.server.cutover("alarms", "put", "errors")
    fleet.server.cutover("alarms", "set", "errors", "OK")
    assert fleet.ended(fleet.deploy(fleet.bundle("good")))["status"] == "Succeeded"
    hot = fleet.deploy(fleet.bundle("hot", AfterInstall=NOTE + "\nsleep 2"))
    wait_until("a script runs", fleet.notes)
    fleet.server.cutover("alarms", "set", "errors", "ALARM")
    info = fleet.ended(hot)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert counts(info) == {"Succeeded": 1, "Skipped": 2} and len(fleet.notes()) == 1
    # The way back is not held up by the alarm that caused it.
    rolled = fleet.ended(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (rolled["status"], counts(rolled)) == ("Succeeded", {"Succeeded": 3}), rolled.get("errorInformation")
    assert (fleet.folder / "www" / "page.html").read_text() == "good"


def test_a_host_that_slept_through_its_deployment_installs_nothing(fleets):
    fleet = fleets(config="AllAtOnce")
    for agent in fleet.agents:
        agent.pause()
    deployment = fleet.deploy(fleet.bundle("late", BeforeInstall=NOTE))
    ordered = lambda: fleet.info(deployment).get("deploymentOverview", {}).get("InProgress") == 3
    wait_until("orders are out", ordered)
    fleet.client.stop_deployment(deploymentId=deployment)
    withdrawn = lambda: "Nothing more begins" in fleet.server.cutover("explain", deployment)
    wait_until("the orders are withdrawn", withdrawn)
    for agent in fleet.agents:
        agent.resume()
    info = fleet.ended(deployment)
    assert (info["status"], counts(info)) == ("Stopped", {"Skipped": 3})
    assert fleet.notes() == []


def test_an_agent_that_dies_in_a_script_fails_its_host_once(fleets):
    fleet = fleets(config="AllAtOnce")
    deployment = fleet.deploy(fleet.bundle("doomed", AfterInstall=NOTE + "\nif [ $HOST = web-2 ]; then sleep 5; fi"))
    wait_until("web-2 is in its script", lambda: any(line.startswith("web-2") for line in fleet.notes()))
    fleet.agents[1].kill()
    fleet.agents[1].start()
    info = fleet.ended(deployment)
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 2, "Failed": 1})
    [failed] = [target for target in fleet.targets(deployment) if target["status"] == "Failed"]
    [event] = [event for event in failed["lifecycleEvents"] if event["status"] == "Failed"]
    assert (failed["targetId"], event["lifecycleEventName"]) == ("web-2", "AfterInstall")
    assert "after an agent restart" in event["diagnostics"]["message"]


def test_a_service_that_is_killed_goes_on_where_it_was(fleets):
    fleet = fleets()
    deployment = fleet.deploy(fleet.bundle("killed", AfterInstall=NOTE + "\nsleep 1"))
    for notes in (1, 2):
        wait_until(f"{notes} hosts have begun", lambda: len(fleet.notes()) >= notes)
        fleet.server.kill()
        fleet.server.start()
    info = fleet.ended(deployment)
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 3}), info.get("errorInformation")
    # Nobody ran it twice.
    assert sorted(line.split()[0] for line in fleet.notes()) == ["web-1", "web-2", "web-3"]


def test_a_host_of_two_groups_does_one_after_the_other(fleets):
    fleet = fleets(config="AllAtOnce", options=["--accept-timeout", "2"])
    fleet.client.create_deployment_group(
        applicationName="shop", deploymentGroupName="jobs", serviceRoleArn=ROLE,
        deploymentConfigName="CodeDeployDefault.AllAtOnce",
        onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}])
    long = fleet.deploy(fleet.bundle("long", AfterInstall=NOTE + "\nsleep 10", ValidateService=NOTE))
    wait_until("all are in the script", lambda: len(fleet.notes()) == 3)
    # Nobody takes its order within the time for that, or a second one's; all say that they are busy.
    other = fleet.deploy(fleet.bundle("other", BeforeInstall=NOTE), group="jobs")
    for deployment in (long, other):
        info = fleet.ended(deployment)
        assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 3}), info.get("errorInformation")
    for host in ("web-1", "web-2", "web-3"):
        done = [line.split()[1:] for line in fleet.notes() if line.startswith(host)]
        assert done == [[long, "AfterInstall"], [long, "ValidateService"], [other, "BeforeInstall"]]


def test_who_never_answers_is_offline_and_the_rest_goes_on(fleets):
    fleet = fleets(config="AllAtOnce", options=["--accept-timeout", "2"])
    fleet.agents[0].kill()
    deployment = fleet.deploy(fleet.bundle("absent"))
    info = fleet.ended(deployment)
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 2, "Failed": 1})
    [failed] = [target for target in fleet.targets(deployment) if target["status"] == "Failed"]
    said = [event["diagnostics"]["message"] for event in failed["lifecycleEvents"] if event.get("diagnostics")]
    assert failed["targetId"] == "web-1" and any("is its agent running?" in text for text in said)


def test_the_key_of_orders_gives_way_and_nobody_enrols_again(fleets):
    fleet = fleets(config="AllAtOnce")
    asleep = fleet.agents[2]

    def rotated():
        return fleet.server.cutover_json("hosts", "rotate-order-key")["keyId"]

    def deployed(name):
        info = fleet.ended(fleet.deploy(fleet.bundle(name)))
        assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 3}), info

    def trusted(agent):
        return [(key["id"], "until" in key) for key in json.loads(agent.identity.read_text())["order_keys"]]
    [(first, former)] = trusted(asleep)
    assert not former
    second = rotated()
    deployed("one")
    assert trusted(asleep) == [(first, True), (second, False)]
    # One host misses a key that comes and goes.
    asleep.kill()
    third, fourth = rotated(), rotated()
    asleep.start()
    deployed("two")
    for agent in fleet.agents:
        assert trusted(agent) == [(first, True), (second, True), (third, True), (fourth, False)]
    assert "is trusted" in asleep.log()


def test_a_host_gets_new_keys_while_it_works(fleets):
    fleet = fleets(config="AllAtOnce")
    before = [json.loads(agent.identity.read_text()) for agent in fleet.agents]
    began = fleet.folder / "began"
    slow = fleet.bundle("slow", AfterInstall=f"touch {began}; sleep 3", ValidateService="exit 0")
    deployment = fleet.deploy(slow)
    wait_until("a script runs", began.exists)
    for agent in fleet.agents:
        assert "has new keys" in agent.run("rotate-key", "--identity-file", agent.identity)
    info = fleet.ended(deployment)
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 3}), info
    for agent, old in zip(fleet.agents, before):
        now = json.loads(agent.identity.read_text())
        assert "next" not in now and now["order_keys"] == old["order_keys"]
        assert now["signing_key"] != old["signing_key"] and now["access_key_id"] != old["access_key_id"]
    # And once more, with what they have now.
    info = fleet.ended(fleet.deploy(fleet.bundle("next", ValidateService="exit 0")))
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 3}), info
    keys = fleet.server.cutover_json("keys", "list")["accessKeys"]
    valid = [key["name"] for key in keys if key["name"].startswith("host/") and "revokeTime" not in key]
    assert sorted(valid) == ["host/web-1", "host/web-2", "host/web-3"]
