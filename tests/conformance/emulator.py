"""The rest of AWS: MiniStack, where the clients call S3, IAM and ECS beside CodeDeploy."""

import os
import pathlib
import socket
import subprocess

import boto3

from support import REGION, ROOT

TOOLS = pathlib.Path(os.environ.get("CUTOVER_TOOLS", ROOT / "target/tools"))
SERVICES = ["S3", "IAM", "ECS"]


class Emulator:
    """MiniStack on a port of its own, as long as the test run."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [TOOLS / "ministack/bin/python", ROOT / "tests/tools/ministack.py", "--port", str(port), "--follow-stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self):
        line = self.process.stdout.readline()
        assert line.startswith("ready"), f"MiniStack did not start: {line!r}"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION,
                            aws_access_key_id="test", aws_secret_access_key="test")

    def variables(self):
        """What sends the AWS CLI here for everything but CodeDeploy."""
        return {f"AWS_ENDPOINT_URL_{service}": self.endpoint for service in SERVICES}
