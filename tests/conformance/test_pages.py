"""boto3's paginators, each over more than one page of 100."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scene import ROLE, STYLE, Scene, lambda_appspec, revision
from support import ACCOUNT, Server

PAGE = 100
NAMES = [f"n{n:03}" for n in range(230)]
# An account may have no more than 200 configurations.
CONFIGS = NAMES[:150]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A server with more than two pages of everything."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "scripts").mkdir()
    with Server(folder / "data", speed=60) as server:
        scene = Scene(server, folder / "scripts")
        fill(scene)
        yield scene


def fill(scene):
    client = scene.client
    client.create_application(applicationName="many", computePlatform="Server")
    client.create_application(applicationName="functions", computePlatform="Lambda")
    function = scene.function()

    def one(name):
        client.create_application(applicationName=name, computePlatform="ECS")
        if name in CONFIGS:
            client.create_deployment_config(
                deploymentConfigName=name, minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})
        client.create_deployment_group(
            applicationName="functions", deploymentGroupName=name, serviceRoleArn=ROLE, deploymentStyle=STYLE,
            deploymentConfigName="Long")
        client.create_deployment(applicationName="functions", deploymentGroupName=name,
                                 revision=revision(lambda_appspec(function, alias=name)))
        client.register_application_revision(applicationName="many", revision={
            "revisionType": "S3", "s3Location": {"bucket": "b", "key": name, "bundleType": "zip"}})
        client.register_on_premises_instance(
            instanceName=name, iamUserArn=f"arn:aws:iam::{ACCOUNT}:user/{name}")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, NAMES))


@pytest.mark.parametrize("operation, member, arguments, names", [
    ("list_applications", "applications", {}, [*NAMES, "functions", "many"]),
    ("list_deployment_configs", "deploymentConfigsList", {}, [*CONFIGS, "Short", "Long"]),
    ("list_deployment_groups", "deploymentGroups", {"applicationName": "functions"}, NAMES),
    ("list_on_premises_instances", "instanceNames", {"registrationStatus": "Registered"}, NAMES),
    ("list_application_revisions", "revisions", {"applicationName": "many", "sortBy": "registerTime"}, NAMES),
    ("list_deployments", "deployments", {}, NAMES),
    ("list_deployments", "deployments", {"includeOnlyStatuses": ["Created", "InProgress", "Failed"]}, NAMES),
], ids=lambda value: value if isinstance(value, str) else "")
def test_every_one_is_on_one_page(many, operation, member, arguments, names):
    pages = list(many.client.get_paginator(operation).paginate(**arguments))
    found = [name for page in pages for name in page[member]]
    assert len(pages) > len(names) // PAGE and all(len(page[member]) <= PAGE for page in pages)
    assert "nextToken" not in pages[-1] and all(page["nextToken"] for page in pages[:-1])
    if operation == "list_deployments":
        infos = [info for at in range(0, len(found), 25) for info in many.client.batch_get_deployments(
            deploymentIds=found[at:at + 25])["deploymentsInfo"]]
        assert len(set(found)) == len(found)
        found = [info["deploymentGroupName"] for info in infos]
    if operation == "list_application_revisions":
        found = [location["s3Location"]["key"] for location in found]
    named = [name for name in found if not name.startswith("CodeDeployDefault.")]
    assert sorted(named) == sorted(names)


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_revisions_are_sorted_across_pages(many, order):
    pages = many.client.get_paginator("list_application_revisions").paginate(
        applicationName="many", sortBy="registerTime", sortOrder=order)
    locations = [location for page in pages for location in page["revisions"]]
    times = [info["genericRevisionInfo"]["registerTime"] for at in range(0, len(locations), 25)
             for info in in_order(many.client, locations[at:at + 25])]
    assert times == sorted(times, reverse=order == "descending")


def in_order(client, revisions):
    found = client.batch_get_application_revisions(applicationName="many", revisions=revisions)["revisions"]
    by_key = {info["revisionLocation"]["s3Location"]["key"]: info for info in found}
    return [by_key[revision["s3Location"]["key"]] for revision in revisions]


def test_the_short_ones(many):
    deployment = many.client.list_deployments()["deployments"][0]
    for operation, arguments in [
        ("list_deployment_targets", {"deploymentId": deployment}),
        ("list_git_hub_account_token_names", {}),
        ("list_tags_for_resource", {"ResourceArn": "arn:aws:codedeploy:eu-central-1::application:many"}),
    ]:
        answer = getattr(many.client, operation)(**arguments)
        assert not answer.get("nextToken") and not answer.get("NextToken")


@pytest.mark.parametrize("other, arguments", [
    ("list_deployment_configs", {}), ("list_applications", {}), ("list_deployments", {}),
    ("list_on_premises_instances", {}), ("list_deployment_groups", {"applicationName": "functions"}),
    ("list_application_revisions", {"applicationName": "many", "sortOrder": "descending", "sortBy": "registerTime"}),
])
def test_a_token_belongs_to_its_list(many, other, arguments):
    token = many.client.list_application_revisions(
        applicationName="many", sortBy="registerTime", sortOrder="ascending")["nextToken"]
    with pytest.raises(many.client.exceptions.InvalidNextTokenException):
        getattr(many.client, other)(nextToken=token, **arguments)
