"""The `cutover` command as a process of its own: a proxy to the stack, or a service beside it."""

import json
import pathlib
import signal
import subprocess
import tempfile

import botocore

REGION = "us-east-1"
# How long it may take to begin, to answer or to end on a busy machine.
PATIENCE = 60


def environment(stack, keys=("test", "test")):
    """What it has on a user's machine, where AWS is the emulator; nothing of the tester's own."""
    return {
        "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1], "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": stack.endpoint,
        "SSL_CERT_FILE": str(pathlib.Path(botocore.__file__).with_name("cacert.pem")),
    }


def run(stack, *arguments, **variables):
    """`cutover …` to its end."""
    return subprocess.run([stack.cutover, *arguments], env=environment(stack) | variables, timeout=PATIENCE,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)


class Running:
    """`cutover …` that listens, while the `with` lasts. It can be killed and started again."""

    def __init__(self, stack, *arguments, keys=("test", "test")):
        self.arguments, self.environment = [stack.cutover, "--json", *arguments], environment(stack, keys)
        self.listen, self.process = "127.0.0.1:0", None

    def __enter__(self):
        self.log = tempfile.NamedTemporaryFile("w+", prefix="cutover-e2e-", suffix=".log")
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.kill()
        self.log.close()

    def start(self):
        """Starts it, on the port of last time if there is one, and waits until it answers."""
        # With its standard input it ends, so that it does not outlive a test that dies.
        command = [*self.arguments, "--listen", self.listen, "--while-stdin"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env=self.environment)
        told = self.process.stdout.readline()
        if not told:
            raise AssertionError(f"{' '.join(map(str, command))} did not start: {self.said()}")
        self.endpoint = json.loads(told)["endpoint"]
        self.listen = self.endpoint.removeprefix("http://")
        return self

    def terminate(self):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        self._close_pipes()
        return status

    def kill(self):
        """SIGKILL, the way a machine loses power."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
            self._close_pipes()

    def said(self):
        """What it wrote to standard error."""
        return pathlib.Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def _close_pipes(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None
