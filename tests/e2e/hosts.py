"""Hosts of this machine: real agents, one process each, and revisions for them in S3."""

import base64
import hashlib
import io
import json
import pathlib
import stat
import subprocess
import time
import urllib.error
import urllib.request
import zipfile

import boto3
import botocore

from command import PATIENCE, REGION
from target import wait_until

# Those that the stack's hosts may read revisions from are called so.
BUCKET = "cutover-revisions"
# In front of an Ed25519 key's 32 bytes (RFC 8410).
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")


class Host:
    """An enrolled host and its agent. It has no credentials but those that it is lent; scripts find its name in HOST.

    `proof` are the arguments of `register` that prove who it is, `own` the environment in which they do."""

    def __init__(self, stack, folder, name, *proof, own=None):
        self.stack, self.name, self.folder, self.process = stack, name, folder / name, None
        self.folder.mkdir(parents=True)
        self.identity, self.root = self.folder / "identity.json", self.folder / "root"
        self.agent = stack.cutover.with_name("cutover-agent")
        self.run("register", "--endpoint", stack.outputs["HostDeskEndpoint"], *proof, own=own)

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "HOST": self.name,
                "AWS_ENDPOINT_URL": self.stack.endpoint, "AWS_EC2_METADATA_DISABLED": "true",
                "SSL_CERT_FILE": str(pathlib.Path(botocore.__file__).with_name("cacert.pem"))}

    def run(self, *arguments, own=None):
        done = subprocess.run([self.agent, *arguments, "--identity-file", self.identity],
                              env=self.environment() | (own or {}), capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f"cutover-agent {arguments[0]}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self):
        with open(self.folder / "agent.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.agent, "run", "--identity-file", self.identity, "--root-dir", self.root],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment())
        wait_until(f"{self.name} takes orders", lambda: "takes orders" in self.log(), PATIENCE)
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
            self.process = None

    def log(self):
        return (self.folder / "agent.log").read_text(encoding="utf-8", errors="replace")

    def knows(self, member):
        return json.loads(self.identity.read_text(encoding="utf-8"))[member]

    def ask(self, operation, input, /, **said):
        """What the desk answers to a request that this host signs: status and answer."""
        request = {"v": 1, "host": self.name, "operation": operation, "at": int(time.time() * 1000), "input": input,
                   "scope": {"account": self.knows("account"), "region": self.knows("region")}} | said
        return post(self.stack, operation, self.sign(request).encode())

    def sign(self, payload):
        seed = base64.b64decode(self.knows("signing_key").split()[1])
        key, text = self.folder / "key.der", self.folder / "signed.txt"
        key.write_bytes(PKCS8 + seed)
        public = openssl("pkey", "-inform", "DER", "-in", key, "-pubout", "-outform", "DER")[-32:]
        header = {"alg": "EdDSA", "kid": hashlib.sha256(public).hexdigest()[:16], "typ": "cutover-request"}
        signed = ".".join(unpadded(json.dumps(part).encode()) for part in (header, payload))
        text.write_text(signed, encoding="ascii")
        signature = openssl("pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key, "-in", text)
        return signed + "." + unpadded(signature)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True, timeout=PATIENCE).stdout


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def post(stack, operation, body):
    """A request to the desk as it is on the wire: status and answer."""
    request = urllib.request.Request(stack.outputs["HostDeskEndpoint"], body, method="POST", headers={
        "Content-Type": "application/jose", "X-Amz-Target": "Cutover_20261101." + operation})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def upload(stack, name, text, **scripts):
    """A revision in S3: a file with this text for every host, and a script for each of these events."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        hooks = ""
        for event, script in scripts.items():
            entry = zipfile.ZipInfo(f"{event}.sh")
            entry.external_attr = (stat.S_IFREG | 0o755) << 16
            file.writestr(entry, f"#!/bin/sh\n{script}\n")
            hooks += f"  {event}:\n    - location: {event}.sh\n      timeout: 60\n"
        file.writestr("page.html", text)
        file.writestr("appspec.yml", "version: 0.0\nos: linux\n" + (f"hooks:\n{hooks}" if hooks else ""))
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=name, Body=buffer.getvalue())
    return {"revisionType": "S3", "s3Location": {"bucket": BUCKET, "key": name, "bundleType": "zip"}}


def lent_client(stack, service, keys):
    """A client with what the desk has lent."""
    return boto3.client(service, endpoint_url=stack.endpoint, region_name=REGION,
                        aws_access_key_id=keys["accessKeyId"], aws_secret_access_key=keys["secretAccessKey"],
                        aws_session_token=keys["sessionToken"])
