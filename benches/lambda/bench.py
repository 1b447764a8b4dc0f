"""Measures functions against a Runtime API of its own on loopback. Needs nothing but Python.

    python3 bench.py --hello EXECUTABLE [--starts N] DIRECTORY

    first /next    from the start of the process to its first request for an event
    answer         from the start to the first event's answer; the AWS services that it calls answer
                   at once that there is nothing
    warm           from a further event to its answer
    memory         resident, after the first event

Times are medians; ratios are to the executable given as --hello, started in turn with the others.
"""

import argparse
import io
import json
import os
import pathlib
import signal
import ssl
import statistics
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WARM_EVENTS = 20
# Limits: MB of a package, start beside that of hello, MiB of memory.
LARGEST_ZIP, LONGEST_START, MOST_MEMORY = 2.5, 2.0, 10.0

WAKE = json.dumps({
    "v": 1, "id": "m", "kind": "wake", "at": 0,
    "body": {"scope": {"account": "1", "region": "us-east-1"}, "deployment": "d-ABCDEFGH1", "epoch": 1,
             "due_at": 0}})
BATCH = {"Records": [{"messageId": "m", "receiptHandle": "r", "body": WAKE,
                      "attributes": {"ApproximateReceiveCount": "1"}}]}
REQUEST = {"headers": {"x-amz-target": "CodeDeploy_20141006.GetDeployment"},
           "body": json.dumps({"deploymentId": "d-ABCDEFGH1"}), "requestContext": {"requestId": "r"}}
EVENTS = {"api": REQUEST, "sweep": {}, "hello": {}}
QUEUES = ["PRE_TRAFFIC_HOOK", "CANARY_SHIFT", "LINEAR_SHIFT", "ALARM_CHECK", "POST_TRAFFIC_HOOK", "ROLLBACK"]


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measure functions as they run on Lambda.")
    parser.add_argument("--hello", type=pathlib.Path, required=True)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("directory", type=pathlib.Path)
    return parser.parse_args()


class Run:
    """One process's life as the Runtime API sees it."""

    def __init__(self, event, events):
        self.event, self.left = json.dumps(event).encode(), events
        self.asked, self.answered, self.failure = [], [], None
        self.over, self.ended = threading.Event(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    run = None

    def do_GET(self):
        now, run = time.perf_counter(), Handler.run
        run.asked.append(now)
        if run.left == 0:
            # It waits for another event, as it would on Lambda, until it is ended.
            run.over.set()
            run.ended.wait()
            self.close_connection = True
            return
        run.left -= 1
        deadline = int((time.time() + 15) * 1000)
        self.answer(200, run.event, {"Lambda-Runtime-Aws-Request-Id": f"r{run.left}",
                                     "Lambda-Runtime-Deadline-Ms": str(deadline),
                                     "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:r:1:function:f"})

    def do_POST(self):
        now, run = time.perf_counter(), Handler.run
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "/runtime/" not in self.path:
            return self.answer(200, b"{}", {"Content-Type": "application/x-amz-json-1.0"})
        if self.path.endswith("/error"):
            run.failure = body.decode(errors="replace")
            run.over.set()
        run.answered.append(now)
        return self.answer(202, b"{}")

    def answer(self, status, body, headers=None):
        self.send_response_only(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def environment(port):
    endpoint = f"http://127.0.0.1:{port}"
    queues = {f"CUTOVER_QUEUE_{name}": f"{endpoint}/{name}" for name in QUEUES}
    return {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_ENDPOINT_URL": endpoint, "CUTOVER_ACCOUNT": "1", "CUTOVER_TABLE": "t",
        "CUTOVER_HOOK_TIMEOUT_SECS": "3600", "RUST_LOG": "error",
        "SSL_CERT_FILE": ssl.get_default_verify_paths().cafile or "", **queues,
    }


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def start_once(name, executable, port, events):
    """Starts a process, hands it events, ends it. Gives what was measured, in ms and MiB."""
    run = Handler.run = Run(EVENTS.get(name, BATCH), events)
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = time.perf_counter()
    process = os.posix_spawn(executable, [str(executable)], environment(port), file_actions=quiet)
    try:
        if not run.over.wait(20) or run.failure:
            sys.exit(f"{name}: {run.failure or 'it did not ask for another event'}")
        memory = resident_mib(process)
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        run.ended.set()
    warm = [(answer - asked) * 1000 for asked, answer in zip(run.asked[1:], run.answered[1:])]
    return {"next": (run.asked[0] - began) * 1000, "answer": (run.answered[0] - began) * 1000,
            "memory": memory, "warm": statistics.median(warm) if warm else None}


def measure(executables, starts):
    """Starts them in turn, so that what disturbs one disturbs all."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cold = {name: [] for name in executables}
    for _ in range(starts + 1):
        for name, executable in executables.items():
            cold[name].append(start_once(name, executable, server.server_port, 1))
    measured = {}
    for name, executable in executables.items():
        # The first start of each reads the executable from disk.
        runs = cold[name][1:]
        measured[name] = {key: statistics.median(run[key] for run in runs) for key in ("next", "answer", "memory")}
        measured[name]["warm"] = start_once(name, executable, server.server_port, WARM_EVENTS)["warm"]
    server.shutdown()
    return measured


def zip_mb(executable):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.write(executable, "bootstrap")
    return len(buffer.getvalue()) / 1e6


def find_executables(directory):
    """The functions in a directory of cargo's or of `sam build`."""
    root = pathlib.Path(__file__).parents[2]
    found = {}
    for function in sorted(path.name for path in (root / "functions").iterdir() if path.is_dir()):
        logical = "".join(word.capitalize() for word in function.split("-"))
        candidates = [directory / function, directory / logical / "bootstrap"]
        found[function] = next((path for path in candidates if path.is_file()), None)
        if found[function] is None:
            sys.exit(f"no executable of {function} in {directory}")
    return found


def run():
    arguments = parse_arguments()
    executables = {"hello": arguments.hello, **find_executables(arguments.directory)}
    measured = measure(executables, arguments.starts)
    hello = measured["hello"]
    print(f"{'function':18} {'zip MB':>7} {'first /next ms':>15} {'ratio':>6} {'answer ms':>10} {'ratio':>6} "
          f"{'warm ms':>8} {'memory MiB':>11}")
    within = True
    for name, values in measured.items():
        size, ratio = zip_mb(executables[name]), values["next"] / hello["next"]
        missed = [what for what, value, most in (("zip", size, LARGEST_ZIP), ("start", ratio, LONGEST_START),
                                                 ("memory", values["memory"], MOST_MEMORY)) if value > most]
        within = within and not missed
        print(f"{name:18} {size:7.2f} {values['next']:15.2f} {ratio:6.2f} {values['answer']:10.2f} "
              f"{values['answer'] / hello['answer']:6.2f} {values['warm']:8.2f} {values['memory']:11.1f}"
              f"{'   over: ' + ', '.join(missed) if missed else ''}")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(run())
