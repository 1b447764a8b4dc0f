"""One emulator with one stack from template.yaml in it, and the clients to reach both."""

import copy
import json
import pathlib
import socket
import subprocess
import tempfile
import time

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).parents[2]
REGION = "us-east-1"
# How long the minute of a schedule lasts. A deployment's minutes are real ones.
MINUTE = 6


class Stack:
    """The stack, while the `with` lasts."""

    def __init__(self, tools, bootstraps, cutover):
        self.tools, self.bootstraps, self.cutover = tools, bootstraps, cutover
        self.python = tools / "ministack" / "bin" / "python"

    def __enter__(self):
        began = time.monotonic()
        self.log = tempfile.NamedTemporaryFile("w+", prefix="cutover-e2e-", suffix=".log")
        self.emulator, self.endpoint = self._start_emulator()
        try:
            self.outputs = self._deploy()
            self.api = self.outputs["ApiEndpoint"]
            self._make_clients()
            self._make_role()
            self._make_config()
        except BaseException:
            print(self.log_tail(100), flush=True)
            self._stop_emulator()
            raise
        print(f"the stack is up after {time.monotonic() - began:.0f} s", flush=True)
        return self

    def __exit__(self, *_):
        self._stop_emulator()

    def _start_emulator(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [self.python, ROOT / "tests/tools/ministack.py", "--port", str(port), "--seed", "7",
                   "--minute", str(MINUTE), "--enforce-policies", "--follow-stdin", "--log-level", "INFO"]
        emulator = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=self.log, text=True)
        ready = emulator.stdout.readline().split()
        if ready[:1] != ["ready"]:
            raise RuntimeError(f"the emulator did not start:\n{self.log_tail(50)}")
        return emulator, ready[1]

    def _stop_emulator(self):
        self.emulator.terminate()
        try:
            self.emulator.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.emulator.kill()
            self.emulator.wait()
        self.log.close()

    def _deploy(self):
        command = [self.python, ROOT / "tests/tools/deploy_stack.py", "--endpoint", self.endpoint,
                   "--bootstraps", self.bootstraps,
                   # The handles of the emulator's wait conditions are on this machine.
                   "--parameter", "WebhookPlaces=all", "--parameter", "WebhookUrl=enabled",
                   "--parameter", "WebhookConcurrency=10", "--parameter", "EventBusName=default",
                   "--parameter", "InstanceRoles=e2e-other,e2e-web"]
        deployed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=180)
        return json.loads(deployed.stdout)

    def at(self, api):
        """The same, where Cutover is called at another address."""
        other = copy.copy(self)
        other.api, other.codedeploy = api, self.client("codedeploy", api)
        return other

    def client(self, service, endpoint=None):
        return boto3.client(service, endpoint_url=endpoint or self.endpoint, region_name=REGION,
                            aws_access_key_id="test", aws_secret_access_key="test",
                            config=Config(retries={"max_attempts": 5}, max_pool_connections=32))

    def _make_clients(self):
        self.lambda_ = self.client("lambda")
        self.cloudwatch = self.client("cloudwatch")
        self.events = self.client("events")
        self.logs = self.client("logs")
        self.sqs = self.client("sqs")
        self.codedeploy = self.client("codedeploy", self.api)

    def _make_role(self):
        """The role of target functions and hooks: it may do nothing but call Cutover's API."""
        iam = self.client("iam")
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
        role = iam.create_role(RoleName="e2e-function", AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName="e2e-function", PolicyArn=self.outputs["ApiCallerPolicyArn"])
        self.role = role["Role"]["Arn"]

    def _make_config(self):
        """The shortest waits there are: CodeDeploy counts in whole minutes."""
        self.canary, self.linear = "Canary50Percent1Minute", "Linear50PercentEvery1Minute"
        self.aws("create-deployment-config", deployment_config_name=self.canary,
                 compute_platform="Lambda", traffic_routing_config={
                     "type": "TimeBasedCanary",
                     "timeBasedCanary": {"canaryPercentage": 50, "canaryInterval": 1}})
        self.aws("create-deployment-config", deployment_config_name=self.linear,
                 compute_platform="Lambda", traffic_routing_config={
                     "type": "TimeBasedLinear",
                     "timeBasedLinear": {"linearPercentage": 50, "linearInterval": 1}})

    def run_aws(self, *arguments, **options):
        """The AWS CLI, as a user runs it: `aws deploy …` against the stack's API."""
        command = [self.tools / "clients/bin/aws", "deploy", *arguments]
        for name, value in options.items():
            text = value if isinstance(value, str) else json.dumps(value)
            command += ["--" + name.replace("_", "-"), text]
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_CODEDEPLOY": self.api, "AWS_DEFAULT_OUTPUT": "json",
        }
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    def aws(self, *arguments, **options):
        """The same, where it has to succeed; its answer."""
        answer = self.run_aws(*arguments, **options)
        assert answer.returncode == 0, f"aws deploy {arguments[0]}: {answer.stderr.strip()}"
        return json.loads(answer.stdout) if answer.stdout.strip() else {}

    def dead_letters(self):
        """How many messages each dead-letter queue holds, where it holds any."""
        held = {}
        for url in self.sqs.list_queues().get("QueueUrls", []):
            name = url.rsplit("/", 1)[1]
            counted = "ApproximateNumberOfMessages"
            if "Dlq" in name:
                answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[counted])
                held[name] = int(answer["Attributes"][counted])
        assert held, "the stack has no dead-letter queues"
        return {name: count for name, count in held.items() if count}

    def log_tail(self, lines):
        self.log.flush()
        text = pathlib.Path(self.log.name).read_text(encoding="utf-8", errors="replace")
        return "\n".join(["the emulator's log:", *text.splitlines()[-lines:]])
