"""A `cutover serve --auth keys`, and what its tests share."""

import http.client
import json
import urllib.parse

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from support import PATIENCE, REGION, Server

OTHER_REGION = "eu-west-1"


class Keyed(Server):
    """A server that checks keys. Its helpers call with the root key unless they are given another."""

    def __init__(self, data, **settings):
        settings["options"] = ["--auth", "keys", "--other-regions", OTHER_REGION, *settings.get("options", ())]
        super().__init__(data, **settings)

    @property
    def root(self):
        text = (self.data / "root-credentials").read_text(encoding="utf-8")
        pairs = dict(line.split(" = ") for line in text.splitlines() if " = " in line)
        return pairs["aws_access_key_id"], pairs["aws_secret_access_key"]

    def key(self, name, role, *applications):
        bound = [part for application in applications for part in ("--application", application)]
        made = self.cutover_json("keys", "create", name, "--role", role, *bound)
        return made["accessKey"]["accessKeyId"], made["secretAccessKey"]

    def run_cutover(self, *arguments, key=None, **variables):
        identity, secret = key or self.root
        keys = {"AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": secret}
        return super().run_cutover(*arguments, **{**keys, **variables})

    def aws_environment(self):
        identity, secret = self.root
        return {**super().aws_environment(), "AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": secret}

    def boto3(self, key=None, region=REGION, **config):
        identity, secret = key or self.root
        config = {"retries": {"max_attempts": 0}, "read_timeout": PATIENCE, **config}
        return boto3.client("codedeploy", endpoint_url=self.endpoint, region_name=region, config=Config(**config),
                            aws_access_key_id=identity, aws_secret_access_key=secret)

    def post(self, headers, body, path="/"):
        """Posts exactly this; the status and the answer's JSON."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.endpoint).netloc, timeout=PATIENCE)
        connection.request("POST", path, body=body, headers=headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read() or b"{}")
        assert response.headers["x-amzn-RequestId"]
        connection.close()
        return answer


def refusal(call, *arguments, **options):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **options)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def records(server, *arguments):
    return server.cutover_json("audit", *arguments)["auditRecords"]
