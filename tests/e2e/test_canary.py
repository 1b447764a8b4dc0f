"""A canary that succeeds, hooks and all, and what a group says to a second deployment meanwhile."""

from target import Target, create_hook


def test_canary(stack):
    target = Target(stack, "canary", stack.canary)
    before = create_hook(stack, "CodeDeployHook_canary_before")
    after = create_hook(stack, "CodeDeployHook_canary_after")
    deployment = target.deploy(BeforeAllowTraffic=before, AfterAllowTraffic=after)

    deployment.await_weights({"1": 0.5, "2": 0.5}, 45)
    assert target.answering_versions(20) == {"1", "2"}
    assert deployment.info()["status"] == "InProgress"

    refused = target.try_deploy()
    assert refused.returncode == 255, refused
    assert "DeploymentLimitExceededException" in refused.stderr, refused.stderr
    assert f"already has an active Deployment '{deployment.id}'" in refused.stderr, refused.stderr

    assert deployment.wait_command() == 0
    _, first, second = deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"2": 1})
    assert 59 <= second - first <= 75, f"{second - first:.1f} s between the two shifts"
    assert deployment.events() == {
        "BeforeAllowTraffic": "Succeeded", "AllowTraffic": "Succeeded", "AfterAllowTraffic": "Succeeded"}
    assert target.answering_versions(5) == {"2"}

    info = deployment.info()
    assert info["deploymentOverview"]["Succeeded"] == 1, info
    assert info["createTime"] <= info["startTime"] < info["completeTime"], info


def test_all_at_once(stack):
    target = Target(stack, "all-at-once", "CodeDeployDefault.LambdaAllAtOnce")
    deployment = target.deploy()
    deployment.await_end("Succeeded", 60)
    deployment.check_history({"1": 1}, {"2": 1})
