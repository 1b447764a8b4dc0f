"""A running `cutover serve` and the unchanged clients that talk to it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import boto3
from botocore.config import Config

from shapes import check_answers

ROOT = pathlib.Path(__file__).parents[2]
CUTOVER = pathlib.Path(os.environ.get("CUTOVER_BIN", ROOT / "target/debug/cutover")).absolute()
SIM = pathlib.Path(os.environ.get("SIM_BIN", CUTOVER.parent / "sim")).absolute()
AWS = pathlib.Path(sys.executable).parent / "aws"
REGION = "eu-central-1"
ACCOUNT = "123456789012"
# How long to wait for what takes a moment; a busy machine makes moments long.
PATIENCE = 60


def environment(**more):
    """What a client on a user's machine has: dummy keys, a region, and nothing of the tester's own."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true", **more,
    }


def wait_until(what, condition, seconds=PATIENCE, pause=0.05):
    """Waits until a condition is met and returns what it came to."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(pause)


def replay(scenarios):
    """Has the simulator replay a scenario file or a folder of them: each must end as it says."""
    ran = subprocess.run([SIM, "--scenario", scenarios], capture_output=True, text=True, timeout=3 * PATIENCE)
    wrong = "\n".join(line for line in ran.stdout.splitlines() if not line.endswith("all as expected"))
    assert ran.returncode == 0, f"{wrong}\n{ran.stderr}"
    return ran.stdout


class Server:
    """A `cutover serve` process on a data folder. It can be stopped, killed and started again."""

    def __init__(self, data, speed=60, options=(), variables=None):
        self.data, self.speed, self.options = pathlib.Path(data), speed, list(options)
        self.variables = variables or {}
        # What clients of this server have in their environment beside its address.
        self.client_variables = {}
        self.listen, self.endpoint, self.process = "127.0.0.1:0", None, None
        self.log_path = self.data.with_name(self.data.name + ".log")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def command(self):
        return [CUTOVER, "--json", "serve", "--listen", self.listen, "--data", self.data, "--region", REGION,
                "--account", ACCOUNT, "--speed", str(self.speed), "--while-stdin", *self.options]

    def start(self):
        """Starts it, on the port of last time if there is one, and waits until it answers."""
        self.process = self.spawn(self.command())
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"cutover serve did not start:\n{self.log()}")
        self.endpoint = json.loads(line)["endpoint"]
        self.listen = self.endpoint.removeprefix("http://")
        return self

    def spawn(self, command):
        # While its standard input is open: it ends with the test run, however that ends.
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                    text=True, env=environment(CUTOVER_LOG="info", **self.variables))

    def start_refused(self):
        """Starts it where it must refuse; its exit status and what it says."""
        command = [part for part in self.command() if part not in ("--json", "--while-stdin")]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE,
                                 stdin=subprocess.DEVNULL, env=environment(**self.variables))
        return refused.returncode, refused.stderr

    def terminate(self):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        self.close_pipes()
        return status

    def kill(self):
        """SIGKILL, the way a machine loses power."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
            self.close_pipes()

    def close_pipes(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def cutover(self, *arguments):
        """`cutover …` against this server; what it prints."""
        done = self.run_cutover(*arguments)
        assert done.returncode == 0, f"cutover {arguments}: status {done.returncode}: {done.stderr}"
        return done.stdout

    def run_cutover(self, *arguments, **variables):
        return subprocess.run([CUTOVER, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, env=environment(CUTOVER_ENDPOINT=self.endpoint, **variables))

    def cutover_json(self, *arguments):
        return json.loads(self.cutover("--json", *arguments))

    def boto3(self, **config):
        """A boto3 client whose every answer is held against the API's shapes."""
        config = {"retries": {"max_attempts": 1}, "max_pool_connections": 64, "read_timeout": PATIENCE, **config}
        client = boto3.client("codedeploy", endpoint_url=self.endpoint, region_name=REGION,
                              aws_access_key_id="test", aws_secret_access_key="test", config=Config(**config))
        return check_answers(client)

    def aws_command(self, *arguments, program="deploy", **options):
        command = [AWS, *program.split(), *arguments]
        for name, value in options.items():
            command.append("--" + name.replace("_", "-"))
            command += value if isinstance(value, list) else [value if isinstance(value, str) else json.dumps(value)]
        return command

    def run_aws(self, *arguments, **options):
        """`aws deploy …`; options as the CLI calls them, with underscores. A list is several words."""
        return subprocess.run(self.aws_command(*arguments, **options), capture_output=True, text=True,
                              timeout=PATIENCE, env=self.aws_environment())

    def start_aws(self, *arguments, **options):
        return subprocess.Popen(self.aws_command(*arguments, **options), stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.STDOUT, env=self.aws_environment())

    def aws_environment(self):
        return environment(AWS_ENDPOINT_URL_CODEDEPLOY=self.endpoint, AWS_DEFAULT_OUTPUT="json",
                           **self.client_variables)

    def aws(self, *arguments, **options):
        """The same where it has to succeed; its answer."""
        done = self.run_aws(*arguments, **options)
        assert done.returncode == 0, f"aws deploy {arguments} {options}: {done.stderr.strip()}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def aws_refused(self, code, *arguments, **options):
        """The same where it has to be refused with this code; what it says."""
        done = self.run_aws(*arguments, **options)
        said = done.stderr.strip()
        assert done.returncode != 0, f"aws deploy {arguments} {options} was not refused: {done.stdout}"
        assert f"An error occurred ({code}) when calling the" in said, f"{code} expected: {said}"
        return said


def making(kind, folder):
    """For fixtures: makes servers of that kind, each with a folder of its own, and ends them all."""
    servers = []

    def make(**settings):
        server = kind(folder / f"data-{len(servers)}", **settings)
        servers.append(server)
        return server.start()

    yield make
    for server in servers:
        server.kill()
