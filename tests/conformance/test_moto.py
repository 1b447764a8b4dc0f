"""What moto's tests of CodeDeploy ask of a server, in our own words: on `cutover serve --moto-compat` all of it
holds; without the flag all but the three answers in which moto contradicts the service.

With CUTOVER_MOTO_TESTS, the path of a checkout of moto, moto's own tests run as well, in the environment that
`tests/tools/setup moto` makes."""

import os
import pathlib
import re
import socket
import subprocess
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

from scene import ROLE
from shapes import check_answers
from support import ACCOUNT, CUTOVER, ROOT, Server, environment

REGION = "us-west-2"
S3 = {"revisionType": "S3", "s3Location": {
    "bucket": "builds", "key": "web.zip", "bundleType": "zip", "version": "7", "eTag": "abc"}}
GITHUB = {"revisionType": "GitHub", "gitHubLocation": {"repository": "octo/web", "commitId": "f" * 40}}
TEXT = {"revisionType": "String", "string": {"content": "no AppSpec at all", "sha256": "no digest either"}}
TAGS = [{"Key": "owner", "Value": "web"}]
# moto's tests that hold a server to what the service itself answers differently.
CONTRADICTIONS = {"test_get_deployment_nonexistent_deployment", "test_list_deployment_groups",
                  "test_deployment_inherits_tags"}
CHECKOUT, TESTS = os.environ.get("CUTOVER_MOTO_TESTS"), 26


def reset(server):
    with urllib.request.urlopen(urllib.request.Request(server.endpoint + "/moto-api/reset", method="POST")) as answer:
        assert answer.status == 200


@pytest.fixture(scope="module")
def moto_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("moto") / "data", options=["--moto-compat"]) as server:
        yield server


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("plain") / "data") as server:
        yield server


def connect(server, region=REGION):
    return check_answers(boto3.client("codedeploy", region_name=region, endpoint_url=server.endpoint,
                                      aws_access_key_id="test", aws_secret_access_key="test"))


@pytest.fixture
def client(moto_server):
    """A client of a server that holds nothing."""
    reset(moto_server)
    return connect(moto_server)


def refused(code, call, **members):
    with pytest.raises(ClientError) as refusal:
        call(**members)
    assert refusal.value.response["Error"]["Code"] == code


def group(client, application="web", name="group", platform="Server", **settings):
    """An application, if it is not there yet, with a group of nothing but a name and a role."""
    if application not in client.list_applications()["applications"]:
        client.create_application(applicationName=application, computePlatform=platform)
    client.create_deployment_group(
        applicationName=application, deploymentGroupName=name, serviceRoleArn=ROLE, **settings)
    return {"applicationName": application, "deploymentGroupName": name}


def deploy(client, names, revision=S3, **more):
    return client.create_deployment(**names, revision=revision, **more)["deploymentId"]


def arn(resource):
    return f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:{resource}"


class TestApplications:
    def test_of_every_platform(self, client):
        for platform in ("Server", "Lambda", "ECS"):
            made = client.create_application(applicationName=platform, computePlatform=platform, tags=TAGS)
            got = client.get_application(applicationName=platform)["application"]
            assert (got["applicationId"], got["applicationName"]) == (made["applicationId"], platform)
            assert got["computePlatform"] == platform and got["createTime"]
        assert sorted(client.list_applications()["applications"]) == ["ECS", "Lambda", "Server"]
        batch = client.batch_get_applications(applicationNames=["ECS", "Lambda", "Server"])
        assert len(batch["applicationsInfo"]) == 3

    def test_names_are_taken_once(self, client):
        client.create_application(applicationName="web")
        refused("ApplicationAlreadyExistsException", client.create_application, applicationName="web")

    def test_an_unknown_one_in_a_batch(self, client):
        refused("ApplicationDoesNotExistException", client.batch_get_applications, applicationNames=["nowhere"])

    def test_regions_are_worlds_of_their_own(self, client, moto_server):
        client.create_application(applicationName="web")
        other = connect(moto_server, "ap-southeast-1")
        assert other.list_applications()["applications"] == []
        other.create_application(applicationName="web")
        reset(moto_server)
        assert client.list_applications()["applications"] == other.list_applications()["applications"] == []


class TestGroups:
    def test_a_minimal_one(self, client):
        client.create_application(applicationName="web", computePlatform="Lambda")
        made = client.create_deployment_group(
            applicationName="web", deploymentGroupName="group", serviceRoleArn=ROLE)
        got = client.get_deployment_group(applicationName="web", deploymentGroupName="group")["deploymentGroupInfo"]
        assert got["deploymentGroupId"] == made["deploymentGroupId"]
        assert (got["applicationName"], got["deploymentGroupName"]) == ("web", "group")
        assert got["serviceRoleArn"] == ROLE

    def test_names(self, client):
        names = group(client)
        refused("DeploymentGroupAlreadyExistsException", client.create_deployment_group, **names, serviceRoleArn=ROLE)
        refused("ApplicationDoesNotExistException", client.create_deployment_group,
                applicationName="nowhere", deploymentGroupName="group", serviceRoleArn=ROLE)
        refused("ApplicationDoesNotExistException", client.get_deployment_group,
                applicationName="nowhere", deploymentGroupName="group")
        refused("DeploymentGroupDoesNotExistException", client.get_deployment_group,
                applicationName="web", deploymentGroupName="nowhere")

    def test_lists(self, client):
        assert client.list_deployment_groups(applicationName="web")["deploymentGroups"] == []
        for name in ("one", "two"):
            group(client, name=name)
        assert set(client.list_deployment_groups(applicationName="web")["deploymentGroups"]) == {"one", "two"}


class TestDeployments:
    @pytest.mark.parametrize("platform, revision, member", [
        ("Server", S3, "s3Location"), ("Server", GITHUB, "gitHubLocation"), ("Lambda", TEXT, "string")])
    def test_a_new_one_is_created_and_shows_what_was_given(self, client, platform, revision, member):
        names = group(client, platform=platform)
        deployment = deploy(client, names, revision, description="the first")
        got = client.get_deployment(deploymentId=deployment)["deploymentInfo"]
        assert got["status"] == "Created" and got["createTime"]
        assert (got["deploymentId"], got["description"]) == (deployment, "the first")
        assert {name: got[name] for name in names} == names
        assert got["revision"]["revisionType"] == revision["revisionType"]
        assert got["revision"][member] == revision[member]

    def test_what_is_missing(self, client):
        refused("ApplicationDoesNotExistException", client.create_deployment, applicationName="nowhere")
        client.create_application(applicationName="web", computePlatform="Lambda")
        refused("DeploymentGroupNameRequiredException", client.create_deployment, applicationName="web")
        refused("DeploymentGroupDoesNotExistException", client.create_deployment,
                applicationName="web", deploymentGroupName="nowhere", revision=S3)

    def test_lists(self, client):
        assert client.list_deployments()["deployments"] == []
        made = {deploy(client, group(client, name=name)) for name in ("one", "two")}
        assert set(client.list_deployments()["deployments"]) == made
        batch = client.batch_get_deployments(deploymentIds=sorted(made))["deploymentsInfo"]
        assert {info["deploymentId"] for info in batch} == made
        refused("DeploymentGroupNameRequiredException", client.list_deployments, applicationName="web")
        refused("ApplicationNameRequiredException", client.list_deployments, deploymentGroupName="one")


class TestTags:
    def test_of_applications_and_groups(self, client):
        client.create_application(applicationName="web", tags=TAGS)
        group(client, tags=TAGS)
        for resource in ("application:web", "deploymentgroup:web/group"):
            assert client.list_tags_for_resource(ResourceArn=arn(resource))["Tags"] == TAGS

    def test_of_a_deployment_are_its_groups(self, client):
        deployment = deploy(client, group(client, tags=TAGS))
        assert client.list_tags_for_resource(ResourceArn=arn(f"deployment:{deployment}"))["Tags"] == TAGS
        refused("ArnNotSupportedException", client.list_tags_for_resource, ResourceArn=arn("deployment:d-NOWHERE00"))


class TestContradictions:
    """Each as moto has it, and as the service has it."""

    def test_an_id_that_is_none(self, client, plain_server):
        refused("DeploymentDoesNotExistException", client.get_deployment, deploymentId="no-id")
        refused("InvalidDeploymentIdException", connect(plain_server).get_deployment, deploymentId="no-id")

    def test_groups_of_an_unknown_application(self, client, plain_server):
        assert client.list_deployment_groups(applicationName="nowhere")["deploymentGroups"] == []
        refused("ApplicationDoesNotExistException", connect(plain_server).list_deployment_groups,
                applicationName="nowhere")

    def test_tags_of_a_deployment(self, plain_server):
        client = connect(plain_server)
        deployment = deploy(client, group(client, tags=TAGS))
        refused("ArnNotSupportedException", client.list_tags_for_resource,
                ResourceArn=arn(f"deployment:{deployment}"))


class TestReset:
    def test_only_where_it_was_asked_for(self, plain_server):
        client = connect(plain_server, "eu-west-3")
        client.create_application(applicationName="stays")
        with pytest.raises(urllib.error.HTTPError) as refusal:
            reset(plain_server)
        assert refusal.value.code == 400
        assert "stays" in client.list_applications()["applications"]

    def test_only_for_this_machine(self, client, moto_server):
        client.create_application(applicationName="stays")
        request = urllib.request.Request(moto_server.endpoint + "/moto-api/reset", method="POST",
                                         headers={"Host": "attacker.example"})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        assert refusal.value.code == 403
        assert client.list_applications()["applications"] == ["stays"]

    def test_what_is_not_codedeploys_stays(self, client, moto_server):
        moto_server.cutover("alarms", "put", "stays")
        reset(moto_server)
        assert "stays" in moto_server.cutover("alarms", "list")


@pytest.mark.skipif(not CHECKOUT, reason="CUTOVER_MOTO_TESTS names no checkout of moto")
class TestTheirOwn:
    def test_all_pass_with_the_flag(self, moto_server):
        assert their_failures(moto_server.endpoint) == set()

    def test_without_it_the_contradictions_fail_and_nothing_else(self):
        # Nobody answers a reset there: every test gets a new server in the same place.
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        assert their_failures(f"http://{address}", "-p", "fresh_server", FRESH_SERVER=address) == CONTRADICTIONS


def their_failures(endpoint, *options, **variables):
    """Runs moto's tests of CodeDeploy against an endpoint; the names of those that failed."""
    tools = pathlib.Path(os.environ.get("CUTOVER_TOOLS", ROOT / "target/tools"))
    ran = subprocess.run(
        [tools / "moto/bin/python", "-m", "pytest", "-p", "no:cacheprovider", "--quiet", "--tb", "line", "-rf",
         *options, "tests/test_codedeploy"], cwd=CHECKOUT, capture_output=True, text=True, timeout=300,
        env=environment(TEST_SERVER_MODE="true", TEST_SERVER_MODE_ENDPOINT=endpoint, CUTOVER_BIN=str(CUTOVER),
                        PYTHONPATH=str(pathlib.Path(__file__).parent), PYTHONDONTWRITEBYTECODE="1", **variables))
    failed = set(re.findall(r"^FAILED \S+::(\w+)", ran.stdout, re.MULTILINE))
    counted = sum(int(number) for number in re.findall(r"(\d+) (?:passed|failed)", ran.stdout.splitlines()[-1]))
    assert counted == TESTS, f"{ran.stdout}\n{ran.stderr}"
    return failed
