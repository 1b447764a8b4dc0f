"""`aws deploy push` and the commands on revisions, with bundles in an S3 of the emulator."""

import json
import re

import pytest

from scene import ROLE, lambda_appspec, revision

GITHUB = {"github_location": "repository=octo/shop,commitId=" + "a" * 40}


@pytest.fixture(scope="module")
def cli(server, scene, emulator):
    """The server, for a CLI that finds S3 in the emulator."""
    server.client_variables = emulator.variables()
    yield server
    server.client_variables = {}


@pytest.fixture(scope="module")
def buckets(emulator):
    """A bucket with versions and one without."""
    s3 = emulator.client("s3")
    for name in ("versioned", "plain"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    return s3


@pytest.fixture
def application(scene, client):
    name = scene.name("hosts")
    client.create_application(applicationName=name)
    client.create_deployment_group(applicationName=name, deploymentGroupName="all", serviceRoleArn=ROLE)
    return name


@pytest.fixture
def source(tmp_path):
    """A folder to be deployed."""
    (tmp_path / "appspec.yml").write_text("version: 0.0\nos: linux\n")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "start.sh").write_text("#!/bin/sh\n")
    (tmp_path / ".hidden").write_text("not for everybody")
    return tmp_path


def push(cli, application, source, location, *more):
    pushed = cli.run_aws("push", *more, application_name=application, source=str(source), s3_location=location)
    assert pushed.returncode == 0, pushed.stderr
    return pushed.stdout


def told_location(said):
    """The --s3-location of the command that `push` tells to go on with, as it is and as members."""
    option = re.search(r"--s3-location (\S+)", said).group(1)
    return option, dict(part.split("=", 1) for part in option.split(","))


def listed(client, application, **filters):
    return client.list_application_revisions(applicationName=application, **filters)["revisions"]


class TestPush:
    @pytest.mark.parametrize("bucket", ["versioned", "plain"])
    def test_what_was_pushed_can_be_deployed(self, cli, client, buckets, application, source, bucket):
        key = f"{application}/1.zip"
        option, location = told_location(push(cli, application, source, f"s3://{bucket}/{key}"))
        held = buckets.get_object(Bucket=bucket, Key=key)
        assert held["ContentLength"] > 0
        assert location["eTag"] == held["ETag"].strip('"')
        assert ("version" in location) == (bucket == "versioned")

        got = cli.aws("get-application-revision", application_name=application, s3_location=option)
        assert got["applicationName"] == application
        assert got["revision"]["s3Location"] == {**location, "bundleType": "zip"}
        assert got["revisionInfo"]["description"].startswith("Uploaded by AWS CLI")
        assert got["revisionInfo"]["registerTime"]
        assert got["revisionInfo"]["deploymentGroups"] == []
        assert "firstUsedTime" not in got["revisionInfo"]

        made = cli.aws("create-deployment", application_name=application, deployment_group_name="all",
                       s3_location=option)
        info = client.get_deployment(deploymentId=made["deploymentId"])["deploymentInfo"]
        assert info["revision"]["s3Location"] == got["revision"]["s3Location"]
        assert listed(client, application) == [got["revision"]]
        used = cli.aws("get-application-revision", application_name=application, s3_location=option)["revisionInfo"]
        assert used["firstUsedTime"] and used["lastUsedTime"]
        assert used["registerTime"] == got["revisionInfo"]["registerTime"]

    def test_a_bundle_of_several_parts(self, cli, client, buckets, application, source):
        # It is not to be made smaller.
        (source / "big").write_bytes(bytes(range(256)) * 8)
        with open("/dev/urandom", "rb") as noise:
            (source / "big").write_bytes(noise.read(7 << 20))
        push(cli, application, source, f"s3://plain/{application}/big.zip")
        location = listed(client, application)[0]["s3Location"]
        assert location["key"] == f"{application}/big.zip"
        assert buckets.head_object(Bucket="plain", Key=location["key"])["ContentLength"] > 7 << 20

    def test_its_own_description(self, cli, client, application, source, buckets):
        push(cli, application, source, f"s3://plain/{application}/d.zip", "--description", "the first", "--ignore-hidden-files")
        revision = listed(client, application)[0]
        got = client.get_application_revision(applicationName=application, revision=revision)
        assert got["revisionInfo"]["description"] == "the first"

    def test_an_unknown_application(self, cli, source, buckets):
        cli.aws_refused("ApplicationDoesNotExistException", "push", application_name="nowhere", source=str(source),
                        s3_location="s3://plain/nowhere.zip")


class TestRevisions:
    def test_of_every_place(self, cli, client, application):
        for options in (GITHUB, {"s3_location": "bucket=b,key=k,bundleType=tgz"}):
            cli.aws("register-application-revision", application_name=application, description="by hand", **options)
            got = cli.aws("get-application-revision", application_name=application, **options)
            assert got["revisionInfo"]["description"] == "by hand"
        kinds = {revision["revisionType"] for revision in listed(client, application)}
        assert kinds == {"S3", "GitHub"}
        batch = client.batch_get_application_revisions(applicationName=application, revisions=listed(client, application))
        assert [info["genericRevisionInfo"]["description"] for info in batch["revisions"]] == ["by hand"] * 2

    def test_registered_again_it_is_described_anew(self, cli, client, application):
        for text in ("one", "two"):
            cli.aws("register-application-revision", application_name=application, description=text, **GITHUB)
        assert len(listed(client, application)) == 1
        got = cli.aws("get-application-revision", application_name=application, **GITHUB)
        assert got["revisionInfo"]["description"] == "two"

    def test_refusals(self, cli, application):
        cli.aws_refused("RevisionDoesNotExistException", "get-application-revision", application_name=application,
                        **GITHUB)
        cli.aws_refused("ApplicationDoesNotExistException", "register-application-revision",
                        application_name="nowhere", **GITHUB)
        cli.aws_refused("InvalidRevisionException", "register-application-revision", application_name=application,
                        revision={"revisionType": "S3", "s3Location": {"bucket": "b"}})
        cli.aws_refused("DescriptionTooLongException", "register-application-revision", application_name=application,
                        description="x" * 257, **GITHUB)


class TestLists:
    @pytest.fixture
    def three(self, client, application):
        """Three revisions of two buckets. One was tried, in vain: there is no host."""
        locations = []
        for bucket, key in [("one", "web/1.zip"), ("one", "web/2.zip"), ("two", "api/1.zip")]:
            location = {"revisionType": "S3", "s3Location": {"bucket": bucket, "key": key, "bundleType": "zip"}}
            client.register_application_revision(applicationName=application, revision=location)
            locations.append(location)
        client.create_deployment(
            applicationName=application, deploymentGroupName="all", revision=locations[1])
        return application, locations

    def keys(self, revisions):
        return [(location["s3Location"]["bucket"], location["s3Location"]["key"]) for location in revisions]

    def test_sorted_and_filtered(self, cli, client, three):
        application, _ = three
        one, two, three = ("one", "web/1.zip"), ("one", "web/2.zip"), ("two", "api/1.zip")
        named = cli.aws("list-application-revisions", application_name=application, sort_by="registerTime",
                        sort_order="descending", s_3_bucket="one", s_3_key_prefix="web/", deployed="ignore")
        assert self.keys(named["revisions"]) == [two, one]
        for options, expected in [
            ({"sortBy": "registerTime", "sortOrder": "ascending"}, [one, two, three]),
            ({"sortBy": "registerTime", "sortOrder": "descending"}, [three, two, one]),
            ({"s3Bucket": "one", "sortBy": "registerTime", "sortOrder": "ascending"}, [one, two]),
            ({"s3Bucket": "one", "s3KeyPrefix": "web/2"}, [two]),
            ({"s3Bucket": "three"}, []),
            # Deployed is what a group's last deployment has brought there.
            ({"deployed": "include"}, []),
            ({"deployed": "exclude", "sortBy": "registerTime", "sortOrder": "ascending"}, [one, two, three]),
        ]:
            assert self.keys(listed(client, application, **options)) == expected, options
        assert sorted(self.keys(listed(client, application))) == [one, two, three]

    def test_what_is_deployed(self, client, scene):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        spare = revision(lambda_appspec(target.function, current="2", target="1"))
        client.register_application_revision(applicationName=target.application, revision=spare)
        target.await_status(target.deploy(), "Succeeded")

        def versions(**filters):
            found = listed(client, target.application, **filters)
            contents = [json.loads(each["appSpecContent"]["content"]) for each in found]
            return [content["Resources"][0]["target"]["Properties"]["TargetVersion"] for content in contents]
        assert versions(deployed="include") == ["2"]
        assert versions(deployed="exclude") == ["1"]
        assert sorted(versions(deployed="ignore")) == ["1", "2"]
        used = client.get_application_revision(
            applicationName=target.application, revision=revision(lambda_appspec(target.function)))["revisionInfo"]
        assert used["deploymentGroups"] == [target.group]
        assert used["registerTime"] <= used["firstUsedTime"] <= used["lastUsedTime"]

    @pytest.mark.parametrize("code, options", [
        ("BucketNameFilterRequiredException", {"s3KeyPrefix": "web/"}),
        ("InvalidSortByException", {"sortBy": "name"}),
        ("InvalidSortOrderException", {"sortBy": "registerTime", "sortOrder": "up"}),
        ("InvalidDeployedStateFilterException", {"deployed": "perhaps"}),
        ("InvalidNextTokenException", {"nextToken": "made-up"}),
    ])
    def test_refusals(self, client, application, code, options):
        with pytest.raises(getattr(client.exceptions, code)):
            listed(client, application, **options)

    def test_of_nobody(self, cli):
        cli.aws_refused("ApplicationDoesNotExistException", "list-application-revisions", application_name="nowhere")
