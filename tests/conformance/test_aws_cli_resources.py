"""What the AWS CLI is told of deployments that cannot do what is asked, and tags of resources."""

import pytest

from support import ACCOUNT, REGION


class TestWhatADeploymentRefuses:
    def test_of_functions(self, server, scene):
        target = scene.target(config="Long")
        deployment = target.deploy()
        for wait in ("READY_WAIT", "TERMINATION_WAIT"):
            server.aws_refused("UnsupportedActionForDeploymentTypeException", "continue-deployment",
                               deployment_id=deployment, deployment_wait_type=wait)
        server.aws_refused("InvalidDeploymentWaitTypeException", "continue-deployment", deployment_id=deployment,
                           deployment_wait_type="COFFEE_BREAK")
        server.aws_refused("UnsupportedActionForDeploymentTypeException",
                           "skip-wait-time-for-instance-termination", deployment_id=deployment)
        server.aws_refused("InvalidComputePlatformException", "list-deployment-instances", deployment_id=deployment)
        server.aws("stop-deployment", deployment_id=deployment)
        target.await_status(deployment, "Stopped")
        server.aws_refused("DeploymentAlreadyCompletedException", "stop-deployment", deployment_id=deployment)
        server.aws_refused("DeploymentAlreadyCompletedException", "continue-deployment", deployment_id=deployment,
                           deployment_wait_type="READY_WAIT")

    def test_unknown_ones(self, server, scene):
        server.aws_refused("DeploymentDoesNotExistException", "continue-deployment", deployment_id="d-NOWHERE00")
        server.aws_refused("DeploymentIdRequiredException", "continue-deployment")


class TestTags:
    def test_of_a_resource(self, server, scene):
        name = scene.application()
        arn = f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:application:{name}"
        server.aws("tag-resource", resource_arn=arn, tags=["Key=team,Value=web", "Key=stage,Value=prod"])
        server.aws("tag-resource", resource_arn=arn, tags=["Key=stage,Value=test"])
        tags = server.aws("list-tags-for-resource", resource_arn=arn)["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "web", "stage": "test"}
        server.aws("untag-resource", resource_arn=arn, tag_keys=["team", "never-there"])
        assert server.aws("list-tags-for-resource", resource_arn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]

    @pytest.mark.parametrize("code, arn", [
        ("InvalidArnException", "application:shop"),
        ("ArnNotSupportedException", f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:instance/box_AAAAAAAAAA"),
        ("ApplicationDoesNotExistException", f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:application:nowhere"),
    ])
    def test_refusals(self, server, scene, code, arn):
        server.aws_refused(code, "tag-resource", resource_arn=arn, tags=["Key=a,Value=b"])
