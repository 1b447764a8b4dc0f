"""What people do in the middle of a canary: ask it to stop, or write the alias themselves."""

from target import ALIAS, Target


def test_stop(stack):
    target = Target(stack, "stop", stack.canary, rollback=["DEPLOYMENT_STOP_ON_REQUEST"])
    deployment = target.deploy()
    deployment.await_weights({"1": 0.5, "2": 0.5}, 45)
    answer = stack.aws("stop-deployment", "--auto-rollback-enabled", deployment_id=deployment.id)
    assert answer["status"] in ("Pending", "Succeeded"), answer
    info = deployment.await_end("Stopped", 30)
    assert info["errorInformation"]["code"] == "MANUAL_STOP", info
    deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"1": 1})
    assert deployment.wait_command() == 255
    deployment.check_rolled_back(info)


def test_foreign_writer(stack):
    target = Target(stack, "foreign", stack.canary, rollback=["DEPLOYMENT_FAILURE"])
    deployment = target.deploy()
    deployment.await_weights({"1": 0.5, "2": 0.5}, 45)
    stack.lambda_.update_alias(FunctionName=target.name, Name=ALIAS,
                               RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}})
    info = deployment.await_end("Failed", 90)
    told = info["errorInformation"]["message"]
    assert "somebody else" in told and "50 %" in told and "30 %" in told, told
    assert "rollbackDeploymentId" not in info.get("rollbackInfo", {}), info["rollbackInfo"]
    deployment.check_history({"1": 1}, {"1": 0.5, "2": 0.5}, {"1": 0.7, "2": 0.3})
