"""Hooks that fail, and hooks that cannot be called."""

from target import Target, create_hook

AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"


def check_failed(deployment):
    info = deployment.await_end("Failed", 60)
    assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE", info["errorInformation"]
    return info


def test_hook_that_fails(stack):
    hook = create_hook(stack, "CodeDeployHook_failing", "Failed")
    target = Target(stack, "failing-hook", AT_ONCE, rollback=["DEPLOYMENT_FAILURE"])
    deployment = target.deploy(AfterAllowTraffic=hook)
    info = check_failed(deployment)
    deployment.check_history({"1": 1}, {"2": 1}, {"1": 1})
    assert deployment.events() == {
        "BeforeAllowTraffic": "Succeeded", "AllowTraffic": "Succeeded", "AfterAllowTraffic": "Failed"}
    deployment.check_rolled_back(info)


def test_hook_that_is_not_there(stack):
    target = Target(stack, "absent-hook", AT_ONCE)
    deployment = target.deploy(BeforeAllowTraffic="CodeDeployHook_absent")
    check_failed(deployment)
    deployment.check_history({"1": 1})


def test_hook_that_the_role_does_not_allow(stack):
    """The stack may invoke functions whose names say that they are hooks, and no others."""
    hook = create_hook(stack, "not-called-a-hook")
    target = Target(stack, "forbidden-hook", AT_ONCE)
    deployment = target.deploy(BeforeAllowTraffic=hook)
    info = check_failed(deployment)
    assert "AccessDenied" in info["errorInformation"]["message"], info["errorInformation"]
    deployment.check_history({"1": 1})
