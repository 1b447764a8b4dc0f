"""Alarms stop deployments: by an event at once, by the poll when the event was lost, and at the start."""

import contextlib
import threading
import time

from target import Target, wait_until

# What tells of alarms is everybody's: one at a time does without a part of it.
TELLING = threading.Lock()
# From the alarm to the alias. The event takes part of a second; the rest is for a busy machine.
AT_ONCE = 5


def create_alarm(stack, name, state="OK"):
    stack.cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="e2e", MetricName="Errors", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore")
    set_alarm(stack, name, state)
    return name


def set_alarm(stack, name, state):
    stack.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test says so")


def events_rule(stack):
    """The rule that hands alarm changes to alarm-check."""
    rules = stack.events.list_rules()["Rules"]
    (name,) = [rule["Name"] for rule in rules if "aws.cloudwatch" in rule.get("EventPattern", "")]
    return name


def poll_rule(stack):
    """The rule that has alarm-check look at all alarms every minute."""
    (name,) = [rule["Name"] for rule in stack.events.list_rules()["Rules"] if "PollAlarms" in rule["Name"]]
    return name


@contextlib.contextmanager
def without(stack, rule):
    """While it lasts, that rule does nothing."""
    with TELLING:
        stack.events.disable_rule(Name=rule)
        try:
            yield
        finally:
            stack.events.enable_rule(Name=rule)


def was_told_by_event(stack):
    """Whether an event, and not the poll, made alarm-check stop a deployment."""
    logged = stack.logs.filter_log_events(logGroupName="/cutover/cutover/alarm-check")["events"]
    return any("heard of an alarm" in event["message"] and "stopped=1" in event["message"] for event in logged)


def check_stopped(deployment, alarm, seconds=60):
    info = deployment.await_end("Stopped", seconds)
    error = info["errorInformation"]
    assert error["code"] == "ALARM_ACTIVE", error
    assert error["message"].endswith(f"Activated alarms: {alarm}"), error
    return info


def test_alarm(stack):
    alarm = create_alarm(stack, "alarm-errors")
    target = Target(stack, "alarm", stack.canary, alarms=[alarm], rollback=["DEPLOYMENT_STOP_ON_ALARM"])
    deployment = target.deploy()
    deployment.await_weights({"1": 0.5, "2": 0.5}, 45)

    with without(stack, poll_rule(stack)):
        began = time.monotonic()
        set_alarm(stack, alarm, "ALARM")
        deployment.await_weights({"1": 1}, AT_ONCE)
    print(f"alarm: the weights were back after {time.monotonic() - began:.1f} s", flush=True)

    info = check_stopped(deployment, alarm)
    assert was_told_by_event(stack)
    deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"1": 1})
    assert deployment.wait_command() == 255
    deployment.check_rolled_back(info)


def test_alarm_whose_event_is_lost(stack):
    alarm = create_alarm(stack, "silent-errors")
    target = Target(stack, "silent-alarm", stack.canary, alarms=[alarm])
    deployment = target.deploy()
    deployment.await_weights({"1": 0.5, "2": 0.5}, 45)
    with without(stack, events_rule(stack)):
        set_alarm(stack, alarm, "ALARM")
    check_stopped(deployment, alarm)
    deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"1": 1})


def test_alarm_at_the_start(stack):
    alarm = create_alarm(stack, "red-errors", "ALARM")
    target = Target(stack, "red-alarm", stack.canary, alarms=[alarm])
    deployment = target.deploy()
    check_stopped(deployment, alarm)
    deployment.check_history({"1": 1})
    wait_until("another deployment may begin", lambda: target.try_deploy().returncode == 0, 20)
