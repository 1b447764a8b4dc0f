"""`aws ecs deploy`, up to the deployment that it asks for, and the waiter where it does not succeed."""

import json
import re

import pytest

from scene import CONTAINER_OPTIONS, CONTAINER_ROUTES, ROLE, STYLE

APPSPEC = {"version": 0.0, "Resources": [{"TargetService": {
    "Type": "AWS::ECS::Service", "Properties": {
        "TaskDefinition": "", "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 80}}}}]}
TASK = {"family": "web", "containerDefinitions": [
    {"name": "web", "image": "web:2", "memory": 128, "portMappings": [{"containerPort": 80}]}]}


@pytest.fixture(scope="module")
def service(emulator):
    """A service in ECS that CodeDeploy deploys."""
    ecs = emulator.client("ecs")
    ecs.create_cluster(clusterName="main")
    first = ecs.register_task_definition(**TASK)["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster="main", serviceName="web", taskDefinition=first, desiredCount=1,
                       deploymentController={"type": "CODE_DEPLOY"})
    return ecs


class TestEcsDeploy:
    @pytest.fixture
    def group(self, scene, client):
        name = scene.name("tasks")
        client.create_application(applicationName=name, computePlatform="ECS")
        client.create_deployment_group(
            applicationName=name, deploymentGroupName="web", serviceRoleArn=ROLE, deploymentStyle=STYLE,
            deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
            blueGreenDeploymentConfiguration=CONTAINER_OPTIONS,
            ecsServices=[{"clusterName": "main", "serviceName": "web"}],
            loadBalancerInfo={"targetGroupPairInfoList": [CONTAINER_ROUTES]})
        yield name
        client.delete_application(applicationName=name)

    def test_what_it_reads_of_the_group(self, client, group):
        found = client.get_application(applicationName=group)["application"]
        assert found["computePlatform"] == "ECS"
        info = client.get_deployment_group(applicationName=group, deploymentGroupName="web")["deploymentGroupInfo"]
        assert info["computePlatform"] == "ECS"
        assert info["ecsServices"] == [{"clusterName": "main", "serviceName": "web"}]
        options = info["blueGreenDeploymentConfiguration"]
        assert options["deploymentReadyOption"]["waitTimeInMinutes"] == 0
        assert options["terminateBlueInstancesOnDeploymentSuccess"]["terminationWaitTimeInMinutes"] == 5

    def test_waits_are_never_left_out(self, client, group):
        client.update_deployment_group(
            applicationName=group, currentDeploymentGroupName="web", blueGreenDeploymentConfiguration={
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE"},
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}})
        info = client.get_deployment_group(applicationName=group, deploymentGroupName="web")["deploymentGroupInfo"]
        options = info["blueGreenDeploymentConfiguration"]
        assert options["deploymentReadyOption"]["waitTimeInMinutes"] == 0
        assert options["terminateBlueInstancesOnDeploymentSuccess"]["terminationWaitTimeInMinutes"] == 0

    def test_the_command_gets_to_the_deployment(self, server, emulator, service, group, tmp_path, monkeypatch):
        monkeypatch.setattr(server, "client_variables", emulator.variables())
        for name, content in (("task.json", TASK), ("appspec.json", APPSPEC)):
            (tmp_path / name).write_text(json.dumps(content))
        done = server.run_aws(
            service="web", cluster="main", task_definition=str(tmp_path / "task.json"),
            codedeploy_appspec=str(tmp_path / "appspec.json"), codedeploy_application=group,
            codedeploy_deployment_group="web", program="ecs deploy")
        assert re.search(r"task definition arn:aws:ecs:\S+:task-definition/web:\d+", done.stdout)
        # It asks for everything before, and its request is understood.
        assert done.returncode != 0
        assert "when calling the CreateDeployment operation" in done.stderr, done.stderr
        assert "InvalidECSServiceException" in done.stderr and "nothing was created" in done.stderr, done.stderr

    def test_another_service_is_not_the_groups(self, server, emulator, service, group, tmp_path, monkeypatch):
        monkeypatch.setattr(server, "client_variables", emulator.variables())
        for name, content in (("task.json", TASK), ("appspec.json", APPSPEC)):
            (tmp_path / name).write_text(json.dumps(content))
        service.create_service(cluster="main", serviceName="other", taskDefinition="web", desiredCount=1)
        done = server.run_aws(
            service="other", cluster="main", task_definition=str(tmp_path / "task.json"),
            codedeploy_appspec=str(tmp_path / "appspec.json"), codedeploy_application=group,
            codedeploy_deployment_group="web", program="ecs deploy")
        assert done.returncode != 0 and "CreateDeployment" not in done.stderr


class TestWaiting:
    def test_a_deployment_that_did_not_succeed(self, server, scene):
        target = scene.target(config="Long")
        deployment = target.deploy()
        server.aws("stop-deployment", deployment_id=deployment)
        target.await_status(deployment, "Stopped")
        waited = server.run_aws("wait", "deployment-successful", deployment_id=deployment)
        assert waited.returncode == 255
        assert "terminal failure state" in waited.stderr

    def test_a_deployment_that_is_none(self, server, scene):
        waited = server.run_aws("wait", "deployment-successful", deployment_id="d-NOWHERE00")
        assert waited.returncode == 255
        assert "DeploymentDoesNotExistException" in waited.stderr
