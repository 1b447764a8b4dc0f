"""Runs MiniStack, the AWS emulator of the whole-stack tests, on 127.0.0.1.

    python ministack.py --port 4566 [--minute SECONDS] [--seed N] [--enforce-policies]
        [--follow-stdin] [--log-level WARNING]

Prints one line, `ready http://127.0.0.1:PORT`, once it answers; its log goes to standard error.
SIGTERM or SIGINT ends it, and with --follow-stdin so does the end of standard input: a test that
dies takes its emulator along. Nothing of the caller's environment but PATH and LANG reaches the
emulator or the functions it runs, which are plain processes of this user.

The shims below reach into private functions, hence the check of the exact version. Each fills a gap
that a test of ours would fall into.
"""

import argparse
import atexit
import importlib.metadata
import json
import os
import random
import shutil
import signal
import socketserver
import sys
import tempfile
import threading
import time
import urllib.request

# This file bears the package's name and stands first on the search path.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [entry for entry in sys.path if os.path.abspath(entry) != HERE]

VERSION = "1.5.33"


def parse_arguments():
    parser = argparse.ArgumentParser(description="Run MiniStack for the tests.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--minute", type=float, default=60.0, metavar="SECONDS",
                        help="how long a minute of a rate() schedule lasts")
    parser.add_argument("--seed", type=int, help="seed of the weighted choice between versions")
    parser.add_argument("--enforce-policies", action="store_true",
                        help="check signatures, and what a function's role allows it")
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input ends")
    parser.add_argument("--log-level", default="WARNING")
    return parser.parse_args()


def isolate(port, log_level, enforce_policies):
    """Replaces the environment by the emulator's own and gives it a directory that dies with it."""
    directory = tempfile.mkdtemp(prefix="cutover-ministack-")
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(directory, ignore_errors=True))
    endpoint = f"http://127.0.0.1:{port}"
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update({
        "HOME": directory,
        "TMPDIR": directory,
        "S3_DATA_DIR": os.path.join(directory, "s3"),
        "STATE_DIR": os.path.join(directory, "state"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        # Without it a provided.* function is given no endpoint and would call AWS itself.
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        # Both would listen beside the port asked for.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Functions as processes; the alternative needs Docker.
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": log_level,
        "AUTH": "true" if enforce_policies else "false",
    })
    tempfile.tempdir = directory
    return endpoint


def send_runtime_answers_at_once():
    """The Runtime API writes headers and body apart: Nagle's algorithm costs 40 ms an invocation."""
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def wait_less_for_silent_functions():
    """After every invocation MiniStack waits 50 ms for a first log line. Ours may print none."""
    from ministack.core.lambda_runtime import ProvidedWorker

    original = ProvidedWorker._drain_stderr_bounded

    def drain(self, first_line_wait=0.002, **limits):
        return original(self, first_line_wait=first_line_wait, **limits)

    ProvidedWorker._drain_stderr_bounded = drain


def honour_alias_weights(chance):
    """MiniStack stores an alias's RoutingConfig and invokes the main version regardless."""
    from ministack.services import lambda_svc

    original = lambda_svc._invoke

    async def invoke(name, event, headers, path_qualifier=None, query_params=None):
        function = lambda_svc._functions[name] if name in lambda_svc._functions else {}
        qualifier = (path_qualifier
                     or lambda_svc._qp_first(query_params or {}, "Qualifier")
                     or lambda_svc._qp_first(headers, "x-amz-qualifier"))
        alias = function.get("aliases", {}).get(qualifier) or {}
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        drawn = chance.random()
        for version, weight in weights.items():
            if drawn < float(weight):
                path_qualifier = version
                break
            drawn -= float(weight)
        return await original(name, event, headers, path_qualifier, query_params)

    lambda_svc._invoke = invoke


def refuse_impossible_aliases():
    """MiniStack lets an alias point anywhere. Lambda wants versions that exist, at most one beside
    the main one and not the same, a weight from 0 to 1, and no weights where $LATEST is involved."""
    from ministack.services import lambda_svc

    original = lambda_svc._update_alias

    def refusal(function, alias, change):
        main = change.get("FunctionVersion") or alias["FunctionVersion"]
        routing = change["RoutingConfig"] if "RoutingConfig" in change else alias.get("RoutingConfig")
        weights = (routing or {}).get("AdditionalVersionWeights") or {}
        for version in (main, *weights):
            if version != "$LATEST" and version not in function["versions"]:
                missing = f"Function not found: {function['config']['FunctionArn']}:{version}"
                return "ResourceNotFoundException", missing, 404
        if weights and "$LATEST" in (main, *weights):
            return "InvalidParameterValueException", "$LATEST cannot share traffic", 400
        if main in weights or len(weights) > 1:
            return "InvalidParameterValueException", "An alias has one other version at most", 400
        if any(not 0 <= float(weight) <= 1 for weight in weights.values()):
            return "InvalidParameterValueException", "A weight is between 0 and 1", 400
        return None

    def update(function_name, alias_name, change):
        function = lambda_svc._functions[function_name] if function_name in lambda_svc._functions else {}
        alias = function.get("aliases", {}).get(alias_name)
        refused = alias and refusal(function, alias, change)
        if refused:
            return lambda_svc.error_response_json(*refused)
        return original(function_name, alias_name, change)

    lambda_svc._update_alias = update


def tell_alias_actions_apart():
    """Asks a policy for the action that is called. MiniStack takes whatever is done to one alias for
    ListAliases, so that no policy of ours would do."""
    from ministack.core import iam_actions

    original = iam_actions._lambda_action

    def action(method, path):
        parts = [part for part in path.split("/") if part]
        if "aliases" in parts[:-1]:
            return {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}.get(method)
        return original(method, path)

    iam_actions._lambda_action = action


def read_concurrency_as_number():
    """A parameter's value is text. CloudFormation makes it the number that the property wants;
    MiniStack keeps the text, and comparing it stops the delivery of every queue."""
    from ministack.services import lambda_svc

    original = lambda_svc._sqs_esm_concurrency

    def concurrency(mapping, function, configuration, queue=None):
        scaling = mapping.get("ScalingConfig") or {}
        if "MaximumConcurrency" in scaling:
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return original(mapping, function, configuration, queue)

    lambda_svc._sqs_esm_concurrency = concurrency


def announce_alarm_changes():
    """CloudWatch tells EventBridge of every alarm that changes state; MiniStack tells SNS only."""
    from ministack.services import cloudwatch, eventbridge

    original = cloudwatch._dispatch_alarm_actions

    def dispatch(alarm, old_state, new_state, reason):
        original(alarm, old_state, new_state, reason)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
        detail = {
            "alarmName": alarm["AlarmName"],
            "state": {"value": new_state, "reason": reason, "timestamp": stamp},
            "previousState": {"value": old_state},
        }
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Resources": [alarm.get("AlarmArn", "")],
            "Detail": json.dumps(detail),
        }
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudwatch._dispatch_alarm_actions = dispatch


def shorten_schedules(minute):
    """Lets tests of what happens once a minute see many minutes."""
    from ministack.services import eventbridge

    original = eventbridge._parse_rate_seconds

    def parse(expression):
        seconds = original(expression)
        return seconds and seconds * minute / 60

    eventbridge._parse_rate_seconds = parse
    eventbridge._SCHEDULER_TICK_INTERVAL = min(eventbridge._SCHEDULER_TICK_INTERVAL, minute / 4)


def tell_when_ready(endpoint):
    while True:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.02)
    print(f"ready {endpoint}", flush=True)


def end_with_stdin():
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def run():
    arguments = parse_arguments()
    found = importlib.metadata.version("ministack")
    if found != VERSION:
        sys.exit(f"ministack.py knows MiniStack {VERSION}, but {found} is installed")
    endpoint = isolate(arguments.port, arguments.log_level, arguments.enforce_policies)
    send_runtime_answers_at_once()
    wait_less_for_silent_functions()
    honour_alias_weights(random.Random(arguments.seed))
    refuse_impossible_aliases()
    tell_alias_actions_apart()
    read_concurrency_as_number()
    announce_alarm_changes()
    if arguments.minute != 60:
        shorten_schedules(arguments.minute)
    from ministack.app import main

    threading.Thread(target=tell_when_ready, args=(endpoint,), daemon=True).start()
    if arguments.follow_stdin:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    sys.argv = ["ministack"]
    main()


if __name__ == "__main__":
    run()
