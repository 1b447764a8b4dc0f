"""Revisions that GitHub does not show to everybody: the service has the token, its hosts get an address."""

import io
import pathlib
import sys
import tarfile

import support
from agents import Agent

sys.path.append(str(pathlib.Path(__file__).parents[1] / "e2e"))
from listener import Listener

COMMIT, TOKEN = "c0ffee" * 6 + "beef", "ghp_0123456789"
REVISION = {"revisionType": "GitHub", "gitHubLocation": {"repository": "acme/shop", "commitId": COMMIT}}


class GitHub(Listener):
    """Shows acme/shop to whoever has the token; its archives to whoever has their address."""

    def __init__(self, served):
        self.asked, self.fetched, self.archive = [], [], archive(served)

    def answer(self, path, headers, body):
        if path == "/archive?for=minutes":
            self.fetched.append(headers.get("authorization"))
            return 200, self.archive
        assert path == f"/repos/acme/shop/tarball/{COMMIT}", path
        self.asked.append(headers.get("authorization"))
        if self.asked[-1] == f"Bearer {TOKEN}":
            return 302, b"", ("Location", f"{self.url}/archive?for=minutes")
        return 404, b"{}"


def archive(served):
    """As GitHub packs it: everything in one folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text, mode in [
                ("appspec.yml", "version: 0.0\nos: linux\nhooks:\n  ValidateService:\n    - location: it.sh\n", 0o644),
                ("it.sh", f"#!/bin/sh\necho $HOST >> {served}\n", 0o755)]:
            entry = tarfile.TarInfo(f"acme-shop-c0ffee/{name}")
            entry.size, entry.mode = len(text), mode
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def test_hosts_fetch_what_only_the_services_token_shows(tmp_path):
    served = tmp_path / "served.txt"
    agents = []
    with GitHub(served) as github:
        server = support.Server(tmp_path / "data", speed=1, variables={"CUTOVER_GITHUB_API": github.url})
        with server:
            try:
                config = tmp_path / "agent.yml"
                config.write_text(f":github_api_endpoint: {github.url}\n")
                agents += [Agent(server, tmp_path, f"web-{n}", "role=web").start("--config", config) for n in range(3)]
                check(server, github, served)
            except BaseException:
                print(server.log(), *(agent.log() for agent in agents))
                raise
            finally:
                for agent in agents:
                    agent.kill()
        told = server.log() + "".join(agent.log() for agent in agents)
        assert TOKEN not in told and "for=minutes" not in told
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


def check(server, github, served):
    client = server.boto3()
    client.create_application(applicationName="shop", computePlatform="Server")
    client.create_deployment_group(
        applicationName="shop", deploymentGroupName="web", serviceRoleArn="arn:aws:iam::123456789012:role/r",
        deploymentConfigName="CodeDeployDefault.AllAtOnce",
        onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}])

    status, words = deploy(client)
    assert status == "Failed" and f"the commit {COMMIT} of acme/shop on GitHub cannot be fetched: status 404" in words
    assert "under the name acme/shop or acme" in words, words

    put(server, "acme", TOKEN)
    before = len(github.asked)
    status, words = deploy(client)
    assert status == "Succeeded", words
    assert sorted(served.read_text().split()) == ["web-0", "web-1", "web-2"]
    # Each host asks as everybody first; the service asks once for all of them, and nobody else has the token.
    asked = github.asked[before:]
    assert asked.count(None) == 3 and asked.count(f"Bearer {TOKEN}") == 1 and len(asked) == 4, asked
    assert github.fetched == [None] * 3

    # A repository's own token goes first, and this one reads nothing.
    put(server, "acme/shop", "ghp_other")
    status, words = deploy(client)
    assert status == "Failed" and "GitHub does not show the commit to the token acme/shop" in words, words
    assert "ghp_" not in words


def put(server, name, token):
    file = server.data.with_name("token")
    file.write_text(token)
    server.cutover("github-tokens", "put", name, "--token-file", file)
    file.unlink()


def deploy(client):
    """How a deployment ended, and what its first host says."""
    made = client.create_deployment(applicationName="shop", deploymentGroupName="web", revision=REVISION)["deploymentId"]

    def over():
        status = client.get_deployment(deploymentId=made)["deploymentInfo"]["status"]
        return status in ("Succeeded", "Failed", "Stopped") and status
    status = support.wait_until(f"{made} is over", over)
    target = client.get_deployment_target(deploymentId=made, targetId="web-0")["deploymentTarget"]["instanceTarget"]
    events = {event["lifecycleEventName"]: event for event in target["lifecycleEvents"]}
    return status, events["DownloadBundle"].get("diagnostics", {}).get("message", "")
