"""boto3: typed exceptions, paginators, the waiter, parsed answers; every answer fits the API's shapes."""

import datetime
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import WaiterError

from scene import lambda_appspec, revision
from shapes import check_body
from support import wait_until


class TestLists:
    def test_deployments_newest_first(self, scene, client):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        made = []
        for current, newest in [("1", "2"), ("2", "1")] * 2:
            deployment = client.create_deployment(**target.names(), revision=revision(
                lambda_appspec(target.function, current=current, target=newest)))["deploymentId"]
            target.await_status(deployment, "Succeeded")
            made.insert(0, deployment)
        pages = client.get_paginator("list_deployments").paginate(**target.names())
        assert [found for page in pages for found in page["deployments"]] == made

    def test_by_time(self, scene, client):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        deployment = target.deploy()
        created = target.info(deployment)["createTime"]
        hour = datetime.timedelta(hours=1)

        def listed(**times):
            return client.list_deployments(**target.names(), createTimeRange=times)["deployments"]
        assert listed(start=created - hour, end=created + hour) == [deployment]
        assert listed(start=created - hour) == [deployment]
        assert listed(end=created - hour) == []
        assert listed(start=created + hour) == []
        with pytest.raises(client.exceptions.InvalidTimeRangeException):
            listed(start=created + hour, end=created - hour)


class TestExceptions:
    def test_are_typed(self, client):
        with pytest.raises(client.exceptions.ApplicationDoesNotExistException) as caught:
            client.get_application(applicationName="nowhere")
        answer = caught.value.response
        assert answer["Error"]["Code"] == "ApplicationDoesNotExistException"
        assert "nowhere" in answer["Error"]["Message"]
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert answer["ResponseMetadata"]["RequestId"]

    def test_deployments(self, scene, client):
        target = scene.target(config="Long")
        deployment = target.deploy()
        with pytest.raises(client.exceptions.DeploymentLimitExceededException):
            target.deploy()
        with pytest.raises(client.exceptions.DeploymentTargetDoesNotExistException):
            client.get_deployment_target(deploymentId=deployment, targetId="other:live")
        with pytest.raises(client.exceptions.BatchLimitExceededException):
            client.batch_get_deployments(deploymentIds=[deployment] * 101)
        client.stop_deployment(deploymentId=deployment)
        target.await_status(deployment, "Stopped")
        with pytest.raises(client.exceptions.DeploymentAlreadyCompletedException):
            client.stop_deployment(deploymentId=deployment)


class TestRevisions:
    def test_digest(self, scene, client):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        content = json.dumps(lambda_appspec(target.function))

        def revision_with(digest):
            return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content, "sha256": digest}}
        wrong = client.create_deployment(**target.names(), revision=revision_with("0" * 64))["deploymentId"]
        told = target.await_status(wrong, "Failed")["errorInformation"]
        assert told["code"] == "INVALID_REVISION" and "sha256" in told["message"]
        digest = hashlib.sha256(content.encode()).hexdigest()
        deployment = client.create_deployment(**target.names(), revision=revision_with(digest))["deploymentId"]
        target.await_status(deployment, "Succeeded")

    def test_appspec_of_another_platform(self, scene, client):
        target = scene.target()
        asked = client.create_deployment(**target.names(), revision=revision("version: 0.0\nos: linux\n"))
        assert target.await_status(asked["deploymentId"], "Failed")["errorInformation"]["code"] == "INVALID_REVISION"


class TestAnswers:
    def test_times_are_datetimes(self, scene, client):
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
        info = target.await_status(target.deploy(), "Succeeded")
        after = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        times = [info["createTime"], info["startTime"], info["completeTime"]]
        assert all(isinstance(time, datetime.datetime) for time in times)
        assert [before, *times, after] == sorted([before, *times, after])

    def test_waiter(self, scene, client):
        target = scene.target()
        deployment = target.deploy()
        waiter = client.get_waiter("deployment_successful")
        waiter.wait(deploymentId=deployment, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        target = scene.target(config="Long")
        deployment = target.deploy()
        client.stop_deployment(deploymentId=deployment)
        with pytest.raises(WaiterError, match="terminal failure state"):
            waiter.wait(deploymentId=deployment, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def test_the_check_finds_what_does_not_fit(self, client):
        shape = client.meta.service_model.operation_model("GetApplication").output_shape
        for body, problem in [
            ({"application": {"applicationName": "a", "createTime": 1.5}}, None),
            ({"application": {"madeUp": 1}}, "madeUp is unknown"),
            ({"application": {"createTime": "2026"}}, "not a timestamp"),
            ({"application": {"linkedToGitHub": None}}, "not a boolean"),
            ({"application": {"computePlatform": "Mainframe"}}, "not one of"),
            ({"application": []}, "not a structure"),
        ]:
            problems = list(check_body(json.dumps(body).encode(), shape))
            assert problems == [] if problem is None else problem in problems[0], (body, problems)


class TestConcurrency:
    THREADS = 50

    def together(self, work, items):
        with ThreadPoolExecutor(self.THREADS) as pool:
            return list(pool.map(work, items))

    def test_one_of_many_deployments_wins(self, scene, client):
        target = scene.target(config="Long")

        def deploy(_):
            try:
                return target.deploy()
            except client.exceptions.DeploymentLimitExceededException as error:
                return error
        outcomes = self.together(deploy, range(self.THREADS))
        winners = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(winners) == 1
        text = f"already has an active Deployment '{winners[0]}'"
        assert all(text in str(outcome) for outcome in outcomes if outcome != winners[0])
        assert client.list_deployments(**target.names())["deployments"] == winners
        client.stop_deployment(deploymentId=winners[0])

    def test_one_of_many_names_wins(self, scene, client):
        name = scene.name("app")

        def create(_):
            try:
                return client.create_application(applicationName=name)["applicationId"]
            except client.exceptions.ApplicationAlreadyExistsException:
                return None
        winners = [made for made in self.together(create, range(self.THREADS)) if made]
        assert winners == [client.get_application(applicationName=name)["application"]["applicationId"]]

    def test_answers_of_one_hook_count_once(self, scene, client):
        """Many answers at once, half of them Failed: all are told the same end, whichever came first."""
        target = scene.target(config="CodeDeployDefault.LambdaAllAtOnce")
        noted = scene.folder / "noted"
        hook = scene.name("hook")
        scene.publish(hook, f"#!/bin/sh\ncat >'{noted}.part' && mv '{noted}.part' '{noted}'\n")
        deployment = target.deploy({"BeforeAllowTraffic": hook})
        wait_until("the hook was invoked", noted.exists)
        event = json.loads(noted.read_text())
        assert set(event) == {"DeploymentId", "LifecycleEventHookExecutionId"}
        assert event["DeploymentId"] == deployment

        def answer(n):
            try:
                client.put_lifecycle_event_hook_execution_status(
                    deploymentId=deployment, status=["Succeeded", "Failed"][n % 2],
                    lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"])
            except client.exceptions.LifecycleEventAlreadyCompletedException:
                pass
        self.together(answer, range(self.THREADS))
        wait_until("over", lambda: target.info(deployment)["status"] in ("Succeeded", "Failed"))
        marks = scene.server.cutover_json("log", deployment)["marks"]
        assert [mark["kind"] for mark in marks].count("hook-answered") == 1

    def test_groups_do_not_hold_each_other_up(self, scene, client):
        targets = [scene.target(config="CodeDeployDefault.LambdaAllAtOnce") for _ in range(8)]
        deployments = self.together(lambda target: target.deploy(), targets)
        for target, deployment in zip(targets, deployments):
            target.await_status(deployment, "Succeeded")
