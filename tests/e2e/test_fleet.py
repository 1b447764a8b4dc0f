"""A fleet of on-premises hosts: real agents that enrol at the desk, take orders over SQS, read their revisions from S3
and report, with the functions in between."""

import contextlib
import json
import pathlib
import tempfile

import command
from botocore.exceptions import ClientError
from hosts import BUCKET, Host, lent_client, post, upload
from target import wait_until

HOSTS = [f"web-{n}" for n in range(1, 7)]
# Scripts of one machine: each tells when it begins and ends, and what it serves from then on.
SERVE = 'echo "begin $HOST" >> {log}; sleep 1; cp $(dirname $0)/page.html {folder}/$HOST.txt; echo "end $HOST" >> {log}'


class Fleet:
    """The hosts, their group and what their scripts have left."""

    def __init__(self, stack, folder):
        self.stack, self.folder, self.log, self.hosts = stack, folder, folder / "log.txt", []

    def enrol(self, name):
        made = command.run(self.stack, "--json", "hosts", "token", name, "--tag", "role=web",
                           CUTOVER_ENDPOINT=self.stack.api)
        assert made.returncode == 0, made.stderr
        made = json.loads(made.stdout)
        assert f"--endpoint {self.stack.outputs['HostDeskUrl']} --token" in made["command"], made
        host = Host(self.stack, self.folder, name, "--token", made["token"])
        self.hosts.append(host)
        return host.start()

    def end(self):
        for host in self.hosts:
            host.kill()

    def create_group(self):
        client = self.stack.codedeploy
        client.create_application(applicationName="fleet", computePlatform="Server")
        client.create_deployment_group(
            applicationName="fleet", deploymentGroupName="group", serviceRoleArn=self.stack.role,
            deploymentConfigName="CodeDeployDefault.HalfAtATime",
            onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}],
            autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})

    def deploy(self, name, **scripts):
        scripts = {event: script.format(log=self.log, folder=self.folder) for event, script in scripts.items()}
        answer = self.stack.aws("create-deployment", application_name="fleet", deployment_group_name="group",
                                revision=upload(self.stack, name, name, **scripts))
        return answer["deploymentId"]

    def ended(self, deployment):
        def over():
            info = self.stack.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
            return info["status"] in ("Succeeded", "Failed", "Stopped") and info
        return wait_until(f"{deployment} is over", over, 120)

    def served(self):
        """What each host serves."""
        return {host: (self.folder / f"{host}.txt").read_text() for host in HOSTS
                if (self.folder / f"{host}.txt").exists()}

    def most_at_once(self):
        """How many hosts were at work at the same time, and all that were."""
        now, most, seen = set(), 0, []
        for line in self.log.read_text().splitlines():
            word, host = line.split()
            if word == "begin":
                now.add(host)
                seen.append(host)
            else:
                now.discard(host)
            most = max(most, len(now))
        self.log.unlink()
        return most, seen


def counts(info):
    return {status: hosts for status, hosts in info["deploymentOverview"].items() if hosts}


def test_fleet(stack):
    with (tempfile.TemporaryDirectory(prefix="cutover-e2e-") as folder,
          command.Running(stack, "proxy", "--function", stack.outputs["ApiFunction"]) as proxy):
        fleet = Fleet(stack.at(proxy.endpoint), pathlib.Path(folder))
        with contextlib.ExitStack() as ending:
            ending.callback(fleet.end)
            try:
                for name in HOSTS:
                    fleet.enrol(name)
                fleet.create_group()
                check_rollout(fleet)
                change_keys(fleet)
                check_bad_revision(fleet)
                check_strangers(fleet)
                check_deregistered(fleet)
            except BaseException:
                for host in fleet.hosts:
                    print(f"{host.name}:\n{host.log()}")
                raise


def check_rollout(fleet):
    """A good revision: half of the hosts at a time, at most."""
    info = fleet.ended(fleet.deploy("one", ApplicationStart=SERVE))
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 6}), info.get("errorInformation")
    assert fleet.served() == dict.fromkeys(HOSTS, "one")
    most, seen = fleet.most_at_once()
    assert 1 <= most <= 3 and sorted(seen) == HOSTS, (most, seen)


def change_keys(fleet):
    """Another key signs orders and a host has another of its own; what follows shows that nobody minds."""
    before = [host.knows("order_keys")[-1]["id"] for host in fleet.hosts]
    answer = fleet.stack.lambda_.invoke(FunctionName=fleet.stack.outputs["FleetDispatchFunction"],
                                        Payload=json.dumps({"cutover": "rotate-order-key"}))
    told = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer and told["keyId"] not in before and len(told["announcements"]) == 1, told
    host = fleet.hosts[0]
    own = host.knows("signing_key")
    assert "has new keys" in host.run("rotate-key") and host.knows("signing_key") != own
    info = fleet.ended(fleet.deploy("one", ApplicationStart=SERVE))
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 6}), info.get("errorInformation")
    assert {host.knows("order_keys")[-1]["id"] for host in fleet.hosts} == {told["keyId"]}
    fleet.most_at_once()


def check_bad_revision(fleet):
    """A bad one stops when half of the hosts have failed, and the last good one is put back."""
    bad = fleet.deploy("two", AfterInstall="echo the reason >&2; exit 3", ApplicationStart=SERVE)
    info = fleet.ended(bad)
    assert (info["status"], counts(info)) == ("Failed", {"Failed": 3, "Skipped": 3}), info
    assert info["errorInformation"]["code"] == "HEALTH_CONSTRAINTS", info["errorInformation"]
    targets = fleet.stack.codedeploy.list_deployment_targets(
        deploymentId=bad, targetFilters={"TargetStatus": ["Failed"]})["targetIds"]
    shown = fleet.stack.codedeploy.get_deployment_target(deploymentId=bad, targetId=targets[0])
    events = {event["lifecycleEventName"]: event for event in
              shown["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]}
    assert "[stderr]the reason" in events["AfterInstall"]["diagnostics"]["logTail"], events
    back = fleet.ended(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], counts(back)) == ("Succeeded", {"Succeeded": 6}), back.get("errorInformation")
    assert fleet.served() == dict.fromkeys(HOSTS, "one")
    fleet.most_at_once()


def check_strangers(fleet):
    """What a host is lent reaches its own queue alone, and it asks for itself alone."""
    one, other = fleet.hosts[:2]
    status, keys = one.ask("RefreshHostCredentials", {})
    assert status == 200 and keys["expiresAt"], keys
    sqs = lent_client(fleet.stack, "sqs", keys)
    assert denied(sqs.receive_message, QueueUrl=other.knows("queue_url")) == "AccessDenied"
    assert denied(sqs.send_message, QueueUrl=other.knows("queue_url"), MessageBody="x") == "AccessDenied"
    assert denied(sqs.send_message, QueueUrl=one.knows("queue_url"), MessageBody="x") == "AccessDenied"
    s3 = fleet.stack.client("s3")
    s3.create_bucket(Bucket="other")
    s3.put_object(Bucket="other", Key="x", Body=b"x")
    s3 = lent_client(fleet.stack, "s3", keys)
    assert s3.get_object(Bucket=BUCKET, Key="one")["Body"].read()
    assert denied(s3.get_object, Bucket="other", Key="x") == "AccessDenied"
    assert denied(s3.put_object, Bucket=BUCKET, Key="one", Body=b"x") == "AccessDenied"
    order = {"deploymentId": "d-ABCDEFGHI", "orderId": "00", "hostName": other.name}
    for operation, input, said in [
        ("RefreshHostCredentials", {}, {"host": other.name}),
        ("RefreshHostCredentials", {}, {"at": 0}),
        ("RefreshHostCredentials", {}, {"operation": "AcceptOrder"}),
        ("RefreshHostCredentials", {}, {"scope": {"account": "999999999999", "region": "us-east-1"}}),
        ("AcceptOrder", order, {}),
    ]:
        status, answer = one.ask(operation, input, **said)
        assert (status, answer["__type"]) == (400, "AccessDeniedException"), (operation, said, answer)
    status, answer = post(fleet.stack, "EnrollHost", json.dumps({"token": "x.y", "publicKey": "A" * 43 + "="}).encode())
    assert (status, answer["__type"]) == (400, "InvalidEnrollmentTokenException"), answer


def check_deregistered(fleet):
    """Who is deregistered is cut off at once; the others go on."""
    gone = fleet.hosts[-1]
    fleet.stack.aws("deregister-on-premises-instance", instance_name=gone.name)
    status, answer = gone.ask("RefreshHostCredentials", {})
    assert (status, answer["__type"]) == (400, "AccessDeniedException"), answer
    assert denied(fleet.stack.sqs.receive_message, QueueUrl=gone.knows("queue_url")).endswith("NonExistentQueue")
    info = fleet.ended(fleet.deploy("three", ApplicationStart=SERVE))
    assert (info["status"], counts(info)) == ("Succeeded", {"Succeeded": 5}), info.get("errorInformation")
    assert fleet.served() == dict.fromkeys(HOSTS[:-1], "three") | {gone.name: "one"}


def denied(call, **input):
    try:
        call(**input)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError(f"nobody refused {input}")
