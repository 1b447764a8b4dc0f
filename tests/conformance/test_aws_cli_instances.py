"""`aws deploy register`, `deregister` and the commands on on-premises instances."""

import pytest

from support import ACCOUNT, REGION


@pytest.fixture(scope="module")
def cli(server, scene, emulator):
    """The server, for a CLI that finds IAM in the emulator."""
    server.client_variables = emulator.variables()
    yield server
    server.client_variables = {}


def user(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def register(cli, name, *more):
    done = cli.run_aws("register", *more, instance_name=name, iam_user_arn=user(name), region=REGION)
    assert done.returncode == 0, done.stderr


def info(cli, name):
    return cli.aws("get-on-premises-instance", instance_name=name)["instanceInfo"]


def listed(cli, **options):
    return cli.aws("list-on-premises-instances", **options)["instanceNames"]


class TestLife:
    def test_registered_and_deregistered(self, cli, scene):
        name = scene.name("box")
        register(cli, name, "--tags", "Key=role,Value=web", "Key=stage,Value=prod")
        got = info(cli, name)
        assert (got["instanceName"], got["iamUserArn"]) == (name, user(name))
        assert got["instanceArn"].startswith(f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:instance/{name}_")
        assert sorted(got["tags"], key=lambda tag: tag["Key"]) == [
            {"Key": "role", "Value": "web"}, {"Key": "stage", "Value": "prod"}]
        assert "deregisterTime" not in got
        assert name in listed(cli, registration_status="Registered")

        done = cli.run_aws("deregister", "--no-delete-iam-user", instance_name=name, region=REGION)
        assert done.returncode == 0, done.stderr
        gone = info(cli, name)
        assert gone["deregisterTime"] >= gone["registerTime"]
        assert gone["tags"] == [] and gone["iamUserArn"] == user(name)
        assert name not in listed(cli, registration_status="Registered")
        assert name in listed(cli, registration_status="Deregistered")

    def test_one_without_tags_can_be_deregistered(self, cli, scene):
        name = scene.name("box")
        register(cli, name)
        assert info(cli, name)["tags"] == []
        done = cli.run_aws("deregister", "--no-delete-iam-user", instance_name=name, region=REGION)
        assert done.returncode == 0, done.stderr

    def test_with_a_user_that_the_command_makes(self, cli, scene, emulator, tmp_path, monkeypatch):
        name, iam = scene.name("box"), emulator.client("iam")
        monkeypatch.chdir(tmp_path)
        done = cli.run_aws("register", instance_name=name, region=REGION)
        assert done.returncode == 0, done.stderr
        written = (tmp_path / "codedeploy.onpremises.yml").read_text()
        assert info(cli, name)["iamUserArn"] in written
        assert [made["UserName"] for made in iam.list_users(PathPrefix="/AWS/CodeDeploy/")["Users"]] == [name]
        done = cli.run_aws("deregister", instance_name=name, region=REGION)
        assert done.returncode == 0, done.stderr
        assert iam.list_users(PathPrefix="/AWS/CodeDeploy/")["Users"] == []

    def test_by_session(self, cli, scene):
        name = scene.name("box")
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/boxes/{name}"
        cli.aws("register-on-premises-instance", instance_name=name, iam_session_arn=session)
        got = info(cli, name)
        assert got["iamSessionArn"] == session and "iamUserArn" not in got


class TestTags:
    def test_added_and_removed(self, cli, client, scene):
        names = [scene.name("box") for _ in range(2)]
        for name in names:
            client.register_on_premises_instance(instanceName=name, iamUserArn=user(name))
        cli.aws("add-tags-to-on-premises-instances", instance_names=names, tags=["Key=role,Value=db", "Key=a,Value=1"])
        cli.aws("add-tags-to-on-premises-instances", instance_names=names[:1], tags=["Key=role,Value=web"])
        assert {tag["Key"]: tag["Value"] for tag in info(cli, names[0])["tags"]} == {"role": "web", "a": "1"}
        cli.aws("remove-tags-from-on-premises-instances", instance_names=names, tags=["Key=role,Value=db"])
        # One of another value is another tag.
        assert {tag["Key"]: tag["Value"] for tag in info(cli, names[0])["tags"]} == {"role": "web", "a": "1"}
        assert info(cli, names[1])["tags"] == [{"Key": "a", "Value": "1"}]

    def test_filters(self, cli, client, scene):
        word = scene.name("filtered")
        boxes = {}
        for tags in ("web prod", "web test", "db prod"):
            name, (role, stage) = scene.name("box"), tags.split()
            client.register_on_premises_instance(instanceName=name, iamUserArn=user(name))
            client.add_tags_to_on_premises_instances(instanceNames=[name], tags=[
                {"Key": word, "Value": role}, {"Key": f"{word}-stage", "Value": stage}])
            boxes[tags] = name

        def found(*filters):
            return set(listed(cli, tag_filters=list(filters)))
        assert found(f"Key={word},Type=KEY_ONLY") == set(boxes.values())
        assert found(f"Key={word},Value=web,Type=KEY_AND_VALUE") == {boxes["web prod"], boxes["web test"]}
        assert found(f"Key={word},Value=none,Type=KEY_AND_VALUE") == set()
        assert boxes["db prod"] in found("Value=db,Type=VALUE_ONLY")
        cli.aws_refused("InvalidTagFilterException", "list-on-premises-instances",
                        tag_filters=[f"Key={word},Type=SOMETIMES"])


class TestRefusals:
    SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/boxes/box"

    @pytest.mark.parametrize("code, members", [
        ("InvalidInstanceNameException", {"instanceName": "i-0123456789abcdef0", "iamUserArn": user("nobody")}),
        ("InvalidInstanceNameException", {"instanceName": "a b", "iamUserArn": user("nobody")}),
        ("InvalidInstanceNameException", {"instanceName": "x" * 101, "iamUserArn": user("nobody")}),
        ("IamArnRequiredException", {}),
        ("InvalidIamUserArnException", {"iamUserArn": "somebody"}),
        ("InvalidIamSessionArnException", {"iamSessionArn": user("nobody")}),
        ("MultipleIamArnsProvidedException", {"iamUserArn": user("nobody"), "iamSessionArn": SESSION}),
    ])
    def test_of_registering(self, client, code, members):
        with pytest.raises(getattr(client.exceptions, code)):
            client.register_on_premises_instance(**{"instanceName": "refused", **members})

    def test_names_and_arns_are_taken_once(self, client, scene):
        name, session = scene.name("box"), scene.name("box")
        client.register_on_premises_instance(instanceName=name, iamUserArn=user(name))
        client.register_on_premises_instance(instanceName=session, iamSessionArn=f"{self.SESSION}-{session}")
        for code, members in [
            ("InstanceNameAlreadyRegisteredException", {"instanceName": name, "iamUserArn": user("another")}),
            ("IamUserArnAlreadyRegisteredException", {"iamUserArn": user(name)}),
            ("IamSessionArnAlreadyRegisteredException", {"iamSessionArn": f"{self.SESSION}-{session}"}),
        ]:
            with pytest.raises(getattr(client.exceptions, code)):
                client.register_on_premises_instance(**{"instanceName": scene.name("box"), **members})

    def test_unknown_ones(self, cli, client):
        cli.aws_refused("InstanceNotRegisteredException", "get-on-premises-instance", instance_name="nowhere")
        with pytest.raises(client.exceptions.InstanceNotRegisteredException):
            client.add_tags_to_on_premises_instances(instanceNames=["nowhere"], tags=[{"Key": "a", "Value": "b"}])
        with pytest.raises(client.exceptions.InvalidRegistrationStatusException):
            client.list_on_premises_instances(registrationStatus="Lost")
