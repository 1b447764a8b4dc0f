"""Real agents on this machine, one process a host, and bundles for them."""

import os
import pathlib
import signal
import stat
import subprocess

from support import CUTOVER, PATIENCE, environment, wait_until

AGENT = pathlib.Path(os.environ.get("CUTOVER_AGENT_BIN", CUTOVER.with_name("cutover-agent"))).absolute()


class Agent:
    """An enrolled host and its agent. Scripts find the host's name in HOST."""

    def __init__(self, server, folder, name, *tags):
        self.name, self.folder, self.process = name, folder / name, None
        self.folder.mkdir(parents=True)
        self.identity, self.root = self.folder / "identity.json", self.folder / "root"
        arguments = [part for tag in tags for part in ("--tag", tag)]
        token = server.cutover_json("hosts", "token", name, *arguments)["token"]
        self.run("register", "--endpoint", server.endpoint, "--token", token, "--identity-file", self.identity)

    def run(self, *arguments):
        done = subprocess.run([AGENT, *arguments], capture_output=True, text=True, timeout=PATIENCE, env=environment())
        assert done.returncode == 0, f"cutover-agent {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *options):
        with open(self.folder / "agent.log", "ab") as log:
            self.process = subprocess.Popen(
                [AGENT, "run", "--identity-file", self.identity, "--root-dir", self.root, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(HOST=self.name))
        wait_until(f"{self.name} takes orders", lambda: "takes orders" in self.log())
        return self

    def log(self):
        return (self.folder / "agent.log").read_text(encoding="utf-8", errors="replace")

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """SIGKILL, the way a machine loses power; its scripts live on."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
            self.process = None


def bundle(folder, destination, text, **scripts):
    """A folder to deploy: a file with this text, if there is a place for it, and a script for each of these events."""
    (folder / "scripts").mkdir(parents=True)
    (folder / "page.html").write_text(text, encoding="utf-8")
    hooks = ""
    for event, script in scripts.items():
        path = folder / "scripts" / f"{event}.sh"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        hooks += f"  {event}:\n    - location: scripts/{event}.sh\n      timeout: 60\n"
    files = f"files:\n  - source: page.html\n    destination: {destination}\n" if destination else ""
    spec = f"version: 0.0\nos: linux\n{files}" + (f"hooks:\n{hooks}" if hooks else "")
    (folder / "appspec.yml").write_text(spec, encoding="utf-8")
    return folder


def revision(folder):
    """As hosts of this machine reach it."""
    location = {"bucket": "_local", "key": f"{folder}/", "bundleType": "tar"}
    return {"revisionType": "S3", "s3Location": location}
