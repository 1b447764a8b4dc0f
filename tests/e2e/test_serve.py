"""`cutover serve --targets aws`: real aliases and alarms, driven by one process with the embedded store."""

import tempfile
import time

import command
from target import Target
from test_alarm import check_stopped, create_alarm, set_alarm

FIFTH, TENTH = {"1": 0.8, "2": 0.2}, {"1": 0.9, "2": 0.1}


def test_serve(stack):
    """Two canaries in their wait while the service is killed: one goes on, an alarm stops the other."""
    with (tempfile.TemporaryDirectory(prefix="cutover-e2e-") as folder,
          command.Running(stack, "serve", "--targets", "aws", "--data", f"{folder}/data") as service):
        stack = stack.at(service.endpoint)
        good, bad, alarm = start(stack)
        assert {good.info()["status"], bad.info()["status"]} == {"InProgress"}
        service.kill()
        time.sleep(1)
        service.start()

        # The alarm of the one that goes off is read once a minute; the other's minute is over by then.
        set_alarm(stack, alarm, "ALARM")
        good.await_end("Succeeded", 90)
        assert good.wait_command() == 0
        _, first, second = good.check_history({"1": 1}, FIFTH, {"2": 1})
        assert 59 <= second - first <= 75, f"{second - first:.1f} s between the two shifts"

        info = check_stopped(bad, alarm, 90)
        bad.check_history({"1": 1}, TENTH, {"1": 1})
        bad.check_rolled_back(info)
        assert service.terminate() == 0, service.said()


def start(stack):
    """Creates both with the AWS CLI and waits until each alias is shifted."""
    stack.aws("create-deployment-config", deployment_config_name="Canary20Percent1Minute", compute_platform="Lambda",
              traffic_routing_config={"type": "TimeBasedCanary",
                                      "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 1}})
    alarm = create_alarm(stack, "served-errors")
    good = Target(stack, "served", "Canary20Percent1Minute")
    bad = Target(stack, "served-alarm", "CodeDeployDefault.LambdaCanary10Percent5Minutes",
                 alarms=[alarm], rollback=["DEPLOYMENT_STOP_ON_ALARM"])
    good, bad = good.deploy(), bad.deploy()
    good.await_weights(FIFTH, 45)
    bad.await_weights(TENTH, 45)
    return good, bad, alarm


def test_serve_refuses_to_hurry_real_traffic(stack):
    with tempfile.TemporaryDirectory(prefix="cutover-e2e-") as folder:
        refused = command.run(stack, "serve", "--targets", "aws", "--speed", "2", "--listen", "127.0.0.1:0",
                              "--data", f"{folder}/data")
    assert refused.returncode == 1, refused
    assert "with --targets aws only speed 1 is allowed" in refused.stderr, refused
