"""An EC2 instance that enrols by its role, as those of an Auto Scaling group do: the emulator's STS checks what its agent
signs and says who it is."""

import json
import pathlib
import tempfile
import urllib.parse

import command
from command import REGION
from hosts import Host, post, upload
from target import wait_until

INSTANCE = "i-0abc1234def567890"


def test_instance_role(stack):
    with (tempfile.TemporaryDirectory(prefix="cutover-e2e-") as folder,
          command.Running(stack, "proxy", "--function", stack.outputs["ApiFunction"]) as proxy):
        stack, folder = stack.at(proxy.endpoint), pathlib.Path(folder)
        sts = stack.client("sts")
        roles = {name: make_role(stack, sts, name) for name in ("e2e-web", "e2e-strange")}
        web = keys(sts, roles["e2e-web"], INSTANCE)

        refused(stack, folder, keys(sts, roles["e2e-strange"], "i-0abc1234"), "its role e2e-strange is not named")
        refused(stack, folder, keys(sts, roles["e2e-web"], "alice"), "no session of an instance's role")
        refused(stack, folder, web | {"AWS_SECRET_ACCESS_KEY": "guessed"}, "AWS says")
        refused(stack, folder, web, "AWS says", "--service-host", "other.example")
        refused(stack, folder, {name: web[name] for name in web if name != "AWS_SESSION_TOKEN"}, "no session token")

        host = Host(stack, folder, INSTANCE, *proof(stack), own=web)
        try:
            assert (host.knows("host"), host.knows("signed_requests")) == (INSTANCE, True)
            status, lent = host.ask("RefreshHostCredentials", {})
            assert status == 200 and lent["sessionToken"], lent
            host.start()
            deploy(stack, folder)
            refused(stack, folder, web, "has enrolled with another key")
            stack.aws("deregister-on-premises-instance", instance_name=INSTANCE)
            Host(stack, folder / "again", INSTANCE, *proof(stack), own=web)
        except BaseException:
            print(host.log())
            raise
        finally:
            host.kill()


def proof(stack):
    # The emulator serves the desk under another name than it tells the function.
    return ["--as-instance", "--service-host", urllib.parse.urlsplit(stack.outputs["HostDeskUrl"]).hostname]


def make_role(stack, sts, name):
    account = sts.get_caller_identity()["Account"]
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}]}
    role = stack.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return role["Role"]["Arn"]


def keys(sts, role, session):
    """What an instance of that id would find as its role's credentials, as environment."""
    made = sts.assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"], "AWS_REGION": REGION}


def deploy(stack, folder):
    stack.aws("add-tags-to-on-premises-instances", instance_names=[INSTANCE], tags=[{"Key": "role", "Value": "scaled"}])
    client = stack.codedeploy
    client.create_application(applicationName="scaled", computePlatform="Server")
    client.create_deployment_group(
        applicationName="scaled", deploymentGroupName="group", serviceRoleArn=stack.role,
        onPremisesInstanceTagFilters=[{"Key": "role", "Value": "scaled", "Type": "KEY_AND_VALUE"}])
    made = client.create_deployment(
        applicationName="scaled", deploymentGroupName="group",
        revision=upload(stack, "scaled", "page", ApplicationStart=f"echo $HOST > {folder}/served"))

    def over():
        info = client.get_deployment(deploymentId=made["deploymentId"])["deploymentInfo"]
        return info["status"] in ("Succeeded", "Failed", "Stopped") and info
    info = wait_until("the instance has deployed", over, 60)
    assert info["status"] == "Succeeded", info.get("errorInformation")
    assert (folder / "served").read_text().strip() == INSTANCE


def refused(stack, folder, own, words, *more):
    proven = [*proof(stack)[:1], *more] if more else proof(stack)
    try:
        Host(stack, pathlib.Path(tempfile.mkdtemp(dir=folder)), "x", *proven, own=own)
    except AssertionError as error:
        assert words in str(error), error
        return
    raise AssertionError(f"nobody refused: {words}")
