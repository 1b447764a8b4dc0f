"""The unchanged AWS CLI: `aws deploy …` does what a user expects of it."""

import json
import re

import pytest

from scene import (
    ALIAS, EVENTS, LONG, ROLE, ROLLBACK_EVENTS, STYLE, Scene, lambda_appspec, lambda_appspec_yaml, revision)
from support import ACCOUNT, REGION, wait_until

ALARM_TEXT = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
    "affected deployments have been stopped. Activated alarms: {}")


class TestApplications:
    def test_life(self, server, scene):
        name = scene.name("app")
        made = server.aws("create-application", application_name=name, compute_platform="Lambda")
        got = server.aws("get-application", application_name=name)["application"]
        assert (got["applicationId"], got["applicationName"]) == (made["applicationId"], name)
        assert (got["computePlatform"], got["linkedToGitHub"]) == ("Lambda", False)
        assert name in server.aws("list-applications")["applications"]

        new = name + "-renamed"
        server.aws("update-application", application_name=name, new_application_name=new)
        server.aws_refused("ApplicationDoesNotExistException", "get-application", application_name=name)
        found = server.aws("batch-get-applications", application_names=[new])["applicationsInfo"]
        assert [info["applicationId"] for info in found] == [made["applicationId"]]

        server.aws("delete-application", application_name=new)
        server.aws_refused("ApplicationDoesNotExistException", "get-application", application_name=new)

    def test_platform_defaults_to_server(self, server, scene):
        name = scene.name("app")
        server.aws("create-application", application_name=name)
        assert server.aws("get-application", application_name=name)["application"]["computePlatform"] == "Server"

    def test_names_are_taken_once(self, server, scene):
        name = scene.application()
        server.aws_refused("ApplicationAlreadyExistsException", "create-application", application_name=name)
        other = scene.application()
        server.aws_refused("ApplicationAlreadyExistsException", "update-application",
                           application_name=other, new_application_name=name)


PREDEFINED = {
    *(f"CodeDeployDefault.{name}" for name in ("OneAtATime", "HalfAtATime", "AllAtOnce")),
    "CodeDeployDefault.LambdaAllAtOnce",
    *(f"CodeDeployDefault.LambdaCanary10Percent{n}Minutes" for n in (5, 10, 15, 30)),
    *(f"CodeDeployDefault.LambdaLinear10PercentEvery{n}" for n in ("1Minute", "2Minutes", "3Minutes", "10Minutes")),
    "CodeDeployDefault.ECSAllAtOnce",
    *(f"CodeDeployDefault.ECSCanary10Percent{n}Minutes" for n in (5, 15)),
    *(f"CodeDeployDefault.ECSLinear10PercentEvery{n}Minutes" for n in (1, 3)),
}


class TestConfigurations:
    def test_predefined(self, server, scene):
        assert len(PREDEFINED) == 17
        listed = server.aws("list-deployment-configs")["deploymentConfigsList"]
        assert PREDEFINED <= set(listed)
        assert {name for name in listed if name.startswith("CodeDeployDefault.")} == PREDEFINED

    def test_predefined_parameters(self, server, scene):
        def get(name):
            name = "CodeDeployDefault." + name
            return server.aws("get-deployment-config", deployment_config_name=name)["deploymentConfigInfo"]
        canary = get("LambdaCanary10Percent5Minutes")
        assert canary["computePlatform"] == "Lambda"
        assert canary["trafficRoutingConfig"] == {
            "type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5}}
        assert "minimumHealthyHosts" not in canary
        one = get("OneAtATime")
        assert one["deploymentConfigId"] == "00000000-0000-0000-0000-000000000001"
        assert one["minimumHealthyHosts"] == {"type": "MOST_CONCURRENCY", "value": 1}
        assert "trafficRoutingConfig" not in one

    def test_custom(self, server, scene):
        name = scene.name("Canary")
        made = server.aws("create-deployment-config", deployment_config_name=name, compute_platform="Lambda",
                          traffic_routing_config=LONG)
        got = server.aws("get-deployment-config", deployment_config_name=name)["deploymentConfigInfo"]
        assert got["deploymentConfigId"] == made["deploymentConfigId"]
        assert got["trafficRoutingConfig"] == LONG
        server.aws_refused("DeploymentConfigAlreadyExistsException", "create-deployment-config",
                           deployment_config_name=name, compute_platform="Lambda", traffic_routing_config=LONG)
        server.aws("delete-deployment-config", deployment_config_name=name)
        server.aws_refused("DeploymentConfigDoesNotExistException", "get-deployment-config",
                           deployment_config_name=name)

    def test_custom_linear(self, server, scene):
        name, routing = scene.name("Linear"), {
            "type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 20, "linearInterval": 7}}
        server.aws("create-deployment-config", deployment_config_name=name, compute_platform="Lambda",
                   traffic_routing_config=routing)
        got = server.aws("get-deployment-config", deployment_config_name=name)["deploymentConfigInfo"]
        assert got["trafficRoutingConfig"] == routing

    @pytest.mark.parametrize("routing", [
        {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 100, "canaryInterval": 5}},
        {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 2881}},
        {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 1, "linearInterval": 60}},
        {"type": "TimeBasedCanary"},
        {"type": "Sudden"},
    ], ids=["all at once", "too long", "too long in all", "without numbers", "unknown"])
    def test_impossible(self, server, scene, routing):
        server.aws_refused("InvalidTrafficRoutingConfigurationException", "create-deployment-config",
                           deployment_config_name=scene.name("Bad"), compute_platform="Lambda",
                           traffic_routing_config=routing)

    def test_one_in_use_stays(self, server, scene):
        name = scene.name("Used")
        server.aws("create-deployment-config", deployment_config_name=name, compute_platform="Lambda",
                   traffic_routing_config=LONG)
        scene.target(config=name)
        server.aws_refused("DeploymentConfigInUseException", "delete-deployment-config", deployment_config_name=name)

    def test_predefined_stay(self, server, scene):
        server.aws_refused("InvalidOperationException", "delete-deployment-config",
                           deployment_config_name="CodeDeployDefault.LambdaAllAtOnce")


class TestGroups:
    ALARMS = {"enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "errors"}, {"name": "latency"}]}
    ROLLBACK = {"enabled": True, "events": ROLLBACK_EVENTS}

    def make(self, server, scene, **settings):
        names = {"application_name": scene.application(), "deployment_group_name": scene.name("group")}
        made = server.aws("create-deployment-group", **names, service_role_arn=ROLE,
                          deployment_config_name="CodeDeployDefault.LambdaCanary10Percent5Minutes",
                          deployment_style=STYLE, **settings)
        return names, made["deploymentGroupId"]

    def get(self, server, names):
        return server.aws("get-deployment-group", **names)["deploymentGroupInfo"]

    def update(self, server, names, **settings):
        server.aws("update-deployment-group", application_name=names["application_name"],
                   current_deployment_group_name=names["deployment_group_name"], **settings)
        return self.get(server, names)

    def test_life(self, server, scene):
        names, group_id = self.make(server, scene, alarm_configuration=self.ALARMS,
                                    auto_rollback_configuration=self.ROLLBACK)
        got = self.get(server, names)
        assert got["deploymentGroupId"] == group_id
        assert got["applicationName"] == names["application_name"]
        assert got["deploymentGroupName"] == names["deployment_group_name"]
        assert got["deploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert got["serviceRoleArn"] == ROLE
        assert got["computePlatform"] == "Lambda"
        assert got["deploymentStyle"] == STYLE
        assert got["alarmConfiguration"] == self.ALARMS
        assert got["autoRollbackConfiguration"] == self.ROLLBACK

        listed = server.aws("list-deployment-groups", application_name=names["application_name"])
        assert listed["deploymentGroups"] == [names["deployment_group_name"]]
        batch = server.aws("batch-get-deployment-groups", application_name=names["application_name"],
                           deployment_group_names=[names["deployment_group_name"]])
        assert batch["deploymentGroupsInfo"] == [got]

        server.aws("delete-deployment-group", **names)
        server.aws_refused("DeploymentGroupDoesNotExistException", "get-deployment-group", **names)

    def test_update_keeps_what_is_absent_and_clears_what_is_empty(self, server, scene):
        names, group_id = self.make(server, scene, alarm_configuration=self.ALARMS,
                                    auto_rollback_configuration=self.ROLLBACK)
        before = self.get(server, names)
        after = self.update(server, names, deployment_config_name="CodeDeployDefault.LambdaAllAtOnce")
        assert after == {**before, "deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}
        after = self.update(server, names, alarm_configuration={"enabled": False, "alarms": []})
        assert after["alarmConfiguration"]["enabled"] is False
        assert after["alarmConfiguration"]["alarms"] == []
        assert after["autoRollbackConfiguration"] == self.ROLLBACK
        after = self.update(server, names, auto_rollback_configuration={"enabled": False, "events": []})
        assert after["autoRollbackConfiguration"] == {"enabled": False, "events": []}
        assert after["deploymentGroupId"] == group_id

    def test_renamed_it_stays_itself(self, server, scene):
        names, group_id = self.make(server, scene)
        new = names["deployment_group_name"] + "-renamed"
        server.aws("update-deployment-group", application_name=names["application_name"],
                   current_deployment_group_name=names["deployment_group_name"], new_deployment_group_name=new)
        server.aws_refused("DeploymentGroupDoesNotExistException", "get-deployment-group", **names)
        assert self.get(server, {**names, "deployment_group_name": new})["deploymentGroupId"] == group_id

    def test_refusals(self, server, scene):
        names, _ = self.make(server, scene)
        again = {**names, "service_role_arn": ROLE, "deployment_style": STYLE}
        server.aws_refused("DeploymentGroupAlreadyExistsException", "create-deployment-group", **again)
        fresh = {**again, "deployment_group_name": scene.name("group")}
        server.aws_refused("DeploymentConfigDoesNotExistException", "create-deployment-group", **fresh,
                           deployment_config_name="Nowhere")
        server.aws_refused("InvalidAutoRollbackConfigException", "create-deployment-group", **fresh,
                           auto_rollback_configuration={"enabled": True, "events": ["DEPLOYMENT_BORED"]})
        server.aws_refused("AlarmsLimitExceededException", "create-deployment-group", **fresh,
                           alarm_configuration={"enabled": True, "alarms": [{"name": f"a{n}"} for n in range(60)]})
        server.aws_refused("InvalidDeploymentStyleException", "create-deployment-group",
                           **{**fresh, "deployment_style": {"deploymentType": "IN_PLACE",
                                                            "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}})


class TestDeployments:
    @pytest.mark.parametrize("form", ["json", "yaml"])
    def test_canary(self, server, scene, form):
        target = scene.target(config="CodeDeployDefault.LambdaCanary10Percent5Minutes")
        hooks = {"BeforeAllowTraffic": scene.hook(), "AfterAllowTraffic": scene.hook()}
        appspec = {"json": lambda_appspec, "yaml": lambda_appspec_yaml}[form](target.function, hooks)
        made = server.aws("create-deployment", **target.cli_names(), revision=revision(appspec), description="first")
        deployment = made["deploymentId"]
        assert re.fullmatch("d-[A-Z0-9]{9}", deployment)

        # The command looks every 15 s: once is enough of it.
        waiting = server.start_aws("wait", "deployment-successful", deployment_id=deployment) if form == "json" else None
        scene.await_alias(target.function, "1", {"2": 0.1})
        during = server.aws("get-deployment", deployment_id=deployment)["deploymentInfo"]
        assert during["status"] == "InProgress"
        assert "completeTime" not in during
        if waiting:
            assert waiting.wait(timeout=60) == 0, waiting.stdout.read()
        target.await_status(deployment, "Succeeded")

        info = server.aws("get-deployment", deployment_id=deployment)["deploymentInfo"]
        assert info["status"] == "Succeeded"
        assert info["deploymentOverview"] == {
            "Pending": 0, "InProgress": 0, "Succeeded": 1, "Failed": 0, "Skipped": 0, "Ready": 0}
        assert (info["creator"], info["description"], info["computePlatform"]) == ("user", "first", "Lambda")
        assert info["revision"]["revisionType"] == "AppSpecContent"
        assert info["deploymentStyle"] == STYLE
        assert "errorInformation" not in info and "rollbackInfo" not in info
        assert scene.alias(target.function) == ("2", {})
        self.check_targets(server, target, deployment)
        self.check_lists(server, target, deployment)

    def check_targets(self, server, target, deployment):
        ids = server.aws("list-deployment-targets", deployment_id=deployment)["targetIds"]
        assert ids == [f"{target.function}:{ALIAS}"]
        got = server.aws("get-deployment-target", deployment_id=deployment, target_id=ids[0])["deploymentTarget"]
        batch = server.aws("batch-get-deployment-targets", deployment_id=deployment, target_ids=ids)
        assert batch["deploymentTargets"] == [got]
        lambda_target = got["lambdaTarget"]
        assert got["deploymentTargetType"] == "LambdaTarget"
        assert (lambda_target["deploymentId"], lambda_target["targetId"]) == (deployment, ids[0])
        assert lambda_target["targetArn"].startswith(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{target.function}")
        assert lambda_target["status"] == "Succeeded"
        assert lambda_target["lambdaFunctionInfo"] == {
            "functionName": target.function, "functionAlias": ALIAS, "currentVersion": "1", "targetVersion": "2",
            "targetVersionWeight": 1.0}
        events = lambda_target["lifecycleEvents"]
        assert [event["lifecycleEventName"] for event in events] == EVENTS
        assert all(event["status"] == "Succeeded" for event in events)
        assert all(event["startTime"] <= event["endTime"] for event in events)

    def check_lists(self, server, target, deployment):
        listed = server.aws("list-deployments", **target.cli_names())["deployments"]
        assert listed == [deployment]
        succeeded = server.aws("list-deployments", "--include-only-statuses", "Succeeded", **target.cli_names())
        assert succeeded["deployments"] == [deployment]
        failed = server.aws("list-deployments", "--include-only-statuses", "Failed", "Stopped", **target.cli_names())
        assert failed["deployments"] == []
        batch = server.aws("batch-get-deployments", deployment_ids=[deployment])["deploymentsInfo"]
        assert [info["deploymentId"] for info in batch] == [deployment]
        group = server.aws("get-deployment-group", **target.cli_names())["deploymentGroupInfo"]
        assert group["lastSuccessfulDeployment"]["deploymentId"] == deployment
        assert group["lastAttemptedDeployment"]["status"] == "Succeeded"

    def test_linear(self, server, scene):
        target = scene.target(config="CodeDeployDefault.LambdaLinear10PercentEvery1Minute")
        deployment = target.deploy()
        seen = []

        def over():
            version, weights = scene.alias(target.function)
            share = 1.0 if version == "2" else weights.get("2", 0.0)
            if not seen or seen[-1] != share:
                seen.append(share)
            return share == 1.0
        wait_until("all traffic on version 2", over)
        target.await_status(deployment, "Succeeded")
        assert seen == sorted(seen)
        assert set(seen) <= {n / 10 for n in range(11)} and len(seen) >= 8, seen

    def test_all_at_once(self, server, scene):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        deployment = server.aws("create-deployment", **target.cli_names(),
                                revision=revision(lambda_appspec(target.function)))["deploymentId"]
        target.await_status(deployment, "Succeeded")
        assert scene.alias(target.function) == ("2", {})

    def test_string_revision(self, server, scene):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        content = json.dumps(lambda_appspec(target.function))
        deployment = server.aws("create-deployment", **target.cli_names(),
                                revision={"revisionType": "String", "string": {"content": content}})["deploymentId"]
        assert target.await_status(deployment, "Succeeded")["revision"]["revisionType"] == "String"

    def test_created_comes_first(self, new_server, tmp_path):
        scene = Scene(new_server(speed=1), tmp_path)
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        deployment = target.deploy()
        info = target.info(deployment)
        assert info["status"] == "Created"
        assert "startTime" not in info and "deploymentOverview" not in info
        assert target.event_statuses(deployment) == ["Pending"] * 3
        assert "startTime" in target.await_status(deployment, "Succeeded")

    def test_a_hook_may_be_the_aws_cli(self, server, scene):
        target = scene.target()
        hooks = {"BeforeAllowTraffic": scene.aws_hook(), "AfterAllowTraffic": scene.aws_hook()}
        deployment = target.deploy(hooks)
        target.await_status(deployment, "Succeeded")
        assert target.event_statuses(deployment) == ["Succeeded"] * 3

    def test_a_failing_hook_rolls_back(self, server, scene):
        target = scene.target(rollback=ROLLBACK_EVENTS)
        deployment = server.aws(
            "create-deployment", **target.cli_names(), revision=revision(
                lambda_appspec(target.function, {"AfterAllowTraffic": scene.hook("Failed")})))["deploymentId"]
        info = target.await_status(deployment, "Failed")
        assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
        assert target.event_statuses(deployment) == ["Succeeded", "Succeeded", "Failed"]
        back = target.check_rolled_back(deployment)
        assert set(server.aws("list-deployments", **target.cli_names())["deployments"]) == {deployment, back}
        ended = server.run_aws("wait", "deployment-successful", deployment_id=deployment)
        assert ended.returncode == 255 and "terminal failure state" in ended.stderr, ended.stderr

    def test_a_failing_hook_before_the_traffic(self, server, scene):
        target = scene.target()
        deployment = target.deploy({"BeforeAllowTraffic": scene.hook("Failed")})
        info = target.await_status(deployment, "Failed")
        assert target.event_statuses(deployment) == ["Failed", "Skipped", "Skipped"]
        assert "rollbackDeploymentId" not in info.get("rollbackInfo", {})
        assert scene.alias(target.function) == ("1", {})

    def test_a_hook_that_is_not_there_fails_closed(self, server, scene):
        target = scene.target()
        info = target.await_status(target.deploy({"BeforeAllowTraffic": "nowhere"}), "Failed")
        assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
        assert "nowhere" in info["errorInformation"]["message"]

    def test_an_alarm_stops_and_rolls_back(self, server, scene):
        alarm = scene.alarm()
        target = scene.target(config="Long", alarms=[alarm], rollback=ROLLBACK_EVENTS)
        deployment = target.deploy()
        target.await_alias("1", {"2": 0.25})
        server.cutover("alarms", "set", alarm, "ALARM")
        info = target.await_status(deployment, "Stopped")
        told = server.aws("get-deployment", deployment_id=deployment)["deploymentInfo"]["errorInformation"]
        assert told == {"code": "ALARM_ACTIVE", "message": ALARM_TEXT.format(alarm)}
        assert info["errorInformation"] == told
        assert target.event_statuses(deployment)[1] == "Failed"
        target.check_rolled_back(deployment)

    def test_an_alarm_that_is_red_already_stops_before_the_first_shift(self, server, scene):
        alarm = scene.alarm()
        server.cutover("alarms", "set", alarm, "ALARM")
        target = scene.target(config="Long", alarms=[alarm])
        deployment = target.deploy()
        info = target.await_status(deployment, "Stopped")
        assert info["errorInformation"]["code"] == "ALARM_ACTIVE"
        marks = server.cutover_json("log", deployment)["marks"]
        assert not any(mark["kind"] == "baking" for mark in marks)
        assert scene.alias(target.function) == ("1", {})

    def test_a_deployment_keeps_the_alarms_it_was_created_with(self, server, scene):
        kept, added = scene.alarm(), scene.alarm()
        target = scene.target(config="Long", alarms=[kept])
        deployment = target.deploy()
        target.await_alias("1", {"2": 0.25})
        names = {"application_name": target.application, "current_deployment_group_name": target.group}
        server.aws("update-deployment-group", **names,
                   alarm_configuration={"enabled": True, "alarms": [{"name": added}]})
        server.cutover("alarms", "set", added, "ALARM")
        assert target.info(deployment)["status"] == "InProgress"
        server.cutover("alarms", "set", kept, "ALARM")
        info = target.await_status(deployment, "Stopped")
        assert info["errorInformation"]["message"] == ALARM_TEXT.format(kept)
        # The next one has the other alarm.
        info = target.await_status(target.deploy(), "Stopped")
        assert info["errorInformation"]["message"] == ALARM_TEXT.format(added)

    def test_a_rescue_overrides_the_alarms(self, server, scene):
        alarm = scene.alarm()
        server.cutover("alarms", "set", alarm, "ALARM")
        target = scene.target(alarms=[alarm])
        deployment = server.aws("create-deployment", **target.cli_names(),
                                revision=revision(lambda_appspec(target.function)),
                                override_alarm_configuration={"enabled": False})["deploymentId"]
        target.await_status(deployment, "Succeeded")

    def test_stop(self, server, scene):
        target = scene.target(config="Long", rollback=ROLLBACK_EVENTS)
        deployment = target.deploy()
        target.await_alias("1", {"2": 0.25})
        answer = server.aws("stop-deployment", deployment_id=deployment)
        assert answer["status"] in ("Pending", "Succeeded")
        info = target.await_status(deployment, "Stopped")
        assert info["errorInformation"]["code"] == "MANUAL_STOP"
        target.check_rolled_back(deployment)
        server.aws_refused("DeploymentAlreadyCompletedException", "stop-deployment", deployment_id=deployment)

    def test_stop_without_rollback(self, server, scene):
        target = scene.target(config="Long", rollback=ROLLBACK_EVENTS)
        deployment = target.deploy()
        target.await_alias("1", {"2": 0.25})
        server.aws("stop-deployment", "--no-auto-rollback-enabled", deployment_id=deployment)
        info = target.await_status(deployment, "Stopped")
        assert "rollbackDeploymentId" not in info.get("rollbackInfo", {})
        # The traffic is put back whatever the rollback settings say.
        assert scene.alias(target.function) == ("1", {})

    def test_one_deployment_at_a_time(self, server, scene):
        target = scene.target(config="Long")
        first = target.deploy()
        said = server.aws_refused("DeploymentLimitExceededException", "create-deployment", **target.cli_names(),
                                  revision=revision(lambda_appspec(target.function)))
        assert f"already has an active Deployment '{first}'" in said
        server.aws("stop-deployment", deployment_id=first)
        target.await_status(first, "Stopped")
        second = target.deploy()
        assert second != first
        server.aws("stop-deployment", deployment_id=second)

    def test_an_alias_elsewhere_is_not_touched(self, server, scene):
        target = scene.target()
        server.cutover("functions", "alias", target.function, ALIAS, "--version", "2")
        info = target.await_status(target.deploy(), "Failed")
        assert info["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"
        assert scene.alias(target.function) == ("2", {})

    def test_a_foreign_writer_is_yielded_to(self, server, scene):
        target = scene.target(config="Long", rollback=ROLLBACK_EVENTS)
        deployment = target.deploy()
        target.await_alias("1", {"2": 0.25})
        server.cutover("functions", "alias", target.function, ALIAS, "--version", "1")
        server.aws("stop-deployment", deployment_id=deployment)
        # It is where the deployment would put it: nothing is left to do.
        target.await_status(deployment, "Stopped")

        target = scene.target(config="Long", rollback=ROLLBACK_EVENTS)
        deployment = target.deploy()
        target.await_alias("1", {"2": 0.25})
        server.cutover("functions", "alias", target.function, ALIAS, "--version", "2")
        server.aws("stop-deployment", deployment_id=deployment)
        info = target.await_status(deployment, "Failed")
        assert "somebody else" in info["errorInformation"]["message"]
        assert scene.alias(target.function) == ("2", {})

    def test_a_late_answer_changes_nothing(self, server, scene):
        target = scene.target(config="Long")
        deployment = target.deploy({"BeforeAllowTraffic": scene.hook()})
        target.await_alias("1", {"2": 0.25})
        server.aws_refused("InvalidLifecycleEventHookExecutionIdException",
                           "put-lifecycle-event-hook-execution-status", deployment_id=deployment,
                           lifecycle_event_hook_execution_id="made-up", status="Failed")
        assert target.info(deployment)["status"] == "InProgress"
        server.aws("stop-deployment", deployment_id=deployment)


class TestRefusals:
    LONG_NAME = "x" * 101

    @pytest.mark.parametrize("code, command, options", [
        ("ApplicationDoesNotExistException", "get-application", {"application_name": "nowhere"}),
        ("ApplicationDoesNotExistException", "list-deployment-groups", {"application_name": "nowhere"}),
        ("ApplicationDoesNotExistException", "create-deployment",
         {"application_name": "nowhere", "deployment_group_name": "nowhere", "revision": revision("version: 0.0")}),
        ("DeploymentConfigDoesNotExistException", "get-deployment-config", {"deployment_config_name": "nowhere"}),
        ("DeploymentDoesNotExistException", "get-deployment", {"deployment_id": "d-NOWHERE00"}),
        ("DeploymentDoesNotExistException", "stop-deployment", {"deployment_id": "d-NOWHERE00"}),
        ("DeploymentDoesNotExistException", "list-deployment-targets", {"deployment_id": "d-NOWHERE00"}),
        ("DeploymentDoesNotExistException", "put-lifecycle-event-hook-execution-status",
         {"deployment_id": "d-NOWHERE00", "lifecycle_event_hook_execution_id": "x", "status": "Succeeded"}),
        ("InvalidDeploymentIdException", "get-deployment", {"deployment_id": "nowhere"}),
        ("InvalidApplicationNameException", "create-application", {"application_name": LONG_NAME}),
        ("InvalidApplicationNameException", "create-application", {"application_name": "a b"}),
        ("InvalidDeploymentConfigNameException", "get-deployment-config", {"deployment_config_name": LONG_NAME}),
        ("InvalidComputePlatformException", "create-application",
         {"application_name": "platform", "compute_platform": "Mainframe"}),
    ], ids=lambda value: value if isinstance(value, str) else "")
    def test_by_name(self, server, scene, code, command, options):
        server.aws_refused(code, command, **options)

    def test_a_token_that_is_none(self, server, scene):
        server.aws_refused("InvalidNextTokenException", "list-applications", "--no-paginate", next_token="made-up")

    def test_unknown_group(self, server, scene):
        application = scene.application()
        server.aws_refused("DeploymentGroupDoesNotExistException", "create-deployment",
                           application_name=application, deployment_group_name="nowhere",
                           revision=revision(lambda_appspec("f")))
        server.aws_refused("InvalidDeploymentGroupNameException", "create-deployment-group",
                           application_name=application, deployment_group_name=self.LONG_NAME, service_role_arn=ROLE)

    @pytest.mark.parametrize("content, place", [
        ('{"version": 0.0,\n "Resources": [}', "line 2, column 15"),
        ("version: 0.0\nResources:\n  - target:\n      Type: AWS::Lambda::Function\n     Properties: {}\n", "line 5"),
        ("version: 0.0\nResources:\n  - target:\n      Type: AWS::Lambda::Function\n      Properties:\n"
         "        Name: f\n        Alias: live\n        CurrentVersion: one\n        TargetVersion: 2\n", "line 8"),
        ("", ""),
    ], ids=["json", "yaml", "version", "empty"])
    def test_malformed_appspec(self, server, scene, content, place):
        target = scene.target()
        deployment = server.aws("create-deployment", **target.cli_names(), revision=revision(content or " "))
        told = target.await_status(deployment["deploymentId"], "Failed")["errorInformation"]
        assert told["code"] == "INVALID_REVISION" and place in told["message"], told

    def test_revision(self, server, scene):
        target = scene.target()
        server.aws_refused("RevisionRequiredException", "create-deployment", **target.cli_names())
        server.aws_refused("DescriptionTooLongException", "create-deployment", **target.cli_names(),
                           revision=revision(lambda_appspec(target.function)), description="x" * 257)
        server.aws_refused("DeploymentConfigDoesNotExistException", "create-deployment", **target.cli_names(),
                           revision=revision(lambda_appspec(target.function)), deployment_config_name="Nowhere")
