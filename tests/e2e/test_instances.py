"""Hosts found by EC2 tags and Auto Scaling group, in moto, by `cutover serve --targets aws`; their agents are real."""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import boto3

ROOT = pathlib.Path(__file__).parents[2]
# What the agents and the service are started with is that of the tests with clients.
sys.path.append(str(ROOT / "tests/conformance"))
import support
from agents import Agent, bundle, revision

ROLE = "arn:aws:iam::123456789012:role/deployer"
TAG_SETS = {"ec2TagSetList": [[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}],
                              [{"Key": "stage", "Value": "prod", "Type": "KEY_AND_VALUE"},
                               {"Key": "canary", "Type": "KEY_ONLY"}]]}


def test_instances(stack):
    with tempfile.TemporaryDirectory(prefix="cutover-e2e-") as folder, Moto(stack.tools) as moto:
        folder, agents = pathlib.Path(folder), []
        prod, canary = (launch(moto, role="web", **more) for more in ({"stage": "prod"}, {"canary": "yes"}))
        stopped, gone = launch(moto, role="web", stage="prod"), launch(moto, role="web", stage="prod")
        launch(moto, role="web", stage="test"), launch(moto, role="db", stage="prod")
        moto.ec2.stop_instances(InstanceIds=[stopped])
        moto.ec2.terminate_instances(InstanceIds=[gone])
        scaled = scaled_instance(moto, "web-asg")

        options = ["--targets", "aws", "--accept-timeout", "10"]
        variables = {"AWS_ENDPOINT_URL": moto.endpoint}
        with support.Server(folder / "data", speed=1, options=options, variables=variables) as server:
            try:
                agents += [Agent(server, folder, name).start() for name in (prod, canary, scaled)]
                roll_out(server, folder, {prod, canary, scaled}, stopped)
                suspend_meanwhile(server, folder, moto)
                refuse_a_group_that_is_gone(server, folder)
            except BaseException:
                print(server.log())
                raise
            finally:
                for agent in agents:
                    agent.kill()


def roll_out(server, folder, enrolled, stranger):
    client, log = server.boto3(), folder / "notes.txt"
    client.create_application(applicationName="shop", computePlatform="Server")
    client.create_deployment_group(
        applicationName="shop", deploymentGroupName="web", serviceRoleArn=ROLE, ec2TagSet=TAG_SETS,
        autoScalingGroups=["web-asg"], deploymentConfigName="CodeDeployDefault.AllAtOnce")
    group = client.get_deployment_group(applicationName="shop", deploymentGroupName="web")["deploymentGroupInfo"]
    assert group["ec2TagSet"] == TAG_SETS and [g["name"] for g in group["autoScalingGroups"]] == ["web-asg"], group
    one = bundle(folder / "one", None, "one", ValidateService=f'echo "$HOST" >> {log}')
    deployment, info = deploy(client, one)
    assert info["status"] == "Succeeded", info
    assert sorted(log.read_text().split()) == sorted(enrolled)
    names = client.list_deployment_targets(deploymentId=deployment)["targetIds"]
    assert sorted(names) == sorted(enrolled | {stranger}), names
    found = client.batch_get_deployment_targets(deploymentId=deployment, targetIds=names)["deploymentTargets"]
    for target in (target["instanceTarget"] for target in found):
        name = target["targetId"]
        assert target["targetArn"].endswith(f":instance/{name}") and ":ec2:" in target["targetArn"], target
        assert target["status"] == ("Failed" if name == stranger else "Succeeded"), target
        if name == stranger:
            assert "no agent has enrolled" in target["lifecycleEvents"][0]["diagnostics"]["message"], target


def suspend_meanwhile(server, folder, moto):
    """Terminate is suspended while hosts are at work; AZRebalance, which somebody else had suspended, stays so."""
    def suspended():
        groups = moto.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web-asg"])["AutoScalingGroups"]
        return {process["ProcessName"] for process in groups[0]["SuspendedProcesses"]}

    client = server.boto3()
    client.update_deployment_group(
        applicationName="shop", currentDeploymentGroupName="web",
        ec2DeploymentOptions={"autoScalingGroupProcessesToSuspend": ["Terminate", "AZRebalance"]})
    moto.scaling.suspend_processes(AutoScalingGroupName="web-asg", ScalingProcesses=["AZRebalance"])
    # The host that does not answer keeps the deployment at work for as long as it may take to accept.
    deployment, over = start(client, folder / "one")
    support.wait_until("Terminate is suspended", lambda: suspended() == {"Terminate", "AZRebalance"})
    info = support.wait_until(f"{deployment} is over", over)
    assert info["status"] == "Succeeded" and suspended() == {"AZRebalance"}, (info, suspended())


def refuse_a_group_that_is_gone(server, folder):
    client = server.boto3()
    client.update_deployment_group(applicationName="shop", currentDeploymentGroupName="web",
                                   autoScalingGroups=["web-asg", "old-asg"])
    _, info = deploy(client, folder / "one")
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "AUTO_SCALING_CONFIGURATION"), info
    assert "the Auto Scaling group old-asg does not exist" in info["errorInformation"]["message"], info


def deploy(client, folder):
    """Deploys and waits for the end; the deployment and how it came out."""
    deployment, over = start(client, folder)
    return deployment, support.wait_until(f"{deployment} is over", over)


def start(client, folder):
    """Deploys; the deployment, and what tells how it came out once it is over."""
    deployment = client.create_deployment(
        applicationName="shop", deploymentGroupName="web", revision=revision(folder))["deploymentId"]

    def over():
        info = client.get_deployment(deploymentId=deployment)["deploymentInfo"]
        return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
    return deployment, over


def launch(moto, **tags):
    tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    made = moto.ec2.run_instances(ImageId=moto.image, MinCount=1, MaxCount=1, TagSpecifications=[
        {"ResourceType": "instance", "Tags": tags}])
    return made["Instances"][0]["InstanceId"]


def scaled_instance(moto, name):
    """The one instance of a new Auto Scaling group."""
    moto.scaling.create_launch_configuration(
        LaunchConfigurationName=name, ImageId=moto.image, InstanceType="t3.micro")
    zone = moto.ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    moto.scaling.create_auto_scaling_group(AutoScalingGroupName=name, LaunchConfigurationName=name,
                                           MinSize=1, MaxSize=1, AvailabilityZones=[zone])
    group = moto.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    assert [instance["LifecycleState"] for instance in group["Instances"]] == ["InService"]
    return group["Instances"][0]["InstanceId"]


class Moto:
    """moto's server on a port of its own, while the `with` lasts."""

    def __init__(self, tools):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.program, self.endpoint = tools / "moto/bin/moto_server", f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.program, "-H", "127.0.0.1", "-p", str(self.port)], env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        support.wait_until("moto answers", self._answers)
        self.ec2, self.scaling = self._client("ec2"), self._client("autoscaling")
        self.image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _answers(self):
        try:
            with urllib.request.urlopen(self.endpoint + "/moto-api/data.json", timeout=support.PATIENCE):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False

    def _client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=support.REGION,
                            aws_access_key_id="test", aws_secret_access_key="test")
