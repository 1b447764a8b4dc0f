"""An incident becomes a test: `cutover export` writes what really happened as a scenario, and the simulator replays
it to the same end."""

import pytest

from scene import ALIAS, ROLLBACK_EVENTS, Scene, lambda_appspec, revision
from support import replay

# A wait of five seconds at speed 60: long enough to do something in it.
MEDIUM = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 5}}


def make_medium(client):
    client.create_deployment_config(
        deploymentConfigName="Medium", computePlatform="Lambda", trafficRoutingConfig=MEDIUM)


@pytest.fixture(scope="module", autouse=True)
def medium(client):
    make_medium(client)


def replayed(server, deployment, folder, *expected):
    """Exports the deployment and replays it; the scenario, which expects these lines."""
    file = folder / "incident.txt"
    done = server.run_cutover("export", deployment, "--output", str(file))
    assert done.returncode == 0 and not done.stdout and not done.stderr, done
    text = file.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    for line in expected:
        assert line in lines, f"{line!r} is missing in\n{text}"
    assert "The replay does not come to this" not in text, text
    assert "all as expected" in replay(file)
    return text


def test_success_with_hooks(server, scene, tmp_path):
    target = scene.target()
    hooks = {"BeforeAllowTraffic": scene.hook(), "AfterAllowTraffic": scene.hook()}
    deployment = target.deploy(hooks)
    target.await_status(deployment, "Succeeded")
    text = replayed(server, deployment, tmp_path, "canary 25% 1min", "speed 60", "deployment 1 Succeeded",
                    "rollbacks 0", "alias version 2", "invocations 2")
    assert text.count("answers Succeeded after") == 2, text
    names = [target.application, target.group, target.function, *hooks.values()]
    story = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert all(name in text and name not in story for name in names), text


def test_an_alarm_rolls_back(server, scene, tmp_path):
    alarm = scene.alarm()
    target = scene.target(config="Medium", alarms=[alarm], rollback=ROLLBACK_EVENTS)
    deployment = target.deploy()
    target.await_alias("1", {"2": 0.25})
    server.cutover("alarms", "set", alarm, "ALARM")
    target.await_status(deployment, "Stopped")
    back = target.check_rolled_back(deployment)
    text = replayed(server, deployment, tmp_path, f"alarms {alarm}", "rollback on failure alarm request",
                    "deployment 1 Stopped ALARM_ACTIVE", "rollbacks 1", "alias version 1")
    assert f"alarm {alarm} red" in text and f"Its rollback deployment {back}: over at" in text, text

    # Its rollback deployment is part of the same story.
    refused = server.run_cutover("export", back)
    assert refused.returncode == 1, refused
    assert f"rollback deployment of {deployment}" in refused.stderr and f"cutover export {deployment}" in refused.stderr


def test_a_hook_fails(server, scene, tmp_path):
    target = scene.target(rollback=ROLLBACK_EVENTS)
    deployment = target.deploy({"BeforeAllowTraffic": scene.hook(), "AfterAllowTraffic": scene.hook("Failed")})
    target.await_status(deployment, "Failed")
    text = replayed(server, deployment, tmp_path, "deployment 1 Failed HOOK_EXECUTION_FAILURE", "rollbacks 1",
                    "alias version 1", "invocations 2")
    assert "hook after answers Failed after" in text, text


@pytest.mark.parametrize("wanted, words, rollbacks", [
    (None, "stop", 1), (False, "stop without rollback", 0), (True, "stop with rollback", 1)])
def test_a_stop(server, scene, tmp_path, wanted, words, rollbacks):
    target = scene.target(config="Medium", rollback=ROLLBACK_EVENTS)
    deployment = target.deploy()
    target.await_alias("1", {"2": 0.25})
    more = {} if wanted is None else {"autoRollbackEnabled": wanted}
    scene.client.stop_deployment(deploymentId=deployment, **more)
    target.await_status(deployment, "Stopped")
    text = replayed(server, deployment, tmp_path, "deployment 1 Stopped MANUAL_STOP", f"rollbacks {rollbacks}",
                    "alias version 1")
    assert any(line.endswith(f"ms {words}") or line.endswith(f"s {words}") for line in text.splitlines()), text


def test_a_foreign_write(server, scene, tmp_path):
    target = scene.target(config="Medium", rollback=ROLLBACK_EVENTS)
    deployment = target.deploy()
    target.await_alias("1", {"2": 0.25})
    assert scene.publish(target.function, "#!/bin/sh\ncat\n") == "3"
    server.cutover("functions", "alias", target.function, ALIAS, "--version", "3")
    target.await_status(deployment, "Failed")
    replayed(server, deployment, tmp_path, "deployment 1 Failed INVALID_LAMBDA_CONFIGURATION", "rollbacks 0",
             "alias version 3")


def test_another_version_than_the_appspec_says(server, scene, tmp_path):
    target = scene.target(rollback=ROLLBACK_EVENTS)
    assert scene.publish(target.function, "#!/bin/sh\ncat\n") == "3"
    created = scene.client.create_deployment(
        **target.names(), revision=revision(lambda_appspec(target.function, current="2", target="3")))
    deployment = created["deploymentId"]
    target.await_status(deployment, "Failed")
    text = replayed(server, deployment, tmp_path, "deployment 1 Failed INVALID_LAMBDA_CONFIGURATION", "rollbacks 0")
    assert "from version 2 to 3" in text and "version 90 stands for 1" in text, text


def test_a_version_that_is_not_there(server, scene, tmp_path):
    target = scene.target(rollback=ROLLBACK_EVENTS)
    created = scene.client.create_deployment(
        **target.names(), revision=revision(lambda_appspec(target.function, target="7")))
    target.await_status(created["deploymentId"], "Failed")
    replayed(server, created["deploymentId"], tmp_path, "step 1 gone",
             "deployment 1 Failed INVALID_LAMBDA_FUNCTION", "rollbacks 0")


def test_killed_in_mid_canary(new_server, tmp_path):
    server = new_server()
    scene = Scene(server, tmp_path)
    make_medium(scene.client)
    target = scene.target(config="Medium", rollback=ROLLBACK_EVENTS)
    deployment = target.deploy({"AfterAllowTraffic": scene.hook()})
    target.await_alias("1", {"2": 0.25})
    server.kill()
    server.start()
    target.await_status(deployment, "Succeeded")
    replayed(server, deployment, tmp_path, "deployment 1 Succeeded", "alias version 2", "invocations 1")


def test_what_is_not_over(server, scene, tmp_path):
    target = scene.target(config="Long")
    deployment = target.deploy()
    target.await_alias("1", {"2": 0.25})
    text = replayed(server, deployment, tmp_path, "over")
    assert "not over yet" in text and "deployment 1" not in text, text

    # As it is stored; and no file is overwritten unasked.
    export = server.cutover_json("export", deployment)
    assert (export["v"], export["plan"]["deployment"]) == (1, deployment), export
    assert [mark["kind"] for mark in export["log"]][:2] == ["created", "claimed"], export["log"]
    file = tmp_path / "incident.txt"
    refused = server.run_cutover("export", deployment, "--output", str(file))
    assert refused.returncode == 1 and "--force" in refused.stderr, refused
    assert file.read_text(encoding="utf-8") == text
    server.cutover("export", deployment, "--output", str(file), "--force")
    scene.client.stop_deployment(deploymentId=deployment)
    target.await_status(deployment, "Stopped")


def test_an_unknown_deployment(server):
    refused = server.run_cutover("export", "d-AAAAAAAAA")
    assert refused.returncode == 1 and "cutover list" in refused.stderr, refused
