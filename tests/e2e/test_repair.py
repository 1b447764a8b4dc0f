"""What is lost is made good: a worker that is killed in the middle of its call, a wake that is lost.

The deployment is linear, for nothing else here uses that function and that queue.
"""

import os
import pathlib
import signal

from relay import Relay
from target import Target, wait_until


def processes_of(stack, function):
    """The processes in which the stack's emulator runs a function."""
    mark = f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()
    children = pathlib.Path(f"/proc/{stack.emulator.pid}/task").glob("*/children")
    processes = {int(child) for task in children for child in task.read_text().split()}
    environments = {p: pathlib.Path(f"/proc/{p}/environ").read_bytes().split(b"\0") for p in processes}
    return [process for process, environment in environments.items() if mark in environment]


def linear_shift(stack):
    functions = stack.lambda_.list_functions()["Functions"]
    (function,) = [f for f in functions if "-LinearShift-" in f["FunctionName"]]
    return function


def linear_shift_waits(stack):
    """Whether a delayed wake stands in the queue: a deployment waits for its time."""
    name = "ApproximateNumberOfMessagesDelayed"
    url = stack.outputs["LinearShiftQueueUrl"]
    answer = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name]) > 0


def lead_through(relay, stack, function):
    """Lets a function reach Lambda through the relay."""
    variables = function["Environment"]["Variables"] | {"AWS_ENDPOINT_URL_LAMBDA": relay.endpoint}
    stack.lambda_.update_function_configuration(
        FunctionName=function["FunctionName"], Environment={"Variables": variables})


def test_killed_worker_and_lost_wake(stack):
    function = linear_shift(stack)
    with Relay(stack.endpoint) as relay:
        lead_through(relay, stack, function)
        target = Target(stack, "repair", stack.linear)

        # Killed when Lambda has shifted the alias and before it could tell: the next worker has to know
        # the state as its own deployment's and go on from there.
        held = relay.hold_answers_to(b"PUT ")
        deployment = target.deploy()
        assert held.wait(60), "the alias was not written through the relay"
        processes = processes_of(stack, function["FunctionName"])
        assert processes, "nothing to kill"
        for process in processes:
            os.kill(process, signal.SIGKILL)
        relay.release()
        assert target.weights() == {"1": 0.5, "2": 0.5}
        wait_until("the step is taken over", lambda: linear_shift_waits(stack), 60)

        # The only message of a deployment that waits is its wake.
        stack.sqs.purge_queue(QueueUrl=stack.outputs["LinearShiftQueueUrl"])
        deployment.await_end("Succeeded", 120)
    deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"2": 1})
