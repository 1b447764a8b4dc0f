"""`cutover demo` with the agent beside it: three hosts, a rolling deployment, a bad revision stopped and rolled back."""

import json
import subprocess

from agents import AGENT
from support import CUTOVER, environment

CLAIMS = [
    "three hosts are enrolled",
    "the deployment Succeeded on three of three",
    "one host at a time: each began when the one before it was done",
    "each serves release 1, from its own root",
    "a revision that does not work stopped at the first host",
    "because enough must stay healthy: HEALTH_CONSTRAINTS",
    "its target says where and why: ValidateService, scripts/validate.sh",
    "each serves release 1 again",
    "the agents ended when they were asked to",
]


def test_hosts_are_part_of_the_demonstration():
    assert AGENT.parent == CUTOVER.parent
    shown = subprocess.run([CUTOVER, "demo", "--speed", "300", "--json"], capture_output=True, text=True, timeout=180,
                           stdin=subprocess.DEVNULL, env=environment())
    assert shown.returncode == 0, shown.stdout + shown.stderr
    told = json.loads(shown.stdout)
    assert told["holds"] and told["hosts"], told
    claims = [claim["claim"] for claim in told["claims"]]
    assert not [claim for claim in CLAIMS if claim not in claims], claims
    assert "(d) Three hosts" in shown.stderr and "✗ web-" in shown.stderr
