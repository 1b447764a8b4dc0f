"""What CI jobs use: the composite action's own steps, the Jenkinsfile's command, and the gate that asks Consul."""

import http.server
import json
import re
import subprocess
import threading
import urllib.parse

import pytest
import yaml

from support import CUTOVER, PATIENCE, ROOT, environment

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
JENKINSFILE = (ROOT / "examples/ci/Jenkinsfile").read_text()
GATE = ROOT / "examples/ci/consul-gate.sh"


class Step:
    """Runs the action's last step as a runner does: inputs as variables, files for outputs and summary."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.output, self.summary = folder / "output", folder / "summary"
        self.output.touch()
        self.summary.touch()

    def run(self, **inputs):
        step = ACTION["runs"]["steps"][-1]
        given = {name: about.get("default", "") for name, about in ACTION["inputs"].items()} | inputs
        given = {name: re.sub(r"\$\{\{.*?\}\}", "checkout", value) for name, value in given.items()}
        variables = {name: given[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value).group(1)]
                     for name, value in step["env"].items()}
        variables = environment(
            CUTOVER_ENDPOINT=self.server.endpoint, GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(self.output),
            GITHUB_STEP_SUMMARY=str(self.summary), **variables)
        variables["PATH"] = f"{CUTOVER.parent}:{variables['PATH']}"
        return subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], env=variables,
                              cwd=self.folder, capture_output=True, text=True, timeout=2 * PATIENCE)

    def outputs(self):
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


def commands(text):
    """The workflow commands that a runner would act on, in order."""
    found, deaf = [], None
    for line in text.splitlines():
        command = re.fullmatch(r"\s*::([\w-]+)(?: ([^:]*))?::(.*)", line)
        if deaf:
            deaf = None if line == f"::{deaf}::" else deaf
        elif command and command.group(1) == "stop-commands":
            deaf = command.group(3)
        elif command:
            found.append((command.group(1), command.group(3)))
    assert deaf is None, "the runner is left deaf"
    return found


def moved(target):
    application, group = target.application, target.group
    return {"application": application, "group": group, "function": target.function, "alias": "live", "to": "2"}


def test_the_action_follows_a_deployment_and_tells_the_job(server, scene, tmp_path):
    step = Step(server, tmp_path)
    ran = step.run(**moved(scene.target()), description="of $(touch made) `touch made`")
    assert ran.returncode == 0, ran.stderr
    outputs = step.outputs()
    assert (outputs["status"], outputs["outcome"], outputs["exit-code"]) == ("Succeeded", "succeeded", "0")
    assert re.fullmatch(r"d-[A-Z0-9]{9}", outputs["deployment-id"])
    told = commands(ran.stdout)
    assert [name for name, _ in told] == ["group", "endgroup"] and outputs["deployment-id"] in told[0][1]
    summary = step.summary.read_text()
    assert summary.startswith("### ✅ ") and "version 1 → 2" in summary and "<summary>Log</summary>" in summary
    assert not (tmp_path / "made").exists()


def test_the_action_fails_with_the_reason(server, scene, tmp_path):
    step = Step(server, tmp_path)
    target = scene.target(rollback=["DEPLOYMENT_FAILURE"])
    ran = step.run(**moved(target), arguments=f"--before-hook\n{scene.hook('Failed')}\n")
    assert ran.returncode == 4, ran.stdout + ran.stderr
    name, text = commands(ran.stdout)[-1]
    assert name == "error" and text.startswith("HOOK_EXECUTION_FAILURE: ")
    assert step.outputs()["outcome"] == "rolled back"
    summary = step.summary.read_text()
    assert summary.startswith("### ↩️ ") and "HOOK\\_EXECUTION\\_FAILURE" in summary and "| rollback | `d-" in summary


def test_what_cannot_be_written_is_found_before_anything_is_deployed(server, scene, tmp_path):
    target = scene.target()
    names = moved(target)
    arguments = [part for name in ("application", "group", "function", "alias", "to") for part in (f"--{name}", names[name])]
    ran = server.run_cutover("deploy", *arguments, "--wait", "--result", tmp_path / "no" / "result.json")
    assert ran.returncode == 2 and "result.json cannot be written" in ran.stderr
    assert server.boto3().list_deployments(
        applicationName=names["application"], deploymentGroupName=names["group"])["deployments"] == []


def test_the_jenkinsfile_s_command_leaves_a_result_and_a_summary(server, scene, tmp_path):
    target = scene.target()
    command = re.search(r"script: '''(.*?)'''", JENKINSFILE, re.S).group(1)
    (tmp_path / "appspec.yml").write_text(json.dumps(scene_spec(target)))
    variables = environment(CUTOVER_ENDPOINT=server.endpoint, APPLICATION=target.application,
                            GROUP=target.group, BUILD_TAG="jenkins-1")
    variables["PATH"] = f"{CUTOVER.parent}:{variables['PATH']}"
    ran = subprocess.run(["sh", "-c", command], env=variables, cwd=tmp_path, capture_output=True, text=True,
                         timeout=2 * PATIENCE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    result = json.loads((tmp_path / "deployment.json").read_text())
    assert (result["outcome"], result["exitCode"], result["deployment"]["description"]) == ("succeeded", 0, "jenkins-1")
    assert (tmp_path / "deployment.md").read_text().startswith("### ✅ ")


def scene_spec(target):
    return {"version": 0.0, "Resources": [{"target": {"Type": "AWS::Lambda::Function", "Properties": {
        "Name": target.function, "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}}}]}


class Consul(http.server.BaseHTTPRequestHandler):
    """Answers /v1/health/service as Consul does: passing instances that the filter lets through."""

    seen, passing_after = [], 0

    def do_GET(self):
        asked = urllib.parse.urlparse(self.path)
        query = urllib.parse.parse_qs(asked.query)
        type(self).seen.append((asked.path, query["filter"][0], self.headers.get("X-Consul-Token")))
        node = {"Node": {"Node": "web 1"}, "Service": {"Service": "shop"}, "Checks": [{"Status": "passing"}]}
        body = json.dumps([node] if len(self.seen) > self.passing_after else []).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(("passing_after", "code"), [(2, 0), (1_000_000, 1)])
def test_the_gate_waits_for_consul(passing_after, code):
    consul = type("ThisConsul", (Consul,), {"seen": [], "passing_after": passing_after})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), consul)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seconds = "60" if code == 0 else "1"
    variables = {"PATH": environment()["PATH"], "APPLICATION_NAME": "shop", "CONSUL_NODE": "web 1", "GATE_SECONDS": seconds,
                 "GATE_PAUSE": "0.1", "CONSUL_HTTP_ADDR": f"127.0.0.1:{server.server_port}", "CONSUL_HTTP_TOKEN": "t"}
    try:
        ran = subprocess.run([GATE], env=variables, capture_output=True, text=True, timeout=PATIENCE)
    finally:
        server.shutdown()
        server.server_close()
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert consul.seen[0] == ("/v1/health/service/shop", 'Node.Node == "web 1"', "t")
    if code:
        assert "did not pass its checks on web 1 within 1 s" in ran.stderr
    else:
        assert len(consul.seen) == passing_after + 1
