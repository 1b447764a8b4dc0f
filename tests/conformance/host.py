"""A host as the service sees it: a key pair, what it enrols with, and its queue through boto3."""

import base64
import hashlib
import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from support import ACCOUNT, PATIENCE, REGION

OWN = "Cutover_20261101."


class Key:
    """An Ed25519 key in a file, used through openssl."""

    def __init__(self, folder, name):
        self.file = folder / f"{name}.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.file)
        self.public = base64.b64encode(openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-32:]).decode()
        self.id = hashlib.sha256(base64.b64decode(self.public)).hexdigest()[:16]

    def jws(self, payload, kind="cutover-report"):
        header = {"alg": "EdDSA", "kid": self.id, "typ": kind}
        signed = ".".join(unpadded(json.dumps(part).encode()) for part in (header, payload))
        text = self.file.with_suffix(".txt")
        text.write_text(signed, encoding="ascii")
        return signed + "." + unpadded(openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", text))


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True, timeout=PATIENCE).stdout


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def ask(server, operation, body):
    """An unsigned call of one of Cutover's own operations; status and answer."""
    request = urllib.request.Request(server.endpoint, json.dumps(body).encode(), method="POST", headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": OWN + operation})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Host:
    """An enrolled host."""

    def __init__(self, server, key, answer):
        self.server, self.key, self.answer = server, key, answer
        self.name, self.queue, self.reports = answer["instanceName"], answer["queueUrl"], answer["reportQueueUrl"]

    @classmethod
    def enrol(cls, server, folder, name, *token_arguments, token=None):
        key = Key(folder, f"{name}-{time.monotonic_ns()}")
        token = token or server.cutover_json("hosts", "token", name, *token_arguments)["token"]
        status, answer = ask(server, "EnrollHost", {"token": token, "instanceName": name, "publicKey": key.public})
        assert status == 200, answer
        return cls(server, key, answer)

    @property
    def credentials(self):
        # A service that checks nobody issues no keys; any will do.
        return self.answer.get("accessKeyId", "any"), self.answer.get("secretAccessKey", "any")

    def sqs(self, region=REGION, **config):
        return sqs(self.server, self.credentials, region, **config)

    def poll(self, seconds=0, **more):
        return self.sqs().receive_message(QueueUrl=self.queue, WaitTimeSeconds=seconds, **more).get("Messages", [])

    def report(self, **more):
        return {
            "v": 1, "order": "00ff", "host": self.name, "scope": {"account": ACCOUNT, "region": REGION},
            "deployment": "d-ABCDEFGHI", "seat": {"shard": 0, "index": 0, "segment": 0, "attempt": 1}, "seq": 1,
            "at": int(time.time() * 1000), "news": "accepted", **more}

    def send(self, body):
        return self.sqs().send_message(QueueUrl=self.reports, MessageBody=body)


def signed(server, headers, body, credentials, service):
    """These headers and a signature for that service."""
    request = AWSRequest("POST", server.endpoint + "/", data=body, headers={
        **headers, "Host": urllib.parse.urlsplit(server.endpoint).netloc})
    SigV4Auth(Credentials(*credentials), service, REGION).add_auth(request)
    return dict(request.headers.items())


def sqs(server, credentials, region=REGION, **config):
    config = {"retries": {"max_attempts": 0}, "read_timeout": PATIENCE, **config}
    return boto3.client("sqs", endpoint_url=server.endpoint, region_name=region, config=Config(**config),
                        aws_access_key_id=credentials[0], aws_secret_access_key=credentials[1])
